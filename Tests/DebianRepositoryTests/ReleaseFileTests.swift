import DebianRepository
import SafeIO
import Testing

private let digestA = String(repeating: "a", count: 64)
private let digestB = String(repeating: "b", count: 64)
private let long = String(repeating: "c", count: 128)
private let md5 = String(repeating: "d", count: 32)

private func release(_ text: String) throws -> ReleaseFile {
  let bytes = Array(text.utf8)
  return try ReleaseFile(bytes.span, name: "Release")
}

private func refusal(_ text: String) -> Failure? {
  do {
    _ = try release(text)
    return nil
  } catch {
    return error as? Failure
  }
}

@Suite struct ReleaseFileTests {
  @Test func `Fields after the hash lists and unknown fields are kept`() throws {
    let read = try release(
      """
      Origin: Debian
      Label: Debian-Security
      Suite: stable-security
      Codename: trixie-security
      Date: Sat, 21 Nov 2026  0:45:27 UTC
      Valid-Until: Sat, 28 Nov 2026 00:45:27 +0000
      Architectures: all amd64 arm64
      Components: updates/main updates/contrib
      Packages-Require-Authorization: yes
      SHA256:
       \(digestA)      123 main/binary-amd64/Packages
       \(digestB) 0 main/binary-amd64/Packages.xz
      SHA512:
       \(long) 123 main/binary-amd64/Packages
      MD5Sum:
       \(md5) 123 main/binary-amd64/Packages
      BLAKE3:
       whatever it is
      Acquire-By-Hash: yes
      NotAutomatic: no
      """
    )
    #expect(read.origin == "Debian")
    #expect(read.date?.rfc3339 == "2026-11-21T00:45:27Z")
    #expect(read.validUntil?.rfc3339 == "2026-11-28T00:45:27Z")
    #expect(read.architectures == ["all", "amd64", "arm64"])
    #expect(read.components == ["updates/main", "updates/contrib"])
    #expect(read.acquireByHash)
    #expect(!read.notAutomatic)
    #expect(read.stanza.string(of: "packages-require-AUTHORIZATION") == "yes")
    #expect(
      read.files.map(\.path.text) == [
        "main/binary-amd64/Packages", "main/binary-amd64/Packages.xz",
      ]
    )
    let path = try #require(RelativePath("main/binary-amd64/Packages"))
    let file = try #require(read.file(path))
    #expect(file.size == 123)
    #expect(file.sha256?.hex == digestA)
    #expect(file.sha512 == long)
    #expect(file.md5 == md5)
    #expect(file.sha1 == nil)
  }

  @Test func `Every field that apt reads has a name, and unknown ones are kept byte for byte`()
    throws
  {
    let unknown = "X-Odd :\t a  b \r\n\t c\r\n .\n \n  \u{e9}"
    let read = try release(
      """
      Origin: Debian
      Label: Debian
      Suite: stable
      Version: 13.2
      Codename: trixie
      Changelogs: https://example.org/@CHANGEPATH@_changelog
      Snapshots: https://example.org/@SNAPSHOTID@/
      Release-Notes: https://example.org/notes
      Description: Debian 13.2
       and so on
      Signed-By: \(String(repeating: "A", count: 40))
      No-Support-for-Architecture-all: Packages
      Components: main updates/contrib
      NotAutomatic: yes
      ButAutomaticUpgrades: yes
      Packages-Require-Authorization: yes
      \(unknown)
      SHA256:
       \(digestA) 1 main/binary-amd64/Packages
      """
    )
    #expect(read.origin == "Debian" && read.label == "Debian" && read.suite == "stable")
    #expect(read.version == "13.2" && read.codename == "trixie")
    #expect(read.changelogs == "https://example.org/@CHANGEPATH@_changelog")
    #expect(read.snapshots == "https://example.org/@SNAPSHOTID@/")
    #expect(read.releaseNotes == "https://example.org/notes")
    #expect(read.summary == "Debian 13.2\n and so on")
    #expect(read.signedBy == String(repeating: "A", count: 40))
    #expect(read.noSupportForArchitectureAll == "Packages")
    #expect(read.notAutomatic && read.butAutomaticUpgrades && read.packagesRequireAuthorization)
    #expect(!read.acquireByHash && read.date == nil && read.validUntil == nil)
    #expect(read.hasComponent("main") && read.hasComponent("contrib"))
    #expect(read.hasComponent("updates/contrib") && !read.hasComponent("ain"))
    #expect(read.raw(of: "x-odd").map { Array($0) } == Array(unknown.utf8))
    #expect(read.raw(of: "Version").map { Array($0) } == Array("Version: 13.2".utf8))
    #expect(read.raw(of: "X-None") == nil)
  }

  @Test func `CRLF, tabs and a first entry on the field's own line are read as apt does`() throws {
    let read = try release(
      "suite : x\r\nSHA256: \(digestA) 1 a\r\n\t\(digestB)\t2\tb\r\n\r\n\r\n"
    )
    #expect(read.suite == "x")
    #expect(read.files.map(\.path.text) == ["a", "b"])
  }

  @Test func `T010: a Release file with MD5Sum and SHA1 only is not trusted`() {
    let weak = refusal("Suite: x\nMD5Sum:\n \(md5) 1 a\n")
    #expect(weak?.code == "E-TRUST-WEAK-HASHES")
    #expect(refusal("Suite: x\n")?.kind == .trust)
  }

  @Test func `T012: a hash of the right length under an unknown name counts for nothing`() {
    #expect(refusal("Suite: x\nSHA257:\n \(digestA) 1 a\n")?.kind == .trust)
  }

  @Test func `T010: a file that only the weak list names stays weak`() throws {
    let read = try release("SHA256:\n \(digestA) 1 a\nMD5Sum:\n \(md5) 1 b\n")
    #expect(read.files.map(\.isWeak) == [false, true])
  }

  @Test func `A Release file that lists itself does not vouch for itself`() throws {
    let read = try release("SHA256:\n \(digestA) 0 Release\n \(digestB) 1 Packages\n")
    #expect(read.files.map(\.path.text) == ["Packages"])
  }

  @Test(
    arguments: [
      "SHA256:\n \(digestA) 1 a\n \(digestB) 1 a\n",
      "SHA256:\n \(digestA) 1 a\n \(digestB) 2 a\n \(digestA) 2 ./a\n",
      "SHA512:\n \(long) 1 a\nSHA256:\n \(digestA) 2 a\n",
      "SHA256:\n \(digestA) 2 a\nSHA512:\n \(long) 1 a\n",
      "Suite: y\nsuite: x\nSHA256:\n \(digestB) 3 b\nSHA256:\n \(digestA) 1 a\n",
      "SHA256:\n \(digestA) 1 a\n\nSuite: second stanza\nno colon\n",
      ": no name\nSHA256:\n \(digestA) 1 a\n", " passed over\nSHA256:\n \(digestA) 1 a\n",
      "nocolon\nSuite: y\nSHA256:\n \(digestA) 1 a\n", "\nSHA256: \(digestA)\t1\ta\n",
      "Date: yesterday\nSHA256:\n \(digestA) +01 a\n", "SHA256:\n \(digestA) 1x a\n",
    ]
  )
  func
    `Of two readings apt's is taken: the first value of a path, the last field, the first stanza`(
      text: String
    ) throws
  {
    let read = try release(text)
    #expect(read.files.map(\.path.text) == ["a"])
    #expect(read.files[0].size == 1 && read.suite ?? "x" == "x")
    #expect(read.files[0].sha512 == nil || read.files[0].sha512 == long)
  }

  @Test func `What is odd about the text is told`() throws {
    let read = try release(
      "Suite: a\nSuite: b\nArchitectures: amd64\narm64\nComponents: main\nDate: 2026-01-05\n"
        + "SHA256:\n \(digestA) 1 a\n\nSuite: c\n"
    )
    #expect(read.suite == "b" && read.components.isEmpty && read.date == nil)
    #expect(read.oddities.count == 4)
    #expect(try release("Suite: a\nDate:\nSHA256:\n \(digestA) 1 a\n\n\n").oddities.isEmpty)
  }

  @Test func `Lists are separated by spaces alone, as for apt`() throws {
    let read = try release(
      "Architectures: all\tamd64  arm64\n riscv64\nSHA256:\n \(digestA) 1 a\n"
    )
    #expect(read.architectures == ["all\tamd64", "arm64\n", "riscv64"])
    #expect(!read.hasIndexesForAll && !read.hasArchitecture("amd64"))
    #expect(try release("SHA256:\n \(digestA) 1 a\n").hasIndexesForAll)
  }

  @Test(arguments: ["../x", "/etc/passwd", "a//b", "a/../b", "./a", "..", "a\\b", "é/\u{202e}b"])
  func `T105: a listed path for which apt does not ask as it is written lists nothing`(
    path: String
  ) throws {
    let read = try release("SHA256:\n \(digestA) 1 \(path)\n")
    #expect(read.files.isEmpty && read.unread.count == 1)
  }

  @Test(
    arguments: [
      "9223372036854775808", "18446744073709551616", "-1", "1.0", "1e3", "0x10", "+1", "",
      "99999999999999999999999999999999", "01", "１",
    ]
  )
  func `T016: a hostile size never traps`(size: String) {
    _ = refusal("SHA256:\n \(digestA) \(size) a\n")
  }

  @Test(arguments: [("1 a b", "1 a"), ("", "1 a"), ("1 a", "1"), ("1 a", "")])
  func `T105: a list that does not consist of threes is refused`(more: String, last: String) {
    let text = "SHA256:\n \(digestA) \(more)\n \(digestB) \(last)\n"
    #expect(refusal(text)?.code == "E-INTEGRITY-MALFORMED")
  }

  @Test func `A hash that no file has makes its file impossible, not the whole list`() throws {
    let read = try release(
      "SHA256:\n \(digestA.uppercased()) 1 a\n \(digestA.dropLast()) 1 b\n \(digestB) 1 c\n"
    )
    #expect(read.files.map(\.isImpossible) == [true, true, false])
    #expect(read.files.allSatisfy { !$0.isWeak })
  }

  @Test(arguments: ["", "\n\n\n", "nocolon\n", "Valid-Until: next year\nSHA256:\n"])
  func `T105: what apt cannot read is refused`(text: String) {
    #expect(refusal(text)?.kind == (text == "\n\n\n" ? .trust : .integrity))
  }

  @Test(arguments: ["\u{0}", "\u{c}", "\u{1b}[31m", "\u{7f}", "\u{b}"])
  func `T047: control characters are refused`(control: String) {
    let text = "Suite: x\(control)y\nSHA256:\n \(digestA) 1 a\n"
    #expect(refusal(text)?.code == "E-INTEGRITY-CONTROL-CHARACTER")
  }

  @Test func `T051: a line of more than 64 KiB and a file of more than 32 MiB are refused`() {
    let line = String(repeating: "x", count: 1 << 16)
    #expect(refusal("Description: \(line)\n")?.code == "E-UNSAFE-TOO-LARGE")
    let huge = [UInt8](repeating: 0x0a, count: ReleaseFile.longest + 1)
    #expect(throws: Failure(.unsafe, "too-large", "")) {
      try ReleaseFile(huge.span, name: "Release")
    }
  }
}

@Suite struct ArchiveDateTests {
  @Test(
    arguments: [
      ("Sat, 21 Nov 2026 00:45:27 UTC", "2026-11-21T00:45:27Z"),
      ("Sat, 21 Nov 2026  0:45:27 UTC", "2026-11-21T00:45:27Z"),
      ("Thu, 29 Feb 2024 23:59:59 GMT", "2024-02-29T23:59:59Z"),
      ("Thu, 1 Jan 1970 00:00:00 +0000", "1970-01-01T00:00:00Z"),
      // As apt's own reader guesses.
      ("Thu, 29 Feb 2023 00:00:00 UTC", "2023-03-01T00:00:00Z"),
      ("sAT, 21 nov 2026 00:45:60 -0000", "2026-11-21T00:46:00Z"),
      ("Sat Nov 21 00:45:27 2026", "2026-11-21T00:45:27Z"),
      ("Saturday, 21-Nov-126 00:45:27 Z", "2026-11-21T00:45:27Z"),
      ("Sat, 21 Smarch 2026 00:45:27.5 UTC", "2026-09-21T00:45:27Z"),
    ]
  )
  func `Debian's and Ubuntu's dates are read`(text: String, expected: String) {
    #expect(ArchiveDate.parse(text)?.rfc3339 == expected)
  }

  @Test(
    arguments: [
      "", "Sat, 21 Nov 2026 00:45:27", "Sat, 21 Nov 2026 00:45:27 +0100",
      "Sat, 21 Nov 2026 00:45:27 CET", "Sat, 32 Nov 2026 00:45:27 UTC",
      "Mon, Jan 05 2026 15:24:22 +0000", "2026-01-05 13:22:30 UTC",
      "Sat, 21 Nov 2026 24:45:27 UTC", "Sat, 21 Nov 2026 00:45:62 UTC",
      "Sat, 21 Nov 99999999999999999999 00:45:27 UTC", "Sat, 21 Nov 2026 00:45 UTC",
      "2026-11-21T00:45:27Z", "Sat, 21 Nov 2026 -1:45:27 UTC",
    ]
  )
  func `Anything else is no date`(text: String) {
    #expect(ArchiveDate.parse(text) == nil)
  }

  @Test func `A date is written as Debian writes it and read back`() {
    let time = UTCTime(seconds: 1_795_221_907)
    #expect(ArchiveDate.text(time) == "Sat, 21 Nov 2026 00:45:07 UTC")
    #expect(ArchiveDate.parse(ArchiveDate.text(time)) == time)
  }
}
