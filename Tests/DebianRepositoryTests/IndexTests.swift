import DebianRepository
import SafeIO
import Testing

private let digest = String(repeating: "a", count: 64)
private let long = String(repeating: "c", count: 128)

/// Feeds the text in pieces of the given size, so that every line is cut somewhere.
private func packages(_ text: String, piece: Int = .max) throws -> [PackageStanza] {
  try packages(Array(text.utf8), piece: piece)
}

private func packages(_ bytes: [UInt8], piece: Int = .max) throws -> [PackageStanza] {
  var index = PackageIndexReader(.packages, name: "Packages")
  var entries: [PackageStanza] = []
  func take(_ entry: PackageStanza) { entries.append(entry) }
  var start = 0
  while start < bytes.count {
    let end = min(bytes.count, start + min(piece, bytes.count))
    try index.feed(bytes.span.extracting(start..<end), take)
    start = end
  }
  try index.finish(take)
  #expect(index.count == entries.count)
  return entries
}

private func sources(_ text: String) throws -> [PackageStanza] {
  var index = PackageIndexReader(.sources, name: "Sources")
  var entries: [PackageStanza] = []
  func take(_ entry: PackageStanza) { entries.append(entry) }
  let bytes = Array(text.utf8)
  try index.feed(bytes.span, take)
  try index.finish(take)
  return entries
}

private func code(_ body: () throws -> Void) -> String? {
  do {
    try body()
    return nil
  } catch {
    return (error as? Failure)?.code
  }
}

private let two = """
  Package: hello
  Version: 2.10-3
  Architecture: amd64
  Tag: a::b,
   c::d
  Filename: ./pool/main/h/hello/hello_2.10-3+b1_amd64.deb
  Size: 53080
  MD5sum: \(String(repeating: "d", count: 32))
  SHA256: \(digest)
  Description: greets

  Package: world
  Version: 1:1~rc1
  Architecture: all
  Filename: pool/main/w/world/world_1~rc1_all.deb
  SHA512: \(long)
  Size: 9223372036854775807
  """

@Suite struct PackagesIndexTests {
  @Test(arguments: [1, 2, 3, 7, 64, 65, 1000, Int.max])
  func `An index reads the same however its blocks are cut`(piece: Int) throws {
    let entries = try packages(two, piece: piece)
    #expect(entries.map(\.label) == ["hello 2.10-3 amd64", "world 1:1~rc1 all"])
    #expect(entries[0].files[0].path.text == "pool/main/h/hello/hello_2.10-3+b1_amd64.deb")
    #expect(entries[0].files[0].size == 53080)
    #expect(entries[0].files[0].sha256?.hex == digest)
    #expect(entries[0].files[0].sha512 == nil)
    #expect(entries[1].files[0].sha256 == nil)
    #expect(entries[1].files[0].sha512 == long)
    #expect(entries[1].files[0].size == UInt64(Int64.max))
  }

  @Test(arguments: [1, 5, 64, Int.max])
  func `Every stanza knows its place in the index, however its blocks are cut`(piece: Int) throws {
    let bytes = Array((two + "\r\n").utf8)
    let entries = try packages([0x0d, 0x0d, 0x0a] + bytes, piece: piece)
    let places = entries.map { Int($0.extent.lowerBound) - 3..<Int($0.extent.upperBound) - 3 }
    let text = places.map { String(decoding: bytes[$0], as: UTF8.self) }
    #expect(text.joined(separator: "\n") == two + "\r\n")
    #expect(text.first?.hasSuffix("Description: greets\n") ?? false)
  }

  @Test func `Odd spacing that apt accepts is accepted`() throws {
    let odd =
      "\npackage : hello\r\nVERSION:1\r\nArchitecture:\tamd64 \r\nFilename:\r\n pool/a.deb\r\n"
      + "Size:  5\t\r\nSha256:\(digest)\r\nDescription: x\r\n \t \r\n y\r\n\r\n\r\n\n"
    let entries = try packages(odd)
    #expect(entries.map(\.label) == ["hello 1 amd64"])
    #expect(entries.first?.files[0].path.text == "pool/a.deb")
    #expect(entries.first?.files[0].size == 5)
  }

  @Test func `A line of white space continues the stanza and does not end it`() throws {
    let entries = try packages(
      "Package: a\nSize: 1\nDescription: x\n \nFilename: p/a.deb\nSHA256: \(digest)\n"
    )
    #expect(entries.count == 1)
  }

  @Test func `An empty index has no packages`() throws {
    #expect(try packages("").isEmpty)
    // A stanza without fields, for apt.
    for text in ["\n", "\n\n\r\n", " \n", "Package: a\n\n \n\n"] {
      #expect(code { _ = try packages(text) } == "E-INTEGRITY-MALFORMED")
    }
  }

  @Test(arguments: [1 << 18, Int.max])
  func `A stanza longer than apt takes is refused, by its limit and its package`(piece: Int) throws
  {
    let text = "Package: a\nVersion: 1\n\nPackage: b\nX-Long: "
    let long = text + String(repeating: "x", count: 4 << 20)
    for end in ["", "\nVersion: 1\n\n", "\n"] {
      let failure = #expect(throws: Failure.self) {
        _ = try packages(withFile(long) + end, piece: piece)
      }
      #expect(failure?.code == "E-UNSAFE-TOO-LARGE")
      #expect(failure?.reason.contains("line 8 (package b)") ?? false)
      #expect(failure?.reason.contains("its stanza longer than the 4194304 bytes") ?? false)
    }
  }

  @Test(arguments: [-2, -1, 0, 1, 2])
  func `The longest stanza that is read is as long as the limit, its line ends among it`(
    more: Int
  ) throws {
    let short = "Package: b\n\(file)X-Long: "
    let length = (4 << 20) + more
    let text = short + String(repeating: "x", count: length - short.utf8.count - 1) + "\n"
    for end in ["", "\n", "\nPackage: c\n\(file)"] {
      for piece in [length - 2, length - 1, length, length + 1, Int.max] {
        guard more <= 0 else {
          #expect(code { _ = try packages(text + end, piece: piece) } == "E-UNSAFE-TOO-LARGE")
          continue
        }
        let names = try packages(text + end, piece: piece).map(\.package)
        #expect(names == (end.utf8.count > 1 ? ["b", "c"] : ["b"]))
      }
    }
    #expect(
      code { _ = try packages("\n" + text + " \n", piece: length) }
        == (more < -1 ? nil : "E-UNSAFE-TOO-LARGE")
    )
  }

  private let file = "Filename: a.deb\nSize: 1\nSHA256: \(digest)\n"

  private func withFile(_ text: String) -> String {
    text.replacing("\n\n", with: "\n\(file)\n")
  }

  @Test func `T105: a long value of a field that counts is refused`() {
    let long = String(repeating: "x", count: 17 << 20)
    for piece in [1 << 20, Int.max] {
      #expect(
        code { _ = try packages("Package: a\nVersion: \(long)\n\n", piece: piece) }
          == "E-UNSAFE-TOO-LARGE"
      )
    }
    let lines = String(repeating: "\n xxxxxxxxxxxxxxx", count: 1_200_000)
    #expect(code { _ = try packages("Package: a\nFilename:\(lines)\n\n") } == "E-UNSAFE-TOO-LARGE")
  }

  @Test(
    arguments: [
      "../../etc/passwd", "/../etc/passwd", "pool/../../a.deb", ".", "./", "pool/.", "pool/x/..",
      "pool/a.deb\n /etc/passwd", "pool/a\u{1b}[2J.deb", "pool/a.", "pool/", "pool\\a.deb",
    ]
  )
  func `T105: a Filename that climbs or hides has no file, and the package is named`(
    path: String
  ) throws {
    let text = "Package: evil\nVersion: 1\nFilename: \(path)\nSize: 1\nSHA256: \(digest)\n"
    let stanza = try #require(try packages(text).first)
    #expect(stanza.files.isEmpty && stanza.unusable?.code == "E-UNSAFE-PATH")
    #expect(stanza.unusable?.reason.contains("evil 1") == true)
    #expect(stanza.unusable?.reason.contains("\u{1b}") == false)
  }

  @Test(
    arguments: [
      "/pool/a.deb", "pool//a.deb", "./pool/./a.deb", "pool/x/../a.deb", "././//pool/a.deb",
      "x/../pool/y/z/../../a.deb",
    ]
  )
  func `A Filename that stays in the tree once it is resolved is the plain path`(path: String)
    throws
  {
    let text = "Package: a\nVersion: 1\nFilename: \(path)\nSize: 1\nSHA256: \(digest)\n"
    let stanza = try #require(try packages(text).first)
    #expect(stanza.unusable == nil && stanza.files.map(\.path.text) == ["pool/a.deb"])
  }

  private static let sound = "Version: 1\nFilename: a.deb\nSize: 1\nSHA256: \(digest)\n"

  @Test(
    arguments: [
      ("SHA256", "", "E-TRUST-WEAK-HASHES"),
      ("SHA256", "SHA1: \(String(repeating: "e", count: 40))\n", "E-TRUST-WEAK-HASHES"),
      ("Size", "", "E-INTEGRITY-MALFORMED"), ("Filename", "", "E-INTEGRITY-MALFORMED"),
      ("Version", "", "E-INTEGRITY-MALFORMED"), ("Version", "no\n", "E-INTEGRITY-MALFORMED"),
      ("SHA256", "SHA256: \(digest)0\n", "E-INTEGRITY-MALFORMED"),
      ("SHA256", "SHA256: \(digest.uppercased())\n", "E-INTEGRITY-MALFORMED"),
      ("Size", "Size: -1\n", "E-INTEGRITY-MALFORMED"),
      ("Size", "Size: 18446744073709551615\n", "E-INTEGRITY-MALFORMED"),
      ("Size", "Size: many\n", "E-INTEGRITY-MALFORMED"),
      ("Filename", "Filename:\n\ta.deb\n", "E-UNSAFE-PATH"),
      ("Filename", "Filename: pool/\n", "E-UNSAFE-PATH"),
      ("", "SHA512: none\n", "E-INTEGRITY-MALFORMED"),
    ]
  )
  func `T105: a stanza whose file apt cannot get has none, and the index is taken`(
    field: String,
    instead: String,
    expected: String
  ) throws {
    let lines = PackagesIndexTests.sound.split(separator: "\n").filter {
      field.isEmpty || !$0.hasPrefix(field)
    }
    let text =
      "Package: a\n\(instead)\(lines.joined(separator: "\n"))\n\nPackage: b\n\(PackagesIndexTests.sound)"
    for piece in [1, Int.max] {
      let stanzas = try packages(text, piece: piece)
      #expect(stanzas.map(\.package) == ["a", "b"])
      #expect(stanzas[0].unusable?.code == expected && stanzas[0].files.isEmpty)
      #expect(stanzas[1].unusable == nil && stanzas[1].files.count == 1)
    }
  }

  @Test func `Of repeated fields the last counts, and a stray line costs the next field`() throws {
    let text =
      "Package: a\nVersion: 1\nFilename: b.deb\nFilename: a.deb\nSize: 9 bytes\nsize : 5 bytes\n"
      + "stray\nSHA512: x\nSHA256: \(digest)\n"
    let stanza = try #require(try packages(text).first)
    #expect(stanza.files.map(\.path.text) == ["a.deb"] && stanza.size == 5)
  }

  @Test(
    arguments: [
      "Filename: a.deb\nSize: 1\nSHA256: \(digest)\n", " x\n",
      "Package: a\nVersion: 1\n\nstray", "stray\nPackage: a\nVersion: 1\n",
    ]
  )
  func `T105: an index that apt cannot read is refused`(text: String) {
    #expect(code { _ = try packages(text) } == "E-INTEGRITY-MALFORMED")
    #expect(code { _ = try packages(text, piece: 1) } == "E-INTEGRITY-MALFORMED")
  }

  /// apt takes such an index, and the other packages.
  @Test(arguments: ["Package", "Version", "Architecture", "Source", "Filename", "Size", "SHA256"])
  func `A NUL byte in a field makes the one stanza unusable`(field: String) throws {
    let one =
      "Package: a\nVersion: 1\nArchitecture: all\nSource: s\nFilename: a.deb\nSize: 5\n"
      + "SHA256: \(digest)\n"
    let text = one.replacing("\(field): ", with: "\(field): \u{0}") + "\n" + one
    for piece in [1, 1000] {
      let found = try packages(text, piece: piece)
      #expect(found.map { $0.unusable == nil } == [false, true])
      #expect(found[0].unusable?.reason.contains("holds a NUL byte") == true)
    }
  }

  @Test func `Cut anywhere or changed anywhere, an index never traps`() throws {
    let bytes = Array(two.utf8)
    for index in bytes.indices {
      _ = try? packages(Array(bytes[..<index]), piece: 10)
      var changed = bytes
      for value: UInt8 in [0x00, 0x0a, 0x20, 0x2f, 0x39, 0x3a, 0xff] {
        changed[index] = value
        _ = try? packages(changed)
      }
    }
  }
}

@Suite struct SourcesIndexTests {
  private let hex = String(repeating: "d", count: 32)

  @Test func `Directory and checksums give pool paths`() throws {
    let entries = try sources(
      """
      Package: hello
      Format: 3.0 (quilt)
      Version: 2.10-3
      Files:
       \(hex) 10 hello_2.10-3.dsc
       \(hex) 20 hello_2.10.orig.tar.gz
      Checksums-Sha256:
       \(digest) 10 hello_2.10-3.dsc
       \(digest) 20 hello_2.10.orig.tar.gz
      Directory: pool/main/h/hello

      Package: flat
      Version: 1
      Directory: .
      Checksums-Sha512:
       \(long) 1 flat_1.dsc

      Package: none
      Version: 1
      Checksums-Sha256: \(digest) 1 none_1.dsc
      """
    )
    #expect(entries.map(\.package) == ["hello", "flat", "none"])
    #expect(
      entries[0].files.map(\.path.text) == [
        "pool/main/h/hello/hello_2.10-3.dsc", "pool/main/h/hello/hello_2.10.orig.tar.gz",
      ]
    )
    #expect(entries[0].files.map(\.size) == [10, 20])
    #expect(entries[1].files.map(\.path.text) == ["flat_1.dsc"])
    #expect(entries[1].files[0].sha512 == long)
    #expect(entries[2].files.map(\.path.text) == ["none_1.dsc"])
  }

  @Test(
    arguments: [
      ("../..", "a.dsc", "E-UNSAFE-PATH"), ("pool", "../../a.dsc", "E-UNSAFE-PATH"),
      ("pool", "a.dsc\n \(digest) x b.dsc", "E-INTEGRITY-MALFORMED"),
      ("pool", "a.dsc\n \(digest) 1", "E-INTEGRITY-MALFORMED"),
      ("pool", "a.dsc\n \(String(repeating: "b", count: 64)) 1 a.dsc", "E-INTEGRITY-TWO-CONTENTS"),
      (
        "pool", "a.dsc\nFiles:\n \(String(repeating: "d", count: 32)) 1 b.dsc",
        "E-TRUST-WEAK-HASHES"
      ),
      ("pool", "a.dsc\nChecksums-Sha1:\n 12 1 a.dsc", "E-INTEGRITY-MALFORMED"),
    ]
  )
  func `Sources that apt cannot get have no files, and the index is taken`(
    directory: String,
    name: String,
    expected: String
  ) throws {
    let text =
      "Package: a\nDirectory: \(directory)\nChecksums-Sha256:\n \(digest) 1 \(name)\n"
      + "\nPackage: b\nChecksums-Sha256:\n \(digest) 1 b.dsc\n"
    let stanzas = try sources(text)
    #expect(stanzas[0].unusable?.code == expected && stanzas[0].files.isEmpty)
    #expect(stanzas[1].unusable == nil && stanzas[1].files.count == 1)
  }

  @Test func `Sources are found where their names lead once they are resolved`() throws {
    for (directory, name) in [
      ("/pool/./x", "a.dsc"), ("pool//x/", "y/../a.dsc"), ("./pool", "x/a.dsc"),
    ] {
      let text =
        "Package: a\nDirectory: \(directory)\nChecksums-Sha256: \(digest)\n1  \(name)\n"
        .replacing("\n1", with: "\n 1")
        + "Files:\n \(hex) 2 \(name)\n"
      #expect(try sources(text).first?.files.map(\.path.text) == ["pool/x/a.dsc"])
      #expect(try sources(text).first?.files.map(\.size) == [1])
    }
  }
}

@Suite struct ChecksumFileTests {
  private func parse(_ text: String) throws -> (entries: [ChecksumFile.Entry], passedOver: Int) {
    let bytes = Array(text.utf8)
    return try ChecksumFile.parse(bytes.span, name: "SHA256SUMS")
  }

  @Test func `An installer's list is read`() throws {
    let list = try parse(
      "\(digest)  ./netboot/mini.iso\n\(digest) *cdrom/vmlinuz\r\n\n\(digest)  ./netboot/mini.iso\n"
        + "SHA256 (gtk/initrd (2).gz) = \(digest)"
    )
    #expect(
      list.entries.map(\.path.text) == ["cdrom/vmlinuz", "gtk/initrd (2).gz", "netboot/mini.iso"]
    )
    #expect(list.passedOver == 0)
  }

  /// apt does not read the list: no line of it keeps an archive out.
  @Test(
    arguments: [
      "\(digest)  ../x\n", "\(digest)  a/../../x\n", "\(digest) x\n", "\(digest)\n",
      "\\\(digest)  a\\nb\n", "x\n", "# made by hand\n", "SHA256 () = \(digest)\n",
      "SHA256 (../x) = \(digest)\n", "SHA256 (x) = \(digest)0\n",
      "\(String(repeating: "b", count: 64))  ./a\n",
    ]
  )
  func `Any other line is passed over`(line: String) throws {
    let list = try parse("\(digest)  a\n" + line)
    #expect(list.entries.map(\.path.text) == ["a"] && list.passedOver == 1, "\(list)")
    #expect(list.entries.first?.sha256.hex == digest)
  }
}
