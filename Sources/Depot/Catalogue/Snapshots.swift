internal import DebianRepository
internal import GRDB
internal import Objects
package import SafeIO

extension Catalogue {
  /// All snapshots, by name.
  package func snapshots() throws(Failure) -> [SnapshotRecord] {
    try read { db in
      try Row.fetchAll(db, sql: "SELECT * FROM snapshot ORDER BY name").map { row in
        try Catalogue.record(row, db)
      }
    }
  }

  /// The snapshot with that name, or nil.
  package func findSnapshot(_ name: String) throws(Failure) -> SnapshotRecord? {
    try read { db in try Catalogue.find(name, db) }
  }

  /// The snapshot with that name; refused when there is none.
  package func snapshot(_ name: String) throws(Failure) -> SnapshotRecord {
    guard let record = try findSnapshot(name) else {
      throw Failure(
        .usage,
        "no-snapshot",
        "there is no snapshot with that name",
        subject: name,
        hint: "aptferry snapshot list shows them all"
      )
    }
    return record
  }

  /// Records a snapshot whose objects and listing are in the depot.
  ///
  /// The same name with the same digest again changes nothing; with another it is refused.
  package func insert(_ record: SnapshotRecord) throws(Failure) {
    try write { db in try Catalogue.insert(record, db) }
  }

  /// Whether a snapshot is to be recorded: false when the same one is there, refused when another
  /// one has its name.
  package func mustRecord(_ record: SnapshotRecord) throws(Failure) -> Bool {
    guard let present = try findSnapshot(record.name) else { return true }
    let hint =
      "choose another name, or remove the old one: aptferry snapshot remove \(record.name)"
    guard present.digest == record.digest else {
      throw Failure(
        .state,
        "snapshot-exists",
        "a snapshot with that name has other content (digest \(present.digest.short), "
          + "not \(record.digest.short))",
        subject: record.name,
        hint: hint
      )
    }
    guard present.suites == record.suites else {
      throw Failure(
        .state,
        "snapshot-exists",
        "a snapshot with that name has the same files, but other suites or signers",
        subject: record.name,
        hint: hint
      )
    }
    return false
  }

  /// Forgets a snapshot; refused while a generation of a publication has it.
  package func removeSnapshot(_ name: String) throws(Failure) {
    _ = try snapshot(name)
    try write { db in
      try Catalogue.refuseUsed(name, db)
      try db.execute(sql: "DELETE FROM snapshot WHERE name = ?", arguments: [name])
      try Catalogue.removeAPIRecord("snapshot", name, db)
    }
  }

  /// The listing of a snapshot, hashed again while it is read.
  package func fileList(of snapshot: SnapshotRecord) throws(Failure) -> FileList {
    var builder = FileList.Builder()
    try forEachFile(of: snapshot) { (path, size, digest) throws(Failure) in
      try builder.add(path: path, size: size, digest: digest)
    }
    return try builder.finish()
  }

  /// A listing by its digest, hashed again while it is read.
  package func fileList(_ digest: SHA256Digest, name: String) throws(Failure) -> FileList {
    var builder = FileList.Builder()
    try forEachFile(ofListing: digest, name: name) { (path, size, digest) throws(Failure) in
      try builder.add(path: path, size: size, digest: digest)
    }
    return try builder.finish()
  }

  /// Gives the files of a snapshot one by one, for whoever does not need them all at a time.
  ///
  /// - Throws: as `fileList(of:)`, behind the last file, or what `body` threw.
  package func forEachFile(
    of snapshot: SnapshotRecord,
    _ body: (Span<UInt8>, UInt64, SHA256Digest) throws(Failure) -> Void
  ) throws(Failure) {
    var (count, bytes) = (UInt64(0), UInt64(0))
    try forEachFile(
      ofListing: snapshot.digest,
      name: "the listing of snapshot \(snapshot.name)"
    ) { (path, size, digest) throws(Failure) in
      count += 1
      let (sum, overflow) = bytes.addingReportingOverflow(size)
      bytes = overflow ? .max : sum
      try body(path, size, digest)
    }
    guard count == snapshot.files, bytes == snapshot.bytes else {
      throw Failure(
        .state,
        "listing",
        "the listing does not have the files that the catalogue names",
        subject: snapshot.name
      )
    }
  }

  /// Gives the files of a listing one by one; it is hashed again meanwhile.
  private func forEachFile(
    ofListing digest: SHA256Digest,
    name: String,
    _ body: (Span<UInt8>, UInt64, SHA256Digest) throws(Failure) -> Void
  ) throws(Failure) {
    let file = try objects.open(digest)
    let block = Block(capacity: 1 << 16)
    var lines = FileList.Lines(name: name)
    var problem: Failure?
    var hasher = SHA256Hasher()
    while true {
      block.clear()
      if try file.read(into: block) == 0 { break }
      hasher.update(block.bytes)
      // Whether damage is the cause shows at the end.
      if problem != nil { continue }
      do throws(Failure) {
        try lines.read(unsafe block.bytes._unsafeView(as: UInt8.self), body)
      } catch {
        problem = error
      }
    }
    guard hasher.finish() == digest else {
      throw Failure(
        .integrity,
        .damagedObject,
        "\(name) is damaged in the depot",
        subject: digest.hex,
        hint: "run: aptferry depot check --repair-from DIR"
      )
    }
    if let problem { throw problem }
    try lines.finish()
  }

  static func find(_ name: String, _ db: Database) throws -> SnapshotRecord? {
    let row = try Row.fetchOne(db, sql: "SELECT * FROM snapshot WHERE name = ?", arguments: [name])
    return try row.map { try record($0, db) }
  }

  private static func record(_ row: Row, _ db: Database) throws -> SnapshotRecord {
    let name = try row.text("name")
    guard SnapshotRecord.isName(name) else { throw UnusableValue(column: "name") }
    guard let kind = SnapshotRecord.Kind(rawValue: try row.text("kind")) else {
      throw UnusableValue(column: "kind")
    }
    let suites = try Row.fetchAll(
      db,
      sql: "SELECT line FROM snapshot_suite WHERE snapshot = ? ORDER BY position",
      arguments: [name]
    ).map { row in
      guard let suite = SuiteRecord(line: try row.text("line")) else {
        throw UnusableValue(column: "line")
      }
      return suite
    }
    return SnapshotRecord(
      name: name,
      digest: try row.digest("digest"),
      kind: kind,
      suites: suites,
      files: try row.fileCount("files"),
      bytes: try row.size("bytes"),
      created: try row.time("created"),
      origin: try row.text("origin"),
      leftOut: try leftOut(ofSnapshot: name, db)
    )
  }

  static func insert(_ record: SnapshotRecord, _ db: Database) throws {
    guard SnapshotRecord.isName(record.name) else {
      throw noSnapshotName(record.name)
    }
    if let present = try find(record.name, db) {
      guard present.digest == record.digest else {
        throw Failure(
          .state,
          "snapshot-exists",
          "there is another snapshot with that name",
          subject: record.name,
          hint: "choose another name, or remove it with: aptferry snapshot remove \(record.name)"
        )
      }
      // What was verified this time is the newer knowledge; on whose word it came in stays as it was.
      let suites = record.suites.map { new in
        present.suites.first { $0.distribution == new.distribution && $0.cameOnWord(like: new) }
          ?? new
      }
      if present.suites != suites { try writeSuites(suites, ofSnapshot: record.name, db) }
      return
    }
    try db.execute(
      sql: "INSERT INTO snapshot VALUES (?, ?, ?, ?, ?, ?, ?)",
      arguments: [
        record.name, record.digest.data, record.kind.rawValue,
        try stored(record.files, "number of files"), try stored(record.bytes, "size"),
        record.created.seconds, record.origin,
      ]
    )
    try writeSuites(record.suites, ofSnapshot: record.name, db)
    try write(record.leftOut, ofSnapshot: record.name, db)
  }

  static func writeSuites(
    _ suites: [SuiteRecord],
    ofSnapshot name: String,
    _ db: Database
  ) throws {
    try db.execute(sql: "DELETE FROM snapshot_suite WHERE snapshot = ?", arguments: [name])
    for (position, suite) in suites.enumerated() {
      try db.execute(
        sql: "INSERT INTO snapshot_suite VALUES (?, ?, ?)",
        arguments: [name, position, suite.line]
      )
    }
  }
}
