import SafeIO
import TestSupport
import Testing

@testable import OpenPGP

@Suite struct SigningKeyTests {
  let fixtures: Fixtures

  init() throws { fixtures = try Fixtures.shared.get() }

  private func code(_ name: Failure.Name) -> Failure { Failure(.configuration, name, "") }

  @Test func `a key of our own signs, and leaves no agent and no socket`() throws {
    try withScratchDirectory { scratch in
      let home = scratch.path("depot/key")
      let key = try SigningKey.generate(home: home, userID: "site north")
      let signature = try key.signDetached(fixtures.data)
      let publicKey = try key.publicKey()
      #expect(publicKey.algorithm == "ed25519" && publicKey.expires == nil)
      #expect(publicKey.fingerprint == key.fingerprint && publicKey.userIDs == ["site north"])
      #expect(publicKey.subkeyFingerprints.isEmpty && publicKey.canSign)
      let report = try fixtures.verify(signature, with: [publicKey])
      #expect(report.good.map(\.hash) == ["SHA512"])
      #expect(try Directory(opening: home).status().mode == 0o700)
      #expect(try Disk.names(in: home).allSatisfy { !$0.hasPrefix("S.") })
      #expect(throws: Failure(.state, "key-exists", "")) {
        try SigningKey.generate(home: home, userID: "again")
      }
      let reopened = SigningKey(home: home, fingerprint: key.fingerprint, isOwn: true)
      _ = try reopened.signDetached(fixtures.data)
    }
  }

  @Test func `a home too deep for the agent's socket is no obstacle`() throws {
    try withScratchDirectory { scratch in
      let home = scratch.path(String(repeating: "a-deep-directory/", count: 10) + "key")
      let key = try SigningKey.generate(home: home, userID: "deep")
      let text = Array("Suite: stable\n- dashed\n".utf8)
      let message = try key.signClearsigned(text)
      let keys = [try key.publicKey()]
      let verified = try Verifier.withKeys(keys) { (verifier) throws(Failure) in
        try verifier.verifyClearsigned(message, name: "x", policy: SignaturePolicy(now: .now()))
      }
      #expect(verified.text == text)
      #expect(try Disk.names(in: home).allSatisfy { !$0.hasPrefix("S.") })
    }
  }

  @Test func `many may sign with one key at once`() throws {
    try withScratchDirectory { scratch in
      let key = try SigningKey.generate(home: scratch.path("key"), userID: "busy")
      try Threads.forEach(count: 6, width: 3) { (index) throws(Failure) in
        try ours {
          _ = try key.signDetached(Array("file \(index)\n".utf8))
        }
      }
    }
  }

  @Test func `a user's key signs, and the user's agent lives on`() throws {
    let home = try GnuPGHome()
    let made = try home.makeKey("Release engineer", usage: "cert")
    let subkey = try home.addSubkey(to: made)
    let key = SigningKey(home: home.path, fingerprint: try #require(Fingerprint(made)))
    let report = try fixtures.verify(key.signDetached(fixtures.data), with: [key.publicKey()])
    #expect(report.good.map(\.primary.text) == [made])
    #expect(report.good.map(\.signer.text) == [subkey])
    #expect(Disk.exists(home.path + "/S.gpg-agent"))
  }

  @Test func `a key that is not there is said to be not there`() throws {
    let nobody = try #require(Fingerprint(String(repeating: "A", count: 40)))
    let missing = SigningKey(home: fixtures.home.path, fingerprint: nobody)
    #expect(throws: code("no-secret-key")) { try missing.signDetached(fixtures.data) }
    // The public half alone does not sign.
    let home = try GnuPGHome()
    try home.gpg(["--import"], input: fixtures.home.publicKeys(fixtures.alice)).succeeded()
    let alice = try #require(Fingerprint(fixtures.alice))
    let half = SigningKey(home: home.path, fingerprint: alice)
    #expect(throws: code("no-secret-key")) { try half.signDetached(fixtures.data) }
    let nowhere = SigningKey(home: home.path + "/nothing", fingerprint: alice)
    #expect(throws: Failure(.usage, "no-directory", "")) { try nowhere.signDetached(fixtures.data) }
  }

  @Test func `expired, revoked and weak keys do not sign`() throws {
    let home = try GnuPGHome()
    func sign(_ fingerprint: String) throws -> [UInt8] {
      try SigningKey(home: home.path, fingerprint: try #require(Fingerprint(fingerprint)))
        .signDetached(fixtures.data)
    }
    let expired = try home.makeKey("Old", expires: "2021-01-01", at: "20200101T000000")
    #expect(throws: trust("expired-key")) { try sign(expired) }
    let revoked = try home.makeKey("Revoked")
    try home.revoke(revoked)
    #expect(throws: trust("revoked-key")) { try sign(revoked) }
    let weak = try home.makeKey("Weak", algorithm: "rsa1024")
    #expect(throws: trust("weak-key")) { try sign(weak) }
  }

  @Test func `a passphrase that nobody gives is a clean failure, not a dialog`() throws {
    let home = try GnuPGHome()
    let status = try home.gpg([
      "--passphrase", "secret", "--status-fd", "1", "--quick-generate-key", "Locked", "ed25519",
      "sign", "never",
    ])
    .succeeded()
    let made = try #require(status.split(whereSeparator: \.isWhitespace).last)
    _ = try run(["gpgconf", "--homedir", home.path, "--kill", "gpg-agent"])
    let fingerprint = try #require(Fingerprint(made))
    let key = SigningKey(home: home.path, fingerprint: fingerprint, allowsPinentry: false)
    #expect(throws: code("passphrase")) { try key.signDetached(fixtures.data) }
  }

  @Test func `a weak digest in the user's settings is noticed`() throws {
    let home = try GnuPGHome()
    let made = try home.makeKey("RSA", algorithm: "rsa2048")
    try Disk.write("digest-algo SHA1\n", to: home.path + "/gpg.conf")
    let key = SigningKey(home: home.path, fingerprint: try #require(Fingerprint(made)))
    #expect(throws: code("weak-digest")) { try key.signDetached(fixtures.data) }
  }

  @Test func `a user id is one line of text`() throws {
    try withScratchDirectory { scratch in
      for wrong in ["", "two\nlines", "esc\u{1b}[2J", String(repeating: "x", count: 201)] {
        #expect(throws: Failure(.usage, "user-id", "")) {
          try SigningKey.generate(home: scratch.path("key"), userID: wrong)
        }
      }
      #expect(!Disk.exists(scratch.path("key")))
    }
  }
}
