internal import BundleFormat
internal import BundleMedium
package import Comparison
internal import DebianRepository
package import Depot
internal import Objects
package import OpenPGP
package import SafeIO
internal import Trust

/// What a person decides on before an import: what a bundle would change here.
///
/// Only its signed manifest, its list of files and its indexes are read, no package.
package struct BundleReview: Sendable {
  /// A suite of a publication, as clients see it now.
  package struct PublishedSuite: Sendable {
    /// The publication.
    package let prefix: String
    /// Its current generation.
    package let generation: UInt64
    /// What clients call the suite.
    package let name: String
    /// What its snapshot calls it.
    package let source: String
    /// The snapshot that it is made from.
    package let snapshot: SnapshotReference
    /// Whether some of its components come from other snapshots.
    package let isComposed: Bool
    /// Who stands behind it.
    package let vendor: VendorIdentity

    package init(
      prefix: String,
      generation: UInt64,
      name: String,
      source: String,
      snapshot: SnapshotReference,
      isComposed: Bool,
      vendor: VendorIdentity
    ) {
      self.vendor = vendor
      (self.prefix, self.generation, self.name) = (prefix, generation, name)
      (self.source, self.snapshot, self.isComposed) = (source, snapshot, isComposed)
    }
  }

  /// What the packages of a bundle are compared with.
  package struct Request: Sendable {
    let depot: Depot
    let published: [PublishedSuite]
    let now: UTCTime

    package init(depot: Depot, published: [PublishedSuite], now: UTCTime) {
      (self.depot, self.published, self.now) = (depot, published, now)
    }
  }

  /// A snapshot of the bundle beside a state of this depot.
  package struct Step: Sendable {
    /// The bundle's snapshot.
    package let snapshot: String
    /// The snapshot here; nil when there is none to compare with.
    package let before: String?
    /// The published suite that it is the content of; nil for the stream's own.
    package let published: PublishedSuite?
    /// The suites, components and architectures that the one here has and this one has not; an
    /// import refuses that unless it is allowed.
    package var vanished: [String] = []
    /// Who stands behind the bundle's suite, where that is another vendor than the publication's: to
    /// publish it would be refused.
    package var otherVendor: VendorIdentity?
    /// The differences, by suite and architecture.
    package let differences: [PackageDifference]
  }

  /// The depot's site.
  package let site: String
  /// The keys that signed the manifest, verified with those pinned here.
  package let signers: [Fingerprint]
  /// Why an import would refuse it before it looks at any content; nil when it would not.
  package let refusal: Failure?
  /// Each suite: who signed it, and whether that key is pinned here for it.
  package let suites: [SuiteStanding]
  /// Whether it was taken in before.
  package let isTaken: Bool
  /// Alarms, and what else the ledger and the log say of it.
  package let notes: [Note]
  /// The snapshots here that the exporter has removed.
  package let retired: [String]
  /// What it carries that this depot does not have: files.
  package let newFiles: UInt64
  /// And bytes.
  package let newBytes: UInt64
  /// Files that it relies on and that are not here: they must be asked for.
  package let lacking: Int
  /// What changes against the stream's newest snapshot here, for each snapshot of the bundle.
  package var incoming: [Step] = []
  /// What each publication would change if it were published.
  package var publications: [Step] = []
}

extension BundleReview {
  /// The keys that signed the manifest, of those pinned in the depot.
  ///
  /// - Throws: `trust` and `freshness` when its signature is not accepted.
  static func verify(_ media: BundleMedia, _ request: Request) throws(Failure) -> [Fingerprint] {
    let keys = try PinnedKeys.read(request.depot, role: .exporter)
    do throws(Failure) {
      return try Verifier.withKeys(keys) { (verifier) throws(Failure) in
        try media.manifest.verified(by: verifier, policy: SignaturePolicy(now: request.now))
          .signatures.good.map(\.primary)
      }
    } catch {
      let revoked = try request.depot.catalogue.revokedKeys()
      throw try UnknownSigner.explain(error, of: media, among: revoked)
    }
  }

  /// Compares one bundle, whose indexes have been read, with the depot.
  ///
  /// - Throws: `incomplete` when an index is neither on the media nor here.
  init(
    _ request: Request,
    signers: [Fingerprint],
    media: BundleMedia,
    manifest: Manifest,
    table: EntryTable,
    contents: IndexContents
  ) throws(Failure) {
    let depot = request.depot
    let need = try NeededSpace(table: table, manifest: manifest, arrived: [], depot: depot)
    site = depot.configuration.site
    self.signers = signers
    let admission = Admission(
      manifest: manifest,
      digest: media.manifest.digest,
      signers: signers,
      depot: depot,
      now: request.now
    )
    var notes: [Note] = []
    var (refusal, isTaken): (Failure?, Bool) = (nil, false)
    let trust = try BundleTrust(manifest, signers: signers, in: depot, now: request.now)
    suites = SuiteStanding.all(
      of: manifest,
      trust,
      table,
      contents,
      depot.objects,
      allowsOlder: false
    )
    do throws(Failure) {
      isTaken = try admission.decide(&notes) == .alreadyTaken
      if !isTaken {
        try trust.checkScope()
        if let refused = suites.compactMap(\.refusal).first { throw refused }
      }
    } catch {
      refusal = error
    }
    (self.refusal, self.isTaken, self.notes) = (refusal, isTaken, notes)
    retired = try admission.retired()
    (newFiles, newBytes) = (need.newFiles, need.newBytes)
    // What was written again for this depot may lie on the media.
    lacking = try ReliedFiles(table: table, media: media, objects: depot.objects, staging: nil)
      .lacking.count
    do throws(Failure) {
      try compare(request, manifest, table) { (digest) throws(Failure) in
        try BundleReview.open(digest, contents, media, manifest, depot)
      }
    } catch {
      // Without its indexes nothing can be compared; what is refused is to be seen all the same.
      guard error.name == .indexMissing, refusal != nil else { throw error }
    }
  }

  /// Opens an index, from the media or from the depot.
  private static func open(
    _ digest: SHA256Digest,
    _ contents: IndexContents,
    _ media: BundleMedia,
    _ manifest: Manifest,
    _ depot: Depot
  ) throws(Failure) -> OpenFile {
    if let file = try contents.open(digest) { return file }
    guard try depot.objects.size(of: digest) != nil else {
      throw Failure(
        .incomplete,
        .indexMissing,
        "an index is neither on these media nor in the depot, so what changes cannot be said",
        subject: manifest.directory,
        hint: "name all media of the set; what it relies on and is not here is to be asked for: "
          + "aptferry receipt request \(media.words) --to FILE",
        details: contents.notes.map(\.entry)
      )
    }
    return try depot.objects.open(digest)
  }

  /// Compares its packages with the snapshots here and with what is published.
  private mutating func compare(
    _ request: Request,
    _ manifest: Manifest,
    _ table: EntryTable,
    open: SnapshotComparison.Opening
  ) throws(Failure) {
    let depot = request.depot
    for snapshot in manifest.snapshots {
      let new = try BundleReview.state(of: snapshot, in: table)
      let names = Set(snapshot.suites.map(\.distribution))
      let predecessor = try VanishedIndexes.predecessor(
        of: snapshot,
        snapshot.suites.map(VanishedIndexes.SignedSuite.init),
        in: table,
        stream: manifest.stream,
        depot
      )
      let known = predecessor?.record
      let old = try known.map { (record) throws(Failure) in
        SnapshotComparison.State(
          files: try depot.catalogue.fileList(of: record),
          suites: record.suites.map(\.distribution)
        )
      }
      incoming.append(
        Step(
          snapshot: snapshot.name,
          before: known?.name,
          published: nil,
          vanished: VanishedIndexes.vanished(
            from: predecessor?.places ?? [],
            in: snapshot,
            table
          ),
          differences: try SnapshotComparison.compare(
            old ?? .init(files: .empty, suites: []),
            new,
            open: open
          )
        )
      )
      for suite in request.published where names.contains(suite.source) {
        try compare(suite, with: new, of: snapshot.name, after: known, depot, open: open)
      }
    }
  }

  /// Compares a published suite with the one that the bundle brings.
  private mutating func compare(
    _ suite: PublishedSuite,
    with new: SnapshotComparison.State,
    of snapshot: String,
    after known: SnapshotRecord?,
    _ depot: Depot,
    open: SnapshotComparison.Opening
  ) throws(Failure) {
    let vendor = suites.first {
      $0.snapshot == snapshot && $0.claimed.distribution == suite.source
    }?.vendor
    let isOther =
      vendor.map { !suite.vendor.isUnknown && !$0.isSame(as: suite.vendor) } ?? false
    // All flat repositories may be called `./`: another vendor's is another repository.
    if isOther && Distribution.isFlat(suite.source) { return }
    let record = try depot.catalogue.snapshot(suite.snapshot.name)
    let changes: [PackageDifference]
    if record.digest == known?.digest, let step = incoming.last {
      changes = step.differences.filter { $0.suite == suite.source }
    } else {
      changes = try SnapshotComparison.compare(
        .init(
          files: try depot.catalogue.fileList(of: record),
          suites: record.suites.map(\.distribution).filter { $0 == suite.source }
        ),
        .init(files: new.files, suites: new.suites.filter { $0 == suite.source }),
        open: open
      )
    }
    publications.append(
      Step(
        snapshot: snapshot,
        before: record.name,
        published: suite,
        otherVendor: isOther ? vendor : nil,
        differences: changes
      )
    )
  }

  /// The indexes of a snapshot under their own paths.
  private static func state(
    of snapshot: Manifest.Snapshot,
    in table: EntryTable
  ) throws(Failure) -> SnapshotComparison.State {
    var builder = FileList.Builder()
    let prefix = snapshot.name.utf8.count + 1
    for index in table.range(ofSnapshot: snapshot.name) {
      let path = table.files.pathBytes(at: index).dropFirst(prefix)
      guard
        snapshot.suites.contains(where: { $0.isFlat || path.starts(with: $0.directory.utf8) })
      else { continue }
      let bytes = Array(path)
      try builder.add(
        path: bytes.span,
        size: table.files.size(at: index),
        digest: table.files.digest(at: index)
      )
    }
    return SnapshotComparison.State(
      files: try builder.finish(),
      suites: snapshot.suites.map(\.distribution)
    )
  }
}
