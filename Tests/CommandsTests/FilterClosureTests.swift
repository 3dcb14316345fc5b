import Foundation
import SafeIO
import TestSupport
import Testing

/// What a filter brings along with the packages that were asked for: all that real apt needs to install
/// them, and nothing that machines have.
@Suite struct FilterClosureTests {
  /// A vendor's suite with a chain, an alternative, and something that cannot be installed.
  private func lab(_ scratch: ScratchDirectory) throws -> Crossing {
    let lab = try Crossing(scratch)
    let suite = ForgedSuite(
      "stable",
      [
        "main": [
          ForgedPackage("ship", depends: "hull (>= 1.0), mast | pole", hasSource: true),
          ForgedPackage("hull", depends: "nail", fields: ["Recommends": "paint"]),
          ForgedPackage("nail", architecture: "all"), ForgedPackage("mast"),
          ForgedPackage("pole"), ForgedPackage("paint"), ForgedPackage("raft"),
          ForgedPackage("wreck", depends: "treasure (>= 2)"),
        ]
      ]
    )
    try lab.forge.build(suite)
    try lab.freeze("whole", "stable")
    return lab
  }

  private func names(_ lab: Crossing, _ snapshot: String) throws -> [String] {
    try lab.connected("snapshot", "search", snapshot, "$PackageType (deb)").succeeded()
      .split(separator: "\n").map { String($0.split(separator: " ")[0]) }
  }

  @Test func `What the packages need comes along, and apt installs them inside`() throws {
    try withScratchDirectory { scratch in
      let lab = try lab(scratch)
      func filter(_ name: String, _ more: String...) throws -> [String] {
        try lab.connected(["snapshot", "filter", "whole", name, "ship"] + more).succeeded()
        return try names(lab, name)
      }
      #expect(try filter("bare") == ["ship"])
      #expect(try filter("deps", "--with-deps") == ["hull", "mast", "nail", "ship"])
      #expect(
        try filter("more", "--with-deps", "--recommends") == [
          "hull", "mast", "nail", "paint", "ship",
        ]
      )
      #expect(
        try filter("any", "--with-deps", "--all-alternatives") == [
          "hull", "mast", "nail", "pole", "ship",
        ]
      )
      try lab.connected("snapshot", "filter", "whole", "some", "hull").succeeded()
      #expect(try filter("rest", "--with-deps", "--base", "some") == ["mast", "nail", "ship"])
      _ = try filter("source", "--with-deps", "--with-sources")
      let sources = try lab.connected(
        "snapshot",
        "search",
        "source",
        "$PackageType (source)"
      ).succeeded()
      #expect(sources.contains("ship"))
      try lab.export("deps")
      try lab.isolated("import", lab.medium).succeeded()
      try lab.isolated("publish", "deps", "--at", "p").succeeded()
      let key = scratch.path("island.asc")
      try lab.isolated("key", "export", key).succeeded()
      let client = try AptClient(root: scratch.path("client"))
      try client.addSource(
        tree: scratch.path("isolated/public/p"),
        suite: "stable",
        components: ["main"],
        armoredKey: try Disk.text(key)
      )
      try client.update().succeeded()
      #expect(try client.simulateInstall("ship") == ["hull", "mast", "nail", "ship"])
    }
  }

  @Test func `What cannot be had is explained, and left out only when that is said`() throws {
    try withScratchDirectory { scratch in
      let lab = try lab(scratch)
      let words = ["snapshot", "filter", "whole", "chosen", "wreck", "raft", "--with-deps"]
      let refused = try lab.connected(words)
      #expect(refused.refused(.incomplete, "unsatisfiable"), "\(refused.everything)")
      #expect(refused.errors.contains("treasure (>= 2)"), "\(refused.errors)")
      let made = try lab.connected(words + ["--keep-going"])
      try made.succeeded()
      #expect(made.errors.contains("treasure (>= 2)"), "\(made.errors)")
      #expect(try names(lab, "chosen") == ["raft"])
    }
  }

  @Test func `A machine gets what it lacks, and newer versions when it asks`() throws {
    try withScratchDirectory { scratch in
      let lab = try lab(scratch)
      func stanza(_ name: String, _ version: String, _ architecture: String = "amd64") -> String {
        """
        Package: \(name)
        Status: install ok installed
        Architecture: \(architecture)
        Version: \(version)


        """
      }
      let state = scratch.path("status")
      try Disk.write(
        stanza("dpkg", "1.21") + stanza("mast", "1.0-1") + stanza("raft", "0.9-1"),
        to: state
      )
      try lab.connected("snapshot", "filter", "whole", "new", "ship", "--for", state).succeeded()
      #expect(try names(lab, "new") == ["hull", "nail", "ship"])
      try lab.connected(
        "snapshot",
        "filter",
        "whole",
        "fixes",
        "nail",
        "--for",
        state,
        "--upgrades"
      ).succeeded()
      #expect(try names(lab, "fixes") == ["nail", "raft"])
      let odd = try lab.connected("snapshot", "filter", "whole", "x", "nail", "--recommends")
      #expect(odd.refused(.usage), "\(odd.everything)")
    }
  }
}
