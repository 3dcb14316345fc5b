internal import DebianRepository
internal import GRDB
package import SafeIO
package import VendorChain

/// The newest state of a suite that was taken in from a bundle.
package struct SuiteDate: Hashable, Sendable {
  /// The key that signed it; empty for none.
  package let signer: String
  /// The suite.
  package let suite: SeenSuite
  /// The `Date` of its Release file.
  package let date: UTCTime
  /// The snapshot that had it.
  package let snapshot: String

  package init(signer: String, suite: SeenSuite, date: UTCTime, snapshot: String) {
    (self.signer, self.suite, self.date, self.snapshot) = (signer, suite, date, snapshot)
  }

  /// One for each key that signed a verified suite; none of a suite without a Date.
  package static func all(of suite: VerifiedSuite, in snapshot: String) -> [SuiteDate] {
    guard let date = suite.date else { return [] }
    let seen = SeenSuite(distribution: suite.distribution, names: suite.names)
    let signers = suite.signedBy.isEmpty ? [""] : suite.signedBy
    return signers.map { SuiteDate(signer: $0, suite: seen, date: date, snapshot: snapshot) }
  }
}

extension Catalogue {
  /// The newest states of a distribution that were taken in, by whoever signed them.
  package func newestDates(of distribution: String) throws(Failure) -> [SuiteDate] {
    try read { db in
      try Row.fetchAll(
        db,
        sql: "SELECT * FROM suite_seen WHERE distribution = ? ORDER BY date DESC, signer",
        arguments: [distribution]
      ).map { row in
        SuiteDate(
          signer: try row.text("signer"),
          suite: SeenSuite(distribution: distribution, names: try row.suiteNames()),
          date: try row.time("date"),
          snapshot: try row.text("snapshot")
        )
      }
    }
  }

  /// Records states that were taken in; a newer one that is known stays.
  static func record(_ dates: [SuiteDate], _ db: Database) throws {
    for date in dates {
      let names = date.suite.names
      try db.execute(
        sql: """
          INSERT INTO suite_seen VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE
          SET date = excluded.date, snapshot = excluded.snapshot WHERE excluded.date > date
          """,
        arguments: [
          date.signer, date.suite.distribution, names.origin, names.label, names.suite,
          names.codename, date.date.seconds, date.snapshot,
        ]
      )
    }
  }
}

/// Suites of which an earlier version of this program stored what an exporter claimed.
extension Catalogue {
  /// The snapshots that have such suites, by name.
  ///
  /// - Parameter again: whether those count too that could not be verified when that was tried.
  /// - Returns: their names.
  /// - Throws: `io` and `state` when the catalogue cannot be read.
  package func snapshotsWithClaims(again: Bool = false) throws(Failure) -> [String] {
    try read { db in
      try String.fetchAll(
        db,
        sql: """
          SELECT DISTINCT snapshot FROM snapshot_suite
          WHERE line LIKE '% claimed %' OR ? AND line LIKE '% unverified %' ORDER BY snapshot
          """,
        arguments: [again]
      )
    }
  }

  /// Puts what was found now in the place of what was claimed, and notes the dates.
  package func replaceClaims(
    ofSnapshot name: String,
    with suites: [SuiteRecord],
    dates: [SuiteDate],
    sightings: [(vendor: String, suite: SeenSuite)],
    at time: UTCTime
  ) throws(Failure) {
    try write { db in
      try Catalogue.writeSuites(suites, ofSnapshot: name, db)
      try Catalogue.record(dates, db)
      try Catalogue.record(sightings, seen: time, db)
    }
  }
}
