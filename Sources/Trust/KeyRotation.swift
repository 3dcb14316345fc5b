internal import BundleFormat
package import Depot
package import OpenPGP
package import SafeIO

/// The statements of a depot about its own keys, which travel in its bundles and receipts.
package enum OwnStatements {
  /// The signed messages, the newest 16, oldest first.
  package static func carried(by depot: Depot) throws(Failure) -> [[UInt8]] {
    let own = try depot.catalogue.keyStatements().filter(\.isOwn).map(\.message)
    return Array(own.suffix(KeyStatement.mostCarried))
  }
}

/// Replaces the key that a depot signs with, and states that an earlier one counts no more.
package struct KeyRotation {
  private let depot: Depot
  private let now: UTCTime

  package init(_ depot: Depot, now: UTCTime) { (self.depot, self.now) = (depot, now) }

  /// What came of it.
  package struct Outcome: Sendable {
    /// The key before.
    package let before: Fingerprint
    /// The key that signs from now on.
    package let now: Fingerprint
    /// Until when both sign.
    package let until: UTCTime
  }

  /// Gives the depot another key.
  ///
  /// The one before signs the statement of it, and signs beside it for a while. An interrupted run is
  /// finished.
  ///
  /// - Parameters:
  ///   - existing: a key that the operator has; nil to make one.
  ///   - overlap: for how long both sign, in seconds.
  /// - Returns: both keys.
  /// - Throws: `configuration` when a secret key is not at hand, and what gpg says.
  package func rotate(
    to existing: DepotIdentity.Existing?,
    overlap: Int64
  ) throws(Failure) -> Outcome {
    let known = try DepotIdentity.read(depot)
    let old = known.current
    let oldKey = try old.usablePublicKey()
    let next: SigningKey
    if let stated = try unfinished(known) {
      next = stated
    } else {
      next = try newKey(existing, known)
    }
    let until = now.adding(seconds: overlap)
    if try statement(about: oldKey.fingerprint.text) == nil {
      let material = try next.usablePublicKey().material
      let statement = KeyStatement(
        key: oldKey.fingerprint.text,
        site: depot.configuration.site,
        made: now,
        content: .successor(next.fingerprint.text, material: material)
      )
      try keep(statement, signedBy: [old, next])
    }
    try DepotIdentity.succeed(known, by: next, until: until, in: depot)
    return Outcome(before: old.fingerprint, now: next.fingerprint, until: until)
  }

  /// States that a key that the depot had before counts no more.
  ///
  /// - Throws: `state` for the key that signs now, `usage` for one that the depot never had.
  package func revoke(_ fingerprint: Fingerprint, reason: String) throws(Failure) {
    let known = try DepotIdentity.read(depot)
    guard fingerprint != known.current.fingerprint else {
      throw Failure(
        .state,
        "current-key",
        "this is the key that the depot signs with",
        subject: fingerprint.text,
        hint: "give the depot another key first: aptferry key rotate --reason TEXT"
      )
    }
    guard let old = known.earlier.map(\.key).first(where: { $0.fingerprint == fingerprint }) else {
      throw Failure(
        .usage,
        "no-such-key",
        "the depot never had this key",
        subject: fingerprint.text,
        hint: "aptferry key show names those that it has had"
      )
    }
    let statement = KeyStatement(
      key: fingerprint.text,
      site: depot.configuration.site,
      made: now,
      content: .revocation(reason: reason)
    )
    // Signed by the key itself where that is still at hand, so that those who know only that one
    // believe it too.
    let isAtHand: Bool
    do throws(Failure) {
      _ = try old.usablePublicKey()
      isAtHand = true
    } catch {
      guard [.configuration, .trust, .usage, .state].contains(error.kind) else { throw error }
      isAtHand = false
    }
    try keep(statement, signedBy: isAtHand ? [old, known.current] : [known.current])
    _ = try depot.catalogue.revoke(
      RevokedKey(
        key: fingerprint.text,
        made: now,
        learned: now,
        reason: reason,
        source: "this depot"
      )
    )
  }

  private func newKey(
    _ existing: DepotIdentity.Existing?,
    _ known: DepotIdentity.Known
  ) throws(Failure) -> SigningKey {
    if let existing {
      guard !known.allFingerprints.contains(existing.fingerprint.text) else {
        throw Failure(
          .usage,
          "same-key",
          "the depot has or had this key already",
          subject: existing.fingerprint.text,
          hint: "name another one, or none to have one made"
        )
      }
      let key = SigningKey(home: existing.home, fingerprint: existing.fingerprint)
      _ = try key.usablePublicKey()
      return key
    }
    let key = try SigningKey.generate(
      home: depot.gnupgPath,
      userID: "aptferry depot \(depot.configuration.site)",
      isFurther: true
    )
    try depot.root.directory("gnupg").syncFileSystem()
    return key
  }

  /// The successor that an interrupted run has stated already, where its secret key is at hand.
  private func unfinished(_ known: DepotIdentity.Known) throws(Failure) -> SigningKey? {
    guard let stated = try statement(about: known.current.fingerprint.text),
      let fingerprint = Fingerprint(stated.successor)
    else { return nil }
    return SigningKey(home: depot.gnupgPath, fingerprint: fingerprint, isOwn: true)
  }

  private func statement(about key: String) throws(Failure) -> KnownStatement? {
    try depot.catalogue.keyStatements().first {
      $0.isOwn && $0.key == key && !$0.successor.isEmpty
    }
  }

  private func keep(
    _ statement: KeyStatement,
    signedBy keys: [SigningKey]
  ) throws(Failure) {
    let message = try SigningKey.sign([statement.text], with: keys)[0].clearsigned
    try depot.catalogue.record(
      KnownStatement(
        key: statement.key,
        successor: statement.successor ?? "",
        made: statement.made,
        learned: now,
        source: "this depot",
        isOwn: true,
        isAccepted: true,
        message: message
      )
    )
  }
}
