internal import BundleFormat
package import Depot
internal import OpenPGP
package import SafeIO
internal import Trust

/// Takes receipts into the ledger of the side that exports.
package struct ReceiptAdmission {
  private let depot: Depot
  private let now: UTCTime
  private let facts: AuditFacts

  /// How many bundles an exporter may have made after the backup that it was put back from: what is
  /// further ahead nobody made, and would only use the numbers of the stream up.
  private static let mostAhead: UInt64 = 10_000

  /// The longest receipt file, in bytes.
  package static let longest = ClearsignedMessage.sizeLimit

  package init(depot: Depot, now: UTCTime, facts: AuditFacts) {
    self.facts = facts
    self.depot = depot
    self.now = now
  }

  /// The statements about keys that a receipt file carries; nil for a file that is no receipt.
  ///
  /// Nobody has vouched for the receipt: each statement has to vouch for itself.
  package static func claimedStatements(in file: [UInt8]) throws(Failure) -> [[UInt8]]? {
    let begin = Array("\nFormat: \(Receipt.format)\n".utf8)
    guard file.starts(with: "-----BEGIN PGP SIGNED MESSAGE-----".utf8),
      file.prefix(400).split(separator: 0x0a).contains(where: {
        $0.elementsEqual(begin[1...].dropLast())
      })
    else { return nil }
    return try Receipt(text: try ClearsignedMessage.split(file, name: "the receipt").text)
      .keyStatements
  }

  /// What became of a receipt.
  package struct Outcome: Sendable {
    package let site: String
    /// The site's number of the receipt; nil for a typed line.
    package let number: UInt64?
    /// The bundles that are acknowledged now and were not before.
    package let acknowledged: [String]
    /// Whether it changed the ledger.
    package let isNews: Bool
    /// What is odd, for people.
    package let notes: [Note]
  }

  /// Adds a signed receipt.
  ///
  /// - Throws: `trust` when no key pinned for that site signed it, `freshness` when it speaks of a
  ///   bundle that is not the one made here, `integrity` for what is no receipt.
  package func add(_ file: [UInt8], name: String) throws(Failure) -> Outcome {
    let lock = try depot.lock(for: "receipt add")
    let outcome = try addLocked(file, name: name)
    _ = consume lock
    return outcome
  }

  private func addLocked(_ file: [UInt8], name: String) throws(Failure) -> Outcome {
    let signed = try SignedReceipt(file, name: name, in: depot, now: now)
    let receipt = signed.receipt
    var notes = try keyNews(of: signed, name: name)
    let latest = now.adding(seconds: AcceptanceRules.skew)
    try refuseFuture(receipt, latest, name: name)
    // One that was taken while a clock was wrong must not stand in the way of all later ones.
    if let kept = try depot.catalogue.receipt(of: receipt.site), kept.created <= latest {
      if let known = ReceiptAdmission.known(file, receipt, beside: kept) { return known }
      if receipt.number <= kept.number { notes.append(ReceiptAdmission.disorder(receipt, kept)) }
    }
    try checkHeads(of: receipt, &notes)
    let (delivered, floors) = try acknowledgements(by: receipt, &notes)
    notes += receipt.older.map {
      "\(receipt.site) took in \($0.stream) \($0.sequence) although it was older: \($0.reason)"
    }
    let before = Set(
      try depot.catalogue.acknowledgements(of: receipt.site).map { [$0.stream, "\($0.sequence)"] }
    )
    try depot.catalogue.record(
      KeptReceipt(
        site: receipt.site,
        number: receipt.number,
        created: receipt.created,
        learned: now,
        signer: signed.signer.text,
        text: file
      ),
      acknowledging: delivered,
      floors: floors
    )
    let news = delivered.filter { !before.contains([$0.stream, "\($0.sequence)"]) }
    facts.add(.receiptTaken(site: receipt.site, number: receipt.number))
    facts.add(news.map { .acknowledged($0) })
    return Outcome(
      site: receipt.site,
      number: receipt.number,
      acknowledged: news.map { BundleName.directory(stream: $0.stream, sequence: $0.sequence) },
      isNews: true,
      notes: notes
    )
  }

  /// Takes in what the receipt says of keys; one that its own signer has revoked is refused.
  private func keyNews(of signed: SignedReceipt, name: String) throws(Failure) -> [Note] {
    let receipt = signed.receipt
    let news = try KeyNews(depot, now: now).take(
      receipt.keyStatements,
      from: "receipt \(receipt.number) of \(receipt.site)"
    )
    guard news.revoked.contains(signed.signer.text) else { return news.notes }
    throw Failure(
      .trust,
      "revoked-key",
      "the key that signed the receipt is revoked by its owner, as the receipt says",
      subject: name,
      hint: "if the site has a new key, accept it first: aptferry trust accept-successor FILE",
      details: news.notes.map(\.entry)
    )
  }

  private func refuseFuture(
    _ receipt: Receipt,
    _ latest: UTCTime,
    name: String
  ) throws(Failure) {
    guard receipt.created > latest else { return }
    throw Failure(
      .freshness,
      "future",
      "the receipt says that it was made at \(receipt.created); this host's clock says \(now)",
      subject: name,
      hint: "one of the two clocks is wrong: set this host's, or have the receipt made again"
    )
  }

  /// The outcome when it is the receipt that is kept, or an older one.
  private static func known(
    _ file: [UInt8],
    _ receipt: Receipt,
    beside kept: KeptReceipt
  ) -> Outcome? {
    let order = (receipt.created.seconds, receipt.number)
    guard kept.text == file || order < (kept.created.seconds, kept.number) else { return nil }
    return Outcome(
      site: receipt.site,
      number: receipt.number,
      acknowledged: [],
      isNews: false,
      notes: kept.text == file
        ? [] : ["it is older than receipt \(kept.number), which is known already"]
    )
  }

  private static func disorder(_ receipt: Receipt, _ kept: KeptReceipt) -> Note {
    .alarm(
      "receipt-order",
      "receipt \(receipt.number) comes after receipt \(kept.number): the depot of "
        + "\(receipt.site) was put back from a backup, or there are two of it"
    )
  }

  /// What a receipt says of the bundles made here, stream by stream, and up to which sequence of a
  /// stream there may have been others.
  private func acknowledgements(
    by receipt: Receipt,
    _ notes: inout [Note]
  ) throws(Failure) -> (delivered: [Acknowledgement], floors: [(stream: String, sequence: UInt64)])
  {
    var delivered: [Acknowledgement] = []
    var floors: [(stream: String, sequence: UInt64)] = []
    let made = Dictionary(grouping: try depot.catalogue.exports(), by: \.stream)
    for stream in receipt.streams {
      let bundles = made[stream.name] ?? []
      guard !bundles.isEmpty || stream.name == depot.configuration.site else { continue }
      if let same = bundles.first(where: { $0.sequence == stream.sequence }) {
        try refuseOtherBundle(same, receipt, stream)
      } else if bundles.last.map({ $0.sequence < stream.sequence }) ?? true {
        notes.append(try unknownBundle(receipt, stream, newestMade: bundles.last?.sequence ?? 0))
        floors.append((stream.name, stream.sequence))
      }
      if let newest = otherBundles(stream, among: bundles).last {
        if try newest.sequence > depot.catalogue.floor(of: stream.name) {
          notes.append(otherBundle(newest, receipt))
        }
        floors.append((stream.name, newest.sequence))
      }
      delivered += try acknowledgements(by: receipt, of: stream, among: bundles, floors)
    }
    return (delivered, floors)
  }

  /// Refuses a receipt that speaks of another bundle of a sequence than the one made here.
  private func refuseOtherBundle(
    _ same: ExportRecord,
    _ receipt: Receipt,
    _ stream: Receipt.Stream
  ) throws(Failure) {
    guard same.manifest != stream.payload else { return }
    // Receipts to come must not acknowledge this bundle, or one before it, in the other's place.
    try depot.catalogue.record(
      nil,
      acknowledging: [],
      floors: [(stream.name, stream.sequence)]
    )
    throw Failure(
      .freshness,
      "two-manifests",
      "ALARM: \(receipt.site) took in another bundle \(same.name) than the one made here: "
        + "\(stream.payload.short) there, \(same.manifest.short) here",
      subject: same.name,
      hint: "somebody else has this depot's key, or this depot was put back from a backup and "
        + "made a second bundle of that sequence: find out before anything else is carried"
    )
  }

  /// The bundles made here in whose place the site has others, below its highest sequence.
  private func otherBundles(
    _ stream: Receipt.Stream,
    among made: [ExportRecord]
  ) -> [ExportRecord] {
    made.filter { bundle in stream.lower[bundle.sequence].map { $0 != bundle.manifest } ?? false }
  }

  /// The alarm of a sequence that was used twice; what the receipt says of others counts.
  private func otherBundle(_ bundle: ExportRecord, _ receipt: Receipt) -> Note {
    .alarm(
      "two-manifests",
      "\(receipt.site) took in another bundle \(bundle.name) than the one made here: this depot was put "
        + "back from a backup, or somebody else has its key. The ledger does not say that it arrived"
    )
  }

  /// The alarm of a bundle that this depot has forgotten; one too far ahead is refused.
  private func unknownBundle(
    _ receipt: Receipt,
    _ stream: Receipt.Stream,
    newestMade: UInt64
  ) throws(Failure) -> Note {
    let newest = max(newestMade, try depot.catalogue.floor(of: stream.name))
    guard stream.sequence <= newest || stream.sequence - newest <= ReceiptAdmission.mostAhead
    else {
      throw Failure(
        .freshness,
        "sequence-ahead",
        "ALARM: \(receipt.site) says that it took in \(stream.name) \(stream.sequence); the "
          + "newest made here is \(newest), and no backup is so old",
        subject: "\(stream.name) \(stream.sequence)",
        hint: "ask \(receipt.site) what it took in and from whom: the receipt is false, or "
          + "somebody else has this depot's key"
      )
    }
    return .alarm(
      "unknown-bundle",
      "\(receipt.site) took in \(stream.name) \(stream.sequence), of which this depot knows "
        + "nothing: it was put back from a backup. The next bundle gets a higher sequence"
    )
  }

  /// The bundles of a stream that the receipt acknowledges.
  private func acknowledgements(
    by receipt: Receipt,
    of stream: Receipt.Stream,
    among made: [ExportRecord],
    _ floors: [(stream: String, sequence: UInt64)]
  ) throws(Failure) -> [Acknowledgement] {
    // Up to here there may have been other bundles, of which this depot has forgotten.
    let doubtful = max(
      try depot.catalogue.floor(of: stream.name),
      floors.filter { $0.stream == stream.name }.map(\.sequence).max() ?? 0
    )
    let before = try depot.catalogue.acknowledgements(of: receipt.site, stream: stream.name)
    return made.filter { bundle in
      bundle.sequence <= stream.sequence
        && (bundle.sites.isEmpty || bundle.sites.contains(receipt.site))
        && !stream.isGap(bundle.sequence)
        && (stream.lower[bundle.sequence] ?? bundle.manifest) == bundle.manifest
        && (bundle.sequence > doubtful || stream.lower[bundle.sequence] != nil
          || before.contains { $0.sequence == bundle.sequence && $0.manifest == bundle.manifest }
          || bundle.snapshots.allSatisfy { snapshot in
            receipt.snapshots.contains { $0.digest == snapshot.digest }
          })
    }.map {
      Acknowledgement(
        site: receipt.site,
        stream: stream.name,
        sequence: $0.sequence,
        manifest: $0.manifest,
        learned: now,
        means: .receipt
      )
    }
  }

  /// The two logs vouch for each other: the head of theirs is kept, the head of ours is looked for.
  ///
  /// What a site says of the logs of others is not kept: nobody speaks for another site.
  private func checkHeads(of receipt: Receipt, _ notes: inout [Note]) throws(Failure) {
    let source = "receipt \(receipt.number) of \(receipt.site)"
    let own = try DepotIdentity.read(depot).allFingerprints
    // Two records of one number are an alarm, and no reason to refuse: a site that was put back
    // from a backup must be able to say what it holds now.
    if let head = receipt.audit, !own.contains(head.log) {
      try AuditEvidence.keep(head, source: source, now: now, depot, &notes)
    }
    for head in try AuditEvidence.missing(of: receipt.knownAudit, depot) {
      notes.append(
        .alarm(
          "audit-lacks",
          "\(source) knows record \(head.sequence) of this depot's audit log, which is not "
            + "in it: the log was cut, put back or forked; aptferry audit verify --head \(head.text) finds it "
            + "lacking"
        )
      )
    }
  }

  /// Adds a line that a person typed, and vouches for.
  ///
  /// - Throws: `usage` for a typing error, `state` when no bundle made here is the one it is about.
  package func add(typed line: String) throws(Failure) -> Outcome {
    let typed = try TypedReceipt(typed: line)
    let lock = try depot.lock(for: "receipt add")
    let bundles = try depot.catalogue.exports().filter {
      TypedReceipt.matches(typed.stream, $0.stream) && $0.sequence == typed.sequence
    }
    guard let bundle = bundles.first(where: { typed.isAbout($0.manifest) }) else {
      throw Failure(
        .state,
        "unknown-bundle",
        bundles.isEmpty
          ? "this depot has made no such bundle"
          : "the line is about another bundle of that sequence than the one made here",
        subject: "\(typed.stream) \(typed.sequence)",
        hint: "aptferry ledger show lists what was made"
      )
    }
    let site = try siteName(typed.site, bundle)
    let before = try depot.catalogue.acknowledgements(of: site, stream: bundle.stream)
    let isNews = !before.contains { $0.sequence == bundle.sequence }
    if isNews {
      let acknowledgement = Acknowledgement(
        site: site,
        stream: bundle.stream,
        sequence: bundle.sequence,
        manifest: bundle.manifest,
        learned: now,
        means: .typed
      )
      try depot.catalogue.record(nil, acknowledging: [acknowledgement])
      facts.add(.acknowledged(acknowledgement))
    }
    _ = consume lock
    return Outcome(
      site: site,
      number: nil,
      acknowledged: isNews ? [bundle.name] : [],
      isNews: isNews,
      notes: ["nobody has signed this line: the ledger notes that it was typed"]
    )
  }

  /// The site as it is spelled here.
  private func siteName(_ typed: String, _ bundle: ExportRecord) throws(Failure) -> String {
    let pinned = try depot.catalogue.trust(role: .site).map(\.name)
    guard
      bundle.sites.isEmpty
        || bundle.sites.contains(where: { TypedReceipt.matches(typed, $0) })
    else {
      throw Failure(
        .state,
        "other-site",
        "that bundle was made for \(bundle.sites.joined(separator: ", "))",
        subject: typed,
        hint: "check the line with the site"
      )
    }
    let names = (bundle.sites.isEmpty ? pinned : bundle.sites)
      .filter { TypedReceipt.matches(typed, $0) }
    guard Set(names).count <= 1 || names.contains(typed) else {
      throw Failure(
        .usage,
        "typed-receipt",
        "there are sites whose names differ in capitals only: \(names.joined(separator: ", "))",
        subject: typed,
        hint: "type the site exactly as it is spelled"
      )
    }
    return names.contains(typed) ? typed : names.first ?? typed
  }
}
