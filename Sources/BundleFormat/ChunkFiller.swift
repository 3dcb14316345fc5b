internal import SafeIO

/// Fills the chunks of one kind, one after the other.
struct ChunkFiller {
  /// How many fillers a class of contents has: for those that are stored and have a chunk for
  /// themselves, the other ones that are stored, and the same of those that are compressed.
  static let kinds = 4

  let files: FileList
  let capacity: UInt64
  let isCompressed: Bool
  /// Whether every content has a chunk for itself.
  private let isAlone: Bool
  var placements: [Placement] = []
  /// How many chunks have been begun.
  var chunks = 0
  private var position: UInt64 = 0

  init(isCompressed: Bool, size: UInt64, isAlone: Bool, files: FileList) {
    self.files = files
    self.isCompressed = isCompressed
    self.isAlone = isAlone
    capacity = BundlePlan.capacity(chunkSize: size, isCompressed: isCompressed)
  }

  /// The fillers of one class.
  ///
  /// Large contents come first: the small ones fill the gaps that they leave
  /// on media.
  static func ofClass(chunkSize: UInt64, wholeSize: UInt64?, files: FileList) -> [ChunkFiller] {
    let whole = max(chunkSize, wholeSize ?? chunkSize)
    return [false, true].flatMap { isCompressed in
      [(whole, true), (chunkSize, false)].map {
        ChunkFiller(isCompressed: isCompressed, size: $0, isAlone: $1, files: files)
      }
    }
  }

  /// Whether a content has a chunk of this filler for itself, since it is too large for `ordinary`.
  func takesWhole(
    _ group: ArraySlice<UInt32>,
    beyond ordinary: ChunkFiller
  ) throws(Failure) -> Bool {
    guard capacity > ordinary.capacity else { return false }
    let need = try self.need(group).all
    return need > ordinary.capacity && need <= capacity
  }

  /// How many bytes the headers of a content and of its links need.
  private func overhead(
    _ group: ArraySlice<UInt32>,
    length: UInt64,
    part: UInt16
  ) -> (header: UInt64, links: UInt64) {
    var names = group.map {
      ChunkLayout.memberName(files.pathBytes(at: Int($0)), part: part)
    }
    let target = names.removeFirst()
    let links = names.reduce(0 as UInt64) {
      $0 + TarHeader.length(name: $1.span, kind: .link(to: target))
    }
    return (TarHeader.length(name: target.span, kind: .file(size: length)), links)
  }

  /// How many bytes of an archive a content takes, and its header of them.
  private func need(
    _ group: ArraySlice<UInt32>
  ) throws(Failure) -> (size: UInt64, header: UInt64, all: UInt64) {
    let size = files.size(at: Int(group[group.startIndex]))
    let (header, links) = overhead(group, length: size, part: 0)
    let (padded, overflow) = size.addingReportingOverflow(TarHeader.padding(after: size))
    guard !overflow, padded < UInt64.max - header - links else {
      throw tooSmall(group)
    }
    return (size, header, header + padded + links)
  }

  mutating func place(_ group: ArraySlice<UInt32>) throws(Failure) {
    let (size, header, need) = try need(group)
    if need > capacity { return try split(group, size: size) }
    if chunks == 0 || isAlone || need > capacity - position { begin() }
    try append(group, offset: position + header, length: size, part: 0)
    position += need
  }

  private mutating func begin() {
    chunks += 1
    position = 0
  }

  private mutating func append(
    _ group: ArraySlice<UInt32>,
    offset: UInt64,
    length: UInt64,
    part: UInt16
  ) throws(Failure) {
    for entry in group {
      guard
        let place = Placement(
          chunk: UInt32(clamping: chunks),
          entry: entry,
          offset: offset,
          length: length,
          part: part
        )
      else { throw tooSmall(group) }
      placements.append(place)
    }
  }

  /// Each part begins a chunk; behind the last one other content may follow.
  private mutating func split(_ group: ArraySlice<UInt32>, size: UInt64) throws(Failure) {
    // Nothing to split: it is the links that are too many.
    guard size > 0 else { throw tooSmall(group) }
    var rest = size
    var part: UInt16 = 0
    while rest > 0 {
      part += 1
      guard Int(part) <= BundleLimits.partCount else { throw tooSmall(group) }
      let (length, header, links) = try piece(group, rest: rest, part: part)
      begin()
      try append(group, offset: header, length: length, part: part)
      position = header + length + TarHeader.padding(after: length) + links
      rest -= length
    }
  }

  /// How much of `rest` fits into an empty chunk; the header depends on that length, and the
  /// length on the header's.
  private func piece(
    _ group: ArraySlice<UInt32>,
    rest: UInt64,
    part: UInt16
  ) throws(Failure) -> (length: UInt64, header: UInt64, links: UInt64) {
    var length = min(rest, capacity)
    while true {
      let (header, links) = overhead(group, length: length, part: part)
      guard header + links + TarHeader.block <= capacity else { throw tooSmall(group) }
      let room = capacity - header - links
      let fitting = min(rest, room - room % TarHeader.block)
      if fitting >= length { return (length, header, links) }
      length = fitting
    }
  }

  private func tooSmall(_ group: ArraySlice<UInt32>) -> Failure {
    Failure(
      .usage,
      "chunk-size",
      "the chunk size is too small for this file and its names",
      subject: files.path(at: Int(group[group.startIndex])),
      hint: "choose a larger --chunk-size"
    )
  }
}
