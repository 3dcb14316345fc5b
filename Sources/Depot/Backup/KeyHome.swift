internal import SafeIO

/// What of a depot's own GnuPG home a backup has: keys, and nothing that tells gpg what to do.
///
/// `gpg.conf` and `gpg-agent.conf` name programs, and the next signature runs them. So neither is
/// taken out of a depot, nor out of a backup, to which others may have written: a restored depot
/// gets the `gpg.conf` that a new one has.
struct KeyHome {
  /// Where it lies, in a depot as in a state.
  static let name = "gnupg"

  /// Files of public keys, and of what gpg thinks of them.
  private static let keyrings: Set<String> = ["pubring.kbx", "pubring.gpg", "trustdb.gpg"]
  /// Directories of secret keys and of revocations, with how the names in them end.
  private static let endings = ["openpgp-revocs.d": ".rev", "private-keys-v1.d": ".key"]
  /// What gpg leaves behind and makes anew.
  private static let leftovers: Set<String> = ["pubring.kbx~", "pubring.gpg~", "random_seed"]
  private static let configuration = "gpg.conf"

  /// What gpg is told in a depot's own home, word for word as OpenPGP tells it when it makes the
  /// key: a test compares the two.
  private static let settings = """
    no-greeting
    disable-dirmngr
    no-auto-key-retrieve
    no-auto-key-locate
    no-auto-check-trustdb
    personal-digest-preferences SHA512 SHA384 SHA256
    cert-digest-algo SHA512

    """

  private var home: Directory?
  private var files: [String] = []
  private var directories: [(name: String, files: [String])] = []
  /// What people put there, and is not taken: as it is called in the depot.
  private(set) var leftOut: [String] = []

  /// Looks at the home of a depot, or of a state.
  ///
  /// - Parameters:
  ///   - root: the depot or the state.
  ///   - isState: whether it lies in a backup, which has files and directories alone; in a depot that is used
  ///     there are the sockets of gpg's agent too.
  /// - Throws: `integrity` for what no backup has.
  init(in root: Directory, isState: Bool) throws(Failure) {
    guard let status = try root.status(KeyHome.name) else { return }
    guard status.kind == .directory else {
      leftOut.append(KeyHome.name)
      return
    }
    let present = try root.directory(KeyHome.name)
    home = present
    if isState { try BackupFiles.requirePlain(present) }
    for entry in try present.list() {
      if entry.kind == .directory, let ending = KeyHome.endings[entry.name] {
        try takeDirectory(entry.name, ending, of: present, isState: isState)
      } else if entry.kind == .regular, KeyHome.keyrings.contains(entry.name) {
        files.append(entry.name)
      } else if KeyHome.isOfPeople(entry), try !KeyHome.isOurs(entry.name, in: present) {
        leftOut.append("\(KeyHome.name)/\(entry.name)")
      }
    }
  }

  private mutating func takeDirectory(
    _ name: String,
    _ ending: String,
    of present: Directory,
    isState: Bool
  ) throws(Failure) {
    let directory = try present.directory(name)
    if isState { try BackupFiles.requirePlain(directory) }
    var keys: [String] = []
    for entry in try directory.list() {
      if entry.kind == .regular, entry.name.hasSuffix(ending) {
        keys.append(entry.name)
      } else if KeyHome.isOfPeople(entry) {
        leftOut.append("\(KeyHome.name)/\(name)/\(entry.name)")
      }
    }
    directories.append((name: name, files: keys))
  }

  /// Whether somebody may miss it; gpg makes its sockets, locks and copies anew.
  private static func isOfPeople(_ entry: Directory.Entry) -> Bool {
    entry.kind != .other && BackupFiles.isKept(entry.name) && !leftovers.contains(entry.name)
  }

  /// Whether it is the `gpg.conf` that we wrote, and nobody changed.
  private static func isOurs(_ name: String, in home: Directory) throws(Failure) -> Bool {
    let ours = Array(settings.utf8)
    guard name == configuration, try home.sizeOfOwnFile(name) == UInt64(ours.count) else {
      return false
    }
    return try home.contents(of: name, limit: ours.count) == ours
  }

  /// Copies the keys into a depot, or into a state.
  func copy(to root: Directory) throws(Failure) {
    _ = try root.makeDirectory(KeyHome.name, mode: 0o700)
    guard let home else { return }
    let copy = try root.directory(KeyHome.name)
    for file in files { try BackupFiles.copy(file, from: home, to: copy) }
    for (name, keys) in directories {
      _ = try copy.makeDirectory(name, mode: 0o700)
      let source = try home.directory(name)
      let target = try copy.directory(name)
      for key in keys { try BackupFiles.copy(key, from: source, to: target) }
    }
  }

  /// Tells the gpg of a depot's own home what `init` tells it, and nothing else.
  static func writeSettings(in root: Directory) throws(Failure) {
    let home = try root.directory(name)
    try DurableFile.write(Array(settings.utf8), as: configuration, in: home, mode: 0o600)
  }
}

extension KeyHome {
  /// Refuses a state whose signing key has its home in the backup: whoever wrote there would say what
  /// gpg runs at the next signature.
  ///
  /// The home of the depot's key is the second line of the file that names it; those of earlier keys
  /// end the other lines, behind fingerprint and time.
  static func refuseOthers(inside backup: BackupPlace, of state: BackupState) throws(Failure) {
    let bytes = try state.directory.contents(of: Depot.signingKeyName, limit: 1 << 14)
    let lines = String(decoding: bytes, as: UTF8.self)
      .split(separator: "\n" as Character, omittingEmptySubsequences: false).dropFirst()
    var homes = lines.prefix(1).map { String($0) }
    for line in lines.dropFirst() {
      let words = line.split(
        separator: " " as Character,
        maxSplits: 2,
        omittingEmptySubsequences: false
      )
      if words.count == 3 { homes.append(String(words[2])) }
    }
    for home in homes where !home.isEmpty {
      guard home.hasPrefix("/"), try !isInside(home, backup.root) else {
        throw BackupPlace.damaged(
          state.directory.describe(Depot.signingKeyName),
          "has the depot sign in a GnuPG home that no depot has: \(Escaped.line(home, limit: 200))"
        )
      }
    }
  }

  private static func isInside(_ home: String, _ backup: Directory) throws(Failure) -> Bool {
    do throws(Failure) {
      return try Directory(nearest: home).isWithin(backup)
    } catch  where error.name == .permission || error.name == .noDirectory {
      // gpg cannot sign there either.
      return false
    }
  }
}
