package import BundleFormat
package import Depot
package import SafeIO
package import Transfer

/// Where a signed receipt goes.
package enum ReceiptDestination: Hashable, Sendable {
  /// To a file outside the depot.
  case file(String)
  /// Back to the caller.
  case caller
}

/// A receipt of everything that this site holds.
package struct MadeReceipt: Sendable {
  package let receipt: Receipt
  /// As it is carried, signed.
  package let text: [UInt8]
}

/// A receipt that came from a site.
package enum ReceiptOrder: Sendable {
  /// A signed file.
  case file(GivenFile)
  /// A line that a person carried.
  case typed(String)
}

extension Session {
  /// The line of each stream that a person can carry out.
  package func typedReceipts() throws(Failure) -> [TypedReceipt] {
    try ReceiptMaking(depot: try depot(), now: now, facts: AuditFacts()).typed()
  }

  /// Makes a signed receipt of everything that this site holds.
  package func createReceipt(to destination: ReceiptDestination) throws(Failure) -> MadeReceipt {
    let target = if case .file(let path) = destination { path } else { "-" }
    let subject = AuditSubject("receipt create", [AuditField("to", [target])])
    return try perform(subject) { (job) throws(Failure) in
      if case .file(let path) = destination { try job.depot.checkDestination(path) }
      return try job.receipt(
        ReceiptMaking(depot: job.depot, now: now, facts: job.facts),
        to: destination
      )
    }
  }

  /// Takes a site's receipt into the ledger; `source` is what it came as, for the audit log.
  package func addReceipt(
    _ order: ReceiptOrder,
    from source: [String]
  ) throws(Failure) -> ReceiptAdmission.Outcome {
    let subject = AuditSubject("receipt add", [AuditField("receipt", source)])
    return try perform(subject) { (job) throws(Failure) in
      let admission = ReceiptAdmission(depot: job.depot, now: now, facts: job.facts)
      let outcome =
        switch order {
        case .file(let file):
          try admission.add(
            try file.read(limit: ReceiptAdmission.longest),
            name: file.name
          )
        case .typed(let line): try admission.add(typed: line)
        }
      job.record("notes", outcome.notes.map(\.entry))
      for note in outcome.notes { tell(note) }
      return outcome
    }
  }

  /// Says what is missing from a bundle, for the exporter to write again; the media are only read.
  package func askForResend(of media: [String]) throws(Failure) -> ResendAsking.Answer {
    let asking = ResendAsking(depot: try depot(), now: now)
    return try interruption.govern { () throws(Failure) in
      try asking.ask(media, progress: progress ?? { _ in })
    }
  }

  /// Notes that a bundle's media are lost: its content is carried again.
  package func retract(
    _ bundle: String,
    reason: String
  ) throws(Failure) -> (record: ExportRecord, acknowledgedBy: [String]) {
    let subject = AuditSubject(
      "ledger retract",
      [AuditField("bundle", [bundle])],
      reason: reason
    )
    return try perform(subject) { (job) throws(Failure) in
      let catalogue = job.depot.catalogue
      let record = try job.depot.locked(for: "ledger retract") { () throws(Failure) in
        guard let record = try catalogue.exports().first(where: { $0.name == bundle }) else {
          throw Failure(
            .usage,
            "no-bundle",
            "this depot has made no bundle of that name",
            subject: bundle,
            hint: "aptferry ledger show lists them"
          )
        }
        try catalogue.retract(
          stream: record.stream,
          sequence: record.sequence,
          at: now,
          reason: reason
        )
        return record
      }
      job.facts.add(.retracted(record))
      let arrived = try catalogue.acknowledgements(stream: record.stream)
        .filter { $0.sequence == record.sequence }.map(\.site)
      return (record, arrived)
    }
  }
}

extension Job {
  /// Makes a receipt and, where it goes to a file, writes that before anything says so.
  func receipt(
    _ making: ReceiptMaking,
    to destination: ReceiptDestination,
    within seconds: Double = 0
  ) throws(Failure) -> MadeReceipt {
    try depot.locked(for: "receipt create", within: seconds) { () throws(Failure) in
      let (receipt, text) = try making.make(signingWith: try signingKeys())
      if case .file(let path) = destination { try depot.write(text, to: path) }
      return MadeReceipt(receipt: receipt, text: text)
    }
  }
}
