internal import BundleFormat
internal import Depot
package import Publishing
package import SafeIO
package import Transfer
internal import Trust

/// Bundles that are to be taken in.
package struct ImportOrder: Sendable {
  /// Bundles, or media that hold some, in any order.
  package let media: [String]
  /// The prefix at which what comes in is published at once.
  package var prefix: String?
  /// Where the signed receipt goes.
  package var receipt: ReceiptDestination?
  /// Why what is older than what is here may come in; nil when it may not.
  package var reasonForOlder: String?
  /// Whether a suite, component or architecture may have gone.
  package var allowsRemoval = false
  /// Whether vendors' keys may have expired since they signed.
  package var allowsExpiredKeys = false
  package var isDryRun = false
  /// Whether a request for what is missing is made where a bundle is incomplete.
  package var asksForResend = false
  /// Who asks object stores, where media are in one.
  package var around = StoreSurroundings()

  package init(_ media: [String]) { self.media = media }

  var subject: AuditSubject? {
    guard !isDryRun else { return nil }
    return AuditSubject(
      "import",
      [
        AuditField("media", media), AuditField("publish", prefix.map { [$0] } ?? []),
        AuditField("accept-older", reasonForOlder == nil ? [] : ["yes"]),
        AuditField("allow-removal", allowsRemoval ? ["yes"] : []),
        AuditField("allow-expired-key", allowsExpiredKeys ? ["yes"] : []),
      ],
      reason: reasonForOlder
    )
  }
}

/// What an import did.
package struct ImportOutcome: Sendable {
  package let bundles: [ImportResult]
  package let published: PublicationResult?
  /// The line of each stream that a person can carry out, by its stream.
  package let typed: [String: String]
  /// The signed receipt, when the caller wanted it and not a file.
  package let receipt: [UInt8]?
  /// Where the receipt was put, in an object store.
  package var receiptPlace: String?
  /// Why not all came in, where a request for the rest could be made.
  package var failure: Failure?
  /// What to ask the exporter for, then.
  package var request: [UInt8]?
}

extension Session {
  /// Takes bundles from media into the depot; publishes what they brought and makes the receipt when
  /// that is asked for.
  package func importBundles(_ order: ImportOrder) throws(Failure) -> ImportOutcome {
    guard order.asksForResend, !order.isDryRun else { return try takeIn(order) }
    do throws(Failure) {
      return try takeIn(order)
    } catch {
      let names: [Failure.Name] = [
        .chunksMissing, .chunksDamaged, .objectsMissing, .damagedObject,
      ]
      guard names.contains(error.name), let bundle = error.subject else { throw error }
      var outcome = ImportOutcome(bundles: [], published: nil, typed: [:], receipt: nil)
      outcome.failure = error
      outcome.request = try askForResend(
        of: order.media,
        bundle: bundle,
        around: order.around
      ).request
      return outcome
    }
  }

  private func takeIn(_ order: ImportOrder) throws(Failure) -> ImportOutcome {
    try perform(order.subject) { (job) throws(Failure) in
      // Not after hours of work.
      if let receipt = order.receipt { try job.check(receipt, order.around) }
      if let prefix = order.prefix { try Publisher.check(prefix, in: job.depot) }
      if !order.isDryRun, order.reasonForOlder == nil {
        try Publications.refuseForgotten(job.depot)
      }
      var taken: [ImportResult] = []
      do throws(Failure) {
        try job.take(order) { taken.append($0) }
        return try job.finish(order, taken)
      } catch {
        // What came in before stays, and is said.
        throw error.adding(
          details: taken.flatMap { result in
            ["\(result.name): \(result.outcome.rawValue)"]
              + result.notes.filter { $0.severity == .alarm }.map(\.entry)
          }
        )
      }
    }
  }
}

extension Job {
  fileprivate func take(
    _ order: ImportOrder,
    _ afterEach: (ImportResult) -> Void
  ) throws(Failure) {
    var request = ImportRequest(
      media: order.media,
      now: now,
      facts: facts,
      isDryRun: order.isDryRun,
      reasonForOlder: order.reasonForOlder,
      allowsRemoval: order.allowsRemoval,
      beforeCommit: continuity(order.prefix)
    )
    request.far = try session.farMedia(order.media, order.around)
    request.allowsExpiredKeys = order.allowsExpiredKeys
    request.tell = { [self] notes in
      record("keys", notes.map(\.entry))
      for note in notes { session.tell(note) }
    }
    let importer = Importer(request, depot: depot)
    _ = try importer.run(progress: session.progress ?? { _ in }) { result in
      afterEach(result)
      // Noted now: whatever comes after this bundle may be refused.
      record("notes", result.notes.map(\.entry))
      for note in result.notes { session.tell(note.about(result.name)) }
    }
  }

  /// What is to be published at once is compared with what clients have before it comes in.
  private func continuity(_ prefix: String?) -> ImportRequest.BeforeCommit {
    guard let prefix else { return { _ throws(Failure) in } }
    let depot = depot
    return { (records) throws(Failure) in
      try VendorContinuity(depot).check(records, at: prefix)
    }
  }

  fileprivate func finish(
    _ order: ImportOrder,
    _ results: [ImportResult]
  ) throws(Failure) -> ImportOutcome {
    let published = try publish(order, results)
    let making = ReceiptMaking(depot: depot, now: now, facts: facts)
    var typed: [String: String] = [:]
    if !order.isDryRun { for line in try making.typed() { typed[line.stream] = line.line } }
    var receipt: MadeReceipt?
    if !order.isDryRun, let destination = order.receipt {
      receipt =
        try self.receipt(
          making,
          to: destination,
          order.around,
          within: Depot.commitPatience
        )
    }
    var outcome = ImportOutcome(
      bundles: results,
      published: published,
      typed: typed,
      receipt: receipt?.text
    )
    outcome.receiptPlace = receipt?.place
    return outcome
  }

  /// Publishes what the bundles brought: of each stream what the newest brought, whether it came
  /// now or in a run before that was interrupted.
  private func publish(
    _ order: ImportOrder,
    _ results: [ImportResult]
  ) throws(Failure) -> PublicationResult? {
    guard let prefix = order.prefix, !order.isDryRun else { return nil }
    var names: [String] = []
    var taken: Set<String> = []
    for result in results.reversed() {
      // An older bundle of the same command must not go over what a newer one has.
      for snapshot in result.snapshots.reversed() {
        let suites = try depot.catalogue.findSnapshot(snapshot.name)?.suites ?? []
        let isNew = suites.contains { taken.insert($0.distribution).inserted }
        if isNew { names.insert(snapshot.name, at: 0) }
      }
    }
    if order.reasonForOlder == nil { try refuseOlder(results, prefix) }
    guard !names.isEmpty else {
      throw Failure(.state, "nothing-to-publish", "the bundles bring no snapshot to publish")
    }
    return try publishing("publish", isDryRun: false, within: Depot.commitPatience) {
      (publisher) throws(Failure) in
      try publisher.publish(PublishRequest(names, at: prefix, now: now))
    }
  }

  /// Clients go back only when somebody says why.
  private func refuseOlder(_ results: [ImportResult], _ prefix: String) throws(Failure) {
    for (stream, bundles) in Dictionary(grouping: results, by: \.stream) {
      let brought = bundles.map(\.sequence).max() ?? 0
      let newest = try depot.catalogue.accepted(stream: stream).map(\.sequence).max() ?? 0
      guard brought < newest else { continue }
      throw Failure(
        .freshness,
        "older-publish",
        "clients would be taken back: this depot has \(stream) \(newest), and \(brought) is the "
          + "newest of \(stream) on these media",
        subject: prefix,
        hint:
          "publish the snapshot that is wanted (aptferry publish SNAPSHOT --at PREFIX), give an "
          + "earlier generation back (aptferry publication rollback PREFIX --reason TEXT), or say "
          + "--accept-older --reason TEXT"
      )
    }
  }
}
