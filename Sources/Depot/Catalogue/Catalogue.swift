internal import GRDB
internal import Objects
internal import SafeIO
internal import Synchronization

/// The record of snapshots, trust, bundles made and accepted, and publications:
/// `catalogue.sqlite`.
///
/// Every function is one transaction, durable when it returns (rollback journal,
/// `synchronous = EXTRA`).
package final class Catalogue: Sendable {
  static let fileName = "catalogue.sqlite"

  private let queue: DatabaseQueue
  private let root: Directory
  /// Whether this is an earlier catalogue that only whoever reads has up to date.
  private let isInMemory: Bool
  let objects: any ObjectStore
  /// How far the audit log is, for the transactions of the command that runs.
  let auditHead = Mutex<AuditHead?>(nil)

  private static func settings() -> GRDB.Configuration {
    var settings = GRDB.Configuration()
    settings.journalMode = .default
    settings.foreignKeysEnabled = true
    settings.busyMode = .timeout(10)
    settings.label = "aptferry.catalogue"
    settings.prepareDatabase { db in
      try db.execute(
        sql: "PRAGMA synchronous = EXTRA; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON"
      )
    }
    return settings
  }

  /// Opens the catalogue of a depot; never makes one.
  ///
  /// Its header, version and length are checked always, all of it only when it is not in the state in
  /// which this program left it. One of an earlier version is brought up to date, and kept as it was
  /// beside it; with `isReading` only in memory.
  init(
    opening root: Directory,
    objects: any ObjectStore,
    isReading: Bool = false,
    isLocked: Bool = false,
    patience: Double = 0,
    upgrading: (_ version: Int64) -> Void = { _ in }
  ) throws(Failure) {
    try Catalogue.checkHeader(in: root)
    let path = root.describe(Catalogue.fileName)
    self.root = root
    self.objects = objects
    let version: Int64
    do {
      let file = try DatabaseQueue(path: path, configuration: Catalogue.settings())
      version = try file.read(Catalogue.checkedVersion(of: root))
      if isReading, version < CatalogueSchema.version {
        queue = try DatabaseQueue(configuration: Catalogue.settings())
        try file.backup(to: queue)
      } else {
        queue = file
      }
    } catch {
      throw Catalogue.failure(error, path)
    }
    isInMemory = isReading && version < CatalogueSchema.version
    guard version <= CatalogueSchema.version else {
      throw Failure(
        .state,
        "newer-depot",
        "the catalogue has version \(version), this program knows \(CatalogueSchema.version)",
        subject: path,
        hint: "use the newer program that wrote it"
      )
    }
    if try !CatalogueMark.isCurrent(in: root) { try checkWhole() }
    guard version < CatalogueSchema.version else { return }
    if isInMemory {
      upgrading(version)
      try write { db in try Catalogue.upgrade(db) }
    } else if isLocked {
      try bringUpToDate(upgrading)
    } else {
      let lock = try Depot.lock(root, for: "upgrade of the catalogue", within: patience)
      try bringUpToDate(upgrading)
      _ = consume lock
    }
  }

  /// Keeps the catalogue as it was, then upgrades it; the depot's lock must be held.
  private func bringUpToDate(_ upgrading: (_ version: Int64) -> Void) throws(Failure) {
    // Another command may have been here since the first look, and has kept the one of before.
    let version = try read(Catalogue.checkedVersion(of: root))
    guard version < CatalogueSchema.version else { return }
    upgrading(version)
    try copy(to: root, as: Catalogue.keptName)
    try write { db in try Catalogue.upgrade(db) }
  }

  /// What the catalogue is called as it was before an upgrade to this version.
  package static var keptName: String { "catalogue.before-\(CatalogueSchema.version).sqlite" }

  /// Makes the catalogue of a new depot, complete under another name first.
  static func createIfMissing(in root: Directory) throws(Failure) {
    if try root.status(fileName) != nil { return }
    let part = fileName + ".part"
    _ = try root.removeFile(part)
    _ = try root.removeFile(part + "-journal")
    // Made here for its mode; SQLite gives its journals the mode of the file.
    try root.createFile(part, mode: 0o600).close()
    let path = root.describe(part)
    do {
      let queue = try DatabaseQueue(path: path, configuration: settings())
      try queue.write { db in try upgrade(db) }
      try queue.close()
    } catch {
      throw failure(error, path)
    }
    try root.file(part).sync()
    try root.rename(part, to: root, as: fileName)
    try root.sync()
  }

  private static func upgrade(_ db: Database) throws {
    let version = try Int64.fetchOne(db, sql: "PRAGMA user_version") ?? 0
    for number in max(0, version)..<CatalogueSchema.version {
      try db.execute(sql: CatalogueSchema.scripts[Int(number)])
    }
    try db.execute(
      sql: """
        PRAGMA application_id = \(CatalogueSchema.applicationID);
        PRAGMA user_version = \(CatalogueSchema.version)
        """
    )
  }

  /// Refuses what is no SQLite file before SQLite sees it: it takes an empty file for a new one.
  private static func checkHeader(in root: Directory) throws(Failure) {
    guard try root.status(fileName) != nil else {
      throw Failure(
        .state,
        "catalogue-missing",
        "the depot lacks its catalogue",
        subject: root.describe(fileName),
        hint: "put the file back from a backup; it is never made anew, so that nothing is forgotten"
      )
    }
    let block = Block(capacity: 4096)
    _ = try root.file(fileName).read(into: block, at: 0, limit: 100)
    let magic = Array("SQLite format 3\0".utf8)
    var isMagic = block.count == 100
    for index in magic.indices where isMagic {
      isMagic = unsafe block.bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self) == magic[index]
    }
    guard isMagic else { throw damaged(root.describe(fileName), "it is no SQLite file") }
    // With another journal in its header (2 is WAL) SQLite would make files beside the catalogue, or
    // refuse to write it for want of permission.
    for offset in [writeVersion, readVersion] {
      let version = unsafe block.bytes.unsafeLoad(fromByteOffset: offset, as: UInt8.self)
      guard version == rollbackJournal else {
        throw damaged(root.describe(fileName), "its header asks for another journal than it has")
      }
    }
  }

  // Where SQLite's header says which journal the file has, and what it says of ours (SQLite, "Database
  // File Format", section 1.3.3).
  private static let (writeVersion, readVersion, rollbackJournal) = (18, 19, 1 as UInt8)

  static func damaged(_ path: String, _ what: String) -> Failure {
    Failure(
      .state,
      "catalogue-damaged",
      "the depot's catalogue is damaged: \(what)",
      subject: path,
      hint: "put the file back from a backup; it is never made anew, so that nothing is forgotten"
    )
  }

  /// The version of the catalogue, once it is known to be one and none of it is missing.
  private static func checkedVersion(of root: Directory) -> (Database) throws -> Int64 {
    { db in
      let path = root.describe(fileName)
      func number(_ pragma: String) throws -> Int64 {
        try Int64.fetchOne(db, sql: "PRAGMA \(pragma)") ?? -1
      }
      let identifier = try number("application_id")
      let version = try number("user_version")
      guard identifier == CatalogueSchema.applicationID, version > 0 else {
        throw damaged(path, "it does not say that it is a catalogue")
      }
      // SQLite takes the lacking end of a last page for zeros.
      let (size, overflow) = try number("page_count").multipliedReportingOverflow(
        by: try number("page_size")
      )
      guard !overflow, let found = try root.sizeOfOwnFile(fileName), Int64(exactly: found) == size
      else { throw damaged(path, "its length is wrong") }
      return version
    }
  }

  /// Reads all of the catalogue: every page, index and reference between rows.
  ///
  /// - Throws: `catalogue-damaged` with what SQLite found first.
  func checkWhole() throws(Failure) {
    let path = root.describe(Catalogue.fileName)
    try read { db in
      let finding = try String.fetchOne(db, sql: "PRAGMA integrity_check(1)") ?? "no answer"
      guard finding == "ok" else {
        throw Catalogue.damaged(path, Escaped.line(finding, limit: 200))
      }
      if try Row.fetchOne(db, sql: "PRAGMA foreign_key_check") != nil {
        throw Catalogue.damaged(path, "a row refers to one that is not there")
      }
    }
  }

  /// Copies everything into another database.
  func backUp(to target: DatabaseQueue) throws { try queue.backup(to: target) }

  func read<Value>(_ body: (Database) throws -> Value) throws(Failure) -> Value {
    do {
      return try queue.read(body)
    } catch {
      throw Catalogue.failure(error, root.describe(Catalogue.fileName))
    }
  }

  func write<Value>(_ body: (Database) throws -> Value) throws(Failure) -> Value {
    do {
      let value = try queue.write { db in
        let value = try body(db)
        if let head = auditHead.withLock({ $0 }) { try Catalogue.note(head, db) }
        return value
      }
      if !isInMemory { CatalogueMark.note(in: root) }
      return value
    } catch let error as DatabaseError where error.resultCode == .SQLITE_CANTOPEN {
      // The journal could not be made; SQLite does not say that inodes have run out.
      guard try root.freeSpace().inodes == 0 else {
        throw Catalogue.failure(error, root.describe(Catalogue.fileName))
      }
      throw Failure(
        .resource,
        "no-space",
        "could not write the catalogue: no inode is free for its journal",
        subject: root.describe(Catalogue.fileName),
        hint: "free space on that file system and run the same command again"
      )
    } catch {
      throw Catalogue.failure(error, root.describe(Catalogue.fileName))
    }
  }

  /// What SQLite says, as a failure of ours: who must act decides the class.
  static func failure(_ error: any Error, _ path: String) -> Failure {
    if let failure = error as? Failure { return failure }
    guard let database = error as? DatabaseError else {
      // A value in the file that is not what the schema says.
      return damaged(path, Escaped.line("\(error)", limit: 200))
    }
    // A copy that fails leaves a connection that has nothing against it.
    let message = database.message.flatMap { $0 == "not an error" ? nil : $0 }
    let text = Escaped.line(message ?? "\(database.resultCode)", limit: 200)
    switch database.resultCode {
    case .SQLITE_FULL:
      return Failure(
        .resource,
        "no-space",
        "could not write the catalogue: \(text)",
        subject: path,
        hint: "free space on that file system and run the same command again"
      )
    case .SQLITE_NOMEM:
      return Failure(.resource, "limit", "could not use the catalogue: \(text)", subject: path)
    case .SQLITE_BUSY, .SQLITE_LOCKED:
      return Failure(
        .busy,
        "locked",
        "the catalogue is in use: \(text)",
        subject: path,
        hint: "wait for the other command to end and run the same command again"
      )
    case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_SCHEMA, .SQLITE_MISMATCH, .SQLITE_FORMAT,
      .SQLITE_ERROR:
      return damaged(path, text)
    case .SQLITE_CONSTRAINT:
      return Failure(.state, "constraint", "the catalogue refuses this: \(text)", subject: path)
    default:
      return Failure(.io, "catalogue", "could not use the catalogue: \(text)", subject: path)
    }
  }
}
