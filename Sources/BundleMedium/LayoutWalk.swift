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

  /// Takes the next bytes of the archive, and says what is in them, by their place among these bytes.
  mutating func take(
    _ bytes: RawSpan,
    _ emit: (ChunkEvent) throws(Failure) -> Void
  ) throws(Failure) {
    var position = 0
    while position < bytes.byteCount {
      switch segment {
      case .fixed(let expected):
        let length = min(expected.count - done, bytes.byteCount - position)
        compare(bytes.extracting(position..<(position + length)), with: expected)
        done += length
        position += length
        total += UInt64(length)
        if done == expected.count { try advanceFromFixed(emit) }
      case .content:
        guard let member else { return }
        let rest = member.length - contentDone
        let length = Int(min(rest, UInt64(bytes.byteCount - position)))
        let piece = bytes.extracting(position..<(position + length))
        if member.part == 0 { hasher.update(piece) }
        try emit(.content(position..<(position + length)))
        contentDone += UInt64(length)
        position += length
        total += UInt64(length)
        if contentDone == member.length { try endContent(emit) }
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
  private mutating func advanceFromFixed(
    _ emit: (ChunkEvent) throws(Failure) -> Void
  ) throws(Failure) {
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
    try emit(.begin(current))
    if current.length == 0 { try endContent(emit) }
  }

  private mutating func endContent(
    _ emit: (ChunkEvent) throws(Failure) -> Void
  ) throws(Failure) {
    guard let member else { return }
    var isGood = true
    if member.part == 0 {
      let entry = ChunkLayout.entry(of: member, in: table)
      isGood = hasher.finish() == table.files.digest(at: entry)
      if !isGood { damaged += entries(of: member) }
    }
    try emit(.end(member, isGood: isGood))
    let padding = ChunkLayout.trailerPiece(0, of: member, in: table) ?? []
    trailerPiece = 1
    segment = .fixed(padding)
    done = 0
    if padding.isEmpty { try advanceFromFixed(emit) }
  }

  private func entries(of member: ChunkLayout.Member) -> [UInt32] {
    member.placements.map { table.placements[$0].entry }
  }

  /// How many bytes may be read on, at most `limit`, so that the next long content begins a block:
  /// from there it can be written past the page cache.
  func room(limit: Int) -> Int {
    guard var next = member else { return limit }
    if isInMember {
      guard let after = layout.next(after: next, in: table) else { return limit }
      next = after
    }
    while next.offset < total + UInt64(limit) {
      if next.length >= LayoutWalk.longContent, next.offset > total {
        return Int(next.offset - total)
      }
      guard let after = layout.next(after: next, in: table) else { return limit }
      next = after
    }
    return limit
  }

  /// From this length on a content is written past the page cache, in bytes.
  static let longContent: UInt64 = 1 << 18

  /// What is wrong with the archive so far.
  var finding: Finding {
    var finding = Finding(total: total, length: layout.length, firstWrong: firstWrong)
    finding.damagedEntries = damaged
    // What was not reached, of a truncated or undecodable chunk, is damaged too.
    guard total < layout.length else { return finding }
    var lost = member
    if let member, isInMember, contentDone == member.length {
      lost = layout.next(after: member, in: table)
    }
    while let member = lost {
      finding.damagedEntries += entries(of: member)
      lost = layout.next(after: member, in: table)
    }
    return finding
  }

  /// What was found of an archive: foreign bytes between contents, damaged and missing ones.
  struct Finding: Sendable {
    /// How many bytes of it came, and how many there should be.
    var total: UInt64 = 0
    var length: UInt64 = 0
    var firstWrong: UInt64?
    var damagedEntries: [UInt32] = []

    /// Whether every byte is what ENTRIES demands, as far as ENTRIES tells: parts are not proved.
    var isGood: Bool { firstWrong == nil && damagedEntries.isEmpty && total == length }

    /// Adds what is wrong to the outcome.
    func describe(_ outcome: inout ChunkOutcome) {
      if let firstWrong {
        outcome.faults.append(
          "at byte \(firstWrong) of the archive stands something that ENTRIES does not demand"
        )
      }
      outcome.damagedEntries += damagedEntries
      if total < length, outcome.faults.isEmpty {
        outcome.faults.append("the archive ends after \(total) of \(length) bytes")
      }
    }
  }
}

/// What lies in the bytes of a chunk, in their order.
enum ChunkEvent: Sendable {
  /// A content begins.
  case begin(ChunkLayout.Member)
  /// Its next bytes: where they stand among those that were just taken.
  case content(Range<Int>)
  /// It has ended.
  case end(ChunkLayout.Member, isGood: Bool)
}
