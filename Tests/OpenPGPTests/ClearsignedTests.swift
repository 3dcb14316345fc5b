import SafeIO
import TestSupport
import Testing

@testable import OpenPGP

@Suite struct ClearsignedTests {
  let fixtures: Fixtures
  private let release = "Origin: Test\nSuite: stable\n\n- dashed\n-----BEGIN PGP\nFrom here\n"

  init() throws { fixtures = try Fixtures.shared.get() }

  private func sign(_ text: String, options: [String] = []) throws -> String {
    String(
      decoding: try fixtures.home.sign(
        Array(text.utf8),
        by: fixtures.alice,
        operation: "--clear-sign",
        options: options
      ),
      as: UTF8.self
    )
  }

  private func verify(_ message: String) throws(Failure) -> String {
    String(decoding: try fixtures.verifyClearsigned(Array(message.utf8)).text, as: UTF8.self)
  }

  @Test func `the signed text is given, dash escapes undone`() throws {
    #expect(try verify(sign(release)) == release)
    #expect(try verify(sign("a\n")) == "a\n")
    #expect(try verify(sign("no last line feed")) == "no last line feed\n")
    #expect(try verify(sign("\n\n")) == "\n\n")
    #expect(try verify(sign("Ünïcödé\tand tabs\n")) == "Ünïcödé\tand tabs\n")
  }

  @Test func `several signers in one block and in several blocks are all seen`() throws {
    let both = try fixtures.home.sign(
      Array(release.utf8),
      by: fixtures.alice,
      fixtures.stranger,
      operation: "--clear-sign"
    )
    let report = try fixtures.verifyClearsigned(both).report
    #expect(report.good.map(\.primary.text) == [fixtures.alice])
    #expect(report.unknown == [fixtures.stranger])
    let other = String(
      decoding: try fixtures.home.sign(
        Array(release.utf8),
        by: fixtures.bob,
        operation: "--clear-sign"
      ),
      as: UTF8.self
    )
    let start = try #require(other.firstRange(of: "-----BEGIN PGP SIGNATURE")).lowerBound
    let appended = try Array((sign(release) + other[start...]).utf8)
    let two = SignaturePolicy(now: .now(), threshold: 2)
    #expect(try fixtures.verifyClearsigned(appended, policy: two).report.good.count == 2)
  }

  @Test func `altered text is refused and never given out`() throws {
    let altered = try sign(release).replacing("stable", with: "stolen")
    #expect(throws: trust("bad-signature")) { try verify(altered) }
  }

  @Test func `text before and after the message is refused`() throws {
    let message = try sign(release)
    #expect(throws: trust("not-clearsigned")) { try verify("Suite: evil\n" + message) }
    #expect(throws: trust("not-clearsigned")) { try verify("\n" + message) }
    #expect(throws: trust("unsigned-text")) { try verify(message + "Suite: evil\n") }
    #expect(throws: trust("unsigned-text")) { try verify(message + "\n") }
    #expect(throws: trust("unsigned-text")) { try verify(message + message) }
    #expect(throws: trust("not-clearsigned")) { try verify(release) }
    #expect(throws: trust("empty-signature")) { try verify("") }
  }

  @Test func `text between two signature blocks is refused`() throws {
    let message = try sign(release)
    let start = try #require(message.firstRange(of: "-----BEGIN PGP SIGNATURE")).lowerBound
    let block = String(message[start...])
    #expect(throws: trust("unsigned-text")) { try verify(message + "Suite: evil\n" + block) }
  }

  @Test func `a cut message is refused at every length`() throws {
    let message = Array(try sign(release).utf8)
    for length in message.indices.dropLast() {
      #expect(throws: Failure.self) {
        let parts = try ClearsignedMessage.split(Array(message.prefix(length)), name: "x")
        _ = try SignaturePackets.claimedIssuers(parts.signatureArmor, name: "x", requireArmor: true)
      }
    }
  }

  @Test func `armor headers are passed over, as apt does`() throws {
    let message = try sign(release)
    for headers in [
      "", "Hash: SHA384\n", "Hash: NONSENSE\n", "NotDashEscaped: You need GnuPG\nComment: x\n",
      "Hash SHA256\n",
    ] {
      let other = message.replacing("Hash: SHA256\n", with: headers)
      #expect(other != message)
      #expect(try verify(other) == release)
      #expect(try verify(other.replacing("\n\nOrigin", with: "\n \t\nOrigin")) == release)
    }
    #expect(throws: trust("armor-header")) {
      try verify(message.replacing("Hash: SHA256", with: "Hash: SHA256\n-Hash: SHA256"))
    }
  }

  @Test func `our own messages are read strictly`() throws {
    func verify(_ message: String) throws -> String {
      let text = try fixtures.verifyClearsigned(Array(message.utf8), by: .own).text
      return String(decoding: text, as: UTF8.self)
    }
    let message = try sign(release)
    #expect(try verify(message) == release)
    #expect(throws: trust("armor-header")) {
      try verify(message.replacing("Hash: SHA256", with: "Hash: SHA256\nComment: x"))
    }
    #expect(throws: trust("control-character")) {
      try verify(message.replacing("\n", with: "\r\n"))
    }
    let bytes = try fixtures.home.sign(Array("a".utf8), by: fixtures.alice, options: ["--armor"])
    let frame =
      "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\na\n"
      + String(decoding: bytes, as: UTF8.self)
    #expect(throws: trust("signature-type")) { try verify(frame) }
  }

  @Test func `text that hides among the armor headers is no part of what is signed`() throws {
    let message = try sign(release)
    let hidden = message.replacing("Hash: SHA256\n\n", with: "Hash: SHA256\nSuite: evil\n\n")
    #expect(try verify(hidden) == release)
    let more = message.replacing("Hash: SHA256\n\n", with: "Hash: SHA256\n\nSuite: evil\n\n")
    #expect(throws: trust("bad-signature")) { try verify(more) }
  }

  @Test func `an unescaped dash in the text is refused`() throws {
    let message = try sign("line\n")
    #expect(throws: trust("unexpected-dash")) {
      try verify(message.replacing("line\n", with: "line\n-evil\n"))
    }
    #expect(throws: trust("unexpected-dash")) {
      try verify(message.replacing("line\n", with: "line\n-\n"))
    }
  }

  @Test func `a form feed that lets text be appended is refused (CVE-2025-68972)`() throws {
    let message = try sign("Suite: stable\u{c}\n")
    let evil = String(repeating: " ", count: 20_000) + "EVIL"
    #expect(throws: trust("control-character")) { try verify(message) }
    #expect(throws: trust("control-character")) {
      try verify(message.replacing("\u{c}\n", with: "\u{c}\(evil)\n"))
    }
  }

  @Test func `lines may end as on Windows, other control characters are refused`() throws {
    let message = try sign(release)
    for end in [[0x0d, 0x0a], [0x0d, 0x0d, 0x0a]] as [[UInt8]] {
      let crlf = Array(message.utf8).flatMap { $0 == 0x0a ? end : [$0] }
      #expect(try fixtures.verifyClearsigned(crlf).text == Array(release.utf8))
    }
    let within = message.replacing("stable", with: "sta\rble")
    #expect(throws: trust("control-character")) { try verify(within) }
    for byte in [0x00, 0x0b, 0x1b, 0x7f] as [UInt8] {
      let bytes = Array(message.utf8) + [byte, 0x0a]
      #expect(throws: trust("control-character")) { try fixtures.verifyClearsigned(bytes) }
    }
  }

  @Test func `blanks added at line ends change neither the verdict nor the text`() throws {
    let trailing = try sign(release).replacing("stable\n", with: "stable  \t\n")
    #expect(try verify(trailing) == release)
  }

  @Test func `a missing final line feed is fine`() throws {
    #expect(try verify(String(sign(release).dropLast())) == release)
  }

  @Test(arguments: [[], ["--textmode"]] as [[String]])
  func `a detached signature over the text counts, of bytes and of text`(mode: [String]) throws {
    func frame(_ signed: String, _ shown: String) throws -> String {
      let armor = try fixtures.home.sign(
        Array(signed.utf8),
        by: fixtures.alice,
        options: ["--armor"] + mode
      )
      return "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n\(shown)\n"
        + String(decoding: armor, as: UTF8.self)
    }
    #expect(try verify(frame("a\nb", "a\nb")) == "a\nb\n")
    #expect(throws: trust("bad-signature")) { try verify(frame("a\nb", "a\nc")) }
    #expect(throws: trust("bad-signature")) { try verify(frame("a\nb\n", "a\nb")) }
  }

  @Test func `very long lines and files are refused`() throws {
    let long = [UInt8](repeating: 0x61, count: ClearsignedMessage.lineLimit + 1)
    #expect(throws: trust("too-large")) { try fixtures.verifyClearsigned(long) }
    let file = [UInt8](repeating: 0x0a, count: ClearsignedMessage.sizeLimit + 1)
    #expect(throws: trust("too-large")) { try fixtures.verifyClearsigned(file) }
  }

  @Test func `no flipped bit of a message makes the splitter trap`() throws {
    let message = Array(try sign(release).utf8)
    for index in message.indices {
      for bit in 0..<8 {
        var flipped = message
        flipped[index] ^= 1 << UInt8(bit)
        _ = try? ClearsignedMessage.split(flipped, name: "x")
      }
    }
  }

  @Test func `Debian's own InRelease files verify with Debian's keyring`() throws {
    let keyring = "/usr/share/keyrings/debian-archive-keyring.gpg"
    let lists = "/var/lib/apt/lists"
    let names = Disk.exists(lists) ? try Disk.names(in: lists) : []
    // Whatever mirror they came from: what they say of themselves decides.
    let files = try names.filter { name in
      guard name.hasSuffix("InRelease") else { return false }
      let text = try Disk.text("\(lists)/\(name)")
      return text.contains("\nOrigin: Debian\n")
    }
    guard Disk.exists(keyring), !files.isEmpty else {
      print("skipped: this computer has no InRelease of Debian or no keyring for it")
      return
    }
    let keys = try KeyFile.read(Disk.read(keyring), name: keyring)
    try Verifier.withKeys(keys) { (verifier) throws(Failure) in
      for file in files {
        let message = try Directory(opening: lists).contents(of: file, limit: 32 << 20)
        let verified = try verifier.verifyClearsigned(
          message,
          name: file,
          policy: SignaturePolicy(now: .now())
        )
        #expect(!verified.report.good.isEmpty && !verified.text.isEmpty)
      }
    }
  }
}
