import SafeIO
import TestSupport
import Testing

@testable import OpenPGP

@Suite struct DetachedSignatureTests {
  let fixtures: Fixtures

  init() throws { fixtures = try Fixtures.shared.get() }

  @Test func `a good signature is accepted, armored or binary`() throws {
    let report = try fixtures.verify(fixtures.sign(fixtures.alice))
    #expect(report.good.map(\.primary.text) == [fixtures.alice])
    #expect(report.good.first?.algorithm == "ed25519")
    #expect(report.unknown.isEmpty && report.uncounted.isEmpty)
    let armored = try fixtures.sign(fixtures.rsa, options: ["--armor"])
    #expect(try fixtures.verify(armored).good.map(\.algorithm) == ["rsa2048"])
  }

  @Test func `two armored blocks in one file are two signatures`() throws {
    let both =
      try fixtures.sign(fixtures.alice, options: ["--armor"])
      + fixtures.sign(fixtures.bob, options: ["--armor"])
    let report = try fixtures.verify(both, policy: SignaturePolicy(now: .now(), threshold: 2))
    #expect(report.good.count == 2)
  }

  @Test func `an altered file is refused`() throws {
    let signature = try fixtures.sign(fixtures.alice)
    for index in fixtures.data.indices.striding(by: 4) {
      var data = fixtures.data
      data[index] ^= 0x01
      #expect(throws: trust("bad-signature")) { try fixtures.verify(signature, of: data) }
    }
  }

  @Test func `a text signature does not let line ends be changed`() throws {
    let signature = try fixtures.sign(fixtures.alice, options: ["--textmode"])
    #expect(try fixtures.verify(signature).good.count == 1)
    let changed = Array("Format: test 1\r\n".utf8)
    #expect(throws: trust("signature-type")) { try fixtures.verify(signature, of: changed) }
  }

  @Test func `flipped bits in a signature are refused or change nothing that is signed`() throws {
    let signature = try fixtures.sign(fixtures.alice)
    let steps = stride(from: 0, to: signature.count * 8, by: 29)
    let accepted = try Verifier.withKeys(fixtures.keys) { (verifier) throws(Failure) in
      var accepted: [Int] = []
      for bit in steps {
        var flipped = signature
        flipped[bit / 8] ^= 1 << UInt8(bit % 8)
        do throws(Failure) {
          _ = try verifier.verifyDetached(
            signature: flipped,
            of: fixtures.data,
            name: "flipped",
            policy: SignaturePolicy(now: .now())
          )
          accepted.append(bit / 8)
        } catch {
          #expect([.trust, .freshness].contains(error.kind), "\(error)")
        }
      }
      return accepted
    }
    // Not signed: the unhashed area (the issuer's key id, 2 + 10 bytes), the two check bytes, and
    // the bit counts of the two numbers, which gpg reads loosely.
    let unhashed = 8 + Int(signature[7])
    let first = unhashed + 14
    let second = first + 2 + (Int(signature[first]) << 8 + Int(signature[first + 1]) + 7) / 8
    let loose = Set(unhashed..<(first + 2)).union([second, second + 1])
    #expect(loose.isSuperset(of: accepted), "\(accepted)")
  }

  @Test func `an unknown signer is refused though the user's own keyring would know it`() throws {
    #expect(throws: trust("unknown-signer")) {
      try fixtures.verify(fixtures.sign(fixtures.stranger))
    }
  }

  @Test func `a good signature beside an unknown one is accepted and the unknown one told`() throws
  {
    for order in [
      [fixtures.alice, fixtures.stranger], [fixtures.stranger, fixtures.alice],
    ] {
      let report = try fixtures.verify(try order.flatMap { try fixtures.sign($0) })
      #expect(report.good.map(\.primary.text) == [fixtures.alice])
      #expect(report.unknown == [fixtures.stranger])
    }
  }

  @Test func `a good signature beside a bad one is refused in both orders`() throws {
    let good = try fixtures.sign(fixtures.alice)
    let bad = try fixtures.home.sign(Array("other\n".utf8), by: fixtures.bob)
    #expect(throws: trust("bad-signature")) { try fixtures.verify(good + bad) }
    #expect(throws: trust("bad-signature")) { try fixtures.verify(bad + good) }
  }

  @Test func `one signer twice does not reach a threshold of two`() throws {
    let two = SignaturePolicy(now: .now(), threshold: 2)
    let again = try fixtures.sign(fixtures.alice) + fixtures.sign(fixtures.alice)
    #expect(throws: trust("duplicate-signer")) { try fixtures.verify(again, policy: two) }
    #expect(try fixtures.verify(again).good.count == 1)
    #expect(throws: trust("threshold")) {
      try fixtures.verify(fixtures.sign(fixtures.alice), policy: two)
    }
  }

  @Test func `two subkeys of one key count once, and each names its primary key`() throws {
    let home = try GnuPGHome()
    let primary = try home.makeKey("Subkeys", usage: "cert")
    let first = try home.addSubkey(to: primary)
    let second = try home.addSubkey(to: primary)
    let keys = try KeyFile.read(home.publicKeys(primary), name: "keys")
    #expect(keys.first?.subkeyFingerprints.map(\.text) == [first, second])
    let one = try home.sign(fixtures.data, by: first + "!")
    let both = try one + home.sign(fixtures.data, by: second + "!")
    let report = try fixtures.verify(one, with: keys)
    #expect(report.good.map(\.primary.text) == [primary])
    #expect(report.good.map(\.signer.text) == [first])
    #expect(throws: trust("duplicate-signer")) {
      try fixtures.verify(both, with: keys, policy: SignaturePolicy(now: .now(), threshold: 2))
    }
  }

  @Test(arguments: ["SHA1", "RIPEMD160"])
  func `a signature with a weak digest is refused`(_ digest: String) throws {
    let signature = try fixtures.sign(
      fixtures.rsa,
      options: ["--digest-algo", digest, "--allow-weak-digest-algos"]
    )
    #expect(throws: trust("weak-digest")) { try fixtures.verify(signature) }
  }

  @Test func `an MD5 signature is refused`() throws {
    let signature = try fixtures.sign(
      fixtures.rsa,
      options: ["--digest-algo", "MD5", "--allow-weak-digest-algos"]
    )
    #expect(throws: trust("weak-digest")) { try fixtures.verify(signature) }
  }

  @Test(arguments: ["rsa1024", "dsa2048"])
  func `a weak key is named as weak and its signature refused`(_ algorithm: String) throws {
    let home = try GnuPGHome()
    let weak = try home.makeKey("Weak", algorithm: algorithm)
    let keys = try KeyFile.read(home.publicKeys(weak), name: "keys")
    #expect(keys.first?.weakness != nil)
    #expect(keys.first?.algorithm == algorithm)
    let signature = try home.sign(fixtures.data, by: weak, options: ["--digest-algo", "SHA256"])
    #expect(throws: trust("weak-key")) { try fixtures.verify(signature, with: keys) }
  }

  @Test func `a revoked key is refused`() throws {
    let home = try GnuPGHome()
    let key = try home.makeKey("Revoked")
    let signature = try home.sign(fixtures.data, by: key)
    let before = try KeyFile.read(home.publicKeys(key), name: "keys")
    #expect(try fixtures.verify(signature, with: before).good.count == 1)
    try home.revoke(key)
    let keys = try KeyFile.read(home.publicKeys(key), name: "keys")
    #expect(keys.first?.isRevoked == true && keys.first?.canSign == false)
    #expect(throws: trust("revoked-key")) { try fixtures.verify(signature, with: keys) }
  }

  @Test func `a revoked subkey and one that lost its right to sign are refused`() throws {
    let home = try GnuPGHome()
    let primary = try home.makeKey("Subkeys", usage: "cert")
    let revoked = try home.addSubkey(to: primary)
    let changed = try home.addSubkey(to: primary, algorithm: "rsa2048")
    let byRevoked = try home.sign(fixtures.data, by: revoked + "!")
    let byChanged = try home.sign(fixtures.data, by: changed + "!")
    try home.edit(primary, "key 1", "revkey", "y", "0", "", "y", "save")
    try home.edit(primary, "key 2", "change-usage", "S", "A", "Q", "save")
    let keys = try KeyFile.read(home.publicKeys(primary), name: "keys")
    #expect(keys.first?.parts.map(\.isRevoked) == [false, true, false])
    #expect(keys.first?.parts.map(\.canSign) == [false, true, false])
    #expect(throws: trust("revoked-key")) { try fixtures.verify(byRevoked, with: keys) }
    #expect(throws: trust("wrong-key-usage")) { try fixtures.verify(byChanged, with: keys) }
  }

  @Test func `material that holds another key than the pinned one is refused`() throws {
    let alice = try fixtures.key(fixtures.alice)
    let bob = try fixtures.key(fixtures.bob)
    let forged = PublicKey.pinned(alice, withMaterialOf: bob)
    #expect(throws: trust("pinned-key")) {
      try fixtures.verify(fixtures.sign(fixtures.bob), with: [forged])
    }
    let more = PublicKey.pinned(alice, withMaterialOf: alice, bob)
    #expect(throws: trust("pinned-key")) {
      try fixtures.verify(fixtures.sign(fixtures.bob), with: [more])
    }
    #expect(throws: trust("no-keys")) {
      try fixtures.verify(fixtures.sign(fixtures.bob), with: [])
    }
  }
}

extension Range<Int> {
  func striding(by step: Int) -> StrideTo<Int> {
    stride(from: lowerBound, to: upperBound, by: step)
  }
}

extension PublicKey {
  /// A key that claims to be one and carries the bytes of others.
  static func pinned(_ key: PublicKey, withMaterialOf others: PublicKey...) -> PublicKey {
    PublicKey(
      fingerprint: key.fingerprint,
      userIDs: key.userIDs,
      algorithm: key.algorithm,
      created: key.created,
      expires: key.expires,
      isExpired: key.isExpired,
      isRevoked: key.isRevoked,
      canSign: key.canSign,
      parts: key.parts,
      material: others.flatMap(\.material)
    )
  }
}
