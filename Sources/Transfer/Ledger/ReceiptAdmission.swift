internal import BundleFormat
package import Depot
internal import OpenPGP
package import SafeIO
internal import Trust

/// Takes receipts into the ledger of the side that exports.
package struct ReceiptAdmission {
  let depot: Depot
  let now: UTCTime
  let facts: AuditFacts

  /// How many bundles an exporter may have made after the backup that it was put back from: what is
  /// further ahead nobody made, and would only use the numbers of the stream up.
  static let mostAhead: UInt64 = 10_000

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
    let (receipt, signer, keyNotes) = try read(file, name: name)
    var notes = keyNotes
    let latest = now.adding(seconds: AcceptanceRules.skew)
    try refuseFuture(receipt, latest, name: name)
    // One that was taken while a clock was wrong must not stand in the way of all later ones.
    if let kept = try depot.catalogue.receipt(of: receipt.site), kept.created <= latest {
      if let known = ReceiptAdmission.known(file, receipt, beside: kept) { return known }
      if receipt.number <= kept.number { notes.append(ReceiptAdmission.disorder(receipt, kept)) }
    }
    try checkHeads(of: receipt, &notes)
    let (delivered, floors) = try acknowledgements(by: receipt, &notes)
    notes += ReceiptAdmission.older(in: receipt)
    let before = Set(
      try depot.catalogue.acknowledgements(of: receipt.site).map { [$0.stream, "\($0.sequence)"] }
    )
    try depot.catalogue.record(
      KeptReceipt(
        site: receipt.site,
        number: receipt.number,
        created: receipt.created,
        learned: now,
        signer: signer,
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

  /// Verifies and reads a receipt, and takes in what it says of keys.
  ///
  /// Which objects the site holds an export asks: that can be 24 MB, and is not held while the
  /// catalogue takes the file in.
  private func read(
    _ file: [UInt8],
    name: String
  ) throws(Failure) -> (receipt: Receipt, signer: String, news: [Note]) {
    let signed = try SignedReceipt(file, name: name, in: depot, now: now)
    let news = try keyNews(of: signed, name: name)
    var receipt = signed.receipt
    receipt.inventory = ObjectInventory([])
    return (receipt, signed.signer.text, news)
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
}
