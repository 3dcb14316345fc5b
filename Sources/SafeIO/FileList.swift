/// A sorted list of files: path, size and SHA-256, with one canonical text form and with it a digest
/// of its own.
///
/// The canonical form is a line a file, `<sha256> <size> <path>\n`, sorted by the bytes of the
/// path, each path once and no path also a directory of another
/// (`docs/formats/bundle-format.md`, section "Snapshot digest").
///
/// It is held compactly, since it may have a million files: about 37 bytes for each, and of the path
/// what differs from the one before it. So a look at one path costs the unpacking of a few; whoever
/// goes through many takes `forEachPath`.
package struct FileList: Sendable {
  // All but the last one are full.
  var segments: [Segment] = []

  /// How many files one list may have.
  package static let largestCount = 10_000_000

  init() {}

  /// A list of nothing.
  package static let empty = FileList()

  /// How many files are listed.
  package var count: Int {
    guard let last = segments.last else { return 0 }
    return (segments.count - 1) * Segment.capacity + last.count
  }

  /// The SHA-256 of the file at a position.
  package func digest(at index: Int) -> SHA256Digest {
    segments.span[index / Segment.capacity].digest(at: index % Segment.capacity)
  }

  /// The size of the file at a position, in bytes.
  package func size(at index: Int) -> UInt64 {
    segments.span[index / Segment.capacity].size(at: index % Segment.capacity)
  }

  /// The path of the file at a position.
  package func path(at index: Int) -> String {
    String(decoding: pathBytes(at: index), as: UTF8.self)
  }

  /// The path of the file at a position, as bytes.
  package func pathBytes(at index: Int) -> ArraySlice<UInt8> {
    segments[index / Segment.capacity].path(at: index % Segment.capacity)[...]
  }

  /// Gives the positions and paths of a range, in order.
  package func forEachPath<Problem: Error>(
    in range: Range<Int>,
    _ body: (Int, ArraySlice<UInt8>) throws(Problem) -> Void
  ) throws(Problem) {
    guard !range.isEmpty else { return }
    var walk = Walk(self, from: range.lowerBound)
    for index in range {
      walk.advance()
      try body(index, walk.path[...])
    }
  }

  /// The position of a path, found by halving.
  package func index(of path: some StringProtocol) -> Int? { index(of: Array(path.utf8)) }

  /// The position of a path, found by halving.
  package func index(of path: RelativePath) -> Int? { index(of: path.bytes) }

  private func index(of wanted: [UInt8]) -> Int? {
    let (index, path) = find(notBefore: wanted, from: 0)
    guard index < count, (path ?? Array(pathBytes(at: index))) == wanted else { return nil }
    return index
  }

  /// All positions whose path begins with `prefix`.
  package func indices(withPrefix prefix: some StringProtocol) -> Range<Int> {
    let wanted = Array(prefix.utf8)
    let low = firstIndex(notBefore: wanted, from: 0)
    // The bytes of UTF-8 are below 0xf8.
    return low..<max(low, firstIndex(notBefore: wanted + [0xff], from: low))
  }

  /// The first position, from `start`, whose path does not stand before `wanted`.
  func firstIndex(notBefore wanted: [UInt8], from start: Int) -> Int {
    find(notBefore: wanted, from: start).index
  }

  /// The same with its path, where that was unpacked: first among the segments, then in one of them.
  private func find(
    notBefore wanted: [UInt8],
    from start: Int
  ) -> (index: Int, path: [UInt8]?) {
    var path: [UInt8] = []
    path.reserveCapacity(128)
    let first = start / Segment.capacity
    var (low, high) = (first, segments.count)
    while low < high {
      let middle = low + (high - low) / 2
      if segments[middle].begins(before: wanted, unpacking: &path) {
        low = middle + 1
      } else {
        high = middle
      }
    }
    let chosen = max(first, low - 1)
    guard chosen < segments.count else { return (start, nil) }
    let base = chosen * Segment.capacity
    let found = segments[chosen]
      .find(notBefore: wanted, from: max(start - base, 0), unpacking: &path)
    return (base + found.position, found.isUnpacked ? path : nil)
  }

  /// The sum of all sizes, in bytes; saturates.
  package var totalSize: UInt64 {
    (0..<count).reduce(0) { sum, index in
      let (total, overflow) = sum.addingReportingOverflow(size(at: index))
      return overflow ? .max : total
    }
  }

  /// The positions, ordered by digest and then by position: files of one content stand together.
  package func indicesByDigest() -> [UInt32] {
    (0..<UInt32(count)).sorted { left, right in
      let (first, second) = (digest(at: Int(left)), digest(at: Int(right)))
      return first == second ? left < right : first < second
    }
  }

  /// Gives the canonical text in pieces of some 64 KiB.
  package func forEachTextBlock<Problem: Error>(
    _ body: ([UInt8]) throws(Problem) -> Void
  ) throws(Problem) {
    var text: [UInt8] = []
    text.reserveCapacity(1 << 16 + 2048)
    try forEachPath(in: 0..<count) { (index, path) throws(Problem) in
      appendLine(path, at: index, to: &text)
      guard text.count >= 1 << 16 else { return }
      try body(text)
      text.removeAll(keepingCapacity: true)
    }
    if !text.isEmpty { try body(text) }
  }

  /// Appends the canonical line of one file, under another path if need be.
  package func appendLine(_ path: ArraySlice<UInt8>, at index: Int, to text: inout [UInt8]) {
    digest(at: index).appendHex(to: &text)
    text.append(0x20)
    DecimalNumber.append(size(at: index), to: &text)
    text.append(0x20)
    text.append(contentsOf: path)
    text.append(0x0a)
  }

  /// The SHA-256 of the canonical text: what names a snapshot's content.
  package var listDigest: SHA256Digest {
    var hasher = SHA256Hasher()
    forEachTextBlock { hasher.update($0) }
    return hasher.finish()
  }

  /// The length of the canonical text, in bytes.
  package var textLength: UInt64 {
    var total: UInt64 = 0
    forEachTextBlock { total += UInt64($0.count) }
    return total
  }
}

extension FileList {
  /// Goes through the paths of a list, each unpacked from the one before it.
  struct Walk {
    private let list: FileList
    private var next: Int
    private var cursor = 0
    /// The path of the position that was advanced to.
    private(set) var path: [UInt8] = []

    init(_ list: FileList, from start: Int) {
      self.list = list
      next = start
      // What the first path needs of those before it.
      while next % Segment.step != 0 { next -= 1 }
      path.reserveCapacity(256)
      while next < start { advance() }
    }

    mutating func advance() {
      let position = next % Segment.capacity
      list.segments[next / Segment.capacity].unpack(position, at: &cursor, into: &path)
      next += 1
    }
  }
}
