import SafeIO
import TestSupport
import Testing

/// A vendor with an oddity that apt passes over, mirrored, published in both views and used by a real
/// apt.
@Suite(.enabled(if: hasNetwork)) struct OddVendorTests {
  /// What a vendor does to a tree before it is signed.
  struct Oddity: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// Changes the text of Release.
    var release: @Sendable (String) -> String = { $0 }
    /// Changes the index.
    var index: @Sendable (String) -> String = { $0 }
    /// What `mirror update` has to say of it.
    var note = ""
  }

  static let oddities = [
    Oddity(
      testDescription: "a stray line, a repeated field, a bad date and a second stanza",
      release: { text in
        text.replacing("Suite: ", with: "stray\nX: y\nSuite: other\nSuite: ")
          .replacing("\nDate: ", with: "\nDate: 2026-01-05\nX-Date: ") + "\nSuite: other\n"
      },
      note: "has a Date that is not a date"
    ),
    Oddity(
      testDescription: "no Architectures, a Label in Latin-1 and a description of several lines",
      release: { text in
        text.replacing("\nArchitectures: ", with: "\nArchitecture: ")
          .replacing("\nSuite: ", with: "\nDescription: a\n b\n .\n c\nSuite: ")
      }
    ),
    Oddity(
      testDescription: "paths that lead around",
      index: { $0.replacing("Filename: pool/", with: "Filename: /pool/..//pool/./") }
    ),
    Oddity(
      testDescription: "a stanza without a file, a stray line and a size with a unit",
      index: { text in
        "Package: gone\nVersion: 1\nArchitecture: all\nFilename: gone.deb\n\n"
          + text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            line.hasPrefix("Size: ") ? "Size: 9\n\(line) bytes\nstray\nX: y" : String(line)
          }.joined(separator: "\n")
      },
      note: "the stanza of gone 1 all has no Size"
    ),
  ]

  @Test(arguments: oddities)
  func `What apt takes is mirrored, published and taken inside`(oddity: Oddity) throws {
    try withScratchDirectory { scratch in
      var suite = ForgedSuite.small()
      suite.keepsPlainIndexes = true
      suite.compressions = []
      suite.hasByHash = false
      suite.hasTranslations = false
      let lab = try MirrorLab(scratch, suite)
      let directory = lab.forge.root + "/dists/stable/"
      var lists = ""
      for path in try Disk.files(below: directory) where path.hasSuffix("/Packages") {
        let text = oddity.index(try Disk.text(directory + path))
        try Disk.write(text, to: directory + path)
        let bytes = Array(text.utf8)
        lists += " \(SHA256Digest.of(bytes).hex) \(bytes.count) \(path)\n"
      }
      let fields =
        "Origin: Vendor\nLabel: Vendor\nSuite: stable\nCodename: stable\n"
        + "Date: Mon, 05 Jan 2026 13:22:30 UTC\nArchitectures: amd64 all\nComponents: main\n"
      try lab.forge.sign(oddity.release(fields + "SHA256:\n" + lists), of: suite)
      try lab.create("stable", "--component", "main", "--architecture", "amd64")
      let said = try lab.update()
      #expect(said.status == 0 && said.everything.contains(oddity.note), "\(said.everything)")
      _ = try lab.files()
      try lab.site("publish", "s", "--at", "p", "--mode", "both").succeeded()
      try lab.site("key", "export", scratch.path("site.asc")).succeeded()
      let keys = [try Disk.text(scratch.path("site.asc")), lab.forge.key.armored]
      for (place, key) in zip(["", "/vendor"], keys) {
        let client = try AptClient(root: scratch.path("client" + place))
        try client.addSource(
          tree: scratch.path("depot/public/p" + place),
          suite: "stable",
          components: ["main"],
          armoredKey: key
        )
        try client.aptGet("update").succeeded()
        try client.aptGet("download", "pier", "pier-data").succeeded()
      }
    }
  }

  @Test func `This site's Release has the vendor's bytes of the fields that it keeps`() throws {
    try withScratchDirectory { scratch in
      let lab = try MirrorLab(scratch, .small())
      let path = lab.forge.root + "/dists/stable/"
      let release = try Disk.text(path + "Release")
      let odd = "Description:  a\n  b é\n .\n c"
      try lab.forge.sign(release.replacing("\nSuite: ", with: "\n\(odd)\nSuite: "), of: .small())
      try lab.create("stable")
      try lab.update().succeeded()
      _ = try lab.files()
      try lab.site("publish", "s", "--at", "p", "--mode", "resigned").succeeded()
      let ours = try Disk.text(scratch.path("depot/public/p/dists/stable/Release"))
      #expect(ours.contains("\n\(odd)\n"))
    }
  }
}
