package import OpenPGP
package import SafeIO

/// The keys that a depot signs with.
///
/// That is its key, and for a while after it was replaced the one before, for those who have pinned
/// that one only.
package struct OwnKeys: Sendable {
  /// The depot's key.
  package let current: SigningKey
  /// Keys before it that still sign, the newest first.
  package let earlier: [SigningKey]
  /// The fingerprints of all keys that the depot has had.
  package let fingerprints: [String]

  package init(current: SigningKey, earlier: [SigningKey] = [], fingerprints: [String] = []) {
    (self.current, self.earlier) = (current, earlier)
    self.fingerprints = fingerprints.isEmpty ? [current.fingerprint.text] : fingerprints
  }

  /// All that sign, the depot's key first.
  package var all: [SigningKey] { [current] + earlier }

  /// The key by which everybody outside knows the depot: the oldest one that still signs.
  package var name: Fingerprint { (earlier.last ?? current).fingerprint }

  /// Armored signatures of all of them over the data, which are lines.
  ///
  /// `publicKey` is what `usablePublicKey` of the depot's key gave, when it was asked before.
  package func signDetached(
    _ data: [UInt8],
    as publicKey: PublicKey? = nil
  ) throws(Failure) -> [UInt8] {
    guard !earlier.isEmpty else { return try current.signDetached(data, as: publicKey) }
    return try SigningKey.sign([data], with: all)[0].detached
  }

  /// A message clearsigned by all of them.
  package func signClearsigned(_ text: [UInt8]) throws(Failure) -> [UInt8] {
    guard !earlier.isEmpty else { return try current.signClearsigned(text) }
    return try SigningKey.sign([text], with: all)[0].clearsigned
  }
}
