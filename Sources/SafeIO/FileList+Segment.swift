extension FileList {
  /// Some thousand files of a list, in order; a list is made of these, so that it grows and goes piece
  /// by piece.
  struct Segment: Sendable {
    private var digests: [SHA256Digest] = []
    private var sizes: [UInt32] = []
    // By position, the sizes that need more than 32 bits: `sizes` has the largest number there.
    private var largeSizes: [Int: UInt64] = [:]
    // Each path: how many bytes it shares with the one before it, how many others it has, and those.
    private var paths: [UInt8] = []
    // Where every path that shares nothing begins in `paths`.
    private var starts: [UInt32] = []

    /// How many files fit.
    static let capacity = 4096
    /// Every so many paths one stands whole, so that nobody has to begin at the first.
    static let step = 8

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
      append(number: path.count - shared)
      paths.append(copying: path.extracting(shared..<path.count))
      digests.append(digest)
      if size >= UInt64(UInt32.max) { largeSizes[position] = size }
      sizes.append(UInt32(clamping: size))
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
      path.append(contentsOf: paths[cursor..<(cursor + rest)])
      cursor += rest
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
