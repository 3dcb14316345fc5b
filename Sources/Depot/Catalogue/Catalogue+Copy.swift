internal import GRDB
internal import SafeIO

extension Catalogue {
  /// Copies the catalogue into a directory, whole and durable, by SQLite's own means.
  func copy(to directory: Directory, as name: String = Catalogue.fileName) throws(Failure) {
    let part = name + ".part"
    _ = try directory.removeFile(part)
    try directory.createFile(part, mode: 0o600).close()
    let path = directory.describe(part)
    do {
      let target = try DatabaseQueue(path: path)
      try backUp(to: target)
      try target.close()
    } catch {
      throw Catalogue.failure(error, path)
    }
    try directory.file(part).sync()
    try directory.rename(part, to: directory, as: name)
    try directory.sync()
  }

  /// Makes the catalogue of a backup that of a depot that goes on from there.
  ///
  /// What had arrived of unfinished imports is not in a backup. Sequences and numbers of receipts
  /// that were given since then are not known: they go on so far ahead that none is given twice. That
  /// holds of the site's own stream and of receipts too when the backup knows of none: the first ones
  /// may have been given since.
  func settleRestored(
    site: String,
    ahead: UInt64,
    taken: UTCTime
  ) throws(Failure) -> [RaisedFloor] {
    var streams = Set(try exports().map(\.stream))
    streams.formUnion(try exportIntents().map(\.record.stream))
    streams.formUnion(try floors())
    streams.insert(site)
    var raised: [RaisedFloor] = []
    for stream in streams.sorted() {
      let last = try nextSequence(of: stream) - 1
      let (floor, overflow) = last.addingReportingOverflow(ahead)
      guard !overflow else { throw Catalogue.ended(stream) }
      raised.append(RaisedFloor(stream: stream, last: last, floor: floor))
    }
    let floors = raised
    try write { db in
      try db.execute(sql: "DELETE FROM arrival; DELETE FROM arriving")
      for floor in floors {
        try db.execute(
          sql: "INSERT OR REPLACE INTO stream_floor VALUES (?, ?)",
          arguments: [floor.stream, try stored(floor.floor, "sequence")]
        )
      }
      try db.execute(
        sql: """
          INSERT INTO own_receipt
          SELECT coalesce(max(number), 0) + ?, coalesce(max(created), ?) FROM own_receipt
          """,
        arguments: [try stored(ahead, "number"), taken.seconds]
      )
    }
    return raised
  }

  private func floors() throws(Failure) -> [String] {
    try read { db in
      try Row.fetchAll(db, sql: "SELECT stream FROM stream_floor").map { try $0.text("stream") }
    }
  }
}
