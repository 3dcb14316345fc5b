package import Depot
package import OpenPGP
package import SafeIO

/// The key that a depot signs with: its own, or one that the operator has elsewhere.
///
/// Which one it is stands in `<depot>/signing-key`: the fingerprint on the first line, the GnuPG
/// home on the second, empty for the depot's own.
package enum DepotIdentity {
  private static let file = "signing-key"

  /// A key of the operator's: fingerprint and GnuPG home.
  package struct Existing: Sendable {
    package let fingerprint: Fingerprint
    package let home: String

    package init(fingerprint: Fingerprint, home: String) {
      self.fingerprint = fingerprint
      self.home = home
    }
  }

  /// Gives a new depot its key, once; a depot that has one keeps it.
  package static func establish(
    in depot: Depot,
    existing: Existing?
  ) throws(Failure) -> SigningKey {
    let lock = try depot.lock(for: "init")
    let key = try establishLocked(in: depot, existing: existing)
    _ = consume lock
    return key
  }

  private static func establishLocked(
    in depot: Depot,
    existing: Existing?
  ) throws(Failure) -> SigningKey {
    if try depot.root.status(file) != nil {
      let known = try load(from: depot)
      guard existing.map({ $0.fingerprint == known.fingerprint }) ?? true else {
        throw Failure(
          .state,
          "other-key",
          "the depot signs with another key already: \(known.fingerprint.grouped)",
          subject: depot.root.path
        )
      }
      return known
    }
    let key: SigningKey
    if let existing {
      key = SigningKey(home: existing.home, fingerprint: existing.fingerprint)
      _ = try key.publicKey()
    } else {
      // Whatever an interrupted run made here was never shown to anybody.
      let home = try depot.root.directory("gnupg")
      for entry in try home.list() { _ = try home.removeTree(entry.name) }
      let site = depot.configuration.site
      key = try SigningKey.generate(
        home: depot.gnupgPath,
        userID: "aptferry depot \(site)"
      )
      try home.syncFileSystem()
    }
    let text = "\(key.fingerprint.text)\n\(existing?.home ?? "")\n"
    try DurableFile.write(Array(text.utf8), as: file, in: depot.root)
    return key
  }

  /// The key of a depot.
  package static func load(from depot: Depot) throws(Failure) -> SigningKey {
    guard try depot.root.status(file) != nil else {
      throw Failure(
        .state,
        "no-signing-key",
        "the depot has no signing key: making it was interrupted",
        subject: depot.root.path,
        hint: "run the same “aptferry init” again"
      )
    }
    let bytes = try depot.root.contents(of: file, limit: 1 << 14)
    let lines = String(decoding: bytes, as: UTF8.self)
      .split(separator: "\n" as Character, omittingEmptySubsequences: false).map { String($0) }
    guard lines.count == 3, let fingerprint = Fingerprint(lines[0]) else {
      throw Failure(
        .state,
        "signing-key",
        "the file that names the signing key is damaged",
        subject: depot.root.describe(file),
        hint: "put it back from a backup: fingerprint on the first line, GnuPG home on the second"
      )
    }
    let isOwn = lines[1].isEmpty
    return SigningKey(
      home: isOwn ? depot.gnupgPath : lines[1],
      fingerprint: fingerprint,
      isOwn: isOwn
    )
  }
}
