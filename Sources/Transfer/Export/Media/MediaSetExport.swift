package import BundleFormat
internal import BundleMedium
package import Depot
internal import Objects
internal import OpenPGP
package import SafeIO
package import Trust

/// Carries snapshots out of the depot on several media, as one signed bundle.
///
/// Its lists are made first, from one pass over the contents: MANIFEST names every chunk, and must be
/// final before the first medium is. Each medium is written for itself then, whenever it is here.
package struct MediaSetExport {
  private let request: ExportRequest
  private let depot: Depot
  private let stream: String
  private let media: [MediaPlan.Medium]

  /// Plans for a request, whose destination is not looked at, and media in the order in which they are filled.
  ///
  /// - Throws: `usage` for what no bundle could be made of, or no media.
  package init(
    _ request: ExportRequest,
    on media: [MediaPlan.Medium],
    depot: Depot
  ) throws(Failure) {
    (self.request, self.media, self.depot) = (request, media, depot)
    stream = request.stream ?? depot.configuration.site
    try BundleName.check(stream, "stream")
    try BundlePreparation.check(request)
    guard !media.isEmpty, media.count <= MediaSetRecord.mostMedia else {
      throw Failure(
        .usage,
        "media",
        "a bundle goes on 1 to \(MediaSetRecord.mostMedia) media",
        hint: "name fewer and larger ones"
      )
    }
    try checkParityMedia()
  }

  private func checkParityMedia() throws(Failure) {
    guard request.parityMedia > 0 else { return }
    guard request.parity == nil, request.parityMedia < media.count,
      media.count <= ParityLayout.mostStrips
    else {
      throw Failure(
        .usage,
        "parity-media",
        "\(request.parityMedia) media of parity are not possible among \(media.count)",
        hint: "the last media that are named get parity, the others the chunks: at most "
          + "\(ParityLayout.mostStrips) together, and at least one with chunks"
      )
    }
  }

  private struct Prepared {
    let bundle: PreparedBundle
    let summary: MediaSetSummary
  }

  private var preparation: BundlePreparation {
    BundlePreparation(depot: depot, request: request, stream: stream)
  }

  /// Whether every site that the bundle is for is known to have all of these snapshots already.
  package func isKnownToHaveArrived() throws(Failure) -> Bool {
    try preparation.isKnownToHaveArrived()
  }

  /// Which medium would get what; nothing is written.
  package func plan() throws(Failure) -> MediaSetSummary { try prepare().summary }

  private func prepare() throws(Failure) -> Prepared {
    // A content that is larger than a chunk stays whole where the largest medium takes it.
    var request = request
    request.wholeSize = max(request.chunkSize, wholeSize(beside: []))
    var (bundle, lists) = try prepare(request)
    let room = max(request.chunkSize, wholeSize(beside: lists))
    if room < request.wholeSize ?? 0 {
      request.wholeSize = room
      (bundle, lists) = try prepare(request)
    }
    let chunks = try bundle.plan.chunkFiles()
    let plan: MediaPlan
    if request.parityMedia > 0 {
      plan = try planParityMedia(&bundle, chunks, lists)
    } else {
      let parity = try bundle.description.parity?.files(of: chunks.map(\.size)) ?? []
      plan = MediaPlan(
        chunks: chunks,
        parity: parity,
        lists: lists,
        second: parity.isEmpty ? .none : .beside,
        on: media
      )
    }
    return Prepared(
      bundle: bundle,
      summary: try MediaSetSummary(bundle, plan, lists, chunkSize: request.chunkSize)
    )
  }

  /// Up to which length a content stays whole, in bytes; media of parity make good no more than they take.
  private func wholeSize(beside lists: [MediaPlan.File]) -> UInt64 {
    let size = MediaPlan.wholeSize(for: dataMedia, lists: lists)
    guard request.parityMedia > 0 else { return size }
    return min(size, UInt64(strips(lists).mostBlocks) * UInt64(ParityLayout.standardBlockSize))
  }

  /// The media that get chunks.
  private var dataMedia: [MediaPlan.Medium] { media.dropLast(request.parityMedia) }

  private var parityMedia: [MediaPlan.Medium] { media.suffix(request.parityMedia) }

  /// How many strips the largest medium is cut into, and how many blocks of chunks each may have then.
  private func strips(_ lists: [MediaPlan.File]) -> (count: Int, mostBlocks: Int) {
    let room = MediaPlan.blocks(ofParityOn: parityMedia, lists: lists)
    let count = ParityLayout.mediumStrips(media: media.count, room: room)
    return (count, count > 0 ? room / count * count : 0)
  }

  /// Places the chunks on the first media, so that each of the last ones has room for the parity of any of
  /// these.
  private func planParityMedia(
    _ bundle: inout PreparedBundle,
    _ chunks: [MediaPlan.File],
    _ lists: [MediaPlan.File]
  ) throws(Failure) -> MediaPlan {
    let strips = strips(lists)
    var plan = MediaPlan(
      chunks: chunks,
      lists: lists,
      second: .beside,
      mostBlocks: strips.mostBlocks,
      on: dataMedia
    )
    guard plan.isWhole else { return plan }
    let sizes = chunks.map(\.size)
    let order = try ParityOrder.media(
      request.parityMedia,
      strips: max(1, strips.count),
      segments: plan.shares.map(\.chunks).filter { !$0.isEmpty },
      longest: request.chunkSize
    ).settled(for: sizes)
    bundle.description.parity = order
    let files = try order.files(of: sizes)
    plan.addParityMedia(files, lists: lists, on: files.isEmpty ? [] : parityMedia)
    return plan
  }

  private func prepare(
    _ request: ExportRequest
  ) throws(Failure) -> (bundle: PreparedBundle, lists: [MediaPlan.File]) {
    var bundle = try BundlePreparation(depot: depot, request: request, stream: stream).prepare()
    if request.parityMedia > 0 {
      // Which chunks lie on which medium is planned with the length of the lists.
      bundle.description.parity = .media(
        request.parityMedia,
        strips: ParityLayout.standardMediumStrips,
        segments: [Array(bundle.plan.isCompressed.indices.map { $0 + 1 })],
        longest: request.chunkSize
      )
    }
    let largest = max(request.chunkSize, request.wholeSize ?? 0)
    return (bundle, try bundle.plan.lists(bundle.description, chunkSize: largest))
  }

  /// Makes the lists and their signature, and records the bundle; the media are written then.
  ///
  /// - Throws: `resource` when the media are too small together; nothing is recorded then.
  package func begin(
    signingWith key: OwnKeys,
    progress: @escaping ProgressSink
  ) throws(Failure) -> (summary: MediaSetSummary, writing: MediaSetWriting) {
    try depot.locked(for: "export") { () throws(Failure) in
      _ = try SettledExport.settle(stream, in: depot, request.facts)
      // A key that cannot sign is told before everything is read, not hours later.
      let publicKey = try key.current.usablePublicKey()
      let prepared = try prepare()
      try prepared.summary.requireRoom()
      let exports = try ExportedLists.place(in: depot)
      let name = prepared.summary.bundle
      // What is there of a bundle that was not recorded is of a run that was stopped.
      _ = try exports.removeTree(name)
      let writer = try BundleWriter(
        plan: prepared.bundle.plan,
        description: prepared.bundle.description,
        in: exports,
        discardingPartial: true
      )
      let progress = ProgressCounter(
        "reading contents",
        total: prepared.summary.chunkBytes
          &* (prepared.bundle.description.parity == nil ? 1 : 2),
        progress
      )
      let written = try writer.writeListsAlone(
        from: ObjectContents(depot.objects),
        sign: { (text) throws(Failure) in try key.signDetached(text, as: publicKey) },
        progress: progress.add
      )
      let media = prepared.summary.record(files: written.parity?.files.count ?? 0)
      try media.write(in: try exports.directory(name))
      let record = preparation.record(
        of: written.manifest,
        written.digest,
        relied: prepared.summary.increment.relied
      )
      try depot.catalogue.record(record)
      request.facts.add(.exported(record, signer: key.current.fingerprint.text, isAgain: false))
      return (prepared.summary, try MediaSetWriting(name, in: depot))
    }
  }
}

/// Counts bytes, and reports how far an operation is.
final class ProgressCounter {
  private let phase: String
  private let total: UInt64
  private let sink: ProgressSink
  private var done: UInt64 = 0

  init(_ phase: String, total: UInt64, _ sink: @escaping ProgressSink) {
    (self.phase, self.total, self.sink) = (phase, total, sink)
  }

  func add(_ count: UInt64) {
    done &+= count
    sink(
      ProgressReport(
        phase: phase,
        filesDone: 0,
        filesTotal: 0,
        bytesDone: done,
        bytesTotal: total
      )
    )
  }
}
