internal import BundleFormat
package import Depot
internal import OpenPGP
package import SafeIO

/// What others state about their keys, as it comes in with bundles, receipts and files.
///
/// A revocation takes effect at once: it can only take trust away. A successor is trusted only when
/// an operator says so (`accept`).
package struct KeyNews {
  private let depot: Depot
  private let now: UTCTime

  package init(_ depot: Depot, now: UTCTime) { (self.depot, self.now) = (depot, now) }

  /// What statements came to.
  package struct Outcome: Sendable {
    /// What people should know.
    package var notes: [Note] = []
    /// Keys that are not trusted any more, by fingerprint.
    package var revoked: [String] = []
    /// Successors that were pinned, with the keys whose place they take.
    package var accepted: [(key: String, successor: String)] = []
  }

  /// Takes in what a bundle or a receipt says of its maker's keys.
  ///
  /// A statement that is not by a key that is trusted here is passed over with a note: it is part of
  /// what a trusted key signed, and no reason to refuse that.
  ///
  /// - Parameters:
  ///   - messages: the signed statements.
  ///   - source: where they came from: `bundle mainland-000007`.
  ///   - isDryRun: whether nothing is changed.
  /// - Returns: what they came to.
  /// - Throws: `io` and `state` when the catalogue cannot be used.
  package func take(
    _ messages: [[UInt8]],
    from source: String,
    isDryRun: Bool = false
  ) throws(Failure) -> Outcome {
    var outcome = Outcome()
    guard !messages.isEmpty else { return outcome }
    let known = Set(try depot.catalogue.keyStatements().map { SHA256Digest.of($0.message) })
    for message in messages where !known.contains(SHA256Digest.of(message)) {
      do throws(Failure) {
        guard let signed = try verify(message, source) else { continue }
        try apply(signed, source, isDryRun, &outcome)
      } catch {
        guard [.trust, .integrity, .freshness, .policy, .unsafe].contains(error.kind) else {
          throw error
        }
        outcome.notes.append("a statement about a key in \(source) does not count: \(error.reason)")
      }
    }
    return outcome
  }

  /// Pins the successors that a file states, on the strength of keys that are pinned here.
  ///
  /// Where there are several, one is pinned after the other. Revocations in it take effect too.
  ///
  /// - Throws: `trust` when no statement in it is by a key that is pinned here, or it is about a
  ///   revoked key.
  package func accept(_ messages: [[UInt8]], from source: String) throws(Failure) -> Outcome {
    var outcome = Outcome()
    var refusals: [Failure] = []
    var revocations: [SignedStatement] = []
    // A key names its successor before it is revoked, whichever of the two stands first.
    for message in messages {
      try KeyNews.collect(&refusals) { () throws(Failure) in
        guard let signed = try verify(message, source) else { return }
        if signed.successor == nil { return revocations.append(signed) }
        try pin(signed, source, &outcome)
      }
    }
    for signed in revocations {
      try KeyNews.collect(&refusals) { () throws(Failure) in
        try apply(signed, source, false, &outcome)
      }
    }
    guard outcome.accepted.isEmpty && outcome.revoked.isEmpty else {
      outcome.notes += refusals.map {
        "a statement about a key in \(source) does not count: \($0.reason)"
      }
      return outcome
    }
    let refusal = refusals.first
    throw refusal
      ?? Failure(
        .trust,
        "no-statement",
        "nothing in it is a statement about a key that is pinned here",
        subject: source,
        hint: "aptferry trust list shows the keys that are pinned; on the other side: aptferry key "
          + "statements FILE"
      )
  }

  /// Keeps the refusal of a statement for later; what else goes wrong is thrown.
  private static func collect(
    _ refusals: inout [Failure],
    _ body: () throws(Failure) -> Void
  ) throws(Failure) {
    do throws(Failure) {
      try body()
    } catch {
      guard [.trust, .integrity, .freshness, .policy, .unsafe].contains(error.kind) else {
        throw error
      }
      refusals.append(error)
    }
  }

  /// The pinned keys of those who have a depot: exporters and sites.
  private func pinned() throws(Failure) -> [TrustRecord] {
    try depot.catalogue.trust().filter { $0.role != .upstream }
  }

  private func verify(_ message: [UInt8], _ source: String) throws(Failure) -> SignedStatement? {
    let keys = try PinnedKeys.read(try pinned(), depot)
    guard !keys.isEmpty else { return nil }
    let known = try depot.catalogue.keyStatements().filter(\.isAccepted)
    return try SignedStatement(
      message,
      name: source,
      keys: keys,
      heirs: { key in KeyNews.heirs(of: key, known) },
      now: now
    )
  }

  /// The keys that were accepted after a key, one after the other.
  private static func heirs(of key: String, _ known: [KnownStatement]) -> Set<String> {
    var heirs: Set<String> = []
    var last = key
    while let next = known.first(where: { $0.key == last && !$0.successor.isEmpty })?.successor,
      heirs.insert(next).inserted
    {
      last = next
    }
    return heirs
  }

  private func apply(
    _ signed: SignedStatement,
    _ source: String,
    _ isDryRun: Bool,
    _ outcome: inout Outcome
  ) throws(Failure) {
    let statement = signed.statement
    switch statement.content {
    case .successor(let successor, _):
      let isPinned = try pinned().contains { $0.fingerprint == successor }
      if !isPinned {
        outcome.notes.append(
          .note(
            "the key \(statement.key) of \(statement.site) names its successor \(successor); to trust "
              + "it on that word: aptferry trust accept-successor MEDIUM-OR-FILE"
          )
        )
      }
    case .revocation(let reason):
      let signedByIt = try depot.catalogue.signedBy(statement.key)
      outcome.revoked.append(statement.key)
      outcome.notes.append(
        .alarm(
          "revoked-key",
          "the key \(statement.key) of \(statement.site) is revoked by its owner "
            + "(\(statement.made): \(reason)); it is trusted no more. It had signed: "
            + (signedByIt.isEmpty ? "nothing that came here" : signedByIt.joined(separator: ", "))
        )
      )
      if !isDryRun {
        _ = try depot.catalogue.revoke(
          RevokedKey(
            key: statement.key,
            made: statement.made,
            learned: now,
            reason: reason,
            source: source
          )
        )
      }
    }
    if !isDryRun { try keep(signed, source, isAccepted: false) }
  }

  private func keep(
    _ signed: SignedStatement,
    _ source: String,
    isAccepted: Bool
  ) throws(Failure) {
    try depot.catalogue.record(
      KnownStatement(
        key: signed.statement.key,
        successor: signed.statement.successor ?? "",
        made: signed.statement.made,
        learned: now,
        source: source,
        isOwn: false,
        isAccepted: isAccepted,
        message: signed.message
      )
    )
  }

  private func pin(
    _ signed: SignedStatement,
    _ source: String,
    _ outcome: inout Outcome
  ) throws(Failure) {
    guard let key = signed.successor else { return }
    let (old, new) = (signed.statement.key, key.fingerprint.text)
    for fingerprint in [old, new] {
      try PinnedKeys.refuseRevoked(fingerprint, depot)
    }
    let heirs = try pinned().filter { $0.fingerprint == old }.map { record in
      var heir = record
      (heir.fingerprint, heir.material, heir.added) = (new, key.material, now)
      heir.userIDs = key.userIDs.joined(separator: "\n")
      return heir
    }
    try depot.catalogue.add(heirs)
    try keep(signed, source, isAccepted: true)
    outcome.accepted.append((old, new))
  }
}
