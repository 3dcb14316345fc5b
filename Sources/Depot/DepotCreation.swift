package import SafeIO

extension Depot {
  /// Makes a depot, or finishes making one after an interruption.
  ///
  /// `depot.conf` is written last: while it lacks, the same call goes on where the last one
  /// stopped. A finished depot with the same configuration is opened and left alone. A directory
  /// with anything else in it is refused. `recordBeginning` is called before the depot is one.
  package static func create(
    at path: String,
    configuration: DepotConfiguration,
    recordBeginning: (AuditLog) throws(Failure) -> Void = { _ in }
  ) throws(Failure) -> Depot {
    let root = try makeRoot(path)
    try refuseForeign(root)
    let lock = try Depot.lock(root, for: "init")
    if try root.status(DepotConfiguration.fileName) != nil {
      let present = try readConfiguration(in: root)
      guard present == configuration else {
        throw Failure(
          .state,
          "depot-exists",
          "a depot with another configuration is here already (site \(present.site))",
          subject: path,
          hint: "choose another directory, or edit \(root.describe(DepotConfiguration.fileName))"
        )
      }
      try DepotRestore.refuseUnfinished(root)
      return try open(root, path, isLocked: true)
    }
    for name in ["gnupg", "objects", "incoming"] {
      _ = try root.makeDirectory(name, mode: 0o700)
    }
    if let elsewhere = configuration.publicDirectory {
      let isNew = try !Directory.isThere(elsewhere)
      let directory = try Directory(creating: elsewhere)
      if isNew { try directory.setMode(0o755) }
    } else {
      _ = try root.makeDirectory("public", mode: 0o755)
    }
    try Catalogue.createIfMissing(in: root)
    try recordBeginning(AuditLog(in: root))
    // All of the above must be there before the file that says so.
    try root.syncFileSystem()
    try DurableFile.write(Array(configuration.text.utf8), as: DepotConfiguration.fileName, in: root)
    let depot = try open(at: path)
    _ = consume lock
    return depot
  }

  private static func makeRoot(_ path: String) throws(Failure) -> Directory {
    let isNew = try !Directory.isThere(path)
    let root = try Directory(creating: path)
    // A web server must reach `public`; a directory that an operator made stays as it was made.
    if isNew { try root.setMode(0o755) }
    return root
  }

  /// Only what an interrupted `init` leaves may be in the directory, the lock among it.
  private static func refuseForeign(_ root: Directory) throws(Failure) {
    let names = Set(try root.list().map(\.name))
    if names.isEmpty || names == [Depot.lockName] || names.contains(DepotConfiguration.fileName) {
      return
    }
    let ours: Set<String> = [
      Depot.lockName, "gnupg", "objects", "incoming", "public", Catalogue.fileName,
      CatalogueMark.fileName, Catalogue.fileName + ".part", Catalogue.fileName + ".part-journal",
      DepotConfiguration.fileName + ".part", AuditLog.fileName, AuditLog.lockName,
      SpaceReserve.fileName,
    ]
    let foreign = names.subtracting(ours).sorted()
    guard foreign.isEmpty, names.contains(Depot.lockName) else {
      throw Failure(
        .state,
        "not-empty",
        "this directory has other things in it",
        subject: root.path,
        hint: "choose a new or empty directory",
        details: foreign
      )
    }
    if names.contains("objects"), try root.directory("objects").list().isEmpty == false {
      throw Failure(
        .state,
        "configuration",
        "this depot has content but no \(DepotConfiguration.fileName)",
        subject: root.path,
        hint: "put that file back from a backup"
      )
    }
  }
}
