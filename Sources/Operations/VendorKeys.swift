internal import DebianRepository
internal import Depot
internal import Mirroring
internal import OpenPGP
internal import SafeIO
internal import Trust

/// The vendor's keys that a new mirror gets: from the command line, else from a sources file's
/// Signed-By.
enum VendorKeys {
  /// The records to be pinned; each key is told to `note`.
  ///
  /// Fingerprints that a sources file names narrow the choice, from whatever file the keys come.
  static func pinned(
    for mirror: MirrorRecord,
    _ source: SourcesEntry,
    _ keyrings: [String],
    aptConfig: String?,
    takesExpired: Bool = false,
    now: UTCTime,
    note: (String) -> Void
  ) throws(Failure) -> [TrustRecord] {
    var fingerprints: [Fingerprint] = []
    if case .files(_, let named) = source.signedBy {
      fingerprints = named.compactMap { Fingerprint(human: $0) }
    }
    let rings = try files(source, keyrings, aptConfig)
    guard !rings.isEmpty else { return [] }
    var keys: [PublicKey] = []
    for (name, bytes) in rings {
      for key in try KeyFile.read(bytes, name: name, now: now)
      where !keys.contains(where: { $0.fingerprint == key.fingerprint }) {
        keys.append(key)
      }
    }
    // As for apt: one of the keys that Signed-By names is enough.
    let here = fingerprints.filter { one in keys.contains { $0.has(one) } }
    for one in fingerprints where !here.isEmpty && !here.contains(one) {
      note("Signed-By names a key that is not here: \(one.grouped)")
    }
    let selection = try PinnedKeys.select(
      from: keys,
      fingerprints: here.isEmpty ? fingerprints : here,
      takesAll: fingerprints.isEmpty,
      takesExpired: takesExpired,
      name: rings.map(\.name).joined(separator: ", ")
    )
    for key in selection.chosen {
      note(
        "key for \(mirror.name): \(key.fingerprint.grouped) \(key.algorithm) "
          + (key.userIDs.first ?? "(no user id)")
      )
    }
    for (key, reason) in selection.leftOut {
      note("left out (\(reason)): \(key.fingerprint.grouped) \(key.userIDs.first ?? "")")
    }
    let chosen = selection.chosen
    return chosen.map { key in
      TrustRecord(
        fingerprint: key.fingerprint.text,
        role: .upstream,
        name: mirror.trustName,
        userIDs: key.userIDs.joined(separator: "\n"),
        material: key.material,
        added: now
      )
    }
  }

  private typealias Keyring = (name: String, bytes: [UInt8])

  private static func files(
    _ source: SourcesEntry,
    _ keyrings: [String],
    _ aptConfig: String?
  ) throws(Failure) -> [Keyring] {
    guard keyrings.isEmpty else { return try read(keyrings) }
    switch source.signedBy {
    case .unstated: return []
    case .embedded(let text): return [("Signed-By of \(source.uri)", Array(text.utf8))]
    case .files(let paths, _) where !paths.isEmpty: return try read(paths)
    case .files(_, let fingerprints):
      // As apt: fingerprints alone are those of keys that it trusts in general.
      let trusted = try TrustedKeyrings.paths(aptConfig: aptConfig)
      guard !trusted.isEmpty else {
        throw Failure(
          .trust,
          "no-keyring",
          "the sources file names keys by fingerprint only, and apt has no keyring of its own",
          subject: source.uri,
          hint: "name the file that has them: --keyring FILE",
          details: fingerprints
        )
      }
      return try read(trusted)
    }
  }

  private static func read(_ paths: [String]) throws(Failure) -> [Keyring] {
    try paths.map { (path) throws(Failure) in
      (path, try NamedFile.read(path, limit: KeyFile.sizeLimit))
    }
  }
}
