internal import BundleFormat
internal import SafeIO
private import Synchronization

/// Chunks that lie nowhere yet: the archives of stored ones are made again of contents, at any place, and
/// compressed ones, which are few, lie in a directory.
final class PlannedChunks: ChunkBytes {
  private let table: EntryTable
  private let source: any ContentSource
  private let isCompressed: [Bool]
  private let compressed: WrittenChunks
  private let layouts = Mutex<[Int: ChunkLayout]>([:])

  init(
    _ plan: BundlePlan,
    from source: any ContentSource,
    compressed: WrittenChunks
  ) {
    (table, isCompressed) = (plan.table, plan.isCompressed)
    (self.source, self.compressed) = (source, compressed)
  }

  func append(_ place: Range<UInt64>, ofChunk number: Int, to block: Block) throws(Failure) {
    guard !isCompressed[number - 1] else {
      return try compressed.append(place, ofChunk: number, to: block)
    }
    let layout = try layout(ofChunk: number)
    var member: ChunkLayout.Member? = layout.member(before: place.lowerBound, in: table)
    var position = member.map { ChunkLayout.start(of: $0, in: table) } ?? 0
    while let current = member, position < place.upperBound {
      try append(current, from: &position, place, to: block)
      member = layout.next(after: current, in: table)
    }
    // What is left are the zeros at the end of the archive.
    let rest = place.upperBound - max(min(position, place.upperBound), place.lowerBound)
    guard block.appendZeros(Int(clamping: rest)) == Int(clamping: rest) else {
      throw Failure(.internal, "parity", "a piece of chunk \(number) has no room")
    }
  }

  private func layout(ofChunk number: Int) throws(Failure) -> ChunkLayout {
    if let layout = layouts.withLock({ $0[number] }) { return layout }
    let layout = try ChunkLayout(chunk: number, of: table)
    layouts.withLock { $0[number] = layout }
    return layout
  }

  /// Appends what of a member lies in the place; `position` goes from its header to what is behind it.
  private func append(
    _ member: ChunkLayout.Member,
    from position: inout UInt64,
    _ place: Range<UInt64>,
    to block: Block
  ) throws(Failure) {
    append(ChunkLayout.header(of: member, in: table), from: &position, place, to: block)
    let content = position..<(position + member.length)
    let wanted = content.clamped(to: place)
    if !wanted.isEmpty {
      let from = wanted.lowerBound - content.lowerBound
      try appendContent(of: member, from..<(wanted.upperBound - content.lowerBound), to: block)
    }
    position = content.upperBound
    var piece = 0
    while position < place.upperBound,
      let bytes = ChunkLayout.trailerPiece(piece, of: member, in: table)
    {
      append(bytes, from: &position, place, to: block)
      piece += 1
    }
  }

  private func append(
    _ bytes: [UInt8],
    from position: inout UInt64,
    _ place: Range<UInt64>,
    to block: Block
  ) {
    let own = position..<(position + UInt64(bytes.count))
    let wanted = own.clamped(to: place)
    if !wanted.isEmpty {
      let start = Int(wanted.lowerBound - own.lowerBound)
      let end = Int(wanted.upperBound - own.lowerBound)
      _ = unsafe block.append(bytes.span.bytes.extracting(start..<end))
    }
    position = own.upperBound
  }

  private func appendContent(
    of member: ChunkLayout.Member,
    _ range: Range<UInt64>,
    to block: Block
  ) throws(Failure) {
    let entry = ChunkLayout.entry(of: member, in: table)
    let file = try source.open(table.files.digest(at: entry))
    let before = member.part > 1 ? table.firstByte(ofPart: member.part, entry: entry) : 0
    var position = range.lowerBound
    while position < range.upperBound {
      let count = try file.read(
        into: block,
        at: before + position,
        limit: Int(clamping: range.upperBound - position)
      )
      guard count > 0 else {
        throw Failure(
          .io,
          "short-read",
          "the object is shorter than it was a moment ago",
          subject: table.files.path(at: entry),
          hint: "run “aptferry depot check”; nothing complete was written to the medium"
        )
      }
      position += UInt64(count)
    }
  }
}
