import Foundation
import SafeIO
import TestSupport
import Testing

/// `snapshot verify`, `package search`, `package show` and `machine state`, from end to end.
@Suite struct ChoosingCommandsTests {
  private static func object(_ result: RunResult) throws -> [String: Any] {
    try #require(
      try JSONSerialization.jsonObject(with: Data(result.output)) as? [String: Any],
      "\(result.everything)"
    )
  }

  @Test func whatCannotBeInstalledIsShownWithItsReason() throws {
    try withScratchDirectory { scratch in
      let crossing = try Crossing(scratch)
      try crossing.forge.build(
        ForgedSuite(
          "stable",
          [
            "main": [
              ForgedPackage("pier", depends: "quay (>= 2)"), ForgedPackage("quay"),
              ForgedPackage("jetty", depends: "pier"), ForgedPackage("buoy"),
            ]
          ]
        )
      )
      try crossing.forge.build(
        ForgedSuite("newer", ["main": [ForgedPackage("quay", version: "2.0-1")]])
      )
      try crossing.freeze("first", "stable")
      try crossing.freeze("second", "newer")
      let alone = try crossing.connected("snapshot", "verify", "first")
      #expect(alone.refused(.incomplete, "uninstallable"), "\(alone.everything)")
      #expect(alone.text.contains("amd64: 4 packages, 2 dependencies: 2 cannot be installed"))
      #expect(alone.text.contains("  jetty 1.0-1 amd64\n    jetty needs pier\n"))
      #expect(alone.text.contains("    pier needs quay (>= 2), which nothing satisfies\n"))
      #expect(alone.text.contains("there is only: quay 1.0-1 amd64"), "\(alone.text)")
      let json = try ChoosingCommandsTests.object(
        try crossing.connected("snapshot", "verify", "first", "--json")
      )
      let reports = try #require(json["reports"] as? [[String: Any]])
      #expect((reports[0]["uninstallable"] as? [Any])?.count == 2)
      #expect((reports[0]["unsatisfied"] as? [Any])?.count == 1)
      try crossing.connected("snapshot", "verify", "first", "second").succeeded()
      // The newer quay takes the place of the older one, as for apt: that one is not asked.
      let based = try crossing.connected("snapshot", "verify", "first", "--base", "second")
        .succeeded()
      #expect(based.contains("3 packages, 2 dependencies: all can be installed"), "\(based)")
      let status = scratch.path("status")
      try Disk.write(
        """
        Package: quay
        Status: install ok installed
        Architecture: amd64
        Version: 3

        Package: dpkg
        Status: install ok installed
        Architecture: amd64
        Version: 1

        """,
        to: status
      )
      try crossing.connected("snapshot", "verify", "first", "--base", status).succeeded()
      let other = try crossing.connected("snapshot", "verify", "first", "--architecture", "arm64")
      #expect(other.refused(.usage, "suite"))
    }
  }

  @Test func packageIsFoundWithAllThatHasIt() throws {
    try withScratchDirectory { scratch in
      let crossing = try Crossing(scratch)
      try crossing.forge.build(
        ForgedSuite("stable", ["main": [ForgedPackage("pier"), ForgedPackage("quay")]])
      )
      try crossing.freeze("first", "stable")
      try crossing.connected("export", "first", "--to", crossing.medium).succeeded()
      try crossing.isolated("import", crossing.medium).succeeded()
      try crossing.isolated("publish", "first", "--at", "debian").succeeded()
      let outside = try crossing.connected("package", "search", "Name (% p*)").succeeded()
      #expect(outside == "pier 1.0-1 amd64  first, bundle mainland-000001\n")
      let inside = try crossing.isolated("package", "search", "pier | quay").succeeded()
      #expect(
        inside.hasPrefix("pier 1.0-1 amd64  first, publication debian, bundle mainland-000001\n")
      )
      let formed = try crossing.isolated("package", "search", "quay", "--format", "${Version}")
      #expect(try formed.succeeded() == "1.0-1\n")
      let shown = try crossing.isolated("package", "show", "pier=1.0-1").succeeded()
      #expect(shown.hasPrefix("Package: pier\n"), "\(shown)")
      #expect(shown.contains("\nin: snapshot first, suite stable\nin: publication debian\n"))
      let json = try ChoosingCommandsTests.object(
        try crossing.isolated("package", "show", "pier", "--json")
      )
      let packages = try #require(json["packages"] as? [[String: Any]])
      #expect((packages[0]["places"] as? [[String: Any]])?.count == 3)
      #expect((packages[0]["stanza"] as? String)?.hasPrefix("Package: pier\n") == true)
      let search = try crossing.isolated("package", "search", "pier", "--json")
      #expect((try ChoosingCommandsTests.object(search)["packages"] as? [Any])?.count == 1)
      #expect(try crossing.isolated("package", "show", "pie").refused(.usage, "no-such-package"))
      #expect(try crossing.isolated("package", "show", "pier=2").refused(.usage, "no-such-package"))
      #expect(try crossing.isolated("package", "search", "pier (").refused(.usage, "query"))
    }
  }

  private static let status = """
    Package: dpkg
    Status: install ok installed
    Essential: yes
    Maintainer: Somebody <somebody@example.org>
    Architecture: amd64
    Version: 1.21
    Conffiles:
     /etc/secret d41d8cd98f00b204e9800998ecf8427e
    Description: not carried

    Package: lib
    Status: hold ok installed
    Architecture: i386
    Version: 2
    Depends: dpkg,
     other | third

    Package: gone
    Status: deinstall ok config-files
    Architecture: amd64
    Version: 1


    """

  @Test func stateOfAMachineHasWhatDecidesAndNoSecret() throws {
    try withScratchDirectory { scratch in
      let root = try scratch.directory("machine")
      for directory in ["var/lib/dpkg", "etc/apt/sources.list.d"] {
        try Disk.makeDirectory(root + "/" + directory)
      }
      try Disk.write(ChoosingCommandsTests.status, to: root + "/var/lib/dpkg/status")
      try Disk.write("amd64\ni386\narm64\n", to: root + "/var/lib/dpkg/arch")
      try Disk.write(
        "deb http://user:secret@apt.example/debian?token=hidden stable main\n",
        to: root + "/etc/apt/sources.list"
      )
      try Disk.write(
        "Types: deb deb-src\nURIs: https://own.example/\nSuites: one two\nComponents: x y\n",
        to: root + "/etc/apt/sources.list.d/own.sources"
      )
      try Disk.write("deb nonsense\n", to: root + "/etc/apt/sources.list.d/bad.list")
      let ferry = try AptFerry(home: scratch.path("home"))
      let file = scratch.path("web.state")
      let told = try ferry("machine", "state", "--root", root, "--to", file)
      #expect(try told.succeeded().hasPrefix("2 packages, architecture amd64, i386, arm64, "))
      #expect(told.errors.contains("bad.list"), "\(told.errors)")
      let text = try Disk.text(file)
      for secret in ["secret", "hidden", "Conffiles", "somebody", "gone", "not carried"] {
        #expect(!text.contains(secret), "\(secret)")
      }
      #expect(text.contains("X-Architectures: amd64 i386 arm64\n"))
      #expect(text.contains("\n deb http://apt.example/debian stable main\n"))
      #expect(text.contains("\n deb-src https://own.example/ two x y\n"), "\(text)")
      #expect(text.contains("Status: hold ok installed\n"))
      #expect(text.contains("Depends: dpkg,\n other | third\n"))
      // dpkg itself takes it for a status file.
      let admin = try scratch.directory("admin")
      try Disk.write(text, to: admin + "/status")
      let listed = try run(["dpkg-query", "--admindir=" + admin, "-W"]).succeeded()
      #expect(listed.contains("dpkg\t1.21") && listed.contains("lib:i386\t2"), "\(listed)")
      let printed = try ferry("machine", "state", "--root", root, "--to", "-").succeeded()
      #expect(printed == text)
      let json = try ChoosingCommandsTests.object(
        try ferry("machine", "state", "--root", root, "--to", file, "--json")
      )
      #expect(json["packages"] as? Int == 2)
      let none = try ferry("machine", "state", "--root", scratch.path("none"), "--to", file)
      #expect(none.refused(.usage, "no-file"), "\(none.everything)")
    }
  }
}
