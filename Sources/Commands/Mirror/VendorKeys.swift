internal import DebianRepository
internal import Depot
internal import OpenPGP
internal import SafeIO
internal import Transfer

/// The vendor's keys that a new mirror gets: from the command line, else from a sources file's
/// Signed-By.
enum VendorKeys {
  /// The records to be pinned; each key is told to `note`.
  static func pinned(
    for mirror: MirrorRecord,
    _ source: SourcesEntry,
    _ keyrings: [String],
    now: UTCTime,
    note: (String) -> Void
  ) throws(Failure) -> [TrustRecord] {
    var chosen: [PublicKey] = []
    for (name, bytes, fingerprints) in try files(source, keyrings) {
      let keys = try KeyFile.read(bytes, name: name, now: now)
      let selection = try PinnedKeys.select(
        from: keys,
        fingerprints: fingerprints,
        takesAll: fingerprints.isEmpty,
        name: name
      )
      for key in selection.chosen
      where !chosen.contains(where: { $0.fingerprint == key.fingerprint }) {
        note(
          "key for \(mirror.name): \(key.fingerprint.grouped) \(key.algorithm) "
            + (key.userIDs.first ?? "(no user id)")
        )
        chosen.append(key)
      }
      for (key, reason) in selection.leftOut {
        note("left out (\(reason)): \(key.fingerprint.grouped) \(key.userIDs.first ?? "")")
      }
    }
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

  private typealias Keyring = (name: String, bytes: [UInt8], fingerprints: [Fingerprint])

  private static func files(
    _ source: SourcesEntry,
    _ keyrings: [String]
  ) throws(Failure) -> [Keyring] {
    guard keyrings.isEmpty else {
      return try keyrings.map { (path) throws(Failure) in
        (path, try NamedFile.read(path, limit: KeyFile.sizeLimit), [])
      }
    }
    switch source.signedBy {
    case .unstated: return []
    case .embedded(let text): return [("Signed-By of \(source.uri)", Array(text.utf8), [])]
    case .files(let paths, let fingerprints):
      guard !paths.isEmpty else {
        throw Failure(
          .trust,
          "no-keyring",
          "the sources file names keys by fingerprint only, not the file that has them",
          subject: source.uri,
          hint: "name the file: --keyring FILE",
          details: fingerprints
        )
      }
      let named = fingerprints.compactMap { Fingerprint(human: $0) }
      return try paths.map { (path) throws(Failure) in
        (path, try NamedFile.read(path, limit: KeyFile.sizeLimit), named)
      }
    }
  }
}
