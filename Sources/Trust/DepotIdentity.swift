package import Depot
package import OpenPGP
package import SafeIO

/// The key that a depot signs with: its own, or one that the operator has elsewhere.
///
/// Which one it is stands in `<depot>/signing-key`: the fingerprint on the first line, the GnuPG
/// home on the second, empty for the depot's own. Keys that came before follow, the newest first, one
/// a line: fingerprint, until when it signs beside the first, home.
package enum DepotIdentity {
  private static let file = Depot.signingKeyName

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

  /// The key that a depot signs with.
  package static func load(from depot: Depot) throws(Failure) -> SigningKey {
    try read(depot).current
  }

  /// The keys that a depot signs with now: its key, and for a while those before it.
  package static func keys(of depot: Depot, now: UTCTime) throws(Failure) -> OwnKeys {
    let known = try read(depot)
    let revoked = Set(try depot.catalogue.revokedKeys().map(\.key))
    let live = known.earlier.filter { $0.until > now && !revoked.contains($0.key.fingerprint.text) }
    return OwnKeys(
      current: known.current,
      earlier: live.map(\.key),
      fingerprints: known.allFingerprints
    )
  }

  /// A key that came before, and until when it signs beside.
  package struct EarlierKey: Sendable {
    package let key: SigningKey
    package let until: UTCTime
  }

  /// All keys that a depot has had.
  package struct Known: Sendable {
    package let current: SigningKey
    /// Newest first.
    package let earlier: [EarlierKey]

    /// Their fingerprints.
    package var allFingerprints: [String] {
      ([current] + earlier.map(\.key)).map(\.fingerprint.text)
    }
  }

  /// Reads which keys a depot has, and has had.
  ///
  /// - Throws: `state` when making the key was interrupted, or the file is damaged.
  package static func read(_ depot: Depot) throws(Failure) -> Known { try read(in: depot.root) }

  private static func read(in root: Directory) throws(Failure) -> Known {
    guard try root.status(file) != nil else {
      throw Failure(
        .state,
        "no-signing-key",
        "the depot has no signing key: making it was interrupted",
        subject: root.path,
        hint: "run the same “aptferry init” again"
      )
    }
    let bytes = try root.contents(of: file, limit: 1 << 14)
    let lines = String(decoding: bytes, as: UTF8.self)
      .split(separator: "\n" as Character, omittingEmptySubsequences: false).map { String($0) }
    guard lines.count >= 3, lines.last == "", let fingerprint = Fingerprint(lines[0]) else {
      throw damaged(root)
    }
    func key(_ fingerprint: Fingerprint, _ home: String) -> SigningKey {
      SigningKey(
        home: home.isEmpty ? root.describe("gnupg") : home,
        fingerprint: fingerprint,
        isOwn: home.isEmpty
      )
    }
    var earlier: [EarlierKey] = []
    for line in lines[2...].dropLast() {
      let words = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
      guard words.count == 3, let fingerprint = Fingerprint(String(words[0])),
        let until = UTCTime(rfc3339: String(words[1]))
      else { throw damaged(root) }
      earlier.append(EarlierKey(key: key(fingerprint, String(words[2])), until: until))
    }
    return Known(current: key(fingerprint, lines[1]), earlier: earlier)
  }

  private static func damaged(_ root: Directory) -> Failure {
    Failure(
      .state,
      "signing-key",
      "the file that names the signing key is damaged",
      subject: root.describe(file),
      hint: "put it back from a backup: fingerprint on the first line, GnuPG home on the second"
    )
  }

  /// Refuses when the directory of a depot lacks a secret key that the depot signs with and that
  /// should be in it.
  ///
  /// - Throws: what is wrong with the key, or with the file that names it.
  package static func requireSecretKeys(in root: Directory, now: UTCTime) throws(Failure) {
    let known = try read(in: root)
    let live = [known.current] + known.earlier.filter { $0.until > now }.map(\.key)
    for key in live where key.home == root.describe("gnupg") { try key.requireSecret() }
  }

  /// Puts another key in the place of the depot's, which signs beside it until a time.
  static func succeed(
    _ known: Known,
    by key: SigningKey,
    until: UTCTime,
    in depot: Depot
  ) throws(Failure) {
    func home(_ key: SigningKey) -> String { key.home == depot.gnupgPath ? "" : key.home }
    let earlier = [EarlierKey(key: known.current, until: until)] + known.earlier
    var text = "\(key.fingerprint.text)\n\(home(key))\n"
    for one in earlier {
      text += "\(one.key.fingerprint.text) \(one.until.rfc3339) \(home(one.key))\n"
    }
    try DurableFile.write(Array(text.utf8), as: file, in: depot.root)
  }
}
