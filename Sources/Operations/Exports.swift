package import BundleFormat
internal import Depot
package import SafeIO
package import Transfer
internal import Trust

/// A bundle that is to be made.
package struct ExportOrder: Sendable {
  package let snapshots: [String]
  /// The directory (a mounted medium) in which the bundle's directory is made.
  package let destination: String
  /// The stream; the site's name when nil.
  package var stream: String?
  /// The largest chunk file, in bytes.
  package var chunkSize = BundleLimits.standardChunkSize
  /// Whether chunks may be larger than every file system carries.
  package var allowsLargeChunks = false
  /// The time that the manifest says; the session's when nil.
  package var created: UTCTime?
  /// When importers begin to refuse it; never when nil.
  package var expires: Expiry?
  /// The sites that the bundle is for; empty for any.
  package var sites: [String] = []
  /// Whether a site may be one that the depot knows nothing of.
  package var allowsNewSites = false
  /// What the receivers are relied on to have.
  package var base = ExportBase.acknowledged
  /// Whether what lies under the unfinished bundle's name is removed first.
  package var discardsPartial = false
  /// The package of the program that goes beside the bundle.
  package var program: String?
  /// How much parity the bundle gets; nil for none.
  package var parity: ParityShare?
  /// How many of the media are parity; 0 for none.
  package var parityMedia = 0

  /// The end of a bundle.
  package enum Expiry: Sendable {
    case at(UTCTime)
    /// So many seconds after it was made.
    case after(Int64)

    fileprivate func time(of created: UTCTime) throws(Failure) -> UTCTime {
      let end =
        switch self {
        case .at(let time): time
        case .after(let seconds): created.adding(seconds: seconds)
        }
      guard end > created, end <= .latest else {
        throw Failure(
          .usage,
          "arguments",
          "the bundle would expire before it is made, at \(created), or never",
          subject: end.rfc3339,
          hint: "give --expires a later time, or a length as 90d"
        )
      }
      return end
    }

    fileprivate var text: String {
      switch self {
      case .at(let time): time.rfc3339
      case .after(let seconds): "\(seconds) s"
      }
    }
  }

  package init(_ snapshots: [String], to destination: String) {
    self.snapshots = snapshots
    self.destination = destination
  }

  var subject: AuditSubject {
    var bundles: [String] = []
    if case .since(let named) = base { bundles = named }
    var isDelivered = false
    if case .delivered = base { isDelivered = true }
    return AuditSubject(
      "export",
      [
        AuditField("snapshots", snapshots), AuditField("to", [destination]),
        AuditField("stream", stream.map { [$0] } ?? []), AuditField("site", sites),
        AuditField("since", bundles), AuditField("expires", expires.map { [$0.text] } ?? []),
        AuditField("assume-delivered", isDelivered ? ["yes"] : []),
        AuditField("discard-partial", discardsPartial ? ["yes"] : []),
        AuditField("with-program", program.map { [$0] } ?? []),
        AuditField("parity", parity.map { [$0.text] } ?? []),
        AuditField("parity-media", parityMedia > 0 ? ["\(parityMedia)"] : []),
      ]
    )
  }
}

/// Chunks and files of a bundle that are to be written again.
package struct ResendOrder: Sendable {
  /// What the receiver asked for.
  package let request: GivenFile
  package let destination: String
  package var discardsPartial = false
  package var isDryRun = false

  package init(_ request: GivenFile, to destination: String) {
    self.request = request
    self.destination = destination
  }

  var subject: AuditSubject? {
    guard !isDryRun else { return nil }
    return AuditSubject(
      "export",
      [
        AuditField("to", [destination]),
        AuditField("discard-partial", discardsPartial ? ["yes"] : []),
        AuditField("resend", [request.name]),
      ]
    )
  }
}

/// What became of an export.
package enum ExportOutcome: Sendable {
  /// The sites have all of it.
  case nothingToCarry
  case made(ExportResult)
}

/// What an export would write.
package enum ExportPlan: Sendable {
  /// The sites have all of it.
  case nothingToCarry
  case bundle(ExportSummary)
}

extension Session {
  /// Says what an export would write, and writes nothing.
  package func planExport(_ order: ExportOrder) throws(Failure) -> ExportPlan {
    try perform(nil) { (job) throws(Failure) in
      let program = try job.program(order)
      let exporter = try job.exporter(order, beside: program)
      if try exporter.isKnownToHaveArrived() { return .nothingToCarry }
      try job.tellUnknownSites(order)
      let summary = try exporter.plan()
      for note in summary.increment.notes { tell(note) }
      return .bundle(summary)
    }
  }

  /// Refuses, behind a plan, what the export itself would refuse for want of room.
  package func checkRoom(for summary: ExportSummary, _ order: ExportOrder) throws(Failure) {
    try Exporter.checkRoom(summary, on: order.destination)
  }

  /// Writes snapshots to a medium as a signed bundle.
  package func exportBundle(_ order: ExportOrder) throws(Failure) -> ExportOutcome {
    try perform(order.subject) { (job) throws(Failure) in
      // What is no package, or has no place, is told before anything is written.
      let program = try job.program(order)
      let exporter = try job.exporter(order, beside: program)
      if try exporter.isKnownToHaveArrived() { return .nothingToCarry }
      try job.tellUnknownSites(order)
      let keys = try job.signingKeys()
      // Before the bundle: once that is recorded, nothing may refuse any more.
      if let program { try carry(program, exporter, to: order.destination, keys) }
      let result = try exporter.export(signingWith: keys, progress: progress ?? { _ in })
      for note in result.summary.increment.notes { tell(note) }
      if let note = Note.readBack(result.readBack, "the bundle is written") { tell(note) }
      return .made(result)
    }
  }

  /// Puts the program beside where the bundle will be, when both have room.
  private func carry(
    _ program: CarriedProgram,
    _ exporter: Exporter,
    to destination: String,
    _ keys: OwnKeys
  ) throws(Failure) {
    try Exporter.checkRoom(try exporter.plan(), on: destination)
    let digest = try program.write(to: try Directory(opening: destination), signingWith: keys)
    tell(.note("the program lies in \(CarriedProgram.directory): SHA-256 \(digest.hex)"))
  }

  /// Writes again what a receiver asked for.
  package func resend(_ order: ResendOrder) throws(Failure) -> Resending.Outcome {
    try perform(order.subject) { (job) throws(Failure) in
      let outcome = try Resending(
        request: try order.request.read(limit: Resending.longestRequest),
        name: order.request.name,
        destination: order.destination,
        discardsPartial: order.discardsPartial,
        depot: job.depot,
        facts: job.facts
      ).run(isDryRun: order.isDryRun, progress: progress ?? { _ in })
      if let note = Note.readBack(outcome.readBack, "what was asked for is written") { tell(note) }
      return outcome
    }
  }
}

extension Job {
  func program(_ order: ExportOrder) throws(Failure) -> CarriedProgram? {
    guard let path = order.program else { return nil }
    let program = try CarriedProgram(path)
    try program.checkPlace(on: try Directory(opening: order.destination))
    return program
  }

  fileprivate func exporter(
    _ order: ExportOrder,
    beside program: CarriedProgram?
  ) throws(Failure) -> Exporter {
    var request = try request(order)
    request.besides = program?.needed ?? 0
    return try Exporter(request, depot: depot)
  }

  /// What the libraries are asked for.
  func request(_ order: ExportOrder) throws(Failure) -> ExportRequest {
    if !order.allowsNewSites { try refuseNewSites(order.sites) }
    let created = order.created ?? now
    var request = ExportRequest(
      snapshots: order.snapshots,
      destination: order.destination,
      stream: order.stream,
      chunkSize: order.chunkSize,
      allowsLargeChunks: order.allowsLargeChunks,
      created: created,
      sites: order.sites,
      base: order.base,
      discardsPartial: order.discardsPartial,
      facts: facts
    )
    (request.parity, request.parityMedia) = (order.parity, order.parityMedia)
    request.expires = try order.expires?.time(of: created)
    return request
  }

  /// A site that was mistyped would get a bundle that nobody can take in.
  private func refuseNewSites(_ sites: [String]) throws(Failure) {
    guard !sites.isEmpty else { return }
    var known = Set(try depot.catalogue.trust(role: .site).map(\.name))
    known.formUnion(try depot.catalogue.exports().flatMap(\.sites))
    known.formUnion(try depot.catalogue.receipts().map(\.site))
    for site in sites where !known.contains(site) {
      // What cannot be a site's name is refused as such, with or without the option.
      guard BundleName.isValid(site) else { continue }
      throw Failure(
        .usage,
        "unknown-site",
        "this depot knows no site with that name: no key of one is pinned, and no bundle was made for it",
        subject: site,
        hint: (known.isEmpty ? "" : "it knows " + known.sorted().joined(separator: ", ") + "; ")
          + "pin the site's key (aptferry trust add FILE --role site --name \(site)), or say --new-site"
      )
    }
  }

  func tellUnknownSites(_ order: ExportOrder) throws(Failure) {
    for site in order.sites where try depot.catalogue.trust(role: .site, name: site).isEmpty {
      session.tell(
        .note(
          "no key of a site called \(site) is pinned here, so its receipts could not be taken in: "
            + "aptferry trust add FILE --role site --name \(site)"
        )
      )
    }
  }
}
