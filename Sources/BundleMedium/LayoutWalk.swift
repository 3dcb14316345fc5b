internal import BundleFormat
internal import SafeIO

/// Walks through the bytes of a chunk's tar archive beside the layout that they must have.
///
/// Positions come from the layout alone, so that a damaged byte in a header damages nothing else.
struct LayoutWalk {
  private enum Segment {
    /// Bytes that must stand there exactly.
    case fixed([UInt8])
    /// The content of the current member.
    case content
    case end
  }

  private let layout: ChunkLayout
  private let table: EntryTable
  private let number: Int
  // The content that comes next or is being read; nil when all are behind.
  private var member: ChunkLayout.Member?
  private var segment: Segment
  private var done = 0
  private var contentDone: UInt64 = 0
  private var hasher = SHA256Hasher()
  private var isInMember = false
  // Which piece of the member's trailer comes next.
  private var trailerPiece = 0
  private var total: UInt64 = 0
  private var firstWrong: UInt64?
  private var damaged: [UInt32] = []

  init(layout: ChunkLayout, table: EntryTable, number: Int) {
    self.layout = layout
    self.table = table
    self.number = number
    let first = layout.first(in: table)
    member = first
    segment = .fixed(ChunkLayout.header(of: first, in: table))
  }

  mutating func take(_ bytes: RawSpan, into sink: some ChunkSink) throws(Failure) {
    var position = 0
    while position < bytes.byteCount {
      switch segment {
      case .fixed(let expected):
        let length = min(expected.count - done, bytes.byteCount - position)
        compare(bytes.extracting(position..<(position + length)), with: expected)
        done += length
        position += length
        total += UInt64(length)
        if done == expected.count { try advanceFromFixed(sink) }
      case .content:
        guard let member else { return }
        let rest = member.length - contentDone
        let length = Int(min(rest, UInt64(bytes.byteCount - position)))
        let piece = bytes.extracting(position..<(position + length))
        if member.part == 0 { hasher.update(piece) }
        try sink.write(piece)
        contentDone += UInt64(length)
        position += length
        total += UInt64(length)
        if contentDone == member.length { try endContent(sink) }
      case .end:
        // The source never gives more bytes than the manifest states; the layout has that length.
        if firstWrong == nil { firstWrong = total }
        return
      }
    }
  }

  private mutating func compare(_ bytes: RawSpan, with expected: [UInt8]) {
    guard firstWrong == nil else { return }
    let isSame = unsafe bytes.withUnsafeBytes { found in
      unsafe expected.withUnsafeBytes { wanted in
        unsafe found.elementsEqual(wanted[done..<(done + found.count)])
      }
    }
    guard !isSame else { return }
    var same = 0
    while unsafe bytes.unsafeLoad(fromByteOffset: same, as: UInt8.self) == expected[done + same] {
      same += 1
    }
    firstWrong = total + UInt64(same)
  }

  /// A header or trailer is behind us.
  private mutating func advanceFromFixed(_ sink: some ChunkSink) throws(Failure) {
    done = 0
    guard let current = member else {
      segment = .end
      return
    }
    if isInMember {
      if let piece = ChunkLayout.trailerPiece(trailerPiece, of: current, in: table) {
        trailerPiece += 1
        segment = .fixed(piece)
        return
      }
      // That was the last piece of the member's trailer.
      isInMember = false
      member = layout.next(after: current, in: table)
      segment = .fixed(
        member.map { ChunkLayout.header(of: $0, in: table) }
          ?? [UInt8](repeating: 0, count: Int(TarHeader.endLength))
      )
      return
    }
    isInMember = true
    contentDone = 0
    hasher = SHA256Hasher()
    segment = .content
    try sink.begin(current)
    if current.length == 0 { try endContent(sink) }
  }

  private mutating func endContent(_ sink: some ChunkSink) throws(Failure) {
    guard let member else { return }
    var isGood = true
    if member.part == 0 {
      let entry = ChunkLayout.entry(of: member, in: table)
      isGood = hasher.finish() == table.files.digest(at: entry)
      if !isGood { damaged += entries(of: member) }
    }
    try sink.end(member, isGood: isGood)
    let padding = ChunkLayout.trailerPiece(0, of: member, in: table) ?? []
    trailerPiece = 1
    segment = .fixed(padding)
    done = 0
    if padding.isEmpty { try advanceFromFixed(sink) }
  }

  private func entries(of member: ChunkLayout.Member) -> [UInt32] {
    member.placements.map { table.placements[$0].entry }
  }

  /// Adds what is wrong to the outcome: foreign bytes between contents, damaged and missing ones.
  func describe(_ outcome: inout ChunkOutcome) {
    if let firstWrong {
      outcome.faults.append(
        "at byte \(firstWrong) of the archive stands something that ENTRIES does not demand"
      )
    }
    outcome.damagedEntries += damaged
    // What was not reached, of a truncated or undecodable chunk, is damaged too.
    guard total < layout.length else { return }
    var lost = member
    if let member, isInMember, contentDone == member.length {
      lost = layout.next(after: member, in: table)
    }
    while let member = lost {
      outcome.damagedEntries += entries(of: member)
      lost = layout.next(after: member, in: table)
    }
    if outcome.faults.isEmpty {
      outcome.faults.append("the archive ends after \(total) of \(layout.length) bytes")
    }
  }
}
