import Foundation
import SafeIO
import TestSupport
import Testing

/// `metapackage build`: what it makes is taken by dpkg-deb, lintian and apt, and hostile files are
/// refused by line.
@Suite struct MetapackageTests {
  private static let control = """
    Source: site-meta
    Section: metapackages
    Maintainer: Site Admins <admins@site.example.org>
    Build-Depends: debhelper-compat (= 13)

    # Comments are none of it.
    Package: site-web
    Architecture: all
    Depends: ${misc:Depends}, pier (>= 1) | jetty,
     quay
    # In the middle, too.
     , boat
    Recommends: buoy
    Description: packages of a web server of this site
     Everything that a web server of this site needs.
     .
     And a second paragraph.

    Package: site-all
    Architecture: all
    Depends: site-web (= ${binary:Version})
    Description: packages of all servers of this site
     Everything that any server of this site needs.

    """
  private static let changelog = """
    site-meta (1:1.1.0-1) unstable; urgency=medium

      * Add the quay.

     -- Site Admins <admins@site.example.org>  Sat, 28 Nov 2026 12:00:00 +0100

    site-meta (1:1.0.0-1) unstable; urgency=medium

      * First version.

     -- Site Admins <admins@site.example.org>  Fri, 27 Nov 2026 12:00:00 +0100

    """

  /// Writes the control file and its changelog; answers the first one's path.
  private func files(_ scratch: ScratchDirectory, in directory: String = "debian") throws -> String
  {
    let path = scratch.path(directory)
    try Disk.write(MetapackageTests.control, to: path + "/control")
    try Disk.write(MetapackageTests.changelog, to: path + "/changelog")
    return path + "/control"
  }

  private func ferry(_ scratch: ScratchDirectory) throws -> AptFerry {
    try AptFerry(home: scratch.path("home"))
  }

  @Test func `A control file becomes packages that dpkg-deb reads`() throws {
    try withScratchDirectory { scratch in
      let (site, out) = (try ferry(scratch), try scratch.directory("out"))
      let built = try site("metapackage", "build", try files(scratch), "--to", out).succeeded()
      #expect(built.contains("site-web_1.1.0-1_all.deb: site-web 1:1.1.0-1, "), "\(built)")
      let deb = out + "/site-web_1.1.0-1_all.deb"
      let fields = try run(["dpkg-deb", "-f", deb]).succeeded()
      for line in [
        "Package: site-web", "Source: site-meta", "Version: 1:1.1.0-1", "Architecture: all",
        "Maintainer: Site Admins <admins@site.example.org>", "Installed-Size: 7",
        "Depends: pier (>= 1) | jetty, quay, boat", "Recommends: buoy", "Section: metapackages",
        "Priority: optional", " And a second paragraph.",
      ] { #expect(fields.contains(line + "\n"), "\(line)\n\(fields)") }
      #expect(try run(["dpkg", "--info", deb]).succeeded().contains("new Debian package"))
      let listing = try run(["dpkg-deb", "-c", deb], environment: ["TZ": "UTC"]).succeeded()
      #expect(
        listing.contains(
          "-rw-r--r-- root/root       421 2026-11-28 11:00 ./usr/share/doc/site-web/copyright\n"
        ),
        "\(listing)"
      )
      let tree = scratch.path("tree")
      try run(["dpkg-deb", "-R", deb, tree]).succeeded()
      let log = tree + "/usr/share/doc/site-web/changelog.Debian.gz"
      #expect(try run(["gzip", "-dc", log]).succeeded() == MetapackageTests.changelog)
      // The sums are what dpkg --verify looks at.
      try run(["md5sum", "-c", "DEBIAN/md5sums"], environment: [:], in: tree).succeeded()
      let other = try run(["dpkg-deb", "-f", out + "/site-all_1.1.0-1_all.deb", "Depends"])
      #expect(try other.succeeded() == "site-web (= 1:1.1.0-1)\n")
    }
  }

  @Test(.enabled(if: Disk.exists("/usr/bin/lintian")))
  func `Lintian has nothing against them`() throws {
    try withScratchDirectory { scratch in
      let (site, out) = (try ferry(scratch), try scratch.directory("out"))
      try site("metapackage", "build", try files(scratch), "--to", out).succeeded()
      let list = scratch.path("tools.list")
      try Disk.write("pier\nquay (>= 1) | jetty\n", to: list)
      try site(
        ["metapackage", "build", list, "--to", out, "--package-version", "1.0"]
          + ["--maintainer", "Site Admins <admins@site.example.org>"]
      ).succeeded()
      let packages = try Disk.names(in: out).map { out + "/" + $0 }
      #expect(packages.count == 3)
      let judged = try run(
        ["lintian", "--allow-root", "--fail-on", "error,warning"] + packages
      )
      #expect(judged.status == 0, "\(judged.everything)")
    }
  }

  @Test func `Two builds have the same bytes, and other ones are not replaced unasked`() throws {
    try withScratchDirectory { scratch in
      var site = try ferry(scratch)
      let (one, two) = (try scratch.directory("one"), try scratch.directory("two"))
      let control = try files(scratch)
      let name = "/site-web_1.1.0-1_all.deb"
      try site("metapackage", "build", control, "--to", one).succeeded()
      // A changelog says the time: what the environment says is for those without one.
      site.environment = ["SOURCE_DATE_EPOCH": "1700000000"]
      try site("metapackage", "build", control, "--to", two).succeeded()
      #expect(try Disk.read(one + name) == Disk.read(two + name))
      let again = try site("metapackage", "build", control, "--to", one).succeeded()
      #expect(again.contains("the same bytes were there already"), "\(again)")
      try Disk.write(
        MetapackageTests.control.replacing(", boat", with: ", buoy"),
        to: control
      )
      let refused = try site("metapackage", "build", control, "--to", one)
      #expect(refused.refused(.state, "metapackage-exists"), "\(refused.everything)")
      #expect(try Disk.read(one + name) == Disk.read(two + name))
      try site("metapackage", "build", control, "--to", one, "--replace").succeeded()
      #expect(try Disk.read(one + name) != Disk.read(two + name))
    }
  }

  @Test func `A list becomes a package with the time of SOURCE_DATE_EPOCH`() throws {
    try withScratchDirectory { scratch in
      var site = try ferry(scratch)
      let list = scratch.path("site-tools.list")
      try Disk.write("# tools\npier\n\nquay (>= 1) | jetty  # either\n", to: list)
      let words =
        ["metapackage", "build", list, "--package-version", "2.0", "--to", scratch.path("")]
        + ["--maintainer", "A B <a@site.example.org>", "--description", "tools of this site"]
      let clock = try site(words + ["--dry-run"])
      #expect(clock.errors.contains("another build has other bytes"), "\(clock.everything)")
      #expect(try clock.succeeded().contains("Depends: pier, quay (>= 1) | jetty\n"))
      #expect(!Disk.exists(scratch.path("site-tools_2.0_all.deb")))
      site.environment = ["SOURCE_DATE_EPOCH": "1700000000"]
      let told = try site(words + ["--json"])
      #expect(told.errors == "" && told.status == 0, "\(told.everything)")
      let deb = scratch.path("site-tools_2.0_all.deb")
      let listing = try run(["dpkg-deb", "-c", deb], environment: ["TZ": "UTC"]).succeeded()
      let isDated = listing.split(separator: "\n").allSatisfy { $0.contains("2023-11-14 22:13") }
      #expect(isDated, "\(listing)")
      #expect(listing.contains("/changelog.gz\n"), "\(listing)")
      site.environment = ["SOURCE_DATE_EPOCH": "soon"]
      #expect(try site(words).refused(.usage, "arguments"))
    }
  }

  @Test func `Changelog and copyright can be fields, or files that fields name`() throws {
    try withScratchDirectory { scratch in
      let site = try ferry(scratch)
      let file = scratch.path("equivs")
      let entry = MetapackageTests.changelog.replacing("site-meta", with: "site-one")
      let within = entry.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
        .map { $0.isEmpty ? " .\n" : " \($0)\n" }.joined()
      let head = "Section: misc\nStandards-Version: 3.9.2\nPackage: site-one\nDepends: pier\n"
      let rest = "Copyright: LICENCE\nDescription: one\n"
      try Disk.write("Copyright 2026 by us\n", to: scratch.path("LICENCE"))
      try Disk.write(head + "Changelog:\n" + within + rest, to: file)
      let words = ["metapackage", "build", file, "--to", scratch.path("")]
      try site(words).succeeded()
      let deb = scratch.path("site-one_1.1.0-1_all.deb")
      let tree = scratch.path("tree")
      try run(["dpkg-deb", "-R", deb, tree]).succeeded()
      let documents = tree + "/usr/share/doc/site-one"
      #expect(try Disk.text(documents + "/copyright") == "Copyright 2026 by us\n")
      #expect(try run(["gzip", "-dc", documents + "/changelog.Debian.gz"]).succeeded() == entry)
      // The same from a file is the same package.
      let bytes = try Disk.read(deb)
      Disk.remove(deb)
      try Disk.write(entry, to: scratch.path("log"))
      try Disk.write(head + "Changelog: log\n" + rest, to: file)
      try site(words).succeeded()
      #expect(try Disk.read(deb) == bytes)
      try Disk.write(entry.replacing("site-one", with: "site-two"), to: scratch.path("log"))
      #expect(try site(words).refused(.usage, "metapackage"))
    }
  }
}
