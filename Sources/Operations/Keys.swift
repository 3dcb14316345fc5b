internal import BundleFormat
internal import BundleMedium
package import Depot
package import OpenPGP
internal import Publishing
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
  package var scope = KeyScope()
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
  /// Prefixes whose Release files the key before signs.
  package let publications: [String]
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
      let messages = try Failure.typed { try statements(in: source) }
      let outcome = try job.depot.locked(for: "trust accept-successor") { () throws(Failure) in
        try KeyNews(job.depot, now: now).accept(messages, from: source)
      }
      for note in outcome.notes { tell(.note(note)) }
      job.record("successor", outcome.accepted.map { "\($0.key) \($0.successor)" })
      job.record("revoked", outcome.revoked)
      return outcome
    }
  }

  /// The statements of the bundles on a medium, each of which vouches for itself; or of a file.
  private func statements(in source: String) throws -> [[UInt8]] {
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
      let outcome = try job.depot.locked(for: "key rotate") { () throws(Failure) in
        try KeyRotation(job.depot, now: now).rotate(to: existing, overlap: overlap)
      }
      job.record("before", [outcome.before.text])
      job.record("fingerprint", [outcome.now.text])
      let signed = try Publications.list(job.depot).filter { publication in
        publication.recipe.distributions.contains { $0.mode.hasResigned }
          && (publication.recipe.signers.isEmpty
            || publication.recipe.signers.contains { $0.fingerprint == outcome.before.text })
      }
      return RotatedKey(outcome: outcome, publications: signed.map(\.prefix))
    }
  }

  /// States that a key that the depot had before counts no more.
  package func revokeKey(_ fingerprint: Fingerprint, reason: String) throws(Failure) {
    let about = [AuditField("fingerprint", [fingerprint.text])]
    try perform(AuditSubject("key revoke", about, reason: reason)) { (job) throws(Failure) in
      try job.depot.locked(for: "key revoke") { () throws(Failure) in
        try KeyRotation(job.depot, now: now).revoke(fingerprint, reason: reason)
      }
    }
  }
}
