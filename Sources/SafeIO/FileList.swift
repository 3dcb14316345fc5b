/// A sorted list of files: path, size and SHA-256, held compactly (about 48 bytes and the path
/// for each), with one canonical text form and with it a digest of its own.
///
/// The canonical form is a line a file, `<sha256> <size> <path>\n`, sorted by the bytes of the
/// path, each path once and no path also a directory of another
/// (`docs/bundle-format.md`, section "Snapshot digest").
package struct FileList: Sendable {
  private struct Record: Sendable {
    let digest: SHA256Digest
    let size: UInt64
    let pathStart: UInt32
    let pathLength: UInt16

    var pathRange: Range<Int> { Int(pathStart)..<(Int(pathStart) + Int(pathLength)) }
  }

  private var records: [Record] = []
  // All paths, one behind the other.
  private var paths: [UInt8] = []

  /// How many files one list may have.
  package static let largestCount = 10_000_000

  private init() {}

  /// A list of nothing.
  package static let empty = FileList()

  /// How many files are listed.
  package var count: Int { records.count }

  /// The SHA-256 of the file at a position.
  package func digest(at index: Int) -> SHA256Digest { records[index].digest }

  /// The size of the file at a position, in bytes.
  package func size(at index: Int) -> UInt64 { records[index].size }

  /// The path of the file at a position.
  package func path(at index: Int) -> String {
    String(decoding: pathBytes(at: index), as: UTF8.self)
  }

  /// The path of the file at a position, as bytes.
  package func pathBytes(at index: Int) -> ArraySlice<UInt8> {
    paths[records[index].pathRange]
  }

  /// The position of a path, found by halving.
  package func index(of path: some StringProtocol) -> Int? {
    let wanted = Array(path.utf8)
    let low = firstIndex(notBefore: wanted, from: 0)
    guard low < records.count, pathBytes(at: low).elementsEqual(wanted) else { return nil }
    return low
  }

  /// All positions whose path begins with `prefix`.
  package func indices(withPrefix prefix: some StringProtocol) -> Range<Int> {
    let wanted = Array(prefix.utf8)
    let low = firstIndex(notBefore: wanted, from: 0)
    var end = low
    while end < records.count, pathBytes(at: end).starts(with: wanted) { end += 1 }
    return low..<end
  }

  /// The first position, from `start`, whose path does not stand before `wanted`.
  private func firstIndex(notBefore wanted: some Collection<UInt8>, from start: Int) -> Int {
    var low = start
    var high = records.count
    while low < high {
      let middle = (low + high) / 2
      if pathBytes(at: middle).lexicographicallyPrecedes(wanted) {
        low = middle + 1
      } else {
        high = middle
      }
    }
    return low
  }

  /// The sum of all sizes, in bytes; saturates.
  package var totalSize: UInt64 {
    records.reduce(0) { sum, record in
      let (total, overflow) = sum.addingReportingOverflow(record.size)
      return overflow ? .max : total
    }
  }

  /// The positions, ordered by digest and then by position: files of one content stand together.
  package func indicesByDigest() -> [UInt32] {
    (0..<UInt32(records.count)).sorted { left, right in
      let (first, second) = (records[Int(left)].digest, records[Int(right)].digest)
      return first == second ? left < right : first < second
    }
  }

  /// Gives the canonical text in pieces of some 64 KiB.
  package func forEachTextBlock(_ body: ([UInt8]) throws -> Void) rethrows {
    var text: [UInt8] = []
    text.reserveCapacity(1 << 16 + 2048)
    for index in 0..<count {
      appendLine(at: index, to: &text)
      if text.count >= 1 << 16 {
        try body(text)
        text.removeAll(keepingCapacity: true)
      }
    }
    if !text.isEmpty { try body(text) }
  }

  /// Appends the canonical line of one file.
  package func appendLine(at index: Int, to text: inout [UInt8]) {
    records[index].digest.appendHex(to: &text)
    text.append(0x20)
    text.append(contentsOf: String(records[index].size).utf8)
    text.append(0x20)
    text.append(contentsOf: pathBytes(at: index))
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
  /// Collects files in any order and gives the sorted list.
  package struct Builder: Sendable {
    private var list = FileList()
    private var isSorted = true

    package init() {}

    /// How many files have been added.
    package var count: Int { list.count }

    /// Makes room at once, so that a long list is not copied while it grows.
    ///
    /// - Parameters:
    ///   - count: how many files will come; a hint from outside is taken with a limit.
    ///   - pathBytes: the length of all their paths together, in bytes.
    package mutating func reserve(count: Int, pathBytes: Int = 0) {
      list.records.reserveCapacity(min(max(0, count), 2_000_000))
      list.paths.reserveCapacity(min(max(0, pathBytes), 256 << 20))
    }

    /// Takes one file in.
    package mutating func add(
      path: Span<UInt8>,
      size: UInt64,
      digest: SHA256Digest
    ) throws(Failure) {
      guard RelativePath.isValid(path) else {
        throw Failure(
          .unsafe,
          "path",
          "this path may not be used: it must be relative, printable UTF-8, without empty, `.` "
            + "or `..` components and without trailing dots or spaces",
          subject: String(decoding: Array(copying: path), as: UTF8.self)
        )
      }
      guard list.records.count < FileList.largestCount,
        let start = UInt32(exactly: list.paths.count), start < UInt32.max - 2048
      else { throw Failure(.resource, "too-many-files", "the list has too many files") }
      list.paths.append(copying: path)
      list.records.append(
        Record(digest: digest, size: size, pathStart: start, pathLength: UInt16(path.count))
      )
      let last = list.count - 1
      if last > 0, isSorted {
        isSorted = list.pathBytes(at: last - 1).lexicographicallyPrecedes(list.pathBytes(at: last))
      }
    }

    /// Takes one file in.
    package mutating func add(
      path: String,
      size: UInt64,
      digest: SHA256Digest
    ) throws(Failure) {
      let bytes = Array(path.utf8)
      try add(path: bytes.span, size: size, digest: digest)
    }

    /// The list, sorted.
    ///
    /// A path added twice with the same content counts once.
    /// - Throws: `integrity` when a path has two contents, `unsafe` when one path is a directory
    ///   of another.
    package consuming func finish() throws(Failure) -> FileList {
      // Taken out, so that sorting works on the only copy.
      var list = FileList()
      swap(&list, &self.list)
      if !isSorted {
        let paths = list.paths
        list.records.sort { left, right in
          paths[left.pathRange].lexicographicallyPrecedes(paths[right.pathRange])
        }
        try list.removeRepeats()
      }
      try list.checkNoFileIsDirectory()
      return list
    }
  }

  private func bytes(of record: Record) -> ArraySlice<UInt8> { paths[record.pathRange] }

  private mutating func removeRepeats() throws(Failure) {
    var kept: [Record] = []
    kept.reserveCapacity(records.count)
    for record in records {
      if let last = kept.last, bytes(of: last).elementsEqual(bytes(of: record)) {
        guard last.digest == record.digest, last.size == record.size else {
          throw Failure(
            .integrity,
            .twoContents,
            "this path is listed twice, with different content",
            subject: String(decoding: bytes(of: record), as: UTF8.self)
          )
        }
        continue
      }
      kept.append(record)
    }
    records = kept
  }

  /// Refuses a list in which both `a` and `a/b` are files.
  ///
  /// Everything that begins with `a` stands directly behind it, so that hardly any path needs
  /// more than a look at its neighbour; for those that do (`a-b` stands before `a/b`), one search.
  private func checkNoFileIsDirectory() throws(Failure) {
    for index in 0..<max(0, count - 1) {
      let path = pathBytes(at: index)
      guard pathBytes(at: index + 1).starts(with: path) else { continue }
      let below = path + [0x2f]
      let first = firstIndex(notBefore: below, from: index + 1)
      guard first < count, pathBytes(at: first).starts(with: below) else { continue }
      throw Failure(
        .unsafe,
        .fileAndDirectory,
        "this path is listed as a file and as a directory",
        subject: self.path(at: index)
      )
    }
  }
}
