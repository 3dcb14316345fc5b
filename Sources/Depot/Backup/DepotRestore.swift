internal import Objects
package import SafeIO

/// What a restore brought back.
package struct RestoredDepot: Sendable {
  /// The depot, as the backup had it.
  package let depot: Depot
  /// When the backup was taken.
  package let taken: UTCTime
  /// How many objects came from the backup or from a tree, each hashed.
  package let objects: UInt64
  /// How many of them a tree had.
  package let repaired: UInt64
  /// Objects that something needs and that are nowhere.
  package let missing: [SHA256Digest]
  /// What the chain of the audit log has against it; empty when it is whole.
  package let auditFindings: [String]
  /// The streams whose sequences go on further ahead.
  package let raised: [RaisedFloor]
  /// How the trees lay, in the words of Publishing.
  package let trees: String
}

/// A stream whose next bundle gets a sequence that none since the backup can have.
package struct RaisedFloor: Hashable, Sendable {
  /// The stream.
  package let stream: String
  /// The last sequence that the backup knows.
  package let last: UInt64
  /// The sequence behind which the stream goes on.
  package let floor: UInt64
}

/// `depot restore`: a backup into a new directory.
///
/// Until the end a marker is in the directory, and it is no depot for any other command; killed
/// anywhere, the same command goes on.
package enum DepotRestore {
  /// The file that says that a restore has not come to its end.
  package static let marker = "restoring"
  /// How far ahead sequences go on: nobody makes so many bundles between two backups.
  private static let ahead: UInt64 = 1000

  /// Brings everything back but the trees of publications.
  package static func run(
    from place: BackupPlace,
    to path: String,
    publicDirectory: String?,
    repairingFrom tree: String?,
    isIncomplete: Bool,
    progress: ProgressSink?
  ) throws(Failure) -> RestoredDepot {
    guard let number = try place.numbers().last else {
      throw Failure(
        .state,
        "no-backup",
        "no backup here is complete",
        subject: place.root.path,
        hint: "run the same `aptferry depot backup` again, when the depot is still there"
      )
    }
    let state = try BackupState(opening: try place.state(number))
    let taken = try state.taken
    let configuration = try configuration(of: state, publicDirectory)
    try refusePublic(configuration, at: path)
    let root = try makeRoot(path, of: place)
    let lock = try Depot.lock(root, for: "depot restore")
    try prepare(root, state, configuration)
    let objects = LocalObjects(try root.directory("objects"))
    let incoming = Stagings(try root.directory("incoming"), into: objects)
    let backup = try place.objects
    let source = try tree.map { (tree) throws(Failure) in
      try RepairSource(try Directory(opening: tree))
    }
    // Lists first, wherever they are whole: what a damaged one names nobody could say.
    var lists = Intake(from: backup, to: objects, source)
    let saved = try Depot.reading(state.directory, objects: backup, incoming: incoming)
    try lists.take(try BackupNeeds.lists(of: saved), nil)
    var intake = Intake(from: backup, to: objects, source)
    let coming = try Depot.reading(state.directory, objects: objects, incoming: incoming)
    try intake.take(try BackupNeeds(of: coming, hasObjects: true).objects, progress)
    intake.missing += lists.missing.filter { !intake.missing.contains($0) }
    if place.identity.hasObjects && !isIncomplete { try intake.requireWhole(place) }
    try objects.sync()
    try root.syncFileSystem()
    let audit = try AuditLog(in: root).verify()
    try DurableFile.write(Array(configuration.text.utf8), as: DepotConfiguration.fileName, in: root)
    let depot = try Depot.open(root, path)
    let raised = try depot.catalogue.settleRestored(ahead: ahead)
    _ = consume lock
    return RestoredDepot(
      depot: depot,
      taken: taken,
      objects: intake.count,
      repaired: intake.repaired,
      missing: intake.missing,
      auditFindings: audit.findings.map(\.text),
      raised: raised,
      trees: String(
        decoding: try state.directory.contents(of: BackupState.trees, limit: 1 << 24),
        as: UTF8.self
      )
    )
  }

  /// Makes the directory a depot for all commands.
  package static func finish(_ depot: Depot) throws(Failure) {
    try depot.root.syncFileSystem()
    _ = try depot.root.removeFile(marker)
    try depot.root.sync()
  }

  /// Half of a depot would lose its publications to the first command that finds no trees.
  static func refuseUnfinished(_ root: Directory) throws(Failure) {
    guard try root.status(marker) != nil else { return }
    throw Failure(
      .state,
      "restore-unfinished",
      "a restore of this depot did not come to its end",
      subject: root.path,
      hint: "run the same `aptferry depot restore` again"
    )
  }

  private static func configuration(
    of state: BackupState,
    _ publicDirectory: String?
  ) throws(Failure) -> DepotConfiguration {
    let saved = try Depot.readConfiguration(in: state.directory)
    guard let publicDirectory else { return saved }
    return try DepotConfiguration(
      site: saved.site,
      publicDirectory: publicDirectory,
      upstream: saved.upstream
    )
  }

  /// Another depot may publish there, or this one before it was lost: its trees are not ours.
  private static func refusePublic(
    _ configuration: DepotConfiguration,
    at path: String
  ) throws(Failure) {
    guard let elsewhere = configuration.publicDirectory else { return }
    let directory = try Directory(creating: elsewhere)
    // Of a restore that goes on, the trees are its own.
    if try Directory(creating: path).status(marker) != nil { return }
    guard try !directory.list().isEmpty else { return }
    throw Failure(
      .state,
      "public-directory",
      "the public directory of the depot has something in it",
      subject: elsewhere,
      hint: "move it away, or name another one with --public DIR"
    )
  }

  private static func makeRoot(_ path: String, of place: BackupPlace) throws(Failure) -> Directory {
    let root = try Directory(creating: path)
    let isInside = try root.isWithin(place.root)
    let isAround = try place.root.isWithin(root)
    if isInside || isAround {
      throw Failure(
        .usage,
        "inside-backup",
        "the depot and its backup cannot lie within each other",
        subject: path
      )
    }
    let names = try root.list().map(\.name)
    let mark = Array("\(place.root.path)\n".utf8)
    if names.contains(marker) {
      guard try root.contents(of: marker, limit: 1 << 13) == mark else {
        throw Failure(
          .state,
          "restore-unfinished",
          "another restore of this depot did not come to its end",
          subject: root.path,
          hint: "run that one again, or remove the directory"
        )
      }
      return root
    }
    guard names.isEmpty else {
      throw Failure(
        .state,
        names.contains(DepotConfiguration.fileName) ? "depot-exists" : "not-empty",
        "a depot is only restored into an absent or empty directory",
        subject: path,
        hint: "name a new directory; the damaged depot may be needed to see what it had since"
      )
    }
    try root.setMode(0o755)
    try DurableFile.write(mark, as: marker, in: root, mode: 0o600)
    return root
  }

  /// Brings back everything but objects; what an interrupted run left of it is replaced.
  private static func prepare(
    _ root: Directory,
    _ state: BackupState,
    _ configuration: DepotConfiguration
  ) throws(Failure) {
    for name in ["gnupg", "objects", "incoming"] { _ = try root.makeDirectory(name, mode: 0o700) }
    if configuration.publicDirectory == nil { _ = try root.makeDirectory("public", mode: 0o755) }
    try BackupFiles.copyRest(from: state.directory, to: root, isMaking: true)
    _ = try root.removeFile(CatalogueMark.fileName)
    _ = try root.removeFile(Catalogue.fileName + "-journal")
    for name in [Catalogue.fileName, AuditLog.fileName] {
      guard try state.directory.status(name) != nil else {
        throw Failure(
          .integrity,
          "backup-damaged",
          "the backup lacks a file that it should have",
          subject: state.directory.describe(name)
        )
      }
      try BackupFiles.copy(name, from: state.directory, to: root)
    }
  }
}

/// Takes objects from a backup, and what it lacks from a tree.
private struct Intake {
  let source: LocalObjects
  let target: LocalObjects
  let tree: RepairSource?
  var count: UInt64 = 0
  var repaired: UInt64 = 0
  var missing: [SHA256Digest] = []

  init(from source: LocalObjects, to target: LocalObjects, _ tree: RepairSource?) {
    (self.source, self.target, self.tree) = (source, target, tree)
  }

  mutating func take(
    _ objects: [BackupNeeds.Object],
    _ progress: ProgressSink?
  ) throws(Failure) {
    for object in objects {
      try Interruption.check()
      if try takeFromBackup(object) {
        count += 1
      } else if try takeFromTree(object) {
        count += 1
        repaired += 1
      } else {
        missing.append(object.digest)
      }
      let done = count + UInt64(missing.count)
      guard let progress, done % 100 == 0 || done == UInt64(objects.count) else { continue }
      progress(
        ProgressReport(
          phase: "restoring objects",
          filesDone: done,
          filesTotal: UInt64(objects.count),
          bytesDone: 0,
          bytesTotal: 0
        )
      )
    }
    missing.sort()
  }

  /// Every byte is hashed on its way; what an interrupted run brought is looked at by its mark.
  private func takeFromBackup(_ object: BackupNeeds.Object) throws(Failure) -> Bool {
    guard let size = try source.size(of: object.digest), object.size ?? size == size else {
      return false
    }
    var isUnreadable = false
    do throws(Failure) {
      _ = try target.admit(object.digest, size: size) { (offset, block) throws(Failure) in
        do throws(Failure) {
          return try source.read(object.digest, at: offset, limit: .max, into: block)
        } catch {
          isUnreadable = true
          throw error
        }
      }
      return true
    } catch  where error.name == "object-content" || isUnreadable {
      return false
    }
  }

  private func takeFromTree(_ object: BackupNeeds.Object) throws(Failure) -> Bool {
    guard let tree, let file = try tree.file(for: object.digest, size: object.size) else {
      return false
    }
    _ = try target.admit(object.digest, size: try file.status().size) {
      (offset, block) throws(Failure) in
      try file.read(into: block, at: offset, limit: .max)
    }
    return true
  }

  func requireWhole(_ place: BackupPlace) throws(Failure) {
    guard !missing.isEmpty else { return }
    throw Failure(
      .integrity,
      "backup-damaged",
      "the backup lacks \(missing.count) objects that it should have, or has them damaged",
      subject: place.root.path,
      hint: "name a tree that may have them with --repair-from DIR, or go on without them with "
        + "--incomplete",
      details: missing.map { "missing object \($0.hex)" }
    )
  }
}
