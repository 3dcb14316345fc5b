package import Depot
package import OpenPGP
package import SafeIO

/// The keys pinned in a depot, and the rules by which a key becomes one of them.
package enum PinnedKeys {
  /// How many keys are read in one go; each go costs a run of gpg.
  private static let batch = 50

  /// The pinned keys of a role, all of them or those of one name; never those that count for one
  /// mirror only.
  package static func read(
    _ depot: Depot,
    role: TrustRecord.Role,
    name: String? = nil
  ) throws(Failure) -> [PublicKey] {
    let records = try depot.catalogue.trust(role: role, name: name)
    return try read(records.filter { !MirrorRecord.isTrustName($0.name) }, depot)
  }

  /// The keys of some of the depot's records.
  package static func read(
    _ records: [TrustRecord],
    _ depot: Depot
  ) throws(Failure) -> [PublicKey] {
    var materials: [Fingerprinted] = []
    for record in records where !materials.contains(where: { $0.fingerprint == record.fingerprint })
    {
      materials.append(Fingerprinted(fingerprint: record.fingerprint, material: record.material))
    }
    var keys: [PublicKey] = []
    for start in stride(from: 0, to: materials.count, by: batch) {
      let part = materials[start..<min(start + batch, materials.count)]
      let read = try KeyFile.read(part.flatMap(\.material), name: "the pinned keys")
      guard Set(read.map(\.fingerprint.text)) == Set(part.map(\.fingerprint)) else {
        throw Failure(
          .state,
          "pinned-keys",
          "the pinned keys cannot be read back as they were pinned",
          subject: depot.root.path,
          hint: "remove and add them again: aptferry trust list"
        )
      }
      keys += read
    }
    return keys
  }

  private struct Fingerprinted {
    let fingerprint: String
    let material: [UInt8]
  }

  /// Which keys of a file are to be pinned, and which are left out and why.
  package struct Selection: Sendable {
    package let chosen: [PublicKey]
    package let leftOut: [(key: PublicKey, reason: String)]
  }

  /// Chooses among the keys of a file.
  ///
  /// - Parameters:
  ///   - keys: all keys of the file.
  ///   - fingerprints: those that the operator named; that of a subkey stands for its key.
  ///   - takesAll: whether the operator said that all are meant.
  ///   - takesExpired: whether keys count that have expired, for what they signed before.
  ///   - name: the file, for messages.
  /// - Returns: the choice; expired and revoked keys are left out unless they were named.
  /// - Throws: `trust` for a weak key, `usage` when the operator must say which keys are meant.
  package static func select(
    from keys: [PublicKey],
    fingerprints: [Fingerprint],
    takesAll: Bool,
    takesExpired: Bool = false,
    name: String
  ) throws(Failure) -> Selection {
    for fingerprint in fingerprints where !keys.contains(where: { $0.has(fingerprint) }) {
      throw Failure(
        .trust,
        "fingerprint",
        "the file has no key with the fingerprint \(fingerprint.text)",
        subject: name,
        hint: "do not pin this file's keys unless you know why they differ",
        details: keys.map { "it has \($0.fingerprint.grouped)" }
      )
    }
    var chosen: [PublicKey] = []
    var leftOut: [(key: PublicKey, reason: String)] = []
    for key in keys {
      let isNamed = fingerprints.contains(where: key.has)
      if !fingerprints.isEmpty && !isNamed && !takesAll {
        leftOut.append((key, "not named"))
      } else if key.isRevoked {
        leftOut.append((key, "revoked"))
      } else if key.isExpired && !takesExpired {
        leftOut.append((key, "expired"))
      } else if let weakness = key.weakness {
        if !takesAll || isNamed { throw weak(key, weakness, name) }
        leftOut.append((key, weakness))
      } else if !key.canSign, !takesExpired || !key.couldSign {
        leftOut.append((key, "it cannot sign"))
      } else {
        chosen.append(key)
      }
    }
    guard !chosen.isEmpty else {
      throw Failure(
        .trust,
        "no-usable-key",
        "no key of the file can be pinned",
        subject: name,
        hint: leftOut.contains { $0.reason == "expired" }
          ? "get the key that counts now; for what an expired key signed before: --allow-expired-key"
          : nil,
        details: leftOut.map { "\($0.key.fingerprint.grouped): \($0.reason)" }
      )
    }
    guard keys.count == 1 || takesAll || !fingerprints.isEmpty else {
      throw Failure(
        .usage,
        "several-keys",
        "the file has \(keys.count) keys",
        subject: name,
        hint: "say --all, or name the ones that you mean with --fingerprint",
        details: keys.map { "\($0.fingerprint.grouped) \($0.label)" }
      )
    }
    return Selection(chosen: chosen, leftOut: leftOut)
  }

  private static func weak(_ key: PublicKey, _ weakness: String, _ name: String) -> Failure {
    Failure(
      .trust,
      "weak-key",
      "the key \(key.fingerprint.grouped) is too weak to be trusted: \(weakness)",
      subject: name,
      hint: "ask its owner for a key of at least RSA 2048, better Ed25519"
    )
  }

  /// Refuses a key whose owner has revoked it: it is never trusted again.
  static func refuseRevoked(_ fingerprint: String, _ depot: Depot) throws(Failure) {
    guard let revoked = try depot.catalogue.revokedKeys().first(where: { $0.key == fingerprint })
    else { return }
    throw Failure(
      .trust,
      "revoked-key",
      "the owner of this key has revoked it (\(revoked.made)): \(revoked.reason)",
      subject: fingerprint,
      hint: "ask its owner for the key that counts now"
    )
  }

  /// Pins the keys of a selection, all or none, for what the scope says.
  ///
  /// - Throws: `usage` when that widens what is pinned already and nobody said why.
  package static func pin(
    _ selection: Selection,
    role: TrustRecord.Role,
    name: String,
    scope: KeyScope = KeyScope(),
    reason: String? = nil,
    depot: Depot,
    now: UTCTime
  ) throws(Failure) {
    try scope.check(for: role)
    for key in selection.chosen { try refuseRevoked(key.fingerprint.text, depot) }
    let lock = try depot.lock(for: "trust add")
    if reason == nil {
      try WidenedPin.refuse(scope, of: selection.chosen, role: role, name: name, in: depot)
    }
    // Before the keys: a vendor's key never counts for more than was said.
    if role == .upstream, !scope.isEmpty {
      let old = try depot.catalogue.vendors().first { $0.name == name }
      try depot.catalogue.record(scope.vendor(name, addingTo: old))
    }
    try depot.catalogue.add(
      selection.chosen.map { key in
        TrustRecord(
          fingerprint: key.fingerprint.text,
          role: role,
          name: name,
          userIDs: key.userIDs.joined(separator: "\n"),
          material: key.material,
          added: now,
          streams: scope.streams,
          mayVouch: scope.mayVouch
        )
      }
    )
    _ = consume lock
  }
}
