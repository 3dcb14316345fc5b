package import BundleFormat
internal import BundleMedium
package import SafeIO

/// What each medium of a set gets, before anything is written.
package struct MediaSetSummary: Sendable {
  package let stream: String
  package let sequence: UInt64
  /// The bundle's name: `<stream>-<sequence>`.
  package let bundle: String
  /// How many chunks the bundle has.
  package let chunks: Int
  /// How many files the snapshots list.
  package let files: Int
  /// The bytes of all chunks before compression.
  package let chunkBytes: UInt64
  /// The size that chunks are filled to, in bytes.
  package let chunkSize: UInt64
  /// The media that get something, by number.
  package let media: [MediaSetRecord.Medium]
  /// What stays free on each of them, in bytes.
  package let left: [UInt64]
  /// How many of the media that were named are not needed.
  package let spare: Int
  /// The bytes that no medium has room for.
  package let unplacedBytes: UInt64
  /// How many media more like the last one would take these.
  package let lacking: Int
  /// What parity takes at most, and gives; nil without.
  package let parity: ParityExtent?
  /// The media that may be lost, one of them at a time, without harm.
  package let losable: [Int]
  // How many of the last media have nothing but parity, and as much of it each.
  private let parityMedia: Int
  /// What the receivers are relied on to have, and what that costs.
  package let increment: IncrementSummary

  init(
    _ prepared: PreparedBundle,
    _ plan: MediaPlan,
    _ lists: [MediaPlan.File],
    chunkSize: UInt64
  ) throws(Failure) {
    let (stream, sequence) = (prepared.description.stream, prepared.description.sequence)
    (self.stream, self.sequence, self.chunkSize) = (stream, sequence, chunkSize)
    bundle = BundleName.directory(stream: stream, sequence: sequence)
    chunks = prepared.plan.isCompressed.count
    files = prepared.plan.table.count
    let sizes = try prepared.plan.chunkFiles().map(\.size)
    chunkBytes = sizes.reduce(0) { $0 &+ $1 }
    let shares = plan.shares.prefix(plan.needed)
    let counts = MediaSetSummary.files(of: prepared.plan)
    media = shares.enumerated().map { index, share in
      MediaSetRecord.Medium(
        number: index + 1,
        label: MediaSetRecord.label(stream: stream, sequence: sequence, number: index + 1),
        kind: share.medium.kind,
        capacity: share.medium.capacity,
        chunks: share.chunks,
        parity: share.parity,
        bytes: share.bytes,
        files: share.chunks.reduce(0) { $0 + counts[$1] }
      )
    }
    left = shares.map(\.fill.left)
    spare = plan.shares.count - shares.count
    unplacedBytes = plan.unplacedBytes
    lacking = MediaSetSummary.lacking(plan, lists)
    increment = prepared.increment
    if case .media(let count, _, _, _) = prepared.description.parity, plan.isWhole {
      parityMedia = count
    } else {
      parityMedia = 0
    }
    let order = plan.isWhole ? prepared.description.parity : nil
    let layout = try order?.largest(of: sizes)
    parity = layout.map { ParityExtent(of: $0) }
    losable = media.compactMap { medium in
      guard let layout, let order else { return nil }
      let survives = layout.survives(
        losing: medium.chunks,
        files: medium.parity,
        of: order.fileLengths(layout)
      )
      return survives ? medium.number : nil
    }
  }

  /// How many files begin in each chunk, by its number.
  private static func files(of plan: BundlePlan) -> [Int] {
    var counts = [Int](repeating: 0, count: plan.isCompressed.count + 1)
    for place in plan.table.placements where place.part <= 1 { counts[Int(place.chunk)] += 1 }
    return counts
  }

  /// How many media like the last one would take what has no place.
  private static func lacking(_ plan: MediaPlan, _ lists: [MediaPlan.File]) -> Int {
    guard !plan.isWhole, let last = plan.shares.last?.medium else { return 0 }
    let room = MediaPlan.room(last, beside: lists)
    guard room > 0 else { return 0 }
    return Int(clamping: plan.unplacedBytes / room) + (plan.unplacedBytes % room == 0 ? 0 : 1)
  }

  /// What the depot keeps of the set.
  ///
  /// There may be fewer files of parity than were planned: chunks that are compressed are shorter.
  func record(files: Int) -> MediaSetRecord {
    var made = media
    let each = parityMedia > 0 ? files / parityMedia : 0
    for index in made.indices {
      made[index].parity.removeAll { $0 > files }
      let number = index - (made.count - parityMedia)
      if number >= 0 { made[index].parity = Array(number * each + 1..<(number + 1) * each + 1) }
    }
    return MediaSetRecord(bundle: bundle, chunkSize: chunkSize, media: made)
  }

  /// Whether chunks are so long that much of a medium stays empty.
  private var hasLargeChunks: Bool {
    (media.map(\.capacity).min() ?? 0) / 8 < chunkSize
  }

  /// Refuses media that are too small together.
  package func requireRoom() throws(Failure) {
    guard unplacedBytes > 0 else { return }
    let kind = media.last?.kind ?? ""
    throw Failure(
      .resource,
      "medium-too-small",
      "the media are too small together: \(ByteSize.text(unplacedBytes)) have no place",
      subject: bundle,
      hint: lacking == 0
        ? "name larger media: not even the lists fit beside a chunk"
        : "add \(Counted.text(lacking, "medium", "media")) like “\(kind)”, or name larger ones"
          + (hasLargeChunks ? "; smaller chunks fill media better: --chunk-size" : "")
    )
  }
}
