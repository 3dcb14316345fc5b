internal import BundleFormat
internal import BundleMedium
package import Depot
internal import Objects
internal import OpenPGP
package import SafeIO
internal import Trust

/// Takes bundles from media into the depot: signature, acceptance, content, the vendor's chain, and
/// then one transaction.
package struct Importer {
  private let depot: Depot
  private let request: ImportRequest

  package init(_ request: ImportRequest, depot: Depot) {
    self.request = request
    self.depot = depot
  }

  /// Imports every bundle on the media, in the order of their sequences.
  ///
  /// - Parameters:
  ///   - progress: told how far it is.
  ///   - afterEach: told what became of each bundle, as soon as that is decided.
  /// - Returns: what became of each bundle.
  /// - Throws: the refusal of the first bundle that is not accepted; those before it are in.
  package func run(
    progress: @escaping ProgressSink,
    afterEach: (ImportResult) -> Void = { _ in }
  ) throws(Failure) -> [ImportResult] {
    let found = try BundleMedia.find(in: request.media, among: request.far)
    let keys = try PinnedKeys.read(depot, role: .exporter)
    guard !keys.isEmpty else {
      throw Failure(
        .trust,
        "no-exporter",
        "this depot trusts no exporter yet",
        subject: depot.root.path,
        hint:
          "bring the exporter's key by another route and pin it: aptferry trust add exporter.asc "
          + "--role exporter --fingerprint FPR"
      )
    }
    if request.isDryRun { return try takeIn(found, keys, progress, afterEach) }
    // The depot's own lock is taken when something is recorded: publications go on meanwhile.
    let lock = try depot.importLock(for: "import")
    try dropFinishedStagings()
    let results = try takeIn(found, keys, progress, afterEach)
    _ = consume lock
    return results
  }

  private func takeIn(
    _ found: [BundleMedia],
    _ keys: [PublicKey],
    _ progress: @escaping ProgressSink,
    _ afterEach: (ImportResult) -> Void
  ) throws(Failure) -> [ImportResult] {
    var results: [ImportResult] = []
    let verified = try verify(found, keys)
    let passing = PassingOver(verified.map(\.1.manifest), depot, request)
    for (media, manifest) in verified {
      if !request.isDryRun { note(media, of: manifest) }
      let result: ImportResult
      if let passed = try passing.result(for: manifest) {
        result = passed
      } else {
        result = try BundleImport(
          media: media,
          verified: manifest,
          depot: depot,
          request: request,
          isFirst: !results.contains { $0.outcome == .wouldImport }
        ).run(progress: progress)
      }
      afterEach(result)
      results.append(result)
    }
    return results
  }

  /// Says for the audit log which media are read for a bundle, and what devices they are.
  private func note(_ media: BundleMedia, of bundle: VerifiedManifest) {
    for medium in media.media {
      request.facts.add(
        .mediumRead(
          AuditFact.ReadMedium(
            stream: bundle.manifest.stream,
            sequence: bundle.manifest.sequence,
            manifest: bundle.digest,
            place: medium.directory.path,
            device: AuditFact.NamedDevice(
              medium.directory.mounted.flatMap { CarriedDevice.below($0) }
            )
          )
        )
      )
    }
  }

  /// Removes the stagings of accepted bundles: an import that was stopped after its transaction
  /// could not do it, and nobody would import that bundle again for their sake.
  private func dropFinishedStagings() throws(Failure) {
    let names = try depot.incoming.names().filter(StagingNames.isImport)
    guard !names.isEmpty else { return }
    let finished = Set(
      try depot.catalogue.accepted().map { StagingNames.importing($0.manifest) }
    )
    for name in names where finished.contains(name) { _ = try depot.incoming.discard(name) }
  }

  /// Checks all signatures before anything of any bundle is looked at.
  private func verify(
    _ found: [BundleMedia],
    _ keys: [PublicKey]
  ) throws(Failure) -> [(BundleMedia, VerifiedManifest)] {
    try Importer.checkClock(depot, request.now)
    let policy = SignaturePolicy(now: request.now)
    var verified = try Verifier.withKeys(keys) { (verifier) throws(Failure) in
      try found.map { (media) throws(Failure) in
        do throws(Failure) {
          return (media, try media.manifest.verified(by: verifier, policy: policy))
        } catch {
          throw try UnknownSigner.explain(
            error,
            of: media,
            among: try depot.catalogue.revokedKeys()
          )
        }
      }
    }
    verified = try verified.map { (media, manifest) throws(Failure) in
      (media, try withoutRevoked(manifest))
    }
    verified.sort { left, right in
      let (first, second) = (left.1.manifest, right.1.manifest)
      return first.stream == second.stream
        ? first.sequence < second.sequence : first.stream < second.stream
    }
    // Whichever of them came first would be taken in, and the other be the alarm.
    let bundles = verified.map { Rivals.Bundle($1.manifest, $1.digest, $0) }
    if let alarm = Rivals(bundles).alarm { throw alarm }
    return verified
  }

  /// Takes in what a bundle says of its exporter's keys, and refuses one that only revoked keys signed.
  private func withoutRevoked(_ verified: VerifiedManifest) throws(Failure) -> VerifiedManifest {
    let news = try news(in: verified.manifest)
    request.tell(news.notes)
    guard !news.revoked.isEmpty else { return verified }
    let left = verified.signatures.good.filter { !news.revoked.contains($0.primary.text) }
    guard !left.isEmpty else {
      throw Failure(
        .trust,
        "revoked-key",
        "the only key pinned here that signed the bundle is revoked by its owner, as the bundle says",
        subject: news.revoked[0],
        hint:
          "if the exporter has a new key, accept it first: aptferry trust accept-successor MEDIUM",
        details: news.notes.map(\.entry)
      )
    }
    return verified.counting(only: left)
  }

  private func news(in manifest: Manifest) throws(Failure) -> KeyNews.Outcome {
    let (reader, source) = (KeyNews(depot, now: request.now), "bundle \(manifest.directory)")
    if manifest.keyStatements.isEmpty || request.isDryRun {
      return try reader.take(manifest.keyStatements, from: source, isDryRun: true)
    }
    return try depot.locked(for: "import", within: Depot.commitPatience) { () throws(Failure) in
      try reader.take(manifest.keyStatements, from: source)
    }
  }

  /// A clock behind what has been accepted makes every signature look wrong: said first.
  private static func checkClock(_ depot: Depot, _ now: UTCTime) throws(Failure) {
    guard let newest = try depot.catalogue.newestSignedTime(),
      now.adding(seconds: AcceptanceRules.skew) < newest
    else { return }
    throw Failure(
      .freshness,
      "clock-behind",
      "this host's clock says \(now), but a bundle signed at \(newest) has been accepted: the "
        + "clock is behind",
      subject: depot.root.path,
      hint: "set the clock of this host and run the same command again"
    )
  }
}
