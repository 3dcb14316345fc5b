package import SafeIO

/// One public key as it is offered or pinned, with the bytes that carry it.
package struct PublicKey: Hashable, Sendable {
  /// The primary key's fingerprint: what people compare and what is pinned.
  package let fingerprint: Fingerprint
  /// What the key says about its holder: hostile text, shown escaped, never decided on.
  package let userIDs: [String]
  /// The primary key's algorithm and size, as in `ed25519`, `rsa4096`, `dsa1024`.
  package let algorithm: String
  /// When the primary key was made, as it says itself.
  package let created: UTCTime
  /// When the primary key ends, if it does.
  package let expires: UTCTime?
  /// Whether it had ended at the time of reading.
  package let isExpired: Bool
  /// Whether a part of it may have signed before it expired.
  package var couldSign: Bool { parts.contains { $0.canSign && !$0.isRevoked } }
  /// Whether its holder has revoked it.
  package let isRevoked: Bool
  /// Whether the primary key or a valid subkey may make signatures.
  package let canSign: Bool
  /// The primary key first, then its subkeys.
  package let parts: [Part]
  /// The smallest binary form: key, user ids, subkeys and their own signatures.
  package let material: [UInt8]

  /// The primary key or one subkey.
  package struct Part: Hashable, Sendable {
    /// The fingerprint of this part.
    package let fingerprint: Fingerprint
    /// Its algorithm and size.
    package let algorithm: String
    /// Why its signatures would not be accepted whatever they say; nil for a strong part.
    package let weakness: String?
    /// When this part was made.
    package let created: UTCTime
    /// When this part ends, if it does.
    package let expires: UTCTime?
    /// Whether it may make signatures over data.
    package let canSign: Bool
    /// Whether its holder has revoked it.
    package let isRevoked: Bool
  }

  /// Whether a fingerprint is that of the key or of one of its subkeys.
  package func has(_ fingerprint: Fingerprint) -> Bool {
    parts.contains { $0.fingerprint == fingerprint }
  }

  /// The fingerprints of the subkeys.
  package var subkeyFingerprints: [Fingerprint] { parts.dropFirst().map(\.fingerprint) }

  /// Why this key is too weak to pin; nil when it is acceptable.
  ///
  /// The primary key counts and every part that may sign; an old encryption subkey does not.
  package var weakness: String? {
    for (index, part) in parts.enumerated() where index == 0 || part.canSign {
      if let weakness = part.weakness { return weakness }
    }
    return nil
  }

  /// The fingerprint and the first user id, for a message.
  package var label: String {
    guard let userID = userIDs.first else { return fingerprint.text }
    return "\(fingerprint.text) (\(Escaped.line(userID, limit: 100)))"
  }
}
