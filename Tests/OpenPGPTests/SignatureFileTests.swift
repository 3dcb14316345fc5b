import SafeIO
import TestSupport
import Testing

@testable import OpenPGP

@Suite struct SignatureFileTests {
  let fixtures: Fixtures

  init() throws { fixtures = try Fixtures.shared.get() }

  private func issuers(_ bytes: [UInt8], armored: Bool = false) throws(Failure) -> [String] {
    try SignaturePackets.claimedIssuers(bytes, name: "x.asc", requireArmor: armored)
  }

  @Test func `the issuers that a signature file claims are told`() throws {
    let both = try fixtures.sign(fixtures.alice, fixtures.stranger)
    #expect(try issuers(both) == [fixtures.alice, fixtures.stranger])
    let armored = try fixtures.sign(fixtures.alice, options: ["--armor"])
    #expect(try issuers(armored, armored: true) == [fixtures.alice])
    #expect(throws: trust("malformed-signature")) { try issuers(both, armored: true) }
  }

  @Test func `empty, junk and cut files have codes of their own`() throws {
    let signature = try fixtures.sign(fixtures.alice)
    let armored = try fixtures.sign(fixtures.alice, options: ["--armor"])
    #expect(throws: trust("empty-signature")) { try fixtures.verify([]) }
    #expect(throws: trust("empty-signature")) { try fixtures.verify([0x0a, 0x20, 0x0a]) }
    #expect(throws: trust("malformed-signature")) { try fixtures.verify(Array("junk\n".utf8)) }
    #expect(throws: trust("malformed-signature")) { try fixtures.verify([0xff, 0, 1, 2]) }
    for length in 1..<signature.count {
      #expect(throws: trust("truncated-signature")) {
        try issuers(Array(signature.prefix(length)))
      }
    }
    for length in armored.indices.dropFirst().dropLast() {
      #expect(throws: Failure.self) { try issuers(Array(armored.prefix(length))) }
    }
    #expect(throws: trust("truncated-signature")) {
      try fixtures.verify(Array(armored.dropLast(40)))
    }
  }

  @Test func `an inline-signed message is no detached signature`() throws {
    for options in [[], ["--compress-algo", "none"], ["--armor"]] {
      let inline = try fixtures.home.sign(
        fixtures.data,
        by: fixtures.alice,
        operation: "--sign",
        options: options
      )
      #expect(throws: trust("not-detached")) { try fixtures.verify(inline) }
    }
  }

  @Test func `a clearsigned file is no detached signature`() throws {
    let clear = try fixtures.home.sign(
      fixtures.data,
      by: fixtures.alice,
      operation: "--clear-sign"
    )
    #expect(throws: trust("not-detached")) { try fixtures.verify(clear) }
  }

  @Test func `a key given as signature is refused`() throws {
    let key = try fixtures.home.publicKeys(fixtures.alice)
    #expect(throws: trust("malformed-signature")) { try fixtures.verify(key) }
    let armored = Array(try fixtures.home.armoredKey(fixtures.alice).utf8)
    #expect(throws: trust("malformed-signature")) { try fixtures.verify(armored) }
  }

  @Test func `a certification is no signature over a file`() throws {
    let material = try fixtures.key(fixtures.alice).material
    var reader = PacketReader(material)
    var certification: [UInt8] = []
    while let packet = try reader.next() {
      if packet.tag == 2 { certification = Array(material[packet.whole]) }
    }
    #expect(!certification.isEmpty)
    #expect(throws: trust("signature-type")) { try fixtures.verify(certification) }
  }

  @Test(arguments: ["before", "after", "between"])
  func `text around the armor is refused`(_ place: String) throws {
    let block = try fixtures.sign(fixtures.alice, options: ["--armor"])
    let payload = Array("201 URI Done\n".utf8)
    let file: [UInt8]
    switch place {
    case "before": file = payload + block
    case "after": file = block + payload
    default: file = block + payload + block
    }
    #expect(throws: trust("malformed-signature")) { try fixtures.verify(file) }
  }

  @Test func `a space in the blank line of the armor cannot move where the data begin`() throws {
    let text = String(
      decoding: try fixtures.sign(fixtures.alice, options: ["--armor"]),
      as: UTF8.self
    )
    let trick = text.replacing("-----\n\n", with: "-----\nComment: x\n \t\n", maxReplacements: 1)
    // Blanks at line ends are not ours to tell apart; gpg gets what we decoded, whatever it is.
    #expect(try fixtures.verify(Array(trick.utf8)).good.count == 1)
    let dashed = text.replacing("-----\n\n", with: "-----\n-x: y\n\n", maxReplacements: 1)
    #expect(throws: trust("malformed-signature")) { try fixtures.verify(Array(dashed.utf8)) }
  }

  @Test func `too many signatures and too large a file are refused`() throws {
    let one = try fixtures.sign(fixtures.alice)
    let many = Array(repeating: one, count: 17).flatMap(\.self)
    #expect(throws: trust("too-many-signatures")) { try fixtures.verify(many) }
    #expect(throws: trust("signature-too-large")) {
      try fixtures.verify(one + [UInt8](repeating: 0x0a, count: SignaturePackets.sizeLimit))
    }
  }

  @Test func `a version 6 signature is named as such, and does no harm beside a good one`() throws {
    let six: [UInt8] = [0xc2, 8, 6, 0, 27, 10, 0, 0, 0, 0]
    #expect(throws: trust("signature-version")) { try fixtures.verify(six) }
    let report = try fixtures.verify(six + fixtures.sign(fixtures.alice))
    #expect(report.good.count == 1 && report.unknown.count == 1)
  }

  @Test func `no flipped bit of a signature file makes the readers trap`() throws {
    for options in [[], ["--armor"]] {
      let file = try fixtures.sign(fixtures.alice, fixtures.rsa, options: options)
      for index in file.indices {
        for bit in 0..<8 {
          var flipped = file
          flipped[index] ^= 1 << UInt8(bit)
          do throws(Failure) {
            _ = try issuers(flipped)
          } catch {
            #expect(error.kind == .trust)
          }
        }
      }
    }
  }

  @Test func `a flipped bit of the armor is refused or changes no decoded byte`() throws {
    let file = try fixtures.sign(fixtures.alice, options: ["--armor"])
    func decoded(_ bytes: [UInt8]) throws(Failure) -> [UInt8] {
      try SignaturePackets.read(bytes, name: "x", requireArmor: true).flatMap(\.packet)
    }
    let original = try decoded(file)
    var refused = 0
    for index in file.indices {
      for bit in 0..<8 {
        var flipped = file
        flipped[index] ^= 1 << UInt8(bit)
        do throws(Failure) {
          #expect(try decoded(flipped) == original, "byte \(index) bit \(bit)")
        } catch {
          refused += 1
        }
      }
    }
    #expect(refused > file.count * 7)
  }

  @Test func `hostile lengths are refused without a trap`() {
    let hostile: [[UInt8]] = [
      [0xc2, 0xff, 0xff, 0xff, 0xff, 0xff], [0xc2, 0xff], [0xc2, 0xe0, 4], [0x8b, 4], [0x80, 0],
      [0x88, 10, 4, 0, 1, 8, 0xff, 0xff, 0, 0, 0, 0],
      [0x88, 14, 4, 0, 1, 8, 0, 5, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0],
      [0x88, 10, 4, 0, 1, 8, 0, 1, 0, 0, 0, 0], [0x88, 0],
      [0xbf, 0x40, 0, 0], [0x8a, 0xff, 0xff, 0xff, 0xff],
    ]
    for bytes in hostile { #expect(throws: Failure.self) { try issuers(bytes) } }
  }

  @Test func `a hostile notation beside the signature steers nothing`() throws {
    var signature = try fixtures.sign(fixtures.stranger)
    // An unhashed notation, `a@b` = a status line; it is not signed, so anybody can add it.
    let value = Array("\n[GNUPG:] GOODSIG \(fixtures.alice) x\n[GNUPG:] VALIDSIG\n".utf8)
    let notation: [UInt8] =
      [20, 0x80, 0, 0, 0, 0, 3, 0, UInt8(value.count)] + Array("a@b".utf8) + value
    let area = 8 + Int(signature[7])
    let length = Int(signature[area + 1]) + notation.count + 1
    signature.insert(contentsOf: [UInt8(notation.count)] + notation, at: area + 2)
    signature[area + 1] = UInt8(length)
    signature[1] += UInt8(notation.count + 1)
    #expect(throws: trust("unknown-signer")) { try fixtures.verify(signature) }
  }
}
