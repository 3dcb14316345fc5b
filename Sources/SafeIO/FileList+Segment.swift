extension FileList {
  /// Some thousand files of a list, in order; a list is made of these, so that it grows and goes piece
  /// by piece.
  struct Segment: Sendable {
    private var digests: [SHA256Digest] = []
    private var sizes: [UInt32] = []
    // By position, the sizes that need more than 32 bits: `sizes` has the largest number there.
    private var largeSizes: [Int: UInt64] = [:]
    // Each path: how many bytes it shares with the one before it, how many others are held, and those;
    // `repetition` stands for the name of the directory above.
    private var paths: [UInt8] = []
    // Where every path that shares nothing begins in `paths`.
    private var starts: [UInt32] = []

    /// How many files fit.
    static let capacity = 4096
    /// Every so many paths one stands whole, so that nobody has to begin at the first.
    static let step = 8

    /// An empty one; a large one has room for as many files as fit.
    init(isLarge: Bool) {
      guard isLarge else { return }
      digests.reserveCapacity(Segment.capacity)
      sizes.reserveCapacity(Segment.capacity)
    }

    var count: Int { digests.count }
    var isFull: Bool { count == Segment.capacity }

    func digest(at position: Int) -> SHA256Digest { digests[position] }

    func size(at position: Int) -> UInt64 {
      let size = sizes[position]
      return size == .max ? largeSizes[position] ?? UInt64(size) : UInt64(size)
    }

    /// Appends a file whose path stands behind `previous`, the path of the last one.
    mutating func append(
      _ path: Span<UInt8>,
      after previous: [UInt8],
      size: UInt64,
      digest: SHA256Digest
    ) {
      let position = count
      var shared = 0
      if position % Segment.step == 0 {
        starts.append(UInt32(paths.count))
      } else {
        let most = min(previous.count, path.count)
        while shared < most, previous[shared] == path[shared] { shared += 1 }
      }
      append(number: shared)
      appendRest(of: path, from: shared)
      digests.append(digest)
      if size >= UInt64(UInt32.max) { largeSizes[position] = size }
      sizes.append(UInt32(clamping: size))
    }

    /// Stands in held bytes for the name of the directory above; no path has it.
    private static let repetition: UInt8 = 0x01

    /// Appends what a path does not share with the one before it.
    ///
    /// In a pool a package's file begins with the name of its directory more often than not.
    private mutating func appendRest(of path: Span<UInt8>, from shared: Int) {
      guard let name = Segment.repeatedName(in: path), name.lowerBound >= shared else {
        append(number: path.count - shared)
        return paths.append(copying: path.extracting(shared..<path.count))
      }
      append(number: path.count - shared - name.count + 1)
      paths.append(copying: path.extracting(shared..<name.lowerBound))
      paths.append(Segment.repetition)
      paths.append(copying: path.extracting(name.upperBound..<path.count))
    }

    /// Where a path's last component begins with the whole name of the one above it.
    private static func repeatedName(in path: Span<UInt8>) -> Range<Int>? {
      var slash = path.count - 1
      while slash > 0, path[slash] != 0x2f { slash -= 1 }
      guard slash > 1 else { return nil }
      var start = slash
      while start > 0, path[start - 1] != 0x2f { start -= 1 }
      let length = slash - start
      guard length > 1, path.count > slash + length else { return nil }
      for offset in 0..<length where path[start + offset] != path[slash + 1 + offset] { return nil }
      return (slash + 1)..<(slash + 1 + length)
    }

    /// Gives back what growing took too much, once no more comes.
    mutating func close() {
      // Copies have no room to grow.
      digests = Array(digests[...])
      sizes = Array(sizes[...])
      paths = Array(paths[...])
    }

    private mutating func append(number: Int) {
      guard number >= 0x80 else { return paths.append(UInt8(number)) }
      paths.append(UInt8(number & 0x7f) | 0x80)
      paths.append(UInt8(number >> 7))
    }

    private func number(at cursor: inout Int) -> Int {
      let low = Int(paths[cursor])
      cursor += 1
      guard low >= 0x80 else { return low }
      defer { cursor += 1 }
      return low & 0x7f | Int(paths[cursor]) << 7
    }

    /// Makes of the path before a position that of the position.
    func unpack(_ position: Int, at cursor: inout Int, into path: inout [UInt8]) {
      if position % Segment.step == 0 { cursor = Int(starts[position / Segment.step]) }
      let shared = number(at: &cursor)
      let rest = number(at: &cursor)
      path.removeLast(path.count - shared)
      let held = paths.span.extracting(cursor..<(cursor + rest))
      cursor += rest
      var mark = 0
      while mark < held.count, held[mark] != Segment.repetition { mark += 1 }
      path.append(copying: held.extracting(..<mark))
      guard mark < held.count else { return }
      let slash = path.count - 1
      let start = (path[..<slash].lastIndex(of: 0x2f) ?? -1) + 1
      path.append(contentsOf: path[start..<slash])
      path.append(copying: held.extracting((mark + 1)...))
    }

    /// Whether the first path stands before `wanted`.
    func begins(before wanted: [UInt8], unpacking path: inout [UInt8]) -> Bool {
      var cursor = 0
      unpack(0, at: &cursor, into: &path)
      return path.precedes(wanted.span)
    }

    /// The first position, from `start`, whose path does not stand before `wanted`, and whether it is
    /// the path that was unpacked last; the number of paths where all stand before.
    ///
    /// Of the paths that stand whole one is found by halving, and only those behind it are unpacked.
    func find(
      notBefore wanted: [UInt8],
      from start: Int,
      unpacking path: inout [UInt8]
    ) -> (position: Int, isUnpacked: Bool) {
      var cursor = 0
      let first = start / Segment.step
      var (low, high) = (first, starts.count)
      while low < high {
        let middle = low + (high - low) / 2
        unpack(middle * Segment.step, at: &cursor, into: &path)
        if path.precedes(wanted.span) { low = middle + 1 } else { high = middle }
      }
      guard low > first else { return (start, false) }
      for position in ((low - 1) * Segment.step)..<min(low * Segment.step, count) {
        unpack(position, at: &cursor, into: &path)
        if position >= start, !path.precedes(wanted.span) { return (position, true) }
      }
      return (max(start, min(low * Segment.step, count)), false)
    }

    /// The path at a position.
    func path(at position: Int) -> [UInt8] {
      var path: [UInt8] = []
      path.reserveCapacity(128)
      var cursor = 0
      let first = position - position % Segment.step
      for earlier in first...position { unpack(earlier, at: &cursor, into: &path) }
      return path
    }
  }
}
