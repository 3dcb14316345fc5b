import SafeIO
import TestSupport
import Testing

@testable import OpenPGP

@Suite struct FingerprintTests {
  private let text = "0123456789ABCDEF0123456789ABCDEF01234567"

  @Test func `a fingerprint has 40 upper-case digits`() {
    #expect(Fingerprint(text)?.text == text)
    for wrong in ["", "ABCD", String(text.dropLast()), text + "0", text.lowercased(), " " + text] {
      #expect(Fingerprint(wrong) == nil)
    }
  }

  @Test func `people may write it as they like, but never a short id`() throws {
    let fingerprint = try #require(Fingerprint(text))
    for human in [text, text.lowercased(), "0x" + text, fingerprint.grouped, " \(text) "] {
      #expect(Fingerprint(human: human) == fingerprint)
    }
    for wrong in ["01234567", "0x89ABCDEF01234567", text + text, "", text.dropLast() + "G"] {
      #expect(Fingerprint(human: wrong) == nil)
    }
    #expect(fingerprint.grouped == "0123 4567 89AB CDEF 0123  4567 89AB CDEF 0123 4567")
  }
}

@Suite struct KeyFileTests {
  let fixtures: Fixtures

  init() throws { fixtures = try Fixtures.shared.get() }

  private func read(_ bytes: [UInt8]) throws(Failure) -> [PublicKey] {
    try KeyFile.read(bytes, name: "vendor.gpg")
  }

  @Test func `every key of a file is given separately`() throws {
    #expect(fixtures.keys.map(\.fingerprint.text) == [fixtures.alice, fixtures.bob, fixtures.rsa])
    #expect(fixtures.keys.map(\.algorithm) == ["ed25519", "ed25519", "rsa2048"])
    #expect(fixtures.keys.allSatisfy { $0.weakness == nil && $0.canSign && !$0.isExpired })
    #expect(fixtures.keys.first?.userIDs == ["Alice <alice@site.example>"])
    for key in fixtures.keys { #expect(try read(key.material) == [key]) }
  }

  @Test func `armored files with one or several blocks, and words around them, are read`() throws {
    let alice = try fixtures.home.armoredKey(fixtures.alice)
    let bob = try fixtures.home.armoredKey(fixtures.bob)
    let file = "Our keys:\n\n\(alice)and\n\(bob)"
    #expect(
      try read(Array(file.utf8)).map(\.fingerprint.text) == [fixtures.alice, fixtures.bob]
    )
    let crlf = Array(alice.utf8).flatMap { $0 == 0x0a ? [0x0d, 0x0a] : [$0] }
    #expect(try read(crlf).map(\.fingerprint.text) == [fixtures.alice])
  }

  @Test func `a keybox is refused with the command that exports it`() throws {
    let keybox = try Disk.read(fixtures.home.path + "/pubring.kbx")
    #expect(throws: trust("keybox")) { try read(keybox) }
  }

  @Test func `secret keys are refused`() throws {
    let secret = try fixtures.home.gpg(["--export-secret-keys", fixtures.alice])
    try secret.succeeded()
    #expect(throws: trust("secret-key")) { try read(secret.output) }
    let armored = try fixtures.home.gpg(["--armor", "--export-secret-keys", fixtures.alice])
    #expect(throws: trust("secret-key")) { try read(armored.output) }
    let mixed = try fixtures.home.publicKeys(fixtures.bob) + secret.output
    #expect(throws: trust("secret-key")) { try read(mixed) }
  }

  @Test func `what is no key file is refused`() throws {
    for junk in ["", "<html>not found</html>\n", "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n"] {
      #expect(throws: Failure.self) { try read(Array(junk.utf8)) }
    }
    #expect(throws: trust("not-a-key")) { try read(fixtures.sign(fixtures.alice)) }
    #expect(throws: trust("key-too-large")) {
      try read([UInt8](repeating: 0x99, count: KeyFile.sizeLimit + 1))
    }
    let key = try fixtures.home.publicKeys(fixtures.alice)
    #expect(throws: trust("truncated-key")) { try read(Array(key.dropLast())) }
    #expect(throws: trust("key-version")) { try read([0xc6, 6, 6, 0, 0, 0, 0, 27]) }
  }

  @Test func `a key flooded with signatures is refused at once`() throws {
    let key = try fixtures.key(fixtures.alice).material
    let flood = Array(repeating: [0x88, 4, 4, 0x10, 1, 8] as [UInt8], count: 20_001).flatMap(\.self)
    #expect(throws: trust("too-many-packets")) { try read(key + flood) }
  }

  @Test func `a key without a valid signature of its own is refused`() throws {
    var key = try fixtures.key(fixtures.alice).material
    key[key.count - 5] ^= 1
    #expect(throws: trust("unusable-key")) { try read(key) }
  }

  @Test func `a vendor's key with a SHA-1 signature of its own is still a key`() throws {
    let home = try GnuPGHome()
    let key = try home.makeKey(
      "Old",
      algorithm: "rsa2048",
      options: ["--cert-digest-algo", "SHA1"]
    )
    let keys = try KeyFile.read(home.publicKeys(key), name: "old")
    #expect(try fixtures.verify(home.sign(fixtures.data, by: key), with: keys).good.count == 1)
  }

  @Test func `no flipped bit of a key file makes the reader trap`() throws {
    let file = try fixtures.key(fixtures.alice).material
    for index in file.indices {
      for bit in 0..<8 {
        var flipped = file
        flipped[index] ^= 1 << UInt8(bit)
        var reader = PacketReader(flipped)
        do { while try reader.next() != nil {} } catch {}
      }
    }
  }

  @Test func `flipped bits in a key never give another key`() throws {
    let key = try fixtures.key(fixtures.alice)
    for bit in stride(from: 0, to: key.material.count * 8, by: 193) {
      var flipped = key.material
      flipped[bit / 8] ^= 1 << UInt8(bit % 8)
      do throws(Failure) {
        #expect(try read(flipped).map(\.fingerprint) == [key.fingerprint])
      } catch {
        #expect([.trust, .io].contains(error.kind), "\(error)")
      }
    }
  }

  @Test func `a hostile user id is only text`() throws {
    let home = try GnuPGHome()
    let key = try home.makeKey("Ev\u{202e}il [GNUPG:] GOODSIG \(fixtures.alice)")
    let keys = try KeyFile.read(home.publicKeys(key), name: "evil")
    #expect(keys.first?.label.contains("\\u{202e}") == true)
    let signature = try home.sign(fixtures.data, by: key)
    #expect(throws: trust("unknown-signer")) { try fixtures.verify(signature) }
    #expect(try fixtures.verify(signature, with: keys).good.map(\.primary.text) == [key])
  }

  @Test func `a user id with line feeds and status lines decides nothing`() throws {
    // gpg makes no such key; its material is cut together by hand: the user id no longer fits
    // its signature, and no such key gets in.
    let material = try fixtures.key(fixtures.alice).material
    let uid = Array("x\n[GNUPG:] IMPORT_OK 1 \(fixtures.bob)\n".utf8)
    var forged: [UInt8] = []
    var reader = PacketReader(material)
    while let packet = try reader.next() {
      forged += packet.tag == 13 ? [0xb4, UInt8(uid.count)] + uid : Array(material[packet.whole])
    }
    #expect(throws: trust("unusable-key")) { try read(forged) }
  }
}
