internal import BundleFormat
package import BundleMedium
internal import Depot
package import OpenPGP
package import SafeIO

/// What became of one bundle that was to be repaired.
package struct RepairReport: Sendable {
  /// The bundle's name: `<stream>-<sequence>`.
  package let bundle: String
  /// Whether it has parity at all.
  package let hasParity: Bool
  /// Where the chunks are that were made again; nil when there are none.
  package var place: String?
  /// The chunks that were made again, and those that cannot be.
  package var rebuilt: [Int] = []
  package var beyond: [Int] = []
  /// How many chunks the bundle has.
  package let chunks: Int
  /// The media as words of a command line.
  package let words: String

  /// Why nothing could be made again.
  package var fault: Failure?

  /// What could not be made good.
  package var failure: Failure? {
    if let fault { return fault }
    guard !beyond.isEmpty else { return nil }
    return Failure(
      .integrity,
      "beyond-parity",
      "\(Counted.text(beyond.count, "chunk")) cannot be made again: more is lost beside "
        + "\(beyond.count == 1 ? "it" : "them") than parity makes good",
      subject: bundle,
      hint: "name more media of the set, or another copy of these; else have what is named written "
        + "again: aptferry receipt request \(words) --to FILE",
      details: ["beyond parity: chunks \(SpokenRanges.text(beyond))"]
    )
  }
}

/// Makes chunks of bundles again that are damaged or lost, without a depot: signature, parity's lists, every
/// block; what is made goes on another medium.
package struct BundleRepair {
  private let keys: [PublicKey]
  private let now: UTCTime

  package init(keys: [PublicKey], now: UTCTime) { (self.keys, self.now) = (keys, now) }

  /// Repairs every bundle on the media that has parity.
  ///
  /// - Parameters:
  ///   - paths: bundles, or media that hold some.
  ///   - far: those of them that are not here.
  ///   - destination: the directory that gets a directory with what is made again of each bundle; with it
  ///     beside them, the media are whole.
  ///   - progress: told how far it is.
  /// - Returns: a report for each bundle; what parity does not make good is in it, not thrown.
  /// - Throws: `trust` and `freshness` when a signature is not accepted, `state` when there is something in
  ///   the way, `incomplete` when no bundle has parity.
  package func run(
    _ paths: [String],
    among far: FarMedia = .none,
    to destination: String,
    progress: @escaping ProgressSink
  ) throws(Failure) -> [RepairReport] {
    let found = try BundleMedia.find(in: paths, among: far)
    let parent = try Directory(opening: destination)
    try Depot.requireOutsideAny(parent)
    let policy = SignaturePolicy(now: now)
    let verified = try Verifier.withKeys(keys) { (verifier) throws(Failure) in
      try found.map { (media) throws(Failure) in
        (media, try media.manifest.verified(by: verifier, policy: policy))
      }
    }
    guard verified.contains(where: { $0.1.manifest.parity != nil }) else {
      throw Failure(
        .incomplete,
        "no-parity",
        "no bundle here has parity, so nothing can be made again",
        subject: found.map(\.place).joined(separator: ", "),
        hint:
          "have what is damaged or lost written again: aptferry receipt request MEDIA... --to FILE"
      )
    }
    for (_, bundle) in verified where bundle.manifest.parity != nil {
      try BundleRepair.checkPlace(bundle.manifest.directory, in: parent)
    }
    let total = verified.reduce(0 as UInt64) { $0 &+ $1.1.manifest.chunkBytes }
    let counter = ProgressCounter("repairing", total: total, progress)
    return try verified.map { (media, bundle) throws(Failure) in
      do throws(Failure) {
        return try repair(media, bundle, in: parent, counter)
      } catch {
        // Such as lists of parity that are damaged on every medium: no reason to give up the others.
        guard [.integrity, .incomplete].contains(error.kind) else { throw error }
        var report = RepairReport(
          bundle: bundle.manifest.directory,
          hasParity: bundle.manifest.parity != nil,
          chunks: bundle.manifest.chunks.count,
          words: media.words
        )
        report.fault = error
        return report
      }
    }
  }

  private static func checkPlace(_ name: String, in parent: Directory) throws(Failure) {
    try PartialBundle.refuseStrangers(name, in: parent)
    guard try parent.status(name) != nil else { return }
    throw Failure(
      .state,
      "bundle-exists",
      "there is already something of the name that the bundle has",
      subject: parent.describe(name),
      hint: "name an empty directory with --to: what is made again never goes among the damaged"
    )
  }

  private func repair(
    _ media: BundleMedia,
    _ verified: VerifiedManifest,
    in parent: Directory,
    _ counter: ProgressCounter
  ) throws(Failure) -> RepairReport {
    let manifest = verified.manifest
    var report = RepairReport(
      bundle: manifest.directory,
      hasParity: manifest.parity != nil,
      chunks: manifest.chunks.count,
      words: media.words
    )
    guard let set = try ParitySet.read(from: media, for: manifest) else { return report }
    try media.refuseUnsafeChunks(of: manifest)
    // What an interrupted run left is not used again.
    let partial = try PartialBundle(manifest.directory, in: parent, isDiscarded: true)
    let repair = ParityRepair(media, of: manifest, with: set)
    let target = NamedChunks(in: partial.chunks, of: manifest)
    let outcome = try repair.run(into: target, progress: counter.add)
    try partial.chunks.sync()
    (report.rebuilt, report.beyond) = (outcome.rebuilt, outcome.beyond)
    guard !outcome.rebuilt.isEmpty else {
      _ = try parent.removeTree(manifest.directory + PartialBundle.suffix)
      return report
    }
    let lists = try RepairedLists(media, verified, set).write(to: partial.directory)
    try partial.finish(chunks: outcome.rebuilt.map(manifest.chunkName), lists: lists)
    report.place = parent.describe(manifest.directory)
    return report
  }
}
