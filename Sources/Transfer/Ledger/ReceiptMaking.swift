package import BundleFormat
package import Depot
internal import OpenPGP
package import SafeIO
package import Trust

/// Makes the receipts of this site: what it holds, signed with the depot's key.
package struct ReceiptMaking {
  private let depot: Depot
  private let now: UTCTime
  private let facts: AuditFacts

  /// How many exceptions the newest receipts carry.
  private static let mostOlder = 100
  /// How many bundles of a stream have their digest in it, beside the newest.
  private static let mostLower = 100

  package init(depot: Depot, now: UTCTime, facts: AuditFacts) {
    self.facts = facts
    self.depot = depot
    self.now = now
  }

  /// The lines about the newest bundle of each stream, for a person to type.
  package func typed() throws(Failure) -> [TypedReceipt] {
    try streams().map { stream in
      TypedReceipt(
        site: depot.configuration.site,
        stream: stream.name,
        sequence: stream.sequence,
        payload: stream.payload
      )
    }
  }

  /// Makes the next receipt and signs it; its number is used from then on.
  ///
  /// - Returns: the receipt and the clearsigned file.
  package func make(
    signingWith key: OwnKeys
  ) throws(Failure) -> (receipt: Receipt, file: [UInt8]) {
    var receipt = Receipt(
      site: depot.configuration.site,
      key: key.name.text,
      number: try depot.catalogue.takeReceiptNumber(at: now),
      created: now,
      inventory: ObjectInventory(try depot.heldObjects())
    )
    if let head = try AuditLog(in: depot.root).head() {
      receipt.audit = Receipt.AuditHead(
        log: key.name.text,
        sequence: head.sequence,
        digest: head.digest
      )
    }
    receipt.knownAudit = try KnownHeads.newest(in: depot)
    receipt.streams = try streams()
    receipt.older = try depot.catalogue.acceptedOlder(last: ReceiptMaking.mostOlder)
    let snapshots = try depot.catalogue.snapshots()
    receipt.snapshots = snapshots.map { Receipt.Snapshot(name: $0.name, digest: $0.digest) }
    receipt.vouched = snapshots.flatMap { snapshot in
      snapshot.suites.filter { !$0.vouchedBy.isEmpty }.map {
        Receipt.Vouched(
          snapshot: snapshot.name,
          distribution: $0.distribution,
          exporters: $0.vouchedBy
        )
      }
    }
    // The snapshots alone fill a receipt; what more they vouch for stands in the depot.
    receipt.vouched = Array(receipt.vouched.prefix(Receipt.listLimit))
    guard receipt.snapshots.count <= Receipt.listLimit else {
      throw Failure(
        .state,
        "too-many-snapshots",
        "a receipt lists \(Receipt.listLimit) snapshots at most, and this depot has "
          + "\(receipt.snapshots.count)",
        hint: "remove those that are not needed: aptferry snapshot remove NAME, or --retired"
      )
    }
    receipt.keyStatements = try OwnStatements.carried(by: depot)
    let text = receipt.text
    // What we would not read ourselves, nobody shall have to.
    guard try Receipt(text: text) == receipt else {
      throw Failure(.internal, "receipt", "the receipt does not read back as it was written")
    }
    let file = try key.signClearsigned(text)
    facts.add(.receipt(number: receipt.number, digest: SHA256Digest.of(file)))
    return (receipt, file)
  }

  /// How far each stream has come here.
  private func streams() throws(Failure) -> [Receipt.Stream] {
    let accepted = Dictionary(grouping: try depot.catalogue.accepted(), by: \.stream)
    let most = min(ReceiptMaking.mostLower, Receipt.listLimit / max(accepted.count, 1))
    return accepted.sorted { $0.key < $1.key }
      .compactMap { name, bundles in
        let sorted = bundles.sorted { $0.sequence < $1.sequence }
        guard let highest = sorted.last else { return nil }
        var gaps: [ClosedRange<UInt64>] = []
        var next: UInt64 = 1
        for bundle in sorted {
          if bundle.sequence > next { gaps.append(next...bundle.sequence - 1) }
          next = bundle.sequence + 1
        }
        return Receipt.Stream(
          name: name,
          sequence: highest.sequence,
          payload: highest.manifest,
          gaps: gaps,
          lower: Dictionary(
            sorted.dropLast().suffix(most).map { ($0.sequence, $0.manifest) },
            uniquingKeysWith: { $1 }
          )
        )
      }
  }
}

/// The newest heads of other audit logs that are known here.
enum KnownHeads {
  static func newest(in depot: Depot) throws(Failure) -> [Receipt.AuditHead] {
    let heads = try depot.catalogue.foreignAuditHeads()
    return Dictionary(grouping: heads, by: \.log).sorted { $0.key < $1.key }
      .compactMap { log, heads in
        heads.max { $0.head.sequence < $1.head.sequence }.map {
          Receipt.AuditHead(log: log, sequence: $0.head.sequence, digest: $0.head.digest)
        }
      }
  }
}

extension Catalogue {
  /// The newest exceptions from the rule that nothing older is taken in.
  func acceptedOlder(last count: Int) throws(Failure) -> [Receipt.Older] {
    try olderBundles().suffix(count).map {
      Receipt.Older(
        stream: $0.stream,
        sequence: $0.sequence,
        payload: $0.manifest,
        time: $0.time,
        // A receipt that cannot be read would stop all of them.
        reason: $0.reason.isEmpty ? "none was given" : $0.reason
      )
    }
  }
}
