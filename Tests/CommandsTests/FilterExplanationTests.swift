import Foundation
import SafeIO
import TestSupport
import Testing

/// What a filter cannot do is said with what stands against it: a hold, a name that is there, a limit.
@Suite struct FilterExplanationTests {
  private func status(_ packages: [(name: String, version: String, state: String)]) -> String {
    packages.map { name, version, state in
      """
      Package: \(name)
      Status: \(state) ok installed
      Architecture: amd64
      Version: \(version)


      """
    }.joined()
  }

  @Test func `What a machine holds is named where it stands against a package`() throws {
    try withScratchDirectory { scratch in
      let lab = try Crossing(scratch)
      try lab.forge.build(
        ForgedSuite(
          "stable",
          [
            "main": [
              ForgedPackage("ship", depends: "hull (>= 1.0)"), ForgedPackage("hull"),
              ForgedPackage("raft"),
            ]
          ]
        )
      )
      try lab.freeze("whole", "stable")
      let state = scratch.path("status")
      let dpkg = (name: "dpkg", version: "1.21", state: "install")
      try Disk.write(status([dpkg, ("hull", "0.5-1", "hold")]), to: state)
      let filter = ["snapshot", "filter", "whole", "new", "ship", "--for", state]
      let refused = try lab.connected(filter)
      #expect(refused.refused(.incomplete, "unsatisfiable"), "\(refused.everything)")
      #expect(refused.errors.contains("the machine holds hull 0.5-1 amd64"), "\(refused.errors)")
      #expect(refused.errors.contains("apt-mark unhold hull"), "\(refused.errors)")
      let shown = try lab.connected(filter + ["--keep-going", "--json"]).succeeded()
      #expect(shown.contains("\"held\""), "\(shown)")
      // An upgrade that a hold keeps back is told, too, and no failure; nor does a root that cannot be had
      // take the other upgrades along.
      try Disk.write(
        status([
          dpkg, ("hull", "0.5-1", "hold"), ("ship", "0.5-1", "hold"), ("raft", "0.5-1", "install"),
        ]),
        to: state
      )
      for root in ["raft", "ship"] {
        let upgrades = try lab.connected(
          ["snapshot", "filter", "whole", "up-\(root)", root, "--for", state]
            + ["--upgrades", "--keep-going"]
        )
        let made = try upgrades.succeeded()
        #expect(made.contains("has:     1 packages"), "\(upgrades.everything)")
        #expect(upgrades.errors.contains("the machine holds hull 0.5-1"), "\(upgrades.errors)")
        #expect(upgrades.errors.contains("the machine holds ship 0.5-1"), "\(upgrades.errors)")
      }
      // Without the hold both come.
      try Disk.write(status([dpkg, ("hull", "0.5-1", "install")]), to: state)
      try lab.connected(["snapshot", "filter", "whole", "free", "ship", "--for", state]).succeeded()
    }
  }

  @Test func `A name that is there is not taken for one more source in silence`() throws {
    try withScratchDirectory { scratch in
      let lab = try Crossing(scratch)
      try lab.forge.build(ForgedSuite.small())
      try lab.freeze("whole", "stable")
      try lab.freeze("other", "stable")
      try lab.connected("snapshot", "filter", "whole", "mine", "pier").succeeded()
      // The new name is there already, made of something else; or it stands first.
      for words in [
        ["other", "mine", "pier", "pier-data"], ["mine", "other", "pier", "pier-data"],
        ["mine", "other", "pier (>= 0)", "pier-data"],
      ] {
        let refused = try lab.connected(["snapshot", "filter"] + words)
        #expect(refused.refused(.usage, "filter-words"), "\(words): \(refused.everything)")
        #expect(refused.errors.contains("mine"), "\(refused.errors)")
      }
      // What was made before of the same sources is the same again.
      try lab.connected("snapshot", "filter", "whole", "mine", "pier").succeeded()
      // Several sources are no mistake, nor is a name that some package has beside vendors' alone.
      try lab.connected("snapshot", "filter", "mine", "other", "both", "pier").succeeded()
      try lab.connected("snapshot", "filter", "whole", "other", "pier", "pier").succeeded()
    }
  }

  @Test(arguments: [(70_000, ", "), (20_000, " | ")])
  func `A package that names more than is read is named with its index`(
    _ count: Int,
    _ separator: String
  ) throws {
    try withScratchDirectory { scratch in
      let lab = try Crossing(scratch)
      let many = (0..<count).map { "p\($0)" }.joined(separator: separator)
      try lab.forge.build(
        ForgedSuite(
          "stable",
          ["main": [ForgedPackage("heap", depends: many), ForgedPackage("hull")]]
        )
      )
      try lab.freeze("whole", "stable")
      let refused = try lab.connected("snapshot", "filter", "whole", "new", "hull", "--with-deps")
      #expect(refused.refused(.resource, "too-many-packages"), "\(refused.everything)")
      for part in ["heap 1.0-1 amd64", "65535", "main/binary-amd64/Packages", "!(Name (= heap))"] {
        #expect(refused.errors.contains(part), "\(part): \(refused.errors)")
      }
      // What is proposed helps.
      try lab.connected("snapshot", "filter", "whole", "less", "!(Name (= heap))").succeeded()
      try lab.connected("snapshot", "filter", "less", "new", "hull", "--with-deps").succeeded()
    }
  }

  @Test func `The last of a thousand alternatives is found`() throws {
    try withScratchDirectory { scratch in
      let lab = try Crossing(scratch)
      let many = (1..<1000).map { "p\($0) | " }.joined() + "hull"
      let packages = [ForgedPackage("heap", depends: many), ForgedPackage("hull")]
      try lab.forge.build(ForgedSuite("stable", ["main": packages]))
      try lab.freeze("whole", "stable")
      try lab.connected("snapshot", "filter", "whole", "new", "heap", "--with-deps").succeeded()
      #expect(try lab.connected("snapshot", "search", "new", "Name").succeeded().contains("hull"))
    }
  }
}
