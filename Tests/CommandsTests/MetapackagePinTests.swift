import Foundation
import SafeIO
import TestSupport
import Testing

/// Meta-packages with the versions of a snapshot, and their way to real apt.
@Suite struct MetapackagePinTests {
  private static let suite = ForgedSuite(
    "stable",
    [
      "main": [
        ForgedPackage("pier", depends: "quay (>= 2)"),
        ForgedPackage("quay", version: "1:2.0-1", fields: ["Multi-Arch": "allowed"]),
        ForgedPackage("barge", fields: ["Provides": "boat (= 3)"]),
        ForgedPackage("jetty", depends: "missing"), ForgedPackage("buoy"),
      ]
    ]
  )

  private static let options = [
    "--package-version", "1.1.0", "--maintainer", "A B <a@site.example.org>",
  ]

  private func lab(_ scratch: ScratchDirectory) throws -> Crossing {
    let lab = try Crossing(scratch)
    try lab.forge.build(MetapackagePinTests.suite)
    try lab.freeze("first", "stable")
    return lab
  }

  @Test func `Pins are the versions that a solver chooses`() throws {
    try withScratchDirectory { scratch in
      let lab = try lab(scratch)
      let list = scratch.path("site-web.list")
      try Disk.write("pier\nnone | quay:any (>= 1:1)\nboat (>= 2)\njetty | buoy\n", to: list)
      let words = ["metapackage", "build", list, "--pin", "first"] + MetapackagePinTests.options
      let shown = try lab.connected(words + ["--dry-run"]).succeeded()
      let pinned =
        "Depends: pier (= 1.0-1), quay:any (= 1:2.0-1), barge (= 1.0-1), buoy (= 1.0-1)\n"
      #expect(shown.contains(pinned), "\(shown)")
      let other = try lab.connected(words + ["--dry-run", "--architecture", "arm64"])
      #expect(other.refused(.usage, "suite"), "\(other.everything)")
    }
  }

  @Test func `What the snapshot lacks is refused with the way to it`() throws {
    try withScratchDirectory { scratch in
      let lab = try lab(scratch)
      let list = scratch.path("site-web.list")
      try Disk.write("pier (>= 2)\njetty\nanchor\n", to: list)
      let words =
        ["metapackage", "build", list, "--pin", "first", "--to", scratch.path("")]
        + MetapackagePinTests.options
      let refused = try lab.connected(words)
      #expect(refused.refused(.incomplete, "uninstallable"), "\(refused.everything)")
      for line in [
        "site-web needs pier (>= 2), which nothing satisfies", "there is only: pier 1.0-1 amd64",
        "site-web needs jetty", "jetty needs missing, which nothing satisfies",
        "site-web needs anchor, which nothing satisfies",
      ] { #expect(refused.text.contains(line), "\(line)\n\(refused.text)") }
      #expect(!Disk.exists(scratch.path("site-web_1.1.0_all.deb")))
      let told = try lab.connected(words + ["--json"])
      #expect(told.status == 12 && told.errors.contains("E-INCOMPLETE-UNINSTALLABLE"))
      let none = try lab.connected(
        ["metapackage", "build", list, "--pin", "second"] + words.suffix(4)
      )
      #expect(none.refused(.usage, "no-snapshot"), "\(none.everything)")
    }
  }

  @Test func `Real apt installs it from a published repository`() throws {
    try withScratchDirectory { scratch in
      let lab = try lab(scratch)
      let list = scratch.path("site-web.list")
      try Disk.write("pier\nboat\n", to: list)
      try lab.connected("repo", "create", "own", "--component", "own").succeeded()
      let words =
        ["metapackage", "build", list, "--pin", "first", "--repo", "own"]
        + MetapackagePinTests.options
      var site = lab.connected
      site.environment = ["SOURCE_DATE_EPOCH": "1700000000"]
      #expect(try site(words + ["--to", "."]).refused(.usage, "arguments"))
      try site(words + ["--dry-run"]).succeeded()
      #expect(try site("repo", "show", "own").succeeded().contains("0 packages"))
      let added = try site(words).succeeded()
      #expect(added.contains("site-web_1.1.0_all.deb: site-web 1.1.0, "), "\(added)")
      #expect(try site(words).succeeded().contains("the same bytes were there already"))
      try Disk.write("pier\n", to: list)
      let other = try site(words)
      #expect(other.refused(.state, "package-exists"), "\(other.everything)")
      try site("snapshot", "create", "metas", "--repo", "own").succeeded()
      try site("snapshot", "merge", "both", "first", "metas").succeeded()
      try site("publish", "both", "--at", "p").succeeded()
      let key = scratch.path("mainland.asc")
      try site("key", "export", key).succeeded()
      let client = try AptClient(root: scratch.path("client"))
      try client.addSource(
        tree: scratch.path("connected/public/p"),
        suite: "stable",
        components: ["main", "own"],
        armoredKey: try Disk.text(key)
      )
      try client.update().succeeded()
      #expect(try client.simulateInstall("site-web") == ["barge", "pier", "quay", "site-web"])
    }
  }
}
