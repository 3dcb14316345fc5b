package import SafeIO

/// Reads a Contents index from blocks as they come and hands out a line at a time.
///
/// Memory is that of the longest line.
package struct ContentsReader: Sendable {
  private let name: String
  // The beginning of a line whose end has not come yet.
  private var rest: [UInt8] = []
  private var lineNumber = 0

  /// The longest line that is read, in bytes: a directory's may name thousands of packages.
  private static let longestLine = 4 << 20

  /// A reader of the index that is called `name` in messages.
  package init(name: String) { self.name = name }

  /// Takes the next bytes in and hands every line that ended in them to `body`.
  package mutating func feed(
    _ bytes: Span<UInt8>,
    _ body: (ContentsLine) throws(Failure) -> Void
  ) throws(Failure) {
    var start = 0
    if !rest.isEmpty {
      let end = bytes.firstIndex(of: 0x0a, in: 0..<bytes.count)
      try keep(bytes.extracting(0..<end))
      guard end < bytes.count else { return }
      try endLine(body)
      start = end &+ 1
    }
    while start < bytes.count {
      let end = bytes.firstIndex(of: 0x0a, in: start..<bytes.count)
      guard end < bytes.count else { break }
      lineNumber &+= 1
      try body(ContentsLine(bytes.extracting(start..<end)))
      start = end &+ 1
    }
    try keep(bytes.extracting(start..<bytes.count))
  }

  /// Takes the end of the index: the last line may lack its line end.
  package mutating func finish(
    _ body: (ContentsLine) throws(Failure) -> Void
  ) throws(Failure) {
    if !rest.isEmpty { try endLine(body) }
  }

  private mutating func endLine(
    _ body: (ContentsLine) throws(Failure) -> Void
  ) throws(Failure) {
    lineNumber &+= 1
    try body(ContentsLine(rest.span))
    rest.removeAll(keepingCapacity: true)
  }

  private mutating func keep(_ bytes: Span<UInt8>) throws(Failure) {
    guard rest.count + bytes.count <= ContentsReader.longestLine else {
      throw Failure(
        .unsafe,
        "too-large",
        "line \(lineNumber + 1) is longer than the \(ContentsReader.longestLine) bytes that are read",
        subject: name
      )
    }
    rest.append(copying: bytes)
  }
}

/// A line of a Contents index: a file's path, white space, and the packages that have the file,
/// `[[area/]section/]name`, separated by commas.
package struct ContentsLine: ~Escapable {
  private let line: Span<UInt8>
  /// Where the list of packages begins and ends.
  private let list: Range<Int>

  @_lifetime(copy line)
  init(_ line: Span<UInt8>) {
    self.line = line
    var end = line.count
    while end > 0, Stanza.isSpace(line[end &- 1]) { end &-= 1 }
    var start = end
    // A path may have spaces in it, a list has none.
    while start > 0, !Stanza.isSpace(line[start &- 1]) { start &-= 1 }
    list = start..<end
  }

  /// Whether there is a path, and a package that has it.
  package var isWhole: Bool { list.lowerBound > 0 && !list.isEmpty }

  /// The path with the white space behind it.
  package var place: Span<UInt8> {
    @_lifetime(copy self)
    get { line.extracting(0..<list.lowerBound) }
  }

  /// Hands out the packages: each as it is written, and its name alone.
  package func forEachPackage<Fault: Error>(
    _ body: (_ qualified: Span<UInt8>, _ name: Span<UInt8>) throws(Fault) -> Void
  ) throws(Fault) {
    guard isWhole else { return }
    var start = list.lowerBound
    while start < list.upperBound {
      let end = line.firstIndex(of: 0x2c, in: start..<list.upperBound)
      var name = end
      while name > start, line[name &- 1] != 0x2f { name &-= 1 }
      if name < end { try body(line.extracting(start..<end), line.extracting(name..<end)) }
      start = end &+ 1
    }
  }
}
