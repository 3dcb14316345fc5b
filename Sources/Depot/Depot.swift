package import Objects
package import SafeIO

/// Everything that one site keeps, in one directory.
///
///     depot.conf          what the operator settled
///     lock                held by the one command that writes
///     import.lock         held by the import that takes media in
///     mirror-NAME.lock    held by the update of that mirror
///     target-NAME.lock    held by whoever puts something to that target
///     backup.lock         held by a backup, and by gc
///     audit.log           what was done, by whom, and how it ended
///     audit.lock          held by the one that appends to it, and by all whose outcome lacks
///     catalogue.sqlite    snapshots, trust, ledger, publications
///     catalogue.mark      how this program left the catalogue: a hint
///     reserve             room for the commands that give room back; nothing is in it
///     tokens              what programs may show to the server
///     gnupg/              the depot's own signing key
///     objects/ab/HASH     content, written once, read-only
///     incoming/NAME/      objects of an import, freeze or mirror update that is not finished
///     public/             publications, unless the configuration puts them elsewhere
package final class Depot: Sendable {
  /// The directory.
  package let root: Directory
  /// What the operator settled.
  package let configuration: DepotConfiguration
  /// The content.
  package let objects: any ObjectStore
  /// What is on its way to the content.
  package let incoming: Stagings
  /// The record of everything else.
  package let catalogue: Catalogue
  /// How long a command waits for a lock that another one has, in seconds.
  package let patience: Double

  /// How long at least who has worked for hours waits for the depot's lock, in seconds.
  package static let commitPatience: Double = 600

  private init(
    root: Directory,
    configuration: DepotConfiguration,
    objects: any ObjectStore,
    incoming: Stagings,
    catalogue: Catalogue,
    patience: Double
  ) {
    self.patience = patience
    self.root = root
    self.configuration = configuration
    self.objects = objects
    self.incoming = incoming
    self.catalogue = catalogue
  }

  static let lockName = "lock"
  /// The file that names the key that the depot signs with; Trust reads and writes it.
  package static let signingKeyName = "signing-key"
  static let importLockName = "import.lock"

  static func lockName(of mirror: MirrorRecord) -> String { "mirror-\(mirror.name).lock" }

  /// Where the depot's own signing key lives, as a path for gpg.
  package var gnupgPath: String { root.describe("gnupg") }

  /// Where publications lie, as a path for messages.
  package var publicPath: String { configuration.publicDirectory ?? root.describe("public") }

  /// The directory that is served: nothing but publications is in it.
  package func publicDirectory() throws(Failure) -> Directory {
    guard let path = configuration.publicDirectory else { return try root.directory("public") }
    let directory = try Directory(opening: path)
    try Depot.refuseWorldWritable(try directory.status(), path)
    return directory
  }

  /// Free space for what comes in, in bytes, and free inodes (nil where nobody counts them): the
  /// least of where it arrives and where it stays.
  package func freeSpace() throws(Failure) -> (bytes: UInt64, inodes: UInt64?) {
    let here = try incoming.freeSpace()
    guard let there = try objects.space?.freeSpace() else { return here }
    return (
      min(here.bytes, there.bytes),
      here.inodes.map { min($0, there.inodes ?? .max) } ?? there.inodes
    )
  }

  /// The record of what was done here.
  package var audit: AuditLog { AuditLog(in: root) }

  /// Takes the lock that a command needs to change anything; told who has it when it is taken.
  ///
  /// It is waited for as long as the caller has patience, and at least for so many seconds.
  package func lock(
    for command: String,
    within seconds: Double = 0
  ) throws(Failure) -> FileLock {
    try Depot.lock(root, for: command, within: max(seconds, patience))
  }

  /// Holds the lock that a command needs to change anything, for as long as `body` runs.
  package func locked<Result>(
    for command: String,
    within seconds: Double = 0,
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let lock = try lock(for: command, within: seconds)
    let result = try body()
    _ = consume lock
    return result
  }

  /// Takes the lock of one mirror, for as long as its update fetches: the depot's own lock is
  /// needed only for the moment in which its state changes.
  package func lock(mirror: MirrorRecord, for command: String) throws(Failure) -> FileLock {
    try FileLock(
      Depot.lockName(of: mirror),
      in: root,
      holder: LockHolder.text(command: command),
      within: patience
    )
  }

  /// Removes the file of a mirror's lock, which must be held; the mirror has gone.
  package func removeLock(ofMirror mirror: MirrorRecord) throws(Failure) {
    _ = try root.removeFile(Depot.lockName(of: mirror))
  }

  /// Takes the lock of imports, for as long as media are read: the depot's own lock is needed only for
  /// the moment in which what came in is recorded.
  package func importLock(for command: String) throws(Failure) -> FileLock {
    try FileLock(
      Depot.importLockName,
      in: root,
      holder: LockHolder.text(command: command),
      within: patience
    )
  }

  static func lock(
    _ root: Directory,
    for command: String,
    within seconds: Double = 0
  ) throws(Failure) -> FileLock {
    try FileLock(
      Depot.lockName,
      in: root,
      holder: LockHolder.text(command: command),
      within: seconds
    )
  }

  /// Opens a depot; what is missing, damaged or newer is refused and never made anew.
  ///
  /// Its content lies in its own directory, unless another store is given. `patience` is for how many
  /// seconds its locks are waited for.
  /// With `isReading` a catalogue of an earlier version stays what it is on disk. `upgrading` is told
  /// of the version before anything is done about it.
  package static func open(
    at path: String,
    over store: (any ObjectStore)? = nil,
    isReading: Bool = false,
    patience: Double = 0,
    upgrading: (_ version: Int64) -> Void = { _ in }
  ) throws(Failure) -> Depot {
    let root = try Directory(opening: path)
    try DepotRestore.refuseUnfinished(root)
    return try open(
      root,
      path,
      over: store,
      isReading: isReading,
      patience: patience,
      upgrading: upgrading
    )
  }

  /// A catalogue with its configuration in a directory that is no depot, over the content of one.
  static func reading(
    _ root: Directory,
    objects: any ObjectStore,
    incoming: Stagings
  ) throws(Failure) -> Depot {
    Depot(
      root: root,
      configuration: try readConfiguration(in: root),
      objects: objects,
      incoming: incoming,
      catalogue: try Catalogue(opening: root, objects: objects, isReading: true),
      patience: 0
    )
  }

  static func open(
    _ root: Directory,
    _ path: String,
    over store: (any ObjectStore)? = nil,
    isReading: Bool = false,
    isLocked: Bool = false,
    patience: Double = 0,
    upgrading: (_ version: Int64) -> Void = { _ in }
  ) throws(Failure) -> Depot {
    guard try root.status(DepotConfiguration.fileName) != nil else {
      throw Failure(
        .state,
        "no-depot",
        "this directory is not a depot: it has no \(DepotConfiguration.fileName)",
        subject: path,
        hint: "name the depot with --depot, or make one with: aptferry init --depot DIR"
      )
    }
    try refuseWorldWritable(try root.status(), path)
    let configuration = try readConfiguration(in: root)
    for name in ["objects", "incoming", "gnupg", "public"] {
      guard let status = try root.status(name), status.kind == .directory else { continue }
      try refuseWorldWritable(status, root.describe(name))
    }
    for name in ["objects", "incoming"]
    where try root.status(name)?.kind != .directory {
      throw Failure(
        .state,
        "incomplete-depot",
        "the depot lacks its directory \(name)",
        subject: path,
        hint: "put the depot back from a backup"
      )
    }
    let objects: any ObjectStore
    if let store { objects = store } else { objects = LocalObjects(try root.directory("objects")) }
    return Depot(
      root: root,
      configuration: configuration,
      objects: objects,
      incoming: Stagings(try root.directory("incoming"), into: objects),
      catalogue: try Catalogue(
        opening: root,
        objects: objects,
        isReading: isReading,
        isLocked: isLocked,
        patience: patience,
        upgrading: upgrading
      ),
      patience: patience
    )
  }

  /// Where everybody may write, anybody can put other content, keys and links in place of ours.
  static func refuseWorldWritable(
    _ status: FileStatus,
    _ path: String
  ) throws(Failure) {
    guard status.mode & 0o002 != 0 else { return }
    throw Failure(
      .configuration,
      "world-writable",
      "everybody may write to this directory",
      subject: path,
      hint: "find out what was changed in it, then: chmod o-w \(path)"
    )
  }

  static func readConfiguration(in root: Directory) throws(Failure) -> DepotConfiguration {
    let name = DepotConfiguration.fileName
    let bytes = try root.contents(of: name, limit: 1 << 16)
    return try DepotConfiguration(reading: bytes, name: root.describe(name))
  }
}
