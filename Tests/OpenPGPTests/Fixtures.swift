import OpenPGP
import SafeIO
import TestSupport
import Testing

/// Keys and a small file that many tests share; made once, by the real gpg.
struct Fixtures: Sendable {
  static let shared: Result<Fixtures, any Error> = Result { try Fixtures() }

  let home: GnuPGHome
  let alice: String
  let bob: String
  let rsa: String
  let stranger: String
  /// Alice, Bob and the RSA key; not the stranger.
  let keys: [PublicKey]
  let data = Array("Format: test 1\n".utf8)

  private init() throws {
    home = try GnuPGHome()
    alice = try home.makeKey("Alice <alice@site.example>")
    bob = try home.makeKey("Bob <bob@site.example>")
    rsa = try home.makeKey("Carol RSA", algorithm: "rsa2048")
    stranger = try home.makeKey("Stranger")
    keys = try KeyFile.read(home.publicKeys(alice, bob, rsa), name: "keys")
  }

  func key(_ fingerprint: String) throws -> PublicKey {
    try #require(keys.first { $0.fingerprint.text == fingerprint })
  }

  func sign(_ signers: String..., options: [String] = []) throws -> [UInt8] {
    try signers.flatMap { try home.sign(data, by: $0, options: options) }
  }

  /// Verifies a detached signature over `data` (or other bytes) with `keys` (or others).
  func verify(
    _ signature: [UInt8],
    of other: [UInt8]? = nil,
    with otherKeys: [PublicKey]? = nil,
    policy: SignaturePolicy = SignaturePolicy(now: .now())
  ) throws(Failure) -> SignatureReport {
    try Verifier.withKeys(otherKeys ?? keys) { (verifier) throws(Failure) in
      try verifier.verifyDetached(
        signature: signature,
        of: other ?? data,
        name: "MANIFEST.asc",
        policy: policy
      )
    }
  }

  /// Verifies a clearsigned message.
  func verifyClearsigned(
    _ message: [UInt8],
    policy: SignaturePolicy = SignaturePolicy(now: .now()),
    by rules: ClearsignedMessage.Rules = .apt
  ) throws(Failure) -> (text: [UInt8], report: SignatureReport) {
    try Verifier.withKeys(keys) { (verifier) throws(Failure) in
      try verifier.verifyClearsigned(message, name: "InRelease", policy: policy, by: rules)
    }
  }
}

func trust(_ name: Failure.Name) -> Failure { Failure(.trust, name, "") }
func freshness(_ name: Failure.Name) -> Failure { Failure(.freshness, name, "") }
let day: Int64 = 86_400
