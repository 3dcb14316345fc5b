package import SafeIO

/// What a program shows to this site's server instead of a password; only its digest is kept.
package struct AccessToken: Hashable, Sendable {
  /// What a token is for; each role may do what those before it may.
  package enum Role: String, CaseIterable, Sendable {
    /// Fetch what is published.
    case read
    /// Change mirrors, snapshots, repositories and files.
    case operate
    /// Change what clients get.
    case release
  }

  /// What it is called.
  package let name: String
  package let role: Role
  /// Where it counts: `*`, a prefix, or one with `/*` behind for those below.
  package let prefixes: [String]
  package let created: UTCTime
  /// Until when it counts; nil for always.
  package let expires: UTCTime?
  /// The SHA-256 of the secret.
  package let digest: SHA256Digest

  package init(
    name: String,
    role: Role,
    prefixes: [String],
    created: UTCTime,
    expires: UTCTime?,
    digest: SHA256Digest
  ) {
    (self.name, self.role, self.prefixes) = (name, role, prefixes)
    (self.created, self.expires, self.digest) = (created, expires, digest)
  }

  /// How each secret begins, so that programs that look for leaked secrets know it.
  private static let start = "aptf_"

  /// A new secret, of 256 random bits, with its digest.
  package static func secret() -> (text: String, digest: SHA256Digest) {
    var generator = SystemRandomNumberGenerator()
    var text = start
    for _ in 0..<4 {
      let word = String(generator.next() as UInt64, radix: 16)
      text += String(repeating: "0", count: 16 - word.utf8.count) + word
    }
    return (text, SHA256Digest.of(Array(text.utf8)))
  }

  /// Whether a token can be called so: `[a-z0-9][a-z0-9._-]{0,63}`.
  package static func isName(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    func isPlain(_ byte: UInt8) -> Bool {
      (0x61...0x7a).contains(byte) || (0x30...0x39).contains(byte)
    }
    return (1...64).contains(bytes.count) && isPlain(bytes[0])
      && bytes.allSatisfy { isPlain($0) || [0x2d, 0x2e, 0x5f].contains($0) }
  }

  /// Whether the text is `*`, a prefix, or one with `/*` behind.
  package static func isPattern(_ text: String) -> Bool {
    if text == "*" { return true }
    let prefix = text.hasSuffix("/*") ? text.dropLast(2) : text[...]
    return prefix.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { part in
      !part.isEmpty && !part.hasPrefix(".")
        && part.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != 0x2a }
    }
  }
}
