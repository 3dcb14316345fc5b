package import SafeIO

/// What an auditor wants to take away of one bundle.
package struct EvidenceOrder: Sendable {
  /// The bundle: `mainland-000001`.
  package let bundle: String
  /// The new directory, outside the depot.
  package let destination: String
  /// The package whose way is shown; all indexes of the bundle where nil.
  package var package: (name: String, version: String?)?

  package init(_ bundle: String, to destination: String) {
    (self.bundle, self.destination) = (bundle, destination)
  }
}

/// Evidence that was written.
package struct WrittenEvidence: Sendable {
  /// The files, as paths below the directory.
  package let files: [String]
  /// What could not be written, and why.
  package let lacking: [String]
}

extension Session {
  /// Writes what proves how the content of a bundle came here, so that it can be checked elsewhere
  /// with stock tools: the audit log, the bundle's lists, the vendors' Release files and indexes, a
  /// receipt, the keys, and a page that says how.
  package func exportEvidence(_ order: EvidenceOrder) throws(Failure) -> WrittenEvidence {
    let depot = try depot()
    let writer = try interruption.govern { () throws(Failure) in
      try EvidenceWriter(order, depot, now: now)
    }
    do throws(Failure) {
      try interruption.govern { () throws(Failure) in try writer.writeKept() }
      // The last that is made: a receipt has a number, which nothing that fails should use up.
      let receipt =
        if writer.isAccepted { try createReceipt(to: .caller).text } else {
          try writer.keptReceipts()
        }
      let written = try interruption.govern { () throws(Failure) in try writer.finish(receipt) }
      for key in writer.revokedKeys {
        tell(
          Note(
            .warning,
            "revoked-key",
            "\(key) is REVOKED: what it signed proves nothing by itself"
          )
        )
      }
      return written
    } catch {
      try writer.drop()
      throw error
    }
  }
}
