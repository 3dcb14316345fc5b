internal import BundleFormat
package import Depot
internal import OpenPGP
package import SafeIO
internal import Trust

/// A receipt whose signature is by the key that is pinned for the site that it names.
struct SignedReceipt {
  let receipt: Receipt
  /// The primary key.
  let signer: Fingerprint

  /// Verifies the signature first; then reads the text, from what was verified.
  ///
  /// With `takesOwn` a receipt that this depot made itself counts too.
  /// - Throws: `trust` when no key pinned for that site signed it, `integrity` for what is no
  ///   receipt.
  init(
    _ file: [UInt8],
    name: String,
    in depot: Depot,
    now: UTCTime,
    takesOwn: Bool = false
  ) throws(Failure) {
    let own = takesOwn ? try SignedReceipt.ownKeys(depot, now) : []
    let keys = try SignedReceipt.siteKeys(of: depot, and: own, name)
    let (text, report) = try Verifier.withKeys(keys) { (verifier) throws(Failure) in
      try verifier.verifyClearsigned(file, name: name, policy: SignaturePolicy(now: now))
    }
    do {
      receipt = try Receipt(text: text)
    } catch {
      throw error.about(name)
    }
    var pinned = try PinnedKeys.read(depot, role: .site, name: receipt.site)
    if try depot.catalogue.trust(role: .site, name: receipt.site).isEmpty { pinned = [] }
    if receipt.site == depot.configuration.site { pinned += own }
    signer = try SignedReceipt.signer(
      of: receipt,
      among: report.good.map(\.primary),
      pinned: pinned,
      name
    )
  }

  /// The keys of all sites, by which a receipt may be signed.
  private static func siteKeys(
    of depot: Depot,
    and own: [PublicKey],
    _ name: String
  ) throws(Failure) -> [PublicKey] {
    let keys = try PinnedKeys.read(depot, role: .site) + own
    guard !keys.isEmpty else {
      throw Failure(
        .trust,
        "no-site",
        "this depot knows no site's key yet, so nobody can say who made the receipt",
        subject: name,
        hint: "bring the site's key by another route and pin it: aptferry trust add site.asc "
          + "--role site --name SITE --fingerprint FPR"
      )
    }
    return keys
  }

  /// Who signed it with a key that is pinned for its site, and that it calls the site's own.
  private static func signer(
    of receipt: Receipt,
    among good: [Fingerprint],
    pinned: [PublicKey],
    _ name: String
  ) throws(Failure) -> Fingerprint {
    let signers = good.filter { signer in
      pinned.contains { $0.parts.contains { $0.fingerprint == signer } }
    }
    guard let first = signers.first else {
      throw Failure(
        .trust,
        "other-site",
        "the receipt says that it is by \(receipt.site), but the key that signed it is not pinned "
          + "for that site",
        subject: name,
        hint: "check who made it; if the key is theirs: aptferry trust add site.asc --role site "
          + "--name \(receipt.site) --fingerprint FPR"
      )
    }
    // What it says of an audit log, it says of the log of this key: nobody speaks for another site.
    let named = signers.first { signer in
      pinned.contains { key in
        key.parts.contains { $0.fingerprint == signer }
          && key.parts.contains { $0.fingerprint.text == receipt.key }
      }
    }
    guard let named else {
      throw Failure(
        .trust,
        "other-key",
        "the receipt says that the key of \(receipt.site) is \(receipt.key), but \(first.text) "
          + "signed it",
        subject: name,
        hint: "have it made again on the isolated side: aptferry receipt create --to FILE"
      )
    }
    return named
  }

  private static func ownKeys(_ depot: Depot, _ now: UTCTime) throws(Failure) -> [PublicKey] {
    try DepotIdentity.keys(of: depot, now: now).all.map { (key) throws(Failure) in
      try key.publicKey()
    }
  }
}

/// What receipts know of this depot's own audit log.
package enum ReceiptWitness {
  /// The records that the log must have.
  ///
  /// A receipt of another site says how far this log was when that site last heard of it; one of
  /// this site says how far it was when it was made.
  /// - Throws: `trust` for a receipt of nobody known here, `state` for one that says nothing of
  ///   this log.
  package static func read(
    _ file: [UInt8],
    name: String,
    in depot: Depot,
    now: UTCTime
  ) throws(Failure) -> [AuditWitness] {
    let receipt = try SignedReceipt(file, name: name, in: depot, now: now, takesOwn: true).receipt
    let own = try DepotIdentity.read(depot).allFingerprints
    let source = "receipt \(receipt.number) of \(receipt.site)"
    let heads = ([receipt.audit].compactMap(\.self) + receipt.knownAudit).filter {
      own.contains($0.log)
    }
    guard !heads.isEmpty else {
      throw Failure(
        .state,
        "no-head",
        "\(source) says nothing of this depot's audit log",
        subject: name,
        hint: "a site knows of it from bundles that were made for it: export --site"
      )
    }
    return heads.map {
      AuditWitness(AuditHead(sequence: $0.sequence, digest: $0.digest), source: source)
    }
  }
}
