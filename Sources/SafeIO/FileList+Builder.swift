extension FileList {
  /// Collects files in any order and gives the sorted list.
  ///
  /// What comes in order is packed at once. Of the rest some thousands are gathered, sorted and packed as
  /// a list of their own; lists are merged as soon as two are about as long, so that there are few.
  package struct Builder: Sendable {
    private var inOrder = Run()
    private var pending = Pending()
    private var runs: [FileList] = []
    private var pathBytes: UInt64 = 0
    /// How many files have been added.
    package private(set) var count = 0
    /// The paths that were added with two contents; nil where that is refused.
    package private(set) var conflicts: Set<[UInt8]>?

    /// How many bytes all paths of a list may have together.
    private static let longestPaths: UInt64 = (1 << 32) - 1 - 2048

    package init() {}

    /// A builder that does not refuse a path with two contents: it keeps one, and remembers the path.
    package init(collectingConflicts: Bool) { if collectingConflicts { conflicts = [] } }

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
      guard count < FileList.largestCount, pathBytes < Builder.longestPaths else {
        throw Failure(.resource, "too-many-files", "the list has too many files")
      }
      count += 1
      pathBytes += UInt64(path.count)
      if inOrder.isEmpty || inOrder.last.precedes(path) {
        inOrder.append(path, size: size, digest: digest)
      } else {
        pending.append(path, size: size, digest: digest)
        if pending.isFull { try packPending() }
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

    private mutating func packPending() throws(Failure) {
      runs.append(try pending.pack(&conflicts))
      while runs.count > 1, runs[runs.count - 1].count * 2 > runs[runs.count - 2].count {
        let second = runs.removeLast()
        let first = runs.removeLast()
        runs.append(try Builder.merge(consume first, consume second, &conflicts))
      }
    }

    /// Puts what is there in order, so that what was added twice counts once.
    ///
    /// - Throws: `integrity` when a path has two contents.
    package mutating func compact() throws(Failure) {
      let merged = try mergeAll()
      count = merged.count
      inOrder = Run(consume merged)
    }

    private mutating func mergeAll() throws(Failure) -> FileList {
      if !pending.isEmpty { runs.append(try pending.pack(&conflicts)) }
      pending = Pending()
      // The shortest first.
      while runs.count > 1 {
        let second = runs.removeLast()
        let first = runs.removeLast()
        runs.append(try Builder.merge(consume first, consume second, &conflicts))
      }
      var run = Run()
      swap(&run, &inOrder)
      let list = (consume run).finish()
      guard let rest = runs.popLast() else { return list }
      return try Builder.merge(consume list, consume rest, &conflicts)
    }

    /// The list, sorted; nothing is left here, so that there is never a second list of its size.
    ///
    /// A path added twice with the same content counts once.
    /// - Throws: `integrity` when a path has two contents, `unsafe` when one path is a directory
    ///   of another; a builder that collects conflicts leaves that to its user.
    package mutating func finish() throws(Failure) -> FileList {
      let list = try mergeAll()
      count = 0
      pathBytes = 0
      guard conflicts == nil else { return list }
      try list.forEachFileThatIsDirectory { (file, _) throws(Failure) in
        throw FileList.fileAndDirectory(String(decoding: file, as: UTF8.self))
      }
      return list
    }

    /// Both lists in one; each segment of them goes as soon as it was read.
    private static func merge(
      _ first: consuming FileList,
      _ second: consuming FileList,
      _ conflicts: inout Set<[UInt8]>?
    ) throws(Failure) -> FileList {
      var left = Source(consume first)
      var right = Source(consume second)
      var merged = Run()
      while let one = left.file, let other = right.file {
        if left.path == right.path {
          if one != other { try FileList.conflict(left.path, &conflicts) }
          right.advance()
        } else if left.path.precedes(right.path.span) {
          merged.append(left.path.span, size: one.size, digest: one.digest)
          left.advance()
        } else {
          merged.append(right.path.span, size: other.size, digest: other.digest)
          right.advance()
        }
      }
      while let one = left.file {
        merged.append(left.path.span, size: one.size, digest: one.digest)
        left.advance()
      }
      while let other = right.file {
        merged.append(right.path.span, size: other.size, digest: other.digest)
        right.advance()
      }
      return merged.finish()
    }
  }

  private static func conflict(
    _ path: [UInt8],
    _ conflicts: inout Set<[UInt8]>?
  ) throws(Failure) {
    guard conflicts != nil else { throw twoContents(path) }
    conflicts?.insert(path)
  }

  private static func twoContents(_ path: [UInt8]) -> Failure {
    Failure(
      .integrity,
      .twoContents,
      "this path is listed twice, with different content",
      subject: String(decoding: path, as: UTF8.self)
    )
  }

  /// A list that grows at its end.
  private struct Run: Sendable {
    private var list = FileList()
    /// The path of the last file.
    private(set) var last: [UInt8] = []

    init() {}

    /// Goes on behind a list.
    init(_ list: consuming FileList) {
      if list.count > 0 { last = Array(list.pathBytes(at: list.count - 1)) }
      self.list = list
    }

    var isEmpty: Bool { list.segments.isEmpty }

    mutating func append(_ path: Span<UInt8>, size: UInt64, digest: SHA256Digest) {
      if list.segments.last?.isFull ?? true {
        if !isEmpty { list.segments[list.segments.count - 1].close() }
        // After a full one the next will be full too, most likely.
        list.segments.append(Segment(isLarge: !isEmpty))
      }
      list.segments[list.segments.count - 1].append(path, after: last, size: size, digest: digest)
      last.removeAll(keepingCapacity: true)
      last.append(copying: path)
    }

    consuming func finish() -> FileList {
      if !list.segments.isEmpty { list.segments[list.segments.count - 1].close() }
      return list
    }
  }

  /// Files that did not come in order, as they came.
  private struct Pending: Sendable {
    private struct Record: Sendable {
      let digest: SHA256Digest
      let size: UInt64
      let path: Range<Int>
    }

    private var records: [Record] = []
    private var paths: [UInt8] = []

    /// How many are gathered before they are packed.
    private static let most = 1 << 15

    var isEmpty: Bool { records.isEmpty }
    var isFull: Bool { records.count >= Pending.most }

    mutating func append(_ path: Span<UInt8>, size: UInt64, digest: SHA256Digest) {
      let start = paths.count
      paths.append(copying: path)
      records.append(Record(digest: digest, size: size, path: start..<paths.count))
    }

    /// The list of them, which are forgotten; the room that they had stays for the next ones.
    mutating func pack(_ conflicts: inout Set<[UInt8]>?) throws(Failure) -> FileList {
      defer {
        records.removeAll(keepingCapacity: true)
        paths.removeAll(keepingCapacity: true)
      }
      // Taken out, so that it is the only copy while it is sorted.
      var sorted: [Record] = []
      swap(&sorted, &records)
      sorted.sort { paths[$0.path].lexicographicallyPrecedes(paths[$1.path]) }
      swap(&sorted, &records)
      var run = Run()
      var previous: Record?
      for record in records {
        if let same = previous, paths[same.path].elementsEqual(paths[record.path]) {
          if same.digest != record.digest || same.size != record.size {
            try FileList.conflict(Array(paths[record.path]), &conflicts)
          }
          continue
        }
        run.append(paths[record.path].span, size: record.size, digest: record.digest)
        previous = record
      }
      return run.finish()
    }
  }

  /// A list that is read from its beginning, and goes meanwhile.
  private struct Source {
    /// What stands beside a path.
    struct File: Equatable {
      let size: UInt64
      let digest: SHA256Digest
    }

    // The next one last.
    private var segments: [Segment]
    private var position = 0
    private var cursor = 0
    private(set) var path: [UInt8] = []
    /// The file at `path`; nil behind the last.
    private(set) var file: File?

    init(_ list: consuming FileList) {
      segments = []
      swap(&segments, &list.segments)
      segments.reverse()
      advance()
    }

    mutating func advance() {
      if !segments.isEmpty, position == segments[segments.count - 1].count {
        segments.removeLast()
        position = 0
      }
      guard !segments.isEmpty else {
        file = nil
        return
      }
      let last = segments.count - 1
      segments[last].unpack(position, at: &cursor, into: &path)
      file = File(
        size: segments[last].size(at: position),
        digest: segments[last].digest(at: position)
      )
      position += 1
    }
  }

  /// The refusal of a path that is listed as a file and as a directory.
  package static func fileAndDirectory(_ path: String, _ hint: String? = nil) -> Failure {
    Failure(
      .unsafe,
      .fileAndDirectory,
      "this path is listed as a file and as a directory",
      subject: path,
      hint: hint
    )
  }

  /// Hands out each file `a` that is a directory too, since `a/b` is a file, and where the first file
  /// below it stands; the others below it stand behind that one.
  ///
  /// Everything that begins with `a` stands directly behind it, so that hardly any path needs
  /// more than a look at its neighbour; for those that do (`a-b` stands before `a/b`), one search.
  package func forEachFileThatIsDirectory(
    _ body: (_ file: [UInt8], _ firstBelow: Int) throws(Failure) -> Void
  ) throws(Failure) {
    var previous: [UInt8] = []
    try forEachPath(in: 0..<count) { (index, path) throws(Failure) in
      if index > 0, path.starts(with: previous) {
        let below = previous + [0x2f]
        let first = firstIndex(notBefore: below, from: index)
        if first < count, pathBytes(at: first).starts(with: below) {
          try body(previous, first)
        }
      }
      previous.removeAll(keepingCapacity: true)
      previous.append(contentsOf: path)
    }
  }
}
