internal import Objects
package import SafeIO

/// Where backups of one depot lie.
///
///     aptferry-backup     whose backup it is, and what it holds
///     lock                held by the backup that writes
///     objects/ab/HASH     content, as in a depot
///     states/000001/      everything else of the depot at one moment; the highest number counts
///     states/.part        a state whose objects have not all been copied
///
/// A state gets its number by a rename when all of its objects are durable: until then the one
/// before stays, with its objects.
package struct BackupPlace {
  static let marker = "aptferry-backup"
  static let states = "states"
  static let part = ".part"
  private static let lockName = "lock"

  /// Whose backup a place holds, and what of it.
  package struct Identity: Hashable, Sendable {
    /// The depot's site.
    package let site: String
    /// The file that names the depot's keys begins with this line when the place is made: two depots
    /// of one name must not share a place.
    package let key: String
    /// Whether all objects are in it, or only those that cannot be fetched or imported again.
    package let hasObjects: Bool

    package init(site: String, key: String, hasObjects: Bool) {
      (self.site, self.key, self.hasObjects) = (site, key, hasObjects)
    }

    var text: String {
      "Format: aptferry-backup 1\nSite: \(site)\nKey: \(key)\n"
        + "Objects: \(hasObjects ? "all" : "least")\n"
    }
  }

  let root: Directory
  let identity: Identity

  var objects: LocalObjects {
    get throws(Failure) { LocalObjects(try part("objects")) }
  }

  /// Where states lie.
  var states: Directory { get throws(Failure) { try part(BackupPlace.states) } }

  /// The directories in which a backup writes, and removes what it needs no more.
  var directories: [Directory] {
    get throws(Failure) { try [root, part("objects"), part(BackupPlace.states)] }
  }

  private func part(_ name: String) throws(Failure) -> Directory {
    guard try root.status(name)?.kind == .directory else {
      throw BackupPlace.damaged(root.describe(name))
    }
    return try root.directory(name)
  }

  /// The refusal of a backup that lacks a part.
  static func damaged(
    _ path: String,
    _ what: String = "lacks a part that it should have",
    hint: String = "use another backup, or put the part back from another one of the same time"
  ) -> Failure {
    Failure(.integrity, "backup-damaged", "the backup \(what)", subject: path, hint: hint)
  }

  /// Opens a place that holds backups.
  package init(opening path: String) throws(Failure) {
    root = try Directory(opening: path)
    guard let found = try BackupPlace.identity(in: root) else {
      throw Failure(
        .state,
        "no-backup",
        "this directory is no backup of a depot: it has no \(BackupPlace.marker)",
        subject: path,
        hint: "name the directory that `aptferry depot backup --to` was given"
      )
    }
    identity = found
  }

  /// Opens a place for another backup of the depot, or makes it in an absent or empty directory.
  init(creating path: String, for identity: Identity) throws(Failure) {
    root = try Directory(creating: path)
    // Before anything is made here: what has the lock's name may be a file of the depot.
    try FileLock.requireOwn(BackupPlace.lockName, in: root)
    self.identity = identity
    guard let present = try BackupPlace.identity(in: root) else {
      let ours: Set<String> = [
        BackupPlace.lockName, BackupPlace.states, "objects", BackupPlace.marker + ".part",
      ]
      let foreign = try root.list().map(\.name).filter { !ours.contains($0) }
      guard foreign.isEmpty else { throw BackupPlace.foreign(root.path, foreign) }
      // The keys and the audit log are in it.
      try root.setMode(0o700)
      _ = try root.makeDirectory("objects", mode: 0o700)
      _ = try root.makeDirectory(BackupPlace.states, mode: 0o700)
      try root.syncFileSystem()
      try DurableFile.write(
        Array(identity.text.utf8),
        as: BackupPlace.marker,
        in: root,
        mode: 0o600
      )
      return
    }
    guard present == identity else {
      throw Failure(
        .state,
        "other-backup",
        present.site == identity.site && present.key == identity.key
          ? "the backups here are made \(present.hasObjects ? "with" : "without") all objects"
          : "this is the backup of another depot (site \(Escaped.line(present.site, limit: 60)))",
        subject: path,
        hint: "give each depot a directory of its own, and another one for --without-objects"
      )
    }
  }

  private static func foreign(_ path: String, _ names: [String]) -> Failure {
    Failure(
      .state,
      "not-empty",
      "this directory has other things in it",
      subject: path,
      hint: "choose a new or empty directory, or one with earlier backups of this depot",
      details: names
    )
  }

  private static func identity(in root: Directory) throws(Failure) -> Identity? {
    guard try root.status(marker) != nil else { return nil }
    let text = String(decoding: try root.contents(of: marker, limit: 1 << 12), as: UTF8.self)
    var fields: [String: String] = [:]
    for line in text.split(separator: "\n") {
      guard let colon = line.firstIndex(of: ":") else { continue }
      fields[String(line[..<colon])] = String(line[line.index(after: colon)...].dropFirst())
    }
    guard fields["Format"] == "aptferry-backup 1", let site = fields["Site"],
      let key = fields["Key"], let objects = fields["Objects"], ["all", "least"].contains(objects)
    else {
      throw Failure(
        .state,
        "backup-format",
        "this backup has a format that this program does not know, or its marker is damaged",
        subject: root.describe(marker),
        hint: "use the program that wrote it, or a newer one"
      )
    }
    return Identity(site: site, key: key, hasObjects: objects == "all")
  }

  /// Holds the place for the one backup that writes to it.
  func lock(for command: String) throws(Failure) -> FileLock {
    try FileLock(BackupPlace.lockName, in: root, holder: LockHolder.text(command: command))
  }

  /// The numbers of the complete states, ascending; what has another name is nobody's.
  func numbers() throws(Failure) -> [UInt64] {
    try states.list().compactMap { entry in
      UInt64(entry.name).flatMap { BackupPlace.name($0) == entry.name ? $0 : nil }
    }.sorted()
  }

  /// The number of the next state.
  func nextNumber() throws(Failure) -> UInt64 {
    let last = try numbers().last ?? 0
    let (next, overflow) = last.addingReportingOverflow(1)
    guard !overflow else {
      throw BackupPlace.damaged(
        try states.describe(BackupPlace.name(last)),
        "has a state with the highest number of all, which no backup gives"
      )
    }
    return next
  }

  /// The directory of a complete state.
  func state(_ number: UInt64) throws(Failure) -> Directory {
    let (states, name) = (try states, BackupPlace.name(number))
    guard try states.status(name)?.kind == .directory else {
      throw BackupPlace.damaged(states.describe(name))
    }
    return try states.directory(name)
  }

  static func name(_ number: UInt64) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, 6 - digits.utf8.count)) + digits
  }
}
