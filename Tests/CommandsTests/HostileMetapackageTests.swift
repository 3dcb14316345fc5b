import SafeIO
import TestSupport
import Testing

/// Files that are no meta-packages, or that want to be more than they look: each is refused with the
/// line where it is wrong, and nothing is written.
@Suite struct HostileMetapackageTests {
  private static let head = "Package: site\nVersion: 1.0\nMaintainer: A <a@b.example>\n"

  /// What the file has, and what the refusal says.
  static let controls: [(String, String)] = [
    (head + "Depends: pi\u{1b}[2Jer\nDescription: d\n", "line 4: the line has a character that"),
    (head + "Depends: pier\nDescription: d\u{202e}\n", "line 5: the line has a character that"),
    (head + "Depends: pier\r\nDescription: d\r\n", "line 4: the line ends with a carriage return"),
    (head + "Depends: pier\nDepends: quay\nDescription: d\n", "line 5: the field Depends is there"),
    (head + "Depends: Pier\nDescription: d\n", "line 4: “Pier” cannot be the name of a package"),
    (head + "Depends: pier,\n quay (>> \nDescription: d\n", "line 5: “quay (>>” is no relation"),
    (head + "Depends: pier\n quay\nDescription: d\n", "line 4: “pier quay” is no relation"),
    (head + "Depends: pier (= 1 2)\nDescription: d\n", "line 4: “pier (= 1 2)” is no relation"),
    (head + "Depends: pier (= x)\nDescription: d\n", "line 4: “x” cannot be a version"),
    (head + "Depends: pier (> 1)\nDescription: d\n", "has a sign that dpkg no longer takes"),
    (head + "Depends: pier [amd64]\nDescription: d\n", "is for some architectures"),
    (head + "Depends: ${site:Depends}\nDescription: d\n", "has a variable that is not known here"),
    (head + "Depends: pier |\nDescription: d\n", "line 4: an alternative is empty"),
    (head + "Depends: pier\n", "the package has no description"),
    (head + "Description: d\n", "line 1: the package names no other package"),
    (head + "Depends: pier\nPostinst: x\nDescription: d\n", "line 5: a meta-package has no field"),
    (head + "Depends: pier\nnonsense\nDescription: d\n", "line 5: it has no field name and colon"),
    (" folded\n" + head + "Depends: pier\nDescription: d\n", "line 1: it continues a field"),
    (
      head + "Architecture: amd64\nDepends: pier\nDescription: d\n", "line 4: a meta-package is for"
    ),
    (
      head + "Changelog: ../log\nDepends: pier\nDescription: d\n", "line 4: Changelog names no file"
    ),
    (head + "Changelog: log\nDepends: pier\nDescription: d\n", "line 4: there is no file log"),
    (
      "Package: ../../etc\nVersion: 1\nDepends: pier\nDescription: d\n",
      "line 1: “../../etc” cannot"
    ),
    ("Package: site\nVersion: 1/2\nDepends: pier\nDescription: d\n", "line 2: “1/2” cannot be"),
    ("Package: site\nVersion: 1\nDepends: pier\nDescription: d\n", "nothing says who maintains"),
    (
      "Package: site\nVersion: 1\nMaintainer: A\nDepends: pier\nDescription: d\n",
      "line 3: “A” is no name with an address"
    ),
    (
      head + "Depends: pier\nDescription: d\n\n" + head + "Depends: quay\nDescription: d\n",
      "line 7: the package site is described twice"
    ),
    (
      head + "Depends: pier\nDescription: " + String(repeating: "d", count: 70_000),
      "line 5: the line has"
    ),
    ("pier\npier\n", "line 2: “pier” is in line 1 already"),
    ("# nothing\n", "the file names no package"),
    ("pier install\n", "line 1: “pier install” is no relation"),
  ]

  @Test(arguments: controls)
  func `It is refused by line`(text: String, message: String) throws {
    try withScratchDirectory { scratch in
      let site = try AptFerry(home: scratch.path("home"))
      let (file, out) = (scratch.path("control"), try scratch.directory("out"))
      try Disk.write(text, to: file)
      let result = try site("metapackage", "build", file, "--to", out)
      #expect(result.refused(.usage, "metapackage"), "\(result.everything)")
      #expect(result.errors.contains(message), "\(result.errors)")
      #expect(result.errors.contains("  next: "), "\(result.errors)")
      #expect(try Disk.names(in: out) == [])
    }
  }

  @Test func `A huge file is refused before it is read`() throws {
    try withScratchDirectory { scratch in
      let site = try AptFerry(home: scratch.path("home"))
      let file = scratch.path("control")
      try Disk.write(String(repeating: "# comment\n", count: 110_000), to: file)
      let result = try site("metapackage", "build", file, "--dry-run")
      #expect(result.refused(.unsafe, "too-large"), "\(result.everything)")
      #expect(result.errors.contains("  next: name a control file or a list"), "\(result.errors)")
    }
  }

  @Test(arguments: [
    ("", "the changelog is empty"),
    ("nonsense\n", "line 1: this is no head of a changelog's entry"),
    ("site (1.0) unstable; urgency=low\n\n  * x\n", "has no line with who made it"),
    (
      "site (1.0) unstable; urgency=low\n\n  * x\n\n -- A <a@b.example>  soon\n",
      "line 5: this is no date"
    ),
    (
      "site (2.0) unstable; urgency=low\n\n -- A <a@b.example>  Sat, 28 Nov 2026 12:00:00 +0000\n",
      "the version is 1.0 here and 2.0 there"
    ),
    (
      "other (1.0) unstable; urgency=low\n\n -- A <a@b.example>  Sat, 28 Nov 2026 12:00:00 +0000\n",
      "the changelog is that of other"
    ),
  ])
  func `A changelog that says something else is refused`(text: String, message: String) throws {
    try withScratchDirectory { scratch in
      let site = try AptFerry(home: scratch.path("home"))
      let file = scratch.path("control")
      try Disk.write(
        HostileMetapackageTests.head + "Depends: pier\nDescription: d\n",
        to: file
      )
      try Disk.write(text, to: scratch.path("changelog"))
      let result = try site("metapackage", "build", file, "--dry-run")
      #expect(result.refused(.usage, "metapackage"), "\(result.everything)")
      #expect(result.errors.contains(message), "\(result.errors)")
    }
  }
}
