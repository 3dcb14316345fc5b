internal import Foundation
internal import GRDB
package import SafeIO

/// A key that this site trusts, for one purpose.
package struct TrustRecord: Hashable, Sendable {
  /// What a key is trusted for.
  package enum Role: String, Sendable, CaseIterable {
    /// Signs bundles.
    case exporter
    /// Signs an upstream's Release files.
    case upstream
    /// Signs receipts of an isolated site.
    case site
    /// Signs what comes into a repository of this site.
    case uploader
  }

  /// The primary key's fingerprint, upper case.
  package var fingerprint: String
  /// What the key is trusted for.
  package let role: Role
  /// Which exporter, vendor, site or repository; empty for any.
  package var name: String
  /// The user ids as the key had them when it was pinned, one a line.
  package var userIDs: String
  /// The public key, as OpenPGP packets.
  package var material: [UInt8]
  /// When it was pinned.
  package var added: UTCTime
  /// Patterns of the streams whose bundles the key may sign; none for any stream.
  package var streams: [String]
  /// Patterns of `snapshot/suite` of unsigned suites that the key may vouch for; none for nothing.
  package var mayVouch: [String]

  package init(
    fingerprint: String,
    role: Role,
    name: String,
    userIDs: String,
    material: [UInt8],
    added: UTCTime,
    streams: [String] = [],
    mayVouch: [String] = []
  ) {
    self.fingerprint = fingerprint
    self.role = role
    self.name = name
    self.userIDs = userIDs
    self.material = material
    self.added = added
    self.streams = streams
    self.mayVouch = mayVouch
  }
}

extension Catalogue {
  /// Pins a key; the same key for the same role and name again takes its new material.
  package func add(_ record: TrustRecord) throws(Failure) {
    try add([record])
  }

  /// Pins several keys at once, all or none; a scope that is stated replaces the one there was.
  package func add(_ records: [TrustRecord]) throws(Failure) {
    try write { db in try Catalogue.add(records, db) }
  }

  static func add(_ records: [TrustRecord], _ db: Database) throws {
    for record in records {
      // A vendor's name takes the place of none: else the key would still count for any suite.
      if record.role == .upstream, !record.name.isEmpty, !MirrorRecord.isTrustName(record.name) {
        try db.execute(
          sql: "DELETE FROM pinned_key WHERE fingerprint = ? AND role = 'upstream' AND name = ''",
          arguments: [record.fingerprint]
        )
      }
      try db.execute(
        sql: """
          INSERT INTO pinned_key VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE
          SET user_ids = excluded.user_ids, material = excluded.material,
            streams = CASE excluded.streams WHEN '' THEN streams ELSE excluded.streams END,
            may_vouch = CASE excluded.may_vouch WHEN '' THEN may_vouch ELSE excluded.may_vouch END
          """,
        arguments: [
          record.fingerprint, record.role.rawValue, record.name, record.userIDs,
          Data(record.material), record.added.seconds, joined(record.streams),
          joined(record.mayVouch),
        ]
      )
    }
  }

  /// Puts other records in the place of all that there are of a key in a role.
  package func replaceTrust(
    fingerprint: String,
    role: TrustRecord.Role,
    with records: [TrustRecord]
  ) throws(Failure) {
    try write { db in
      try db.execute(
        sql: "DELETE FROM pinned_key WHERE fingerprint = ? AND role = ?",
        arguments: [fingerprint, role.rawValue]
      )
      try Catalogue.add(records, db)
    }
  }

  /// The pinned keys: all, those of a role, or those of a role and name.
  ///
  /// A key pinned without a name counts for every name.
  package func trust(
    role: TrustRecord.Role? = nil,
    name: String? = nil
  ) throws(Failure) -> [TrustRecord] {
    try read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT * FROM pinned_key
          WHERE (?1 IS NULL OR role = ?1) AND (?2 IS NULL OR name = ?2 OR name = '')
          ORDER BY role, name, fingerprint
          """,
        arguments: [role?.rawValue, name]
      ).map { row in
        guard let role = TrustRecord.Role(rawValue: try row.text("role")) else {
          throw UnusableValue(column: "role")
        }
        return TrustRecord(
          fingerprint: try row.text("fingerprint"),
          role: role,
          name: try row.text("name"),
          userIDs: try row.text("user_ids"),
          material: try row.bytes("material"),
          added: try row.time("added"),
          streams: try row.patterns("streams"),
          mayVouch: try row.patterns("may_vouch")
        )
      }
    }
  }

  /// Removes a key in one role or in all; answers in how many places it was pinned.
  package func removeTrust(
    fingerprint: String,
    role: TrustRecord.Role? = nil
  ) throws(Failure) -> Int {
    try write { db in
      try db.execute(
        sql: "DELETE FROM pinned_key WHERE fingerprint = ?1 AND (?2 IS NULL OR role = ?2)",
        arguments: [fingerprint, role?.rawValue]
      )
      return db.changesCount
    }
  }

  /// Patterns as a column has them, one a line.
  static func joined(_ patterns: [String]) -> String { patterns.joined(separator: "\n") }
}

extension Row {
  /// The patterns in a column, which has one a line.
  func patterns(_ column: String) throws -> [String] {
    try text(column).split(separator: "\n").map { String($0) }
  }
}
