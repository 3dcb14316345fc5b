package import DebianRepository
internal import GRDB
package import SafeIO

/// What the suites of a vendor may call themselves, as an operator said; patterns (`Pattern`).
package struct VendorRecord: Hashable, Sendable {
  /// The vendor's name, under which its keys are pinned.
  package let name: String
  /// What a suite may be called: one of Suite, Codename and the distribution; none for anything.
  package var suites: [String]
  /// What Origin may be; none for anything that is not another vendor's.
  package var origins: [String]
  /// What Label may be; none for anything.
  package var labels: [String]

  package init(name: String, suites: [String] = [], origins: [String] = [], labels: [String] = []) {
    (self.name, self.suites, self.origins, self.labels) = (name, suites, origins, labels)
  }

  /// Whether nobody has said what its suites may call themselves.
  package var isUnbound: Bool { suites.isEmpty && origins.isEmpty && labels.isEmpty }
}

/// A suite of a vendor as it called itself when it came here.
package struct SeenSuite: Hashable, Sendable {
  /// The distribution as `apt` names it.
  package let distribution: String
  /// What its Release file called it.
  package let names: SuiteNames

  package init(distribution: String, names: SuiteNames) {
    (self.distribution, self.names) = (distribution, names)
  }
}

extension Catalogue {
  /// What operators have said of vendors, by name.
  package func vendors() throws(Failure) -> [VendorRecord] {
    try read { db in
      try Row.fetchAll(db, sql: "SELECT * FROM vendor ORDER BY name").map { row in
        VendorRecord(
          name: try row.text("name"),
          suites: try row.patterns("suites"),
          origins: try row.patterns("origins"),
          labels: try row.patterns("labels")
        )
      }
    }
  }

  /// Records what the suites of a vendor may call themselves, in place of what was said before.
  package func record(_ vendor: VendorRecord) throws(Failure) {
    try write { db in
      try db.execute(
        sql: """
          INSERT INTO vendor VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE
          SET suites = excluded.suites, origins = excluded.origins, labels = excluded.labels
          """,
        arguments: [
          vendor.name, Catalogue.joined(vendor.suites), Catalogue.joined(vendor.origins),
          Catalogue.joined(vendor.labels),
        ]
      )
    }
  }

  /// The suites that have come from each vendor, by its name, oldest first.
  package func suitesOfVendors() throws(Failure) -> [(vendor: String, suite: SeenSuite)] {
    try read { db in
      try Row.fetchAll(
        db,
        sql: "SELECT * FROM vendor_seen ORDER BY vendor, seen, distribution"
      ).map { row in
        (
          try row.text("vendor"),
          SeenSuite(distribution: try row.text("distribution"), names: try row.suiteNames())
        )
      }
    }
  }

  /// Records what suites of a vendor call themselves; those that are known stay as they are.
  package func record(
    _ suites: [(vendor: String, suite: SeenSuite)],
    seen: UTCTime
  ) throws(Failure) {
    guard !suites.isEmpty else { return }
    try write { db in try Catalogue.record(suites, seen: seen, db) }
  }

  static func record(
    _ suites: [(vendor: String, suite: SeenSuite)],
    seen: UTCTime,
    _ db: Database
  ) throws {
    for (vendor, suite) in suites {
      let names = suite.names
      try db.execute(
        sql: "INSERT INTO vendor_seen VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        arguments: [
          vendor, suite.distribution, names.origin, names.label, names.suite, names.codename,
          seen.seconds,
        ]
      )
    }
  }
}

extension Row {
  /// What a suite calls itself, from the columns that have it.
  func suiteNames() throws -> SuiteNames {
    SuiteNames(
      origin: try text("origin"),
      label: try text("label"),
      suite: try text("suite"),
      codename: try text("codename")
    )
  }
}
