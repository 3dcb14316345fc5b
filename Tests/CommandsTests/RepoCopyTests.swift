import Foundation
import SafeIO
import TestSupport
import Testing

/// Packages go between repositories, and from snapshots and mirrors into one: all or none, byte for byte.
@Suite struct RepoCopyTests {
  /// Builds a package with dpkg-deb; answers its path.
  private func deb(
    _ scratch: ScratchDirectory,
    _ name: String,
    _ version: String,
    _ fields: String = "",
    content: String = "content",
    architecture: String = "all"
  ) throws -> String {
    let stage = scratch.path("stage-\(UUID().uuidString)")
    try Disk.write(
      """
      Package: \(name)
      Version: \(version)
      Architecture: \(architecture)
      Maintainer: Site <site@repository.example>
      \(fields)Description: the package \(name)

      """,
      to: stage + "/DEBIAN/control"
    )
    try Disk.write(content, to: stage + "/usr/share/\(name)/file")
    let path = try scratch.directory("debs-" + UUID().uuidString) + "/\(name).deb"
    try run(["dpkg-deb", "--root-owner-group", "--build", stage, path]).succeeded()
    return path
  }

  @Test func `Packages are copied and moved, and others of their version refused`() throws {
    try withScratchDirectory { scratch in
      let lab = try Crossing(scratch)
      let ferry = lab.connected
      for name in ["testing", "stable"] { try ferry("repo", "create", name).succeeded() }
      let one = try deb(scratch, "agent", "1.0")
      try ferry("repo", "add", "testing", one, try deb(scratch, "agent", "2.0")).succeeded()
      let dry = try ferry("repo", "copy", "testing", "stable", "agent (= 1.0)", "--dry-run")
        .succeeded()
      #expect(dry.contains("added:     agent 1.0 all") && dry.contains("nothing was changed"))
      #expect(try ferry("repo", "show", "stable").succeeded().contains("0 packages"))
      try ferry("repo", "copy", "testing", "stable", "agent (= 1.0)").succeeded()
      let again = try ferry("repo", "copy", "testing", "stable", "agent").succeeded()
      #expect(again.contains("unchanged: agent 1.0 all") && again.contains("added:     agent 2.0"))
      #expect(try ferry("repo", "show", "testing").succeeded().contains("2 packages"))
      let nothing = try ferry("repo", "copy", "testing", "stable", "absent")
      #expect(nothing.refused(.usage, "no-packages"), "\(nothing.everything)")
      let same = try ferry("repo", "copy", "testing", "testing", "agent")
      #expect(same.refused(.usage), "\(same.everything)")
      // Other bytes of a version, also in another spelling: refused, and nothing is taken.
      try ferry("repo", "create", "other").succeeded()
      let spelled = try deb(scratch, "agent", "0:1.0-0", content: "other")
      try ferry("repo", "add", "other", spelled, try deb(scratch, "helper", "1")).succeeded()
      let refused = try ferry("repo", "copy", "other", "stable", "agent", "helper")
      #expect(refused.refused(.state, "package-exists"), "\(refused.everything)")
      #expect(!(try ferry("repo", "show", "stable").succeeded().contains("helper")))
      let moved = try ferry("repo", "move", "other", "stable", "agent", "helper", "--replace")
        .succeeded()
      for line in [
        "moved:     agent 0:1.0-0 all", "moved:     helper 1 all", "removed:   agent 1.0 all",
      ] { #expect(moved.contains(line), "\(moved)") }
      #expect(try ferry("repo", "show", "other").succeeded().contains("0 packages"))
      let stable = try ferry("repo", "show", "stable").succeeded()
      #expect(stable.contains("3 packages") && stable.contains("helper 1 all"), "\(stable)")
      // A file of its own for each: the same name in the pool is no second one.
      let clash = try ferry("repo", "add", "stable", try deb(scratch, "agent", "5:2.0"))
      #expect(clash.refused(.state, "repo-conflict"), "\(clash.everything)")
      let gone = try ferry("repo", "remove", "stable", "helper", "--dry-run").succeeded()
      #expect(gone.contains("removed:   helper 1 all") && gone.contains("nothing was changed"))
      #expect(try ferry("repo", "show", "stable").succeeded().contains("helper"))
      try ferry("repo", "create", "signed", "--require-signature").succeeded()
      let closed = try ferry("repo", "copy", "stable", "signed", "helper")
      #expect(closed.refused(.trust, "unsigned-upload"), "\(closed.everything)")
      try ferry("depot", "gc").succeeded()
      try ferry("depot", "check").succeeded()
    }
  }

  @Test func `A repository with snapshots goes only by force, under its new name, too`() throws {
    try withScratchDirectory { scratch in
      let lab = try Crossing(scratch)
      let ferry = lab.connected
      try ferry("repo", "create", "tools").succeeded()
      try ferry("repo", "add", "tools", try deb(scratch, "agent", "1.0")).succeeded()
      try ferry("snapshot", "create", "own", "--repo", "tools").succeeded()
      try ferry("repo", "create", "taken").succeeded()
      let taken = try ferry("repo", "edit", "tools", "--name", "taken")
      #expect(taken.refused(.state, "repo-exists"), "\(taken.everything)")
      try ferry("repo", "edit", "tools", "--name", "site-tools").succeeded()
      #expect(try ferry("repo", "show", "site-tools").succeeded().contains("agent 1.0 all"))
      #expect(try ferry("repo", "show", "tools").refused(.usage, "no-repo"))
      let refused = try ferry("repo", "remove", "site-tools")
      #expect(refused.refused(.state, "repo-in-use"), "\(refused.everything)")
      #expect(refused.errors.contains("own"), "\(refused.everything)")
      try ferry("repo", "remove", "site-tools", "--force").succeeded()
      #expect(try ferry("snapshot", "show", "own").succeeded().contains("agent") == false)
      try ferry("depot", "gc").succeeded()
      try ferry("depot", "check").succeeded()
    }
  }

  @Test func `Packages of a vendor are imported with what they need, and stay the vendor's`() throws
  {
    try withScratchDirectory { scratch in
      let lab = try Crossing(scratch)
      let ferry = lab.connected
      try lab.forge.build(ForgedSuite.small())
      try lab.freeze("whole", "stable")
      try ferry("repo", "create", "tools").succeeded()
      let none = try ferry("repo", "import", "tools", "absent", "pier")
      #expect(none.refused(.usage, "no-origin"), "\(none.everything)")
      let imported = try ferry("repo", "import", "tools", "whole", "pier", "--with-deps")
        .succeeded()
      #expect(
        imported.contains("added:     pier ") && imported.contains("added:     pier-data "),
        "\(imported)"
      )
      try ferry("repo", "add", "tools", try deb(scratch, "agent", "1.0", "Depends: pier\n"))
        .succeeded()
      // What the vendor's list has byte for byte is the vendor's package, wherever it came from.
      try ferry("snapshot", "create", "own", "--repo", "tools").succeeded()
      let merged = try ferry("snapshot", "merge", "all", "own", "whole").succeeded()
      #expect(merged.contains("1 of which no vendor vouches for"), "\(merged)")
      try ferry("repo", "create", "stable").succeeded()
      let lacking = try ferry("repo", "copy", "tools", "stable", "agent", "--with-deps")
      try lacking.succeeded()
      try ferry("repo", "remove", "tools", "pier").succeeded()
      try ferry("repo", "remove", "stable", "Name (% *)").succeeded()
      let refused = try ferry("repo", "copy", "tools", "stable", "agent", "--with-deps")
      #expect(refused.refused(.incomplete, "unsatisfiable"), "\(refused.everything)")
      let base = ["--with-deps", "--base", "whole"]
      let copied = try ferry(["repo", "copy", "tools", "stable", "agent"] + base).succeeded()
      #expect(copied.contains("has:       1 packages"), "\(copied)")
      try ferry("depot", "gc").succeeded()
      try ferry("depot", "check").succeeded()
    }
  }

  @Test func `A mirror gives packages, and a name that it shares with a snapshot is told apart`()
    throws
  {
    try withScratchDirectory { scratch in
      let lab = try Crossing(scratch)
      let ferry = lab.connected
      try lab.forge.build(ForgedSuite.small())
      try Disk.write(lab.forge.key.armored, to: scratch.path("vendor-key.asc"))
      try ferry(
        "mirror",
        "create",
        "whole",
        "file:" + lab.forge.root,
        "stable",
        "--keyring",
        scratch.path("vendor-key.asc")
      ).succeeded()
      try ferry("repo", "create", "tools").succeeded()
      let early = try ferry("repo", "import", "tools", "whole", "pier")
      #expect(early.refused(.state, "not-mirrored"), "\(early.everything)")
      try ferry("mirror", "update", "whole").succeeded()
      try ferry("repo", "import", "tools", "whole", "pier-data").succeeded()
      try lab.freeze("whole", "stable")
      #expect(try ferry("repo", "import", "tools", "whole", "pier").refused(.usage))
      let both = try ferry("repo", "import", "tools", "mirror:whole", "pier", "pier-data")
        .succeeded()
      #expect(both.contains("unchanged: pier-data"), "\(both)")
      try ferry("depot", "gc").succeeded()
      try ferry("depot", "check").succeeded()
    }
  }
}
