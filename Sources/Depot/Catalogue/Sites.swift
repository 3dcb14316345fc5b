internal import GRDB
package import SafeIO

/// That a site has taken a bundle in.
package struct Acknowledgement: Hashable, Sendable {
  /// How it became known.
  package enum Means: String, Sendable {
    /// A receipt that the site's key signed.
    case receipt
    /// A line that a person typed, and vouches for.
    case typed
  }

  /// The site.
  package let site: String
  /// The stream.
  package let stream: String
  /// The bundle's place in it.
  package let sequence: UInt64
  /// The digest of its MANIFEST.
  package let manifest: SHA256Digest
  /// When it became known here.
  package let learned: UTCTime
  /// How it became known.
  package let means: Means

  package init(
    site: String,
    stream: String,
    sequence: UInt64,
    manifest: SHA256Digest,
    learned: UTCTime,
    means: Means
  ) {
    (self.site, self.stream, self.sequence) = (site, stream, sequence)
    (self.manifest, self.learned, self.means) = (manifest, learned, means)
  }
}

/// The newest receipt of a site, as it was signed.
package struct KeptReceipt: Hashable, Sendable {
  /// The site.
  package let site: String
  /// The site's number of it.
  package let number: UInt64
  /// The time that it says.
  package let created: UTCTime
  /// When it became known here.
  package let learned: UTCTime
  /// The fingerprint of the key that signed it.
  package let signer: String
  /// The clearsigned file.
  package let text: [UInt8]

  package init(
    site: String,
    number: UInt64,
    created: UTCTime,
    learned: UTCTime,
    signer: String,
    text: [UInt8]
  ) {
    (self.site, self.number, self.created) = (site, number, created)
    (self.learned, self.signer, self.text) = (learned, signer, text)
  }
}

/// A bundle that was taken in although it was older than what was here.
package struct OlderBundle: Hashable, Sendable {
  /// The stream.
  package let stream: String
  /// The bundle's place in it.
  package let sequence: UInt64
  /// The digest of its MANIFEST.
  package let manifest: SHA256Digest
  /// When an operator decided it.
  package let time: UTCTime
  /// Why, in the operator's words.
  package let reason: String

  package init(
    stream: String,
    sequence: UInt64,
    manifest: SHA256Digest,
    time: UTCTime,
    reason: String
  ) {
    (self.stream, self.sequence, self.manifest) = (stream, sequence, manifest)
    (self.time, self.reason) = (time, reason)
  }
}

extension Catalogue {
  /// What was taken in although it was older, the oldest decision first.
  package func olderBundles() throws(Failure) -> [OlderBundle] {
    try read { db in
      try Row.fetchAll(db, sql: "SELECT * FROM accepted_older ORDER BY id").map { row in
        OlderBundle(
          stream: try row.text("stream"),
          sequence: try row.count("sequence"),
          manifest: try row.digest("manifest"),
          time: try row.time("made"),
          reason: try row.text("reason")
        )
      }
    }
  }

  /// What sites are known to have taken in: of one site or all, of one stream or all, in order.
  package func acknowledgements(
    of site: String? = nil,
    stream: String? = nil
  ) throws(Failure) -> [Acknowledgement] {
    try read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT * FROM acknowledgement
          WHERE (?1 IS NULL OR site = ?1) AND (?2 IS NULL OR stream = ?2)
          ORDER BY site, stream, sequence
          """,
        arguments: [site, stream]
      ).map { row in
        guard let means = Acknowledgement.Means(rawValue: try row.text("how")) else {
          throw UnusableValue(column: "how")
        }
        return Acknowledgement(
          site: try row.text("site"),
          stream: try row.text("stream"),
          sequence: try row.count("sequence"),
          manifest: try row.digest("manifest"),
          learned: try row.time("learned"),
          means: means
        )
      }
    }
  }

  /// The bundles made for named sites of which one may still ask for parts: it has acknowledged
  /// neither this bundle nor a later one, and nobody has said that the media are lost.
  func unacknowledgedExports() throws(Failure) -> [ExportRecord] {
    var newest: [String: UInt64] = [:]
    for one in try acknowledgements() {
      let key = "\(one.site)\n\(one.stream)"
      newest[key] = max(newest[key] ?? 0, one.sequence)
    }
    var open: [ExportRecord] = []
    for export in try exports() where export.retraction == nil {
      let isOpen = export.sites.contains { site in
        newest["\(site)\n\(export.stream)"] ?? 0 < export.sequence
      }
      if isOpen { open.append(export) }
    }
    return open
  }

  /// The newest receipt of a site; nil when none was added.
  package func receipt(of site: String) throws(Failure) -> KeptReceipt? {
    try read { db in
      try Row.fetchOne(db, sql: "SELECT * FROM site_receipt WHERE site = ?", arguments: [site])
        .map(Catalogue.receipt)
    }
  }

  /// The newest receipts of all sites.
  package func receipts() throws(Failure) -> [KeptReceipt] {
    try read { db in
      try Row.fetchAll(db, sql: "SELECT * FROM site_receipt ORDER BY site").map(Catalogue.receipt)
    }
  }

  private static func receipt(_ row: Row) throws -> KeptReceipt {
    KeptReceipt(
      site: try row.text("site"),
      number: try row.count("number"),
      created: try row.time("created"),
      learned: try row.time("learned"),
      signer: try row.text("signer"),
      text: try row.bytes("text")
    )
  }

  /// The digests of all lists of snapshots that are here or were exported: of what others say they
  /// hold, only these are read as lists.
  package func knownListings() throws(Failure) -> Set<SHA256Digest> {
    try read { db in
      let rows = try Row.fetchAll(
        db,
        sql: "SELECT digest FROM snapshot UNION SELECT digest FROM export_snapshot"
      )
      return Set(try rows.map { try $0.digest("digest") })
    }
  }

  /// Moves the ledger: a receipt, what it acknowledges, and the sequences that it shows to be used.
  ///
  /// All or nothing. A bundle that a person vouched for before is now known from the receipt.
  package func record(
    _ receipt: KeptReceipt?,
    acknowledging bundles: [Acknowledgement],
    floors: [(stream: String, sequence: UInt64)] = []
  ) throws(Failure) {
    try write { db in
      // When it was first known to have arrived is what people ask for.
      var first: [String: Int64] = [:]
      if let receipt {
        let rows = try Row.fetchAll(
          db,
          sql: "SELECT * FROM acknowledgement WHERE site = ? AND how = 'receipt'",
          arguments: [receipt.site]
        )
        for row in rows {
          let key = "\(try row.text("stream"))\n\(try row.count("sequence"))"
          first[key + (try row.digest("manifest").hex)] = try row.time("learned").seconds
        }
        try db.execute(
          sql: "INSERT OR REPLACE INTO site_receipt VALUES (?, ?, ?, ?, ?, ?)",
          arguments: [
            receipt.site, try stored(receipt.number, "number"), receipt.created.seconds,
            receipt.learned.seconds, receipt.signer, receipt.text.data,
          ]
        )
        // What the site held when it made this, the receipt says, whatever receipts before it said:
        // a site that was put back from a backup holds less than before. What a person typed since
        // then came after it.
        try db.execute(
          sql: "DELETE FROM acknowledgement WHERE site = ? AND (how = 'receipt' OR learned <= ?)",
          arguments: [receipt.site, receipt.created.seconds]
        )
      }
      for bundle in bundles {
        try db.execute(
          sql: """
            INSERT INTO acknowledgement VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET how = excluded.how, learned = excluded.learned
            WHERE how = 'typed' AND excluded.how = 'receipt'
            """,
          arguments: [
            bundle.site, bundle.stream, try stored(bundle.sequence, "sequence"),
            bundle.manifest.data,
            first["\(bundle.stream)\n\(bundle.sequence)\(bundle.manifest.hex)"]
              ?? bundle.learned.seconds,
            bundle.means.rawValue,
          ]
        )
      }
      for floor in floors {
        try db.execute(
          sql: """
            INSERT INTO stream_floor VALUES (?1, ?2)
            ON CONFLICT DO UPDATE SET sequence = max(sequence, ?2)
            """,
          arguments: [floor.stream, try stored(floor.sequence, "sequence")]
        )
      }
    }
  }

  /// The highest sequence of a stream that a receipt has shown to be used; 0 when there is none.
  package func floor(of stream: String) throws(Failure) -> UInt64 {
    try read { db in
      try Row.fetchOne(
        db,
        sql: "SELECT sequence FROM stream_floor WHERE stream = ?",
        arguments: [stream]
      ).map { try $0.count("sequence") } ?? 0
    }
  }

  /// Records that a bundle's media are lost, and will not arrive; the same again changes nothing.
  package func retract(
    stream: String,
    sequence: UInt64,
    at time: UTCTime,
    reason: String
  ) throws(Failure) {
    try write { db in
      let number = try stored(sequence, "sequence")
      try db.execute(
        sql: """
          INSERT INTO export_detail VALUES (?1, ?2, '', 0, ?3, ?4)
          ON CONFLICT DO UPDATE SET retracted = ?3, reason = ?4 WHERE retracted IS NULL
          """,
        arguments: [stream, number, time.seconds, reason]
      )
      // What a person said about its arrival is taken back; what a site signed stands.
      try db.execute(
        sql: "DELETE FROM acknowledgement WHERE stream = ? AND sequence = ? AND how = 'typed'",
        arguments: [stream, number]
      )
    }
  }

  /// The number of this site's next receipt, and the note that it was given.
  package func takeReceiptNumber(at time: UTCTime) throws(Failure) -> UInt64 {
    try write { db in
      let last =
        try Row.fetchOne(db, sql: "SELECT max(number) AS number FROM own_receipt").flatMap { row in
          row.hasNull(atIndex: 0) ? nil : try row.count("number")
        } ?? 0
      let number = try stored(last + 1, "number")
      try db.execute(
        sql: "INSERT INTO own_receipt VALUES (?, ?)",
        arguments: [number, time.seconds]
      )
      return last + 1
    }
  }
}
