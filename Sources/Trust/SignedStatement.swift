package import BundleFormat
package import OpenPGP
package import SafeIO

/// A statement about a key whose signatures were verified.
///
/// It is signed by the key that it is about, a revocation also by one that came after it, and of a
/// successor by the new key as well.
package struct SignedStatement: Sendable {
  /// What is stated.
  package let statement: KeyStatement
  /// The clearsigned message.
  package let message: [UInt8]
  /// The successor's key, where one is stated.
  package let successor: PublicKey?

  /// Verifies a message.
  ///
  /// - Parameters:
  ///   - message: the clearsigned message.
  ///   - name: where it came from, for messages.
  ///   - keys: the keys that may have signed it.
  ///   - heirs: the keys that came after a key, by its fingerprint.
  ///   - now: the start of the command.
  /// - Throws: `trust` when it is not signed by the key that it is about, or the new key did not
  ///   sign; `integrity` for what is no statement; `freshness` for one of the future.
  package init(
    _ message: [UInt8],
    name: String,
    keys: [PublicKey],
    heirs: (String) -> Set<String> = { _ in [] },
    now: UTCTime
  ) throws(Failure) {
    guard message.count <= KeyStatement.longest else {
      throw Failure(.integrity, "key-statement", "the statement is too long", subject: name)
    }
    let policy = SignaturePolicy(now: now)
    let (text, report) = try Verifier.withKeys(keys) { (verifier) throws(Failure) in
      try verifier.verifyClearsigned(message, name: name, policy: policy)
    }
    let statement: KeyStatement
    do {
      statement = try KeyStatement(text: text)
    } catch {
      throw error.about(name)
    }
    guard statement.made <= now.adding(seconds: policy.skew) else {
      throw Failure(
        .freshness,
        "future",
        "the statement says that it was made at \(statement.made); this host's clock says \(now)",
        subject: name,
        hint: "one of the two clocks is wrong: set this host's"
      )
    }
    let signers = Set(report.good.map(\.primary.text))
    var entitled: Set<String> = [statement.key]
    if case .revocation = statement.content { entitled.formUnion(heirs(statement.key)) }
    guard !signers.isDisjoint(with: entitled) else {
      throw Failure(
        .trust,
        "other-signer",
        "the statement is about the key \(statement.key), but "
          + "\(signers.sorted().joined(separator: ", ")) signed it",
        subject: name,
        hint: "only the owner of a key can state something about it; do not use this"
      )
    }
    successor = try SignedStatement.successor(in: statement, message, name, policy)
    (self.statement, self.message) = (statement, message)
  }

  /// The new key, which must have signed too: nobody can name a key that is not theirs.
  private static func successor(
    in statement: KeyStatement,
    _ message: [UInt8],
    _ name: String,
    _ policy: SignaturePolicy
  ) throws(Failure) -> PublicKey? {
    guard case .successor(let fingerprint, let material) = statement.content else { return nil }
    let keys = try KeyFile.read(material, name: name)
    guard keys.count == 1, let key = keys.first, key.fingerprint.text == fingerprint,
      !key.isRevoked, !key.isExpired, key.canSign, key.weakness == nil
    else {
      throw Failure(
        .trust,
        "successor",
        "the key in the statement is not the successor that it names, or cannot be used",
        subject: name
      )
    }
    _ = try Verifier.withKeys([key]) { (verifier) throws(Failure) in
      try verifier.verifyClearsigned(message, name: name, policy: policy)
    }
    return key
  }

  /// The clearsigned messages in a file, one behind the other.
  package static func messages(in file: [UInt8]) -> [[UInt8]] {
    let begin = Array("-----BEGIN PGP SIGNED MESSAGE-----".utf8)
    var messages: [[UInt8]] = []
    for line in file.split(separator: 0x0a, omittingEmptySubsequences: false) {
      if line.starts(with: begin) { messages.append([]) }
      guard !messages.isEmpty else { continue }
      messages[messages.count - 1] += line + [0x0a]
    }
    return messages.map { message in
      var end = message
      while end.suffix(2).elementsEqual([0x0a, 0x0a]) { end.removeLast() }
      return end
    }
  }
}
