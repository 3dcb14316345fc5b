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
    let entries = try packages([0x0a, 0x0d, 0x0a] + bytes, piece: piece)
    let places = entries.map { Int($0.extent.lowerBound) - 3..<Int($0.extent.upperBound) - 3 }
    let text = places.map { String(decoding: bytes[$0], as: UTF8.self) }
    #expect(text.joined(separator: "\n") == two + "\r\n")
    #expect(text.first?.hasSuffix("Description: greets\n") ?? false)
  }

  @Test func `Odd spacing that apt accepts is accepted`() throws {
    let odd =
      "\n\r\n\npackage : hello\r\nVERSION:1\r\nArchitecture:\tamd64 \r\nFilename:\r\n pool/a.deb\r\n"
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
    #expect(try packages("\n\n\r\n").isEmpty)
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
    // One that is not longer is read.
    let short = "Package: b\n\(file)X-Long: "
    let most = short + String(repeating: "x", count: (4 << 20) - short.utf8.count - 1) + "\n"
    #expect(try packages(most, piece: piece).map(\.package) == ["b"])
    #expect(code { _ = try packages("\n" + most + " \n", piece: piece) } == "E-UNSAFE-TOO-LARGE")
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
      "../../etc/passwd", "/etc/passwd", "pool//a.deb", "pool/../a.deb", "pool/./a.deb", ".", "./",
      "pool/a.deb\n /etc/passwd", "", "pool/a\u{1b}[2J.deb", "pool/a.", "pool/",
    ]
  )
  func `T105: a Filename that climbs or hides is refused, and the package is named`(
    path: String
  ) throws {
    let text = "Package: evil\nVersion: 1\nFilename: \(path)\nSize: 1\nSHA256: \(digest)\n"
    do {
      _ = try packages(text)
      Issue.record("accepted")
    } catch let failure as Failure {
      #expect(failure.code == "E-UNSAFE-PATH")
      #expect(failure.reason.contains("evil 1"))
      #expect(!failure.reason.contains("\u{1b}"))
    }
  }

  @Test(
    arguments: [
      ("Package: a\nFilename: a.deb\nSize: 1\n", "E-TRUST-WEAK-HASHES"),
      (
        "Package: a\nFilename: a.deb\nSize: 1\nSHA1: \(String(repeating: "e", count: 40))\n",
        "E-TRUST-WEAK-HASHES"
      ),
      ("Package: a\nFilename: a.deb\nSHA256: \(digest)\n", "E-INTEGRITY-MALFORMED"),
      ("Package: a\nSize: 1\nSHA256: \(digest)\n", "E-INTEGRITY-MALFORMED"),
      ("Filename: a.deb\nSize: 1\nSHA256: \(digest)\n", "E-INTEGRITY-MALFORMED"),
      ("Package: a\nFilename: a.deb\nSize: 1\nSHA256: \(digest)0\n", "E-INTEGRITY-MALFORMED"),
      ("Package: a\nFilename: a.deb\nSize: -1\nSHA256: \(digest)\n", "E-INTEGRITY-MALFORMED"),
      (
        "Package: a\nFilename: a.deb\nSize: 18446744073709551615\nSHA256: \(digest)\n",
        "E-INTEGRITY-MALFORMED"
      ),
      (
        "Package: a\nFilename: a.deb\nFilename: b.deb\nSize: 1\nSHA256: \(digest)\n",
        "E-INTEGRITY-MALFORMED"
      ),
      (
        "Package: a\nFilename: a.deb\nSize: 1\nsize : 2\nSHA256: \(digest)\n",
        "E-INTEGRITY-MALFORMED"
      ),
      ("Package: a\nFilename\n: a.deb\nSize: 1\nSHA256: \(digest)\n", "E-INTEGRITY-MALFORMED"),
      (" x\n", "E-INTEGRITY-MALFORMED"),
      ("Package: a\u{0}b\nFilename: a.deb\nSize: 1\nSHA256: \(digest)\n", "E-INTEGRITY-MALFORMED"),
    ]
  )
  func `T105: a stanza that does not pin its file down is refused`(text: String, expected: String) {
    #expect(code { _ = try packages(text) } == expected)
    #expect(code { _ = try packages(text, piece: 1) } == expected)
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

  @Test func `Attacks on Sources are refused`() {
    func stanza(_ directory: String, _ name: String, _ list: String = "Checksums-Sha256") -> String
    {
      "Package: a\nDirectory: \(directory)\n\(list):\n \(digest) 1 \(name)\n"
    }
    #expect(code { _ = try sources(stanza("../..", "a.dsc")) } == "E-UNSAFE-PATH")
    #expect(code { _ = try sources(stanza("/etc", "a.dsc")) } == "E-UNSAFE-PATH")
    #expect(code { _ = try sources(stanza("pool", "../a.dsc")) } == "E-UNSAFE-PATH")
    #expect(code { _ = try sources(stanza("pool", "b/a.dsc")) } == "E-UNSAFE-PATH")
    #expect(code { _ = try sources(stanza("pool//x", "a.dsc")) } == "E-UNSAFE-PATH")
    #expect(
      code { _ = try sources("Package: a\nFiles:\n \(hex) 1 a.dsc\n") } == "E-TRUST-WEAK-HASHES"
    )
    #expect(
      code {
        _ = try sources(
          "Package: a\nChecksums-Sha256:\n \(digest) 1 a.dsc\nFiles:\n \(hex) 2 a.dsc\n"
        )
      } == "E-INTEGRITY-TWO-CONTENTS"
    )
    #expect(
      code { _ = try sources(stanza("pool", "a.dsc") + "\nPackage: b\n") }
        == "E-INTEGRITY-MALFORMED"
    )
  }
}

@Suite struct ChecksumFileTests {
  private func parse(_ text: String) throws -> [ChecksumFile.Entry] {
    let bytes = Array(text.utf8)
    return try ChecksumFile.parse(bytes.span, name: "SHA256SUMS")
  }

  @Test func `An installer's list is read`() throws {
    let entries = try parse(
      "\(digest)  ./netboot/mini.iso\n\(digest) *cdrom/vmlinuz\r\n\n\(digest)  ./netboot/mini.iso"
    )
    #expect(entries.map(\.path.text) == ["cdrom/vmlinuz", "netboot/mini.iso"])
  }

  @Test(
    arguments: [
      ("\(digest)  ../x\n", "E-UNSAFE-PATH"), ("\(digest)  /x\n", "E-UNSAFE-PATH"),
      ("\(digest) x\n", "E-INTEGRITY-MALFORMED"), ("\(digest)\n", "E-INTEGRITY-MALFORMED"),
      ("\\\(digest)  a\\nb\n", "E-INTEGRITY-MALFORMED"), ("x\n", "E-INTEGRITY-MALFORMED"),
      (
        "\(digest)  a\n\(String(repeating: "b", count: 64))  ./a\n", "E-INTEGRITY-TWO-CONTENTS"
      ),
    ]
  )
  func `Anything else is refused`(text: String, expected: String) {
    #expect(code { _ = try parse(text) } == expected)
  }
}
