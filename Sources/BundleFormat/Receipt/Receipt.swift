package import SafeIO

/// What a site holds, as it states it under its signature (`docs/formats/receipt-format.md`).
package struct Receipt: Sendable, Equatable {
  /// How far a stream has been taken in.
  package struct Stream: Sendable, Equatable {
    /// The stream.
    package let name: String
    /// The highest sequence accepted.
    package let sequence: UInt64
    /// The digest of its MANIFEST.
    package let payload: SHA256Digest
    /// The sequences below that were never accepted.
    package let gaps: [ClosedRange<UInt64>]
    /// Digests of MANIFEST of the newest bundles below the highest sequence, by their sequence.
    package let lower: [UInt64: SHA256Digest]

    package init(
      name: String,
      sequence: UInt64,
      payload: SHA256Digest,
      gaps: [ClosedRange<UInt64>],
      lower: [UInt64: SHA256Digest]
    ) {
      (self.name, self.sequence, self.payload) = (name, sequence, payload)
      (self.gaps, self.lower) = (gaps, lower)
    }

    /// Whether a sequence is one that was never accepted.
    package func isGap(_ sequence: UInt64) -> Bool {
      var (low, high) = (gaps.startIndex, gaps.endIndex)
      while low < high {
        let middle = low + (high - low) / 2
        if gaps[middle].upperBound < sequence { low = middle + 1 } else { high = middle }
      }
      return low < gaps.endIndex && gaps[low].lowerBound <= sequence
    }
  }

  /// A bundle that was taken in although it was older than what the site had.
  package struct Older: Sendable, Equatable {
    package let stream: String
    package let sequence: UInt64
    package let payload: SHA256Digest
    /// When an operator decided it.
    package let time: UTCTime
    /// Why, in the operator's words.
    package let reason: String

    package init(
      stream: String,
      sequence: UInt64,
      payload: SHA256Digest,
      time: UTCTime,
      reason: String
    ) {
      (self.stream, self.sequence, self.payload) = (stream, sequence, payload)
      (self.time, self.reason) = (time, reason)
    }
  }

  /// A snapshot that the site holds.
  package struct Snapshot: Sendable, Equatable {
    package let name: String
    /// The digest of its list.
    package let digest: SHA256Digest

    package init(name: String, digest: SHA256Digest) { (self.name, self.digest) = (name, digest) }
  }

  /// A suite that no vendor signed, and on whose word the site has it.
  package struct Vouched: Sendable, Equatable {
    /// The snapshot that has it.
    package let snapshot: String
    /// The distribution.
    package let distribution: String
    /// Primary fingerprints of the exporters that vouched for it.
    package let exporters: [String]

    package init(snapshot: String, distribution: String, exporters: [String]) {
      (self.snapshot, self.distribution, self.exporters) = (snapshot, distribution, exporters)
    }
  }

  /// How far an audit log has come.
  package struct AuditHead: Sendable, Equatable {
    /// Whose log: the fingerprint of that depot's key.
    package let log: String
    /// The number of the record.
    package let sequence: UInt64
    /// The digest of the record's line.
    package let digest: SHA256Digest

    package init(log: String, sequence: UInt64, digest: SHA256Digest) {
      (self.log, self.sequence, self.digest) = (log, sequence, digest)
    }
  }

  /// The site.
  package var site: String
  /// The fingerprint of its key.
  package var key: String
  /// The site's number of the receipt, rising from 1.
  package var number: UInt64
  /// When it was made.
  package var created: UTCTime
  /// How far the site's own audit log had come.
  package var audit: AuditHead?
  /// How far other logs had come, as the site knows.
  package var knownAudit: [AuditHead] = []
  package var streams: [Stream] = []
  package var older: [Older] = []
  package var snapshots: [Snapshot] = []
  package var vouched: [Vouched] = []
  /// Signed statements about the site's keys.
  package var keyStatements: [[UInt8]] = []
  /// All objects that the site holds.
  package var inventory: ObjectInventory

  package init(
    site: String,
    key: String,
    number: UInt64,
    created: UTCTime,
    inventory: ObjectInventory
  ) {
    (self.site, self.key, self.number) = (site, key, number)
    (self.created, self.inventory) = (created, inventory)
  }
}
