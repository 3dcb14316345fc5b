internal import BundleFormat
package import Depot
internal import OpenPGP
package import SafeIO

/// Takes receipts into the ledger of the side that exports.
package struct ReceiptAdmission {
  private let depot: Depot
  private let now: UTCTime

  /// The longest receipt file, in bytes.
  package static let longest = ClearsignedMessage.sizeLimit

  package init(depot: Depot, now: UTCTime) {
    self.depot = depot
    self.now = now
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
    package let notes: [String]
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
    let (receipt, signer) = (signed.receipt, signed.signer)
    var notes: [String] = []
    if let kept = try depot.catalogue.receipt(of: receipt.site) {
      let order = (receipt.created.seconds, receipt.number)
      if kept.text == file || order < (kept.created.seconds, kept.number) {
        return Outcome(
          site: receipt.site,
          number: receipt.number,
          acknowledged: [],
          isNews: false,
          notes: kept.text == file
            ? [] : ["it is older than receipt \(kept.number), which is known already"]
        )
      }
      if receipt.number <= kept.number {
        notes.append(
          "ALARM: receipt \(receipt.number) comes after receipt \(kept.number): the depot of "
            + "\(receipt.site) was put back from a backup, or there are two of it"
        )
      }
    }
    try checkHeads(of: receipt, &notes)
    var delivered: [Acknowledgement] = []
    var floors: [(stream: String, sequence: UInt64)] = []
    for stream in receipt.streams {
      delivered += try acknowledgements(by: receipt, of: stream, &floors, &notes)
    }
    notes += receipt.older.map {
      "\(receipt.site) took in \($0.stream) \($0.sequence) although it was older: \($0.reason)"
    }
    let before = try depot.catalogue.acknowledgements(of: receipt.site)
    try depot.catalogue.record(
      KeptReceipt(
        site: receipt.site,
        number: receipt.number,
        created: receipt.created,
        learned: now,
        signer: signer.text,
        text: file
      ),
      acknowledging: delivered,
      floors: floors
    )
    return Outcome(
      site: receipt.site,
      number: receipt.number,
      acknowledged: delivered.filter { bundle in
        !before.contains { $0.stream == bundle.stream && $0.sequence == bundle.sequence }
      }.map { BundleName.directory(stream: $0.stream, sequence: $0.sequence) },
      isNews: true,
      notes: notes
    )
  }

  /// What a line of a receipt says of the bundles made here.
  private func acknowledgements(
    by receipt: Receipt,
    of stream: Receipt.Stream,
    _ floors: inout [(stream: String, sequence: UInt64)],
    _ notes: inout [String]
  ) throws(Failure) -> [Acknowledgement] {
    let made = try depot.catalogue.exports(of: stream.name)
    guard !made.isEmpty || stream.name == depot.configuration.site else { return [] }
    if let same = made.first(where: { $0.sequence == stream.sequence }) {
      guard same.manifest == stream.payload else {
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
    } else if made.last.map({ $0.sequence < stream.sequence }) ?? true {
      notes.append(
        "ALARM: \(receipt.site) took in \(stream.name) \(stream.sequence), of which this depot knows "
          + "nothing: it was put back from a backup. The next bundle gets a higher sequence"
      )
      floors.append((stream.name, stream.sequence))
    }
    // Up to here there may have been other bundles, of which this depot has forgotten.
    let doubtful = max(
      try depot.catalogue.floor(of: stream.name),
      floors.filter { $0.stream == stream.name }.map(\.sequence).max() ?? 0
    )
    let before = try depot.catalogue.acknowledgements(of: receipt.site, stream: stream.name)
    return made.filter { bundle in
      bundle.sequence <= stream.sequence
        && (bundle.sites.isEmpty || bundle.sites.contains(receipt.site))
        && !stream.gaps.contains { $0.contains(bundle.sequence) }
        && (bundle.sequence > doubtful
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
  private func checkHeads(of receipt: Receipt, _ notes: inout [String]) throws(Failure) {
    let source = "receipt \(receipt.number) of \(receipt.site)"
    let own = try DepotIdentity.load(from: depot).fingerprint.text
    // Two records of one number are an alarm, and no reason to refuse: a site that was put back
    // from a backup must be able to say what it holds now.
    for head in [receipt.audit].compactMap({ $0 }) + receipt.knownAudit where head.log != own {
      try AuditEvidence.keep(head, source: source, now: now, depot, &notes)
    }
    for head in receipt.knownAudit where head.log == own {
      let known = AuditHead(sequence: head.sequence, digest: head.digest)
      if try !AuditLog(in: depot.root).contains(known) {
        notes.append(
          "ALARM: \(source) knows record \(head.sequence) of this depot's audit log, which is not "
            + "in it: the log was cut, put back or forked (aptferry audit verify)"
        )
      }
    }
  }

  /// Adds a line that a person typed, and vouches for.
  ///
  /// - Throws: `usage` for a typing error, `state` when no bundle made here is the one it is about.
  package func add(typed line: String) throws(Failure) -> Outcome {
    let typed = try TypedReceipt(typed: line)
    let lock = try depot.lock(for: "receipt add")
    let bundle = try depot.catalogue.exports().first {
      TypedReceipt.matches(typed.stream, $0.stream) && $0.sequence == typed.sequence
    }
    guard let bundle, typed.isAbout(bundle.manifest) else {
      throw Failure(
        .state,
        "unknown-bundle",
        bundle == nil
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
      try depot.catalogue.record(
        nil,
        acknowledging: [
          Acknowledgement(
            site: site,
            stream: bundle.stream,
            sequence: bundle.sequence,
            manifest: bundle.manifest,
            learned: now,
            means: .typed
          )
        ]
      )
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
    return (bundle.sites + pinned).first { TypedReceipt.matches(typed, $0) } ?? typed
  }
}
