internal import GRDB
package import SafeIO

/// A bundle that was made here and completed.
package struct ExportRecord: Hashable, Sendable {
  /// The stream.
  package let stream: String
  /// Its place in the stream.
  package let sequence: UInt64
  /// The digest of MANIFEST.
  package let manifest: SHA256Digest
  /// The manifest's time.
  package let created: UTCTime
  /// The snapshots in it.
  package let snapshots: [SnapshotReference]
  /// The size of all its chunks, in bytes.
  package let bytes: UInt64
  /// The sites that it is bound to; empty for any.
  package let sites: [String]
  /// Who made it: user and host, for people.
  package let maker: String
  /// How many of its files have no place in it, since the receivers are relied on to have them.
  package let relied: UInt64
  /// Why its media count as lost; nil when they do not.
  package let retraction: Retraction?

  /// That a bundle's media were destroyed.
  package struct Retraction: Hashable, Sendable {
    /// When it was said.
    package let time: UTCTime
    /// Why, in the operator's words.
    package let reason: String
  }

  package init(
    stream: String,
    sequence: UInt64,
    manifest: SHA256Digest,
    created: UTCTime,
    snapshots: [SnapshotReference],
    bytes: UInt64,
    sites: [String] = [],
    maker: String = "",
    relied: UInt64 = 0,
    retraction: Retraction? = nil
  ) {
    self.stream = stream
    self.sequence = sequence
    self.manifest = manifest
    self.created = created
    self.snapshots = snapshots
    self.bytes = bytes
    self.sites = sites
    self.maker = maker
    self.relied = relied
    self.retraction = retraction
  }

  /// The name of its directory: stream and sequence.
  package var name: String {
    let digits = String(sequence)
    return stream + "-" + String(repeating: "0", count: max(0, 6 - digits.utf8.count)) + digits
  }
}

/// A bundle that was accepted here.
package struct AcceptedBundle: Hashable, Sendable {
  /// The fingerprint of the key that signed it.
  package let exporter: String
  /// The stream.
  package let stream: String
  /// Its place in the stream.
  package let sequence: UInt64
  /// The digest of MANIFEST.
  package let manifest: SHA256Digest
  /// The time that the manifest says.
  package let created: UTCTime
  /// When it was accepted.
  package let accepted: UTCTime

  package init(
    exporter: String,
    stream: String,
    sequence: UInt64,
    manifest: SHA256Digest,
    created: UTCTime,
    accepted: UTCTime
  ) {
    self.exporter = exporter
    self.stream = stream
    self.sequence = sequence
    self.manifest = manifest
    self.created = created
    self.accepted = accepted
  }
}

extension Catalogue {
  /// The sequence that the stream's next completed bundle gets.
  package func nextSequence(of stream: String) throws(Failure) -> UInt64 {
    let last = try lastExport(of: stream)?.sequence ?? 0
    let (next, overflow) = max(last, try floor(of: stream)).addingReportingOverflow(1)
    guard !overflow else { throw Catalogue.ended(stream) }
    return next
  }

  static func ended(_ stream: String) -> Failure {
    Failure(.state, "sequence", "the stream has ended", subject: stream)
  }

  /// The newest completed bundle of a stream, or nil.
  package func lastExport(of stream: String) throws(Failure) -> ExportRecord? {
    try exports(of: stream).last
  }

  /// The completed bundles, of one stream or of all, in order.
  package func exports(of stream: String? = nil) throws(Failure) -> [ExportRecord] {
    try read { db in
      try Row.fetchAll(
        db,
        sql: "SELECT * FROM export WHERE ?1 IS NULL OR stream = ?1 ORDER BY stream, sequence",
        arguments: [stream]
      ).map { row in
        let (stream, sequence) = (try row.text("stream"), try row.count("sequence"))
        let snapshots = try Row.fetchAll(
          db,
          sql: """
            SELECT name, digest FROM export_snapshot WHERE stream = ? AND sequence = ?
            ORDER BY position
            """,
          arguments: [stream, try stored(sequence, "sequence")]
        ).map { try $0.snapshot() }
        let sites = try Row.fetchAll(
          db,
          sql: "SELECT site FROM export_site WHERE stream = ? AND sequence = ? ORDER BY site",
          arguments: [stream, try stored(sequence, "sequence")]
        ).map { try $0.text("site") }
        let detail = try Row.fetchOne(
          db,
          sql: "SELECT * FROM export_detail WHERE stream = ? AND sequence = ?",
          arguments: [stream, try stored(sequence, "sequence")]
        )
        let retracted: Int64? = detail?["retracted"]
        let retraction = try retracted.map {
          ExportRecord.Retraction(
            time: UTCTime(seconds: $0),
            reason: try detail?.text("reason") ?? ""
          )
        }
        return ExportRecord(
          stream: stream,
          sequence: sequence,
          manifest: try row.digest("manifest"),
          created: try row.time("created"),
          snapshots: snapshots,
          bytes: try row.size("bytes"),
          sites: sites,
          maker: try detail?.text("maker") ?? "",
          relied: try detail?.count("relied") ?? 0,
          retraction: retraction
        )
      }
    }
  }

  /// Records a completed bundle, and so consumes its sequence.
  ///
  /// The same again changes nothing; another bundle under a used sequence is refused.
  package func record(_ export: ExportRecord) throws(Failure) {
    try write { db in
      let sequence = try stored(export.sequence, "sequence")
      let row = try Row.fetchOne(
        db,
        sql: "SELECT manifest FROM export WHERE stream = ? AND sequence = ?",
        arguments: [export.stream, sequence]
      )
      if let row {
        guard try row.digest("manifest") == export.manifest else {
          throw Failure(
            .state,
            "sequence-used",
            "this sequence of the stream was given to another bundle",
            subject: "\(export.stream) \(export.sequence)"
          )
        }
        try db.execute(
          sql: "DELETE FROM export_intent WHERE stream = ?",
          arguments: [export.stream]
        )
        return
      }
      try db.execute(
        sql: "INSERT INTO export VALUES (?, ?, ?, ?, ?)",
        arguments: [
          export.stream, sequence, export.manifest.data, export.created.seconds,
          try stored(export.bytes, "size"),
        ]
      )
      try db.execute(
        sql: "DELETE FROM export_intent WHERE stream = ?",
        arguments: [export.stream]
      )
      for (position, snapshot) in export.snapshots.enumerated() {
        try db.execute(
          sql: "INSERT INTO export_snapshot VALUES (?, ?, ?, ?, ?)",
          arguments: [export.stream, sequence, position, snapshot.name, snapshot.digest.data]
        )
      }
      try db.execute(
        sql: "INSERT INTO export_detail VALUES (?, ?, ?, ?, NULL, '')",
        arguments: [export.stream, sequence, export.maker, try stored(export.relied, "count")]
      )
      for site in export.sites {
        try db.execute(
          sql: "INSERT INTO export_site VALUES (?, ?, ?)",
          arguments: [export.stream, sequence, site]
        )
      }
    }
  }

  /// The bundles accepted, all or those of an exporter's stream, in order of sequence.
  package func accepted(
    exporter: String? = nil,
    stream: String? = nil
  ) throws(Failure) -> [AcceptedBundle] {
    try read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT * FROM accepted
          WHERE (?1 IS NULL OR exporter = ?1) AND (?2 IS NULL OR stream = ?2)
          ORDER BY exporter, stream, sequence
          """,
        arguments: [exporter, stream]
      ).map { row in
        AcceptedBundle(
          exporter: try row.text("exporter"),
          stream: try row.text("stream"),
          sequence: try row.count("sequence"),
          manifest: try row.digest("manifest"),
          created: try row.time("created"),
          accepted: try row.time("accepted")
        )
      }
    }
  }
}
