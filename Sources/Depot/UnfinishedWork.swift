internal import GRDB
internal import Objects
package import SafeIO

/// What an interrupted command left in the depot, to go on with.
package struct UnfinishedWork: Sendable {
  /// A bundle of which some chunks have arrived.
  package struct Import: Sendable {
    /// The bundle's name.
    package let bundle: String
    /// How many chunks it has.
    package let chunks: Int
    /// The numbers of the chunks that have not arrived, sorted.
    package let missing: [Int]
  }

  /// The name of its staging.
  package let staging: String
  /// The bundle that it is the import of; nil for other work, and for an import that an earlier
  /// version of this program began.
  package let bundle: Import?
}

extension Depot {
  /// What is unfinished.
  package func unfinishedWork() throws(Failure) -> [UnfinishedWork] {
    try unfinishedWork(try incoming.names())
  }

  /// What is unfinished, of the stagings of these names.
  func unfinishedWork(_ names: [String]) throws(Failure) -> [UnfinishedWork] {
    var found: [UnfinishedWork] = []
    for name in names {
      var bundle: UnfinishedWork.Import?
      if let manifest = StagingNames.manifest(ofImport: name) {
        bundle = try catalogue.unfinishedImport(of: manifest)
      }
      found.append(UnfinishedWork(staging: name, bundle: bundle))
    }
    return found
  }
}

extension Catalogue {
  /// Notes which bundle the chunks are of that arrive from now on.
  package func noteArriving(
    _ manifest: SHA256Digest,
    bundle: String,
    chunks: Int
  ) throws(Failure) {
    try write { db in
      try db.execute(
        sql: "INSERT INTO arriving VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        arguments: [manifest.data, bundle, chunks]
      )
    }
  }

  fileprivate func unfinishedImport(
    of manifest: SHA256Digest
  ) throws(Failure) -> UnfinishedWork.Import? {
    let row = try read { db in
      try Row.fetchOne(
        db,
        sql: "SELECT * FROM arriving WHERE manifest = ?",
        arguments: [manifest.data]
      ).map { (bundle: try $0.text("bundle"), chunks: Int(try $0.count("chunks"))) }
    }
    guard let row else { return nil }
    let arrived = try arrivals(of: manifest)
    return UnfinishedWork.Import(
      bundle: row.bundle,
      chunks: row.chunks,
      missing: row.chunks == 0 ? [] : (1...row.chunks).filter { !arrived.contains(UInt64($0)) }
    )
  }
}
