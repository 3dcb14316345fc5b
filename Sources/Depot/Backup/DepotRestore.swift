internal import Objects
package import SafeIO

/// `depot restore`: a backup into a new directory.
///
/// All that was named is looked at before anything is made. Until the end a marker is in the
/// directory, and it is no depot for any other command; killed anywhere, the same command goes on.
package struct DepotRestore {
  /// The file that says that a restore has not come to its end.
  package static let marker = "restoring"
  /// How far ahead sequences go on: nobody makes so many bundles between two backups.
  private static let ahead: UInt64 = 1000

  private let backup: BackupPlace
  private let state: BackupState
  private let taken: UTCTime
  private let configuration: DepotConfiguration
  private let place: RestorePlace
  private let source: RepairSource?
  /// How the trees of publications lay, in the words of Publishing.
  package let trees: String

  /// Looks at the backup and at where the depot is to be; makes nothing.
  ///
  /// - Throws: `backup-damaged` for a backup that lacks a part, `state` for places that are not empty.
  package init(
    from backup: BackupPlace,
    to path: String,
    publicDirectory: String?,
    repairingFrom tree: String?
  ) throws(Failure) {
    guard let number = try backup.numbers().last else {
      throw Failure(
        .state,
        "no-backup",
        "no backup here is complete",
        subject: backup.root.path,
        hint: "run the same `aptferry depot backup` again, when the depot is still there"
      )
    }
    self.backup = backup
    state = try BackupState(opening: try backup.state(number))
    taken = try state.taken
    trees = String(
      decoding: try state.directory.contents(of: BackupState.trees, limit: 1 << 24),
      as: UTF8.self
    )
    configuration = try DepotRestore.configuration(of: state, publicDirectory)
    try KeyHome.refuseOthers(inside: backup, of: state)
    try DepotRestore.requireCatalogue(in: state, try backup.objects)
    place = try RestorePlace(path, publicDirectory: configuration.publicDirectory, of: backup)
    source = try tree.map { (tree) throws(Failure) in
      try RepairSource(try Directory(opening: tree))
    }
  }

  private static func requireCatalogue(
    in state: BackupState,
    _ objects: LocalObjects
  ) throws(Failure) {
    let path = state.directory.describe(Catalogue.fileName)
    do throws(Failure) {
      let catalogue = try Catalogue(opening: state.directory, objects: objects, isReading: true)
      try catalogue.checkWhole()
      try catalogue.refusePrograms(at: path)
    } catch  where error.name == "catalogue-damaged" {
      throw BackupPlace.damaged(path, "has a damaged catalogue: \(error.reason)")
    }
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

  /// Brings everything back but the trees of publications.
  ///
  /// - Parameters:
  ///   - isIncomplete: whether objects may be missing.
  ///   - checkKeys: refuses when the directory, which has all but objects then, lacks a secret key
  ///     that the depot signs with; nothing of a new directory is left then.
  ///   - progress: is told how far it is.
  /// - Returns: the depot, which no other command takes for one yet.
  /// - Throws: `backup-damaged` when objects are missing and may not, and what `checkKeys` throws.
  package func run(
    isIncomplete: Bool,
    checkKeys: (Directory) throws(Failure) -> Void,
    progress: ProgressSink?
  ) throws(Failure) -> RestoredDepot {
    let root = try place.make()
    let lock = try Depot.lock(root, for: "depot restore")
    let rest = try bringRest(to: root, checkKeys)
    try place.makePublic()
    try bringCatalogue(to: root)
    let intake = try bringObjects(to: root, progress)
    if backup.identity.hasObjects && !isIncomplete { try intake.requireWhole(backup) }
    try root.syncFileSystem()
    let audit = try AuditLog(in: root).verify()
    try DurableFile.write(Array(configuration.text.utf8), as: DepotConfiguration.fileName, in: root)
    let depot = try Depot.open(root, place.path, isLocked: true)
    let raised = try depot.catalogue.settleRestored(
      site: configuration.site,
      ahead: DepotRestore.ahead,
      taken: taken
    )
    _ = consume lock
    return RestoredDepot(
      depot: depot,
      taken: taken,
      objects: intake.count,
      repaired: intake.repaired,
      missing: intake.missing,
      leftOut: rest.leftOut,
      pinned: try depot.catalogue.trust(),
      tokens: rest.tokens,
      auditFindings: audit.findings.map(\.text),
      raised: raised
    )
  }

  /// Makes the directory a depot for all commands; the last step.
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

  /// Brings back all but catalogue, audit log and objects; nothing of a new directory stays when any
  /// of it is refused.
  private func bringRest(
    to root: Directory,
    _ checkKeys: (Directory) throws(Failure) -> Void
  ) throws(Failure) -> (leftOut: [String], tokens: [AccessToken]) {
    do throws(Failure) {
      for name in ["objects", "incoming"] { _ = try root.makeDirectory(name, mode: 0o700) }
      if configuration.publicDirectory == nil { _ = try root.makeDirectory("public", mode: 0o755) }
      let files = try RestoredFiles(from: state.directory, to: root)
      let tokens = try tokens(in: root)
      try checkKeys(root)
      return (files.leftOut, tokens)
    } catch {
      try place.withdraw(root)
      throw error
    }
  }

  private func tokens(in root: Directory) throws(Failure) -> [AccessToken] {
    do throws(Failure) {
      return try TokenList(of: root).tokens
    } catch  where error.name == "tokens" {
      let list = state.directory.describe(TokenList.fileName)
      throw BackupPlace.damaged(list, "has a damaged list of tokens")
    }
  }

  private func bringCatalogue(to root: Directory) throws(Failure) {
    _ = try root.removeFile(CatalogueMark.fileName)
    _ = try root.removeFile(Catalogue.fileName + "-journal")
    for name in [Catalogue.fileName, AuditLog.fileName] {
      try BackupFiles.copy(name, from: state.directory, to: root)
    }
  }

  private func bringObjects(
    to root: Directory,
    _ progress: ProgressSink?
  ) throws(Failure) -> RestoreIntake {
    let objects = LocalObjects(try root.directory("objects"))
    let incoming = Stagings(try root.directory("incoming"), into: objects)
    let stored = try backup.objects
    // Lists first, wherever they are whole: what a damaged one names nobody could say.
    var lists = RestoreIntake(from: stored, to: objects, source)
    let saved = try Depot.reading(state.directory, objects: stored, incoming: incoming)
    try lists.take(try BackupNeeds.lists(of: saved), nil)
    var intake = RestoreIntake(from: stored, to: objects, source)
    let coming = try Depot.reading(state.directory, objects: objects, incoming: incoming)
    try intake.take(try BackupNeeds(of: coming, hasObjects: true).objects, progress)
    intake.missing += lists.missing.filter { !intake.missing.contains($0) }
    let evidence = try BackupEvidence.listed(in: state.directory)
    let earlier = try state.directory.directoryIfPresent(KeptEvidence.objectsPath)
    if !evidence.isEmpty {
      try intake.take(evidence: evidence, or: earlier, to: try KeptEvidence.makeObjects(in: root))
    }
    try objects.sync()
    return intake
  }
}
