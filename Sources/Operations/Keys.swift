internal import BundleFormat
internal import BundleMedium
package import Depot
package import OpenPGP
package import Publishing
package import SafeIO
internal import Transfer
package import Trust

/// Keys that are to be pinned.
package struct PinOrder: Sendable {
  package let role: TrustRecord.Role
  /// The exporter, vendor or site.
  package let name: String
  /// Public keys.
  package let file: GivenFile
  /// The keys that are meant; empty for the only one, or with `takesAll` for every usable one.
  package var fingerprints: [Fingerprint] = []
  package var takesAll = false
  /// Whether keys are pinned that have expired, for what they signed before.
  package var takesExpired = false
  package var scope = KeyScope()
  /// Why, for the audit log; needed where it widens what is pinned already.
  package var reason: String?
  /// What is asked for, for the audit log.
  package var about: [AuditField] = []

  package init(_ role: TrustRecord.Role, name: String, file: GivenFile) {
    self.role = role
    self.name = name
    self.file = file
  }

  var subject: AuditSubject {
    AuditSubject(
      "trust add",
      [
        AuditField("role", [role.rawValue]), AuditField("name", name.isEmpty ? [] : [name]),
        AuditField("file", [file.name]), AuditField("fingerprint", fingerprints.map(\.text)),
      ] + about + (takesAll ? [AuditField("all", ["yes"])] : [])
        + (takesExpired ? [AuditField("allow-expired-key", ["yes"])] : []),
      reason: reason
    )
  }
}

/// A key after its scope was changed.
package struct EditedKey: Sendable {
  package let key: TrustRecord
  package let vendors: Vendors
}

/// What came of giving the depot another key.
package struct RotatedKey: Sendable {
  package let outcome: KeyRotation.Outcome
  /// What the key before had signed for clients, and is still there.
  package let signedBefore: [Publications.SignedGenerations]
}

extension Session {
  /// Pins keys that came by another route than the media; `confirm` may refuse what was chosen.
  package func pinKeys(
    _ order: PinOrder,
    confirm: (PinnedKeys.Selection) throws(Failure) -> Void
  ) throws(Failure) -> PinnedKeys.Selection {
    try perform(order.subject) { (job) throws(Failure) in
      let selection = try PinnedKeys.select(
        from: try KeyFile.read(
          try order.file.read(limit: KeyFile.sizeLimit),
          name: order.file.name,
          now: now
        ),
        fingerprints: order.fingerprints,
        takesAll: order.takesAll,
        takesExpired: order.takesExpired,
        name: order.file.name
      )
      try confirm(selection)
      job.record("fingerprint", selection.chosen.map(\.fingerprint.text))
      job.record("owner", selection.chosen.map { $0.userIDs.first ?? "(no user id)" })
      try PinnedKeys.pin(
        selection,
        role: order.role,
        name: order.name,
        scope: order.scope,
        reason: order.reason,
        depot: job.depot,
        now: now
      )
      // What nobody could verify for want of this key.
      if order.role == .upstream {
        _ = try ClaimVerification.run(job.depot, now: now, again: true)
      }
      return selection
    }
  }

  /// Changes what a pinned key is pinned for.
  package func editTrust(
    _ edit: TrustEdit,
    about: [AuditField],
    reason: String
  ) throws(Failure) -> EditedKey {
    let subject = AuditSubject("trust edit", about, reason: reason)
    return try perform(subject) { (job) throws(Failure) in
      let edited = try job.depot.locked(for: "trust edit") { () throws(Failure) in
        let outcome = try edit.apply(to: job.depot)
        return EditedKey(key: outcome.key, vendors: try Vendors(job.depot))
      }
      job.record("name", [edited.key.name])
      job.record("pinned for", [edited.vendors.scope(of: edited.key)])
      return edited
    }
  }

  /// Stops trusting a key; answers how often it was pinned, and what it had signed.
  package func removeTrust(
    _ fingerprint: Fingerprint,
    role: TrustRecord.Role?
  ) throws(Failure) -> (count: Int, signed: [String]) {
    let about =
      [AuditField("fingerprint", [fingerprint.text])]
      + (role.map { [AuditField("role", [$0.rawValue])] } ?? [])
    return try perform(AuditSubject("trust remove", about)) { (job) throws(Failure) in
      let catalogue = job.depot.catalogue
      let count = try job.depot.locked(for: "trust remove") { () throws(Failure) in
        let count = try catalogue.removeTrust(fingerprint: fingerprint.text, role: role)
        try Vendors.dropWithoutKeys(in: job.depot)
        return count
      }
      guard count > 0 else {
        throw Failure(
          .usage,
          "no-such-key",
          "this key is not pinned",
          subject: fingerprint.grouped,
          hint: "aptferry trust list shows those that are"
        )
      }
      let signed = try catalogue.signedBy(fingerprint.text)
      job.record("had signed", signed)
      return (count, signed)
    }
  }

  /// Trusts the keys that pinned keys name as their successors, by the statements of a file, a
  /// receipt or the bundles on a medium.
  package func acceptSuccessors(
    from source: String,
    reason: String?
  ) throws(Failure) -> KeyNews.Outcome {
    let about = [AuditField("source", [source])]
    let subject = AuditSubject("trust accept-successor", about, reason: reason)
    return try perform(subject) { (job) throws(Failure) in
      let messages = try statements(in: source)
      let outcome = try job.depot.locked(for: "trust accept-successor") { () throws(Failure) in
        try KeyNews(job.depot, now: now).accept(messages, from: source)
      }
      for note in outcome.notes { tell(note) }
      job.record("successor", outcome.accepted.map { "\($0.key) \($0.successor)" })
      job.record("revoked", outcome.revoked)
      return outcome
    }
  }

  /// The statements of the bundles on a medium, each of which vouches for itself; or of a file.
  private func statements(in source: String) throws(Failure) -> [[UInt8]] {
    guard NamedFile.isDirectory(source) else {
      let file = try NamedFile.read(source, limit: ReceiptAdmission.longest)
      // A receipt carries statements too; each of them vouches for itself.
      if let receipt = try ReceiptAdmission.claimedStatements(in: file) { return receipt }
      guard file.count <= KeyStatement.longest * KeyStatement.mostCarried else {
        throw Failure(.integrity, "key-statement", "the file is too long", subject: source)
      }
      return SignedStatement.messages(in: file)
    }
    var messages: [[UInt8]] = []
    for media in try BundleMedia.find(in: [source]) {
      messages += try media.manifest.claimed().keyStatements
    }
    return messages
  }

  /// Gives the depot another signing key, on the word of the one that it has.
  ///
  /// - Parameters:
  ///   - existing: a key that the operator has; nil to make one.
  ///   - overlap: for how long both sign, in seconds.
  ///   - about: what is asked for, for the audit log.
  ///   - reason: why, for the audit log.
  /// - Returns: both keys, and where the key before signs for clients.
  /// - Throws: `configuration` when a secret key is not at hand, and what gpg says.
  package func rotateKey(
    to existing: DepotIdentity.Existing?,
    overlap: Int64,
    about: [AuditField],
    reason: String
  ) throws(Failure) -> RotatedKey {
    try perform(AuditSubject("key rotate", about, reason: reason)) { (job) throws(Failure) in
      // Before anything is done: what cannot be read then stops the rotation, and not its report.
      let old = try DepotIdentity.load(from: job.depot).fingerprint
      let signed = try signedGenerations(by: old, in: job.depot)
      let outcome = try job.depot.locked(for: "key rotate") { () throws(Failure) in
        try KeyRotation(job.depot, now: now).rotate(to: existing, overlap: overlap)
      }
      job.record("before", [outcome.before.text])
      job.record("fingerprint", [outcome.now.text])
      return RotatedKey(outcome: outcome, signedBefore: signed)
    }
  }

  /// States that a key that the depot had before counts no more; answers what of its signatures
  /// clients still get.
  package func revokeKey(
    _ fingerprint: Fingerprint,
    reason: String
  ) throws(Failure) -> [Publications.SignedGenerations] {
    let about = [AuditField("fingerprint", [fingerprint.text])]
    return try perform(AuditSubject("key revoke", about, reason: reason)) { (job) throws(Failure) in
      let signed = try signedGenerations(by: fingerprint, in: job.depot)
      try job.depot.locked(for: "key revoke") { () throws(Failure) in
        try KeyRotation(job.depot, now: now).revoke(fingerprint, reason: reason)
      }
      return signed
    }
  }

  /// What a key of the depot, or a subkey of it, signed of all that is published and kept.
  private func signedGenerations(
    by key: Fingerprint,
    in depot: Depot
  ) throws(Failure) -> [Publications.SignedGenerations] {
    var parts: Set<String> = [key.text]
    let known = try DepotIdentity.read(depot)
    let own = [known.current] + known.earlier.map(\.key)
    if let found = own.first(where: { $0.fingerprint == key }) {
      do throws(Failure) {
        parts.formUnion(try found.publicKey().parts.map(\.fingerprint.text))
      } catch {
        // A key that was lost names no subkeys; its own name is all that can be looked for.
        guard [.configuration, .trust, .usage, .state].contains(error.kind) else { throw error }
      }
    }
    return try Publications.signed(by: parts, in: depot)
  }
}
