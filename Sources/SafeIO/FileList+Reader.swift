extension FileList {
  /// Reads the canonical text from blocks as they come; anything not exactly as it would be
  /// written is refused.
  package struct Reader: Sendable {
    private var builder = Builder()
    private var lines: Lines

    /// A reader of the list that is called `name` in messages.
    package init(name: String) { lines = Lines(name: name) }

    /// Takes the next block of text in.
    package mutating func read(_ block: Span<UInt8>) throws(Failure) {
      try lines.read(block) { (path, size, digest) throws(Failure) in
        try builder.add(path: path, size: size, digest: digest)
      }
    }

    /// The list, when all of the text has been read.
    package mutating func finish() throws(Failure) -> FileList {
      try lines.finish()
      return try builder.finish()
    }
  }

  /// The lines of the canonical text, from blocks as they come, for whoever keeps them otherwise.
  package struct Lines: Sendable {
    private var rest: [UInt8] = []
    private var previous: [UInt8] = []
    private var line = 0
    private let name: String

    /// The longest line, in bytes: digest, size, path.
    private static let longestLine = 64 + 1 + 20 + 1 + RelativePath.longest

    /// The lines of the list that is called `name` in messages.
    package init(name: String) { self.name = name }

    private func refuse(_ what: String) -> Failure {
      Failure(.integrity, "list", "line \(line) \(what)", subject: name)
    }

    /// Takes the next block of text in, and gives path, size and digest of each line that ended.
    package mutating func read(
      _ block: Span<UInt8>,
      _ body: (Span<UInt8>, UInt64, SHA256Digest) throws(Failure) -> Void
    ) throws(Failure) {
      var start = 0
      for index in block.indices where block[index] == 0x0a {
        let piece = block.extracting(start..<index)
        if rest.isEmpty {
          try readLine(piece, body)
        } else {
          rest.append(copying: piece)
          let whole = rest
          rest.removeAll(keepingCapacity: true)
          try readLine(whole.span, body)
        }
        start = index + 1
      }
      guard rest.count + block.count - start <= Lines.longestLine else {
        throw refuse("is too long")
      }
      rest.append(copying: block.extracting(start..<block.count))
    }

    private mutating func readLine(
      _ text: Span<UInt8>,
      _ body: (Span<UInt8>, UInt64, SHA256Digest) throws(Failure) -> Void
    ) throws(Failure) {
      line += 1
      guard text.count > 67, text[64] == 0x20,
        let digest = SHA256Digest(hex: text.extracting(0..<64))
      else { throw refuse("does not begin with a SHA-256 and a space") }
      var cursor = 65
      guard let size = DecimalNumber.read(text, at: &cursor), cursor < text.count,
        text[cursor] == 0x20
      else { throw refuse("has no size") }
      let path = text.extracting((cursor + 1)..<text.count)
      guard line == 1 || previous.precedes(path) else { throw refuse("is not in order") }
      try body(path, size, digest)
      previous.removeAll(keepingCapacity: true)
      previous.append(copying: path)
    }

    /// Says that all of the text has been read.
    package func finish() throws(Failure) {
      guard rest.isEmpty else { throw refuse("does not end") }
    }
  }

  /// Reads the canonical text as a whole.
  package init(canonical text: Span<UInt8>, name: String) throws(Failure) {
    var reader = Reader(name: name)
    try reader.read(text)
    self = try reader.finish()
  }
}

extension [UInt8] {
  /// The bytes of a span.
  package init(copying span: Span<UInt8>) {
    self.init()
    append(copying: span)
  }

  /// Appends the bytes of a span.
  package mutating func append(copying span: Span<UInt8>) {
    unsafe span.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
  }

  /// Whether these bytes stand before others, byte for byte.
  package func precedes(_ other: Span<UInt8>) -> Bool {
    let common = Swift.min(count, other.count)
    for index in 0..<common where self[index] != other[index] { return self[index] < other[index] }
    return count < other.count
  }
}
