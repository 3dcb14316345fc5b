import SafeIO
import TestSupport
import Testing

/// The program for the isolated side beside a bundle: checked with stock tools alone.
@Suite struct CarriedProgramTests {
  /// A package of the program, with little in it.
  private static func package(_ name: String, at path: String) throws {
    try withScratchDirectory { scratch in
      let control = """
        Package: \(name)
        Version: 1.0
        Architecture: amd64
        Maintainer: Site <site@site.invalid>
        Description: carried

        """
      try Disk.write(control, to: scratch.path("tree/DEBIAN/control"))
      try run(["dpkg-deb", "--root-owner-group", "--build", scratch.path("tree"), path])
        .succeeded()
    }
  }

  @Test func `The package is signed, and its page works as typed`() throws {
    try withScratchDirectory { scratch in
      let crossing = try Crossing(scratch)
      try crossing.forge.build(ForgedSuite("stable", ["main": [ForgedPackage("pier")]]))
      try crossing.freeze("first", "stable")
      let package = scratch.path("aptferry-isolated_1.0_amd64.deb")
      try Self.package("aptferry-isolated", at: package)
      try crossing.connected("export", "first", "--to", crossing.medium, "--with-program", package)
        .succeeded()
      let place = crossing.medium + "/aptferry-program"
      #expect(try Disk.read(place + "/aptferry-isolated_1.0_amd64.deb") == Disk.read(package))
      // The key lies where the page says, in the form that gpgv reads.
      let home = try scratch.directory("officer")
      try run(["gpg", "--dearmor", "--output", home + "/exporter.gpg", crossing.exporterKey])
        .succeeded()
      let typed = try Disk.text(place + "/INSTALL.txt").split(separator: "\n")
        .filter { $0.hasPrefix("$ ") }.map { $0.dropFirst(2) }
      #expect(typed.count == 2)
      let script = "set -e\ncd '\(place)'\n" + typed.joined(separator: "\n")
      let good = try run(["sh", "-c", script], environment: ["HOME": home])
      #expect(good.status == 0 && good.text.contains("OK"), "\(good.everything)")
      // What the bundle is does not change by it.
      try crossing.isolated("import", crossing.medium).succeeded()
      try Disk.write(
        Array("!<arch>\ndebian-binary and something else\n".utf8),
        to: place + "/aptferry-isolated_1.0_amd64.deb"
      )
      #expect(try run(["sh", "-c", script], environment: ["HOME": home]).status != 0)
    }
  }

  @Test func `A program without room or place leaves no bundle that is recorded`() throws {
    try withScratchDirectory { scratch in
      let crossing = try Crossing(scratch)
      try crossing.forge.build(ForgedSuite("stable", ["main": [ForgedPackage("pier")]]))
      try crossing.freeze("first", "stable")
      let package = scratch.path("aptferry-isolated_1.0_amd64.deb")
      try Self.package("aptferry-isolated", at: package)
      let order = ["export", "first", "--to", crossing.medium, "--with-program", package]
      let place = crossing.medium + "/aptferry-program"
      // Another version, and a link where the directory should be.
      try Disk.makeDirectory(place)
      try Disk.write("older", to: place + "/aptferry-isolated_0.9_amd64.deb")
      for more in [["--dry-run"], []] {
        let result = try crossing.connected(order + more)
        #expect(result.refused(.state, "other-program"), "\(result.everything)")
      }
      Disk.remove(place)
      try run(["ln", "-s", scratch.path, place]).succeeded()
      #expect(try crossing.connected(order).status == 14)
      #expect(try crossing.connected("ledger", "show").succeeded().contains("mainland-") == false)
      Disk.remove(place)
      try crossing.connected(order).succeeded()
    }
  }

  @Test func `What is no package is refused before anything is written`() throws {
    try withScratchDirectory { scratch in
      let crossing = try Crossing(scratch)
      try crossing.forge.build(ForgedSuite("stable", ["main": [ForgedPackage("pier")]]))
      try crossing.freeze("first", "stable")
      let other = scratch.path("aptferry-isolated_1.0_amd64.deb")
      try Disk.write(Array("#!/bin/sh\n".utf8), to: other)
      let another = scratch.path("pier_1.0_amd64.deb")
      try Self.package("pier", at: another)
      let broken = scratch.path("broken.deb")
      try Disk.write(Array(Disk.read(another).dropLast(80)), to: broken)
      for file in [other, scratch.path("absent.deb"), another, broken] {
        let result = try crossing.connected(
          "export",
          "first",
          "--to",
          crossing.medium,
          "--with-program",
          file
        )
        #expect(result.refused(.usage), "\(result.everything)")
        #expect(result.errors.contains("E-USAGE-NO-PACKAGE"))
      }
      #expect(try Disk.names(in: crossing.medium).isEmpty)
    }
  }
}
