package import Objects
internal import SafeIO

/// What everything must do that objects are read from, whatever it is made of: files, memory, or a
/// store behind a network.
package enum ReadingContract {
  /// What the objects are to have, and nothing else.
  package static let contents: [[UInt8]] =
    [[], Array("0123456789".utf8)] + (0..<400).map { Array("\($0)".utf8) }
    + [(0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }]

  private static func digests() -> [SHA256Digest] { contents.map(SHA256Digest.of).sorted() }

  /// Whether objects that have just these contents are read as they must be.
  package static func check(_ objects: any ReadableObjects) throws {
    try hasSizes(objects)
    try readsRanges(objects)
    try refusesWhatIsAbsent(objects)
    try listsInPages(objects)
    try hasACensus(objects)
    try givesFiles(objects)
    try isReadByMany(objects)
  }

  private static func hasSizes(_ objects: any ReadableObjects) throws {
    for content in contents {
      let (digest, size) = (SHA256Digest.of(content), UInt64(content.count))
      try must(objects.size(of: digest) == size)
      try must(objects.contains(digest, size: size))
      try must(!objects.contains(digest, size: size + 1))
    }
  }

  private static func readsRanges(_ objects: any ReadableObjects) throws {
    let digest = SHA256Digest.of(contents[1])
    let cases: [(UInt64, Int, String)] = [
      (0, 10, "0123456789"), (0, 100, "0123456789"), (3, 4, "3456"), (9, 5, "9"), (0, 0, ""),
      (10, 5, ""), (11, 1, ""), (1 << 40, 1, ""),
    ]
    for (offset, limit, expected) in cases {
      let found = try bytes(of: digest, in: objects, from: offset, limit: limit)
      try must(found == Array(expected.utf8), "from \(offset), \(limit) bytes")
    }
    try must(bytes(of: SHA256Digest.of([]), in: objects, from: 0, limit: 10) == [])
  }

  private static func bytes(
    of digest: SHA256Digest,
    in objects: any ReadableObjects,
    from offset: UInt64,
    limit: Int
  ) throws -> [UInt8] {
    let block = Block(capacity: 1 << 16)
    let count = try objects.read(digest, at: offset, limit: limit, into: block)
    try must(count == block.count)
    return unsafe block.bytes.withUnsafeBytes { unsafe Array($0) }
  }

  private static func refusesWhatIsAbsent(_ objects: any ReadableObjects) throws {
    let digest = SHA256Digest.of(Array("nobody has this".utf8))
    try must(objects.size(of: digest) == nil)
    try must(!objects.contains(digest, size: 15))
    for offset in [0, 1 << 40] as [UInt64] {
      try mustLack { _ = try bytes(of: digest, in: objects, from: offset, limit: 1) }
    }
    try mustLack { _ = try objects.open(digest) }
  }

  private static func listsInPages(_ objects: any ReadableObjects) throws {
    let sizes = Dictionary(contents.map { (SHA256Digest.of($0), $0.count) }) { $1 }
    for length in [1, 2, 1000] {
      var all: [SHA256Digest] = []
      for bucket in UInt8.min...UInt8.max {
        var last: SHA256Digest?
        while true {
          let page = try objects.list(bucket: bucket, after: last, limit: length)
          try must(page.count <= length)
          guard let end = page.last else { break }
          for object in page {
            try must(object.size == nil || object.size == sizes[object.digest].map(UInt64.init))
          }
          all += page.map(\.digest)
          last = end.digest
        }
      }
      try must(all == digests())
    }
  }

  private static func hasACensus(_ objects: any ReadableObjects) throws {
    var census = try ObjectCensus(objects)
    try must(census.count == contents.count)
    let marks = (
      census.mark(SHA256Digest.of(contents[7])), census.mark(SHA256Digest.of(Array("none".utf8)))
    )
    try must(marks == (true, false))
    try must(census.marked == 1)
    try must(census.buckets.flatMap(\.digests) == digests())
  }

  private static func givesFiles(_ objects: any ReadableObjects) throws {
    for content in [contents[0], contents[1], contents[contents.count - 1]] {
      let file = try objects.open(SHA256Digest.of(content))
      try must(file.readAll(limit: 1 << 22) == content)
    }
  }

  private static func isReadByMany(_ objects: any ReadableObjects) throws {
    try Threads.forEach(count: contents.count, width: 8) { (index) throws(Failure) in
      let digest = SHA256Digest.of(contents[index])
      let found = try objects.hash(digest)
      try must(found == ContentHash(digest: digest, size: UInt64(contents[index].count)))
    }
  }

  private static func must(
    _ condition: Bool,
    _ detail: String = "",
    line: Int = #line
  ) throws(Failure) {
    guard condition else {
      throw Failure(.internal, "contract", "line \(line) of the contract is not kept \(detail)")
    }
  }

  private static func mustLack(line: Int = #line, _ body: () throws -> Void) throws {
    do { try body() } catch let failure as Failure where failure.name == "missing-object" { return }
    try must(false, "an object is read that is not there", line: line)
  }
}
