package import Depot
package import OpenPGP
package import SafeIO

/// Which keys may sign what comes into a repository of this site.
package enum UploadKeys {
  /// The keys that are pinned for uploads to this repository, or to any.
  package static func read(of repo: RepoRecord, _ depot: Depot) throws(Failure) -> [PublicKey] {
    let keys = try PinnedKeys.read(
      try depot.catalogue.trust(role: .uploader, name: repo.name),
      depot
    )
    guard keys.isEmpty else { return keys }
    throw Failure(
      .trust,
      "no-upload-key",
      "the repository takes signed uploads only, and no key is pinned for it",
      subject: repo.name,
      hint:
        "pin the uploader's key: aptferry repo edit \(repo.name) --keyring FILE, or aptferry trust "
        + "add FILE --role uploader --name \(repo.name)"
    )
  }

  /// The records of the keys of some files, to be pinned for a repository.
  ///
  /// - Throws: `trust` for a file without a key that can be pinned.
  package static func records(
    of files: [(name: String, bytes: [UInt8])],
    repo: String,
    _ depot: Depot,
    now: UTCTime
  ) throws(Failure) -> [TrustRecord] {
    var records: [TrustRecord] = []
    for (name, bytes) in files {
      let keys = try KeyFile.read(bytes, name: name, now: now)
      let selection = try PinnedKeys.select(
        from: keys,
        fingerprints: [],
        takesAll: true,
        name: name
      )
      for key in selection.chosen
      where !records.contains(where: { $0.fingerprint == key.fingerprint.text }) {
        try PinnedKeys.refuseRevoked(key.fingerprint.text, depot)
        records.append(
          TrustRecord(
            fingerprint: key.fingerprint.text,
            role: .uploader,
            name: repo,
            userIDs: key.userIDs.joined(separator: "\n"),
            material: key.material,
            added: now
          )
        )
      }
    }
    return records
  }
}
