package import BundleFormat
package import Depot
package import SafeIO
package import Transfer

/// Where a signed receipt goes.
package enum ReceiptDestination: Hashable, Sendable {
  /// To a file outside the depot.
  case file(String)
  /// To a directory in an object store, under a name of its own.
  case store(String)
  /// Back to the caller.
  case caller

  /// What it is called.
  fileprivate var text: String {
    switch self {
    case .file(let path), .store(let path): path
    case .caller: "-"
    }
  }
}

/// A receipt of everything that this site holds.
package struct MadeReceipt: Sendable {
  package let receipt: Receipt
  /// As it is carried, signed.
  package let text: [UInt8]
  /// Where it was put, in an object store.
  package var place: String?
}

/// A receipt that came from a site.
package enum ReceiptOrder: Sendable {
  /// A signed file.
  case file(GivenFile)
  /// A line that a person carried.
  case typed(String)
}

/// A line about one stream that a person can carry out, with what it is about.
package struct CarriedLine: Hashable, Sendable {
  /// The stream.
  package let stream: String
  /// The newest bundle of it that was taken in.
  package let sequence: UInt64
  /// What is carried.
  package let line: String
}

extension Session {
  /// The line of each stream that a person can carry out, with what it is about.
  package func carriedLines() throws(Failure) -> [CarriedLine] {
    try typedReceipts().map {
      CarriedLine(stream: $0.stream, sequence: $0.sequence, line: $0.line)
    }
  }

  /// The line of each stream that a person can carry out.
  package func typedReceipts() throws(Failure) -> [TypedReceipt] {
    try ReceiptMaking(depot: try depot(), now: now, facts: AuditFacts()).typed()
  }

  /// Makes a signed receipt of everything that this site holds.
  package func createReceipt(
    to destination: ReceiptDestination,
    _ around: StoreSurroundings = StoreSurroundings()
  ) throws(Failure) -> MadeReceipt {
    let subject = AuditSubject("receipt create", [AuditField("to", [destination.text])])
    return try perform(subject) { (job) throws(Failure) in
      try job.check(destination, around)
      return try job.receipt(
        ReceiptMaking(depot: job.depot, now: now, facts: job.facts),
        to: destination,
        around
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
  ///
  /// `bundle` is its name, where the media may hold others too.
  package func askForResend(
    of media: [String],
    bundle: String? = nil,
    around: StoreSurroundings = StoreSurroundings()
  ) throws(Failure) -> ResendAsking.Answer {
    let asking = ResendAsking(depot: try depot(), now: now)
    return try interruption.govern { () throws(Failure) in
      try asking.ask(
        media,
        bundle: bundle,
        among: try farMedia(media, around),
        progress: progress ?? { _ in }
      )
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
            "this depot has made no bundle with that name",
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
    _ around: StoreSurroundings,
    within seconds: Double = 0
  ) throws(Failure) -> MadeReceipt {
    var made = try depot.locked(for: "receipt create", within: seconds) { () throws(Failure) in
      let (receipt, text) = try making.make(signingWith: try signingKeys())
      if case .file(let path) = destination { try depot.write(text, to: path) }
      return MadeReceipt(receipt: receipt, text: text)
    }
    if case .store(let address) = destination {
      made.place = try depot.put(made, to: address, around)
      record("receipt at", [made.place ?? ""])
    }
    return made
  }

  /// Refuses what a receipt could not be put to, as far as that is to be seen before.
  func check(
    _ destination: ReceiptDestination,
    _ around: StoreSurroundings
  ) throws(Failure) {
    switch destination {
    case .file(let path): try depot.checkDestination(path)
    case .store(let address): _ = try depot.farDestination(address, around)
    case .caller: break
    }
  }
}
