internal import DiscImages
package import SafeIO

/// A file on a medium, read at any offset.
package struct MediumFile: Sendable {
  private enum Place: Sendable {
    case mounted(SharedFile)
    case disc(DiscFile)
    case far(any FarFile, size: UInt64, name: String)
  }

  private let place: Place

  /// A file that is open.
  package init(_ file: SharedFile) { place = .mounted(file) }

  init(_ file: DiscFile) { place = .disc(file) }

  init(_ file: any FarFile, size: UInt64, name: String) {
    place = .far(file, size: size, name: name)
  }

  /// What it is called in messages.
  package var name: String {
    switch place {
    case .mounted(let file): file.file.name
    case .disc(let file): file.name
    case .far(_, _, let name): name
    }
  }

  /// The size in bytes, as the medium says now.
  package func size() throws(Failure) -> UInt64 {
    switch place {
    case .mounted(let file): try file.file.status().size
    case .disc(let file): file.size
    case .far(_, let size, _): size
    }
  }

  /// Reads at a byte offset, at most `limit`, into the block's free part; 0 at the end.
  package func read(
    into block: Block,
    at offset: UInt64,
    limit: Int = .max
  ) throws(Failure) -> Int {
    switch place {
    case .mounted(let file): try file.file.read(into: block, at: offset, limit: limit)
    case .disc(let file): try file.read(into: block, at: offset, limit: limit)
    case .far(let file, _, _): try file.read(into: block, at: offset, limit: limit)
    }
  }

  /// Tells the kernel that the file is read from front to back; only a hint.
  package func adviseSequential() {
    if case .mounted(let file) = place { file.file.adviseSequential() }
  }

  /// Hands out the content from front to back, block by block; `body` says whether it wants more.
  package func forEachBlock(
    _ body: (RawSpan) throws(Failure) -> Bool
  ) throws(Failure) {
    let block = Block()
    var offset: UInt64 = 0
    while true {
      block.clear()
      guard try read(into: block, at: offset) > 0 else { return }
      offset += UInt64(block.count)
      guard try body(block.bytes) else { return }
      try Interruption.check()
    }
  }

  /// The whole content, refused when it is longer than `limit` bytes.
  package func readAll(limit: Int) throws(Failure) -> [UInt8] {
    var content: [UInt8] = []
    try forEachBlock { (bytes) throws(Failure) in
      guard content.count + bytes.byteCount <= limit else {
        throw Failure(
          .unsafe,
          "too-large",
          "file is longer than the \(limit) bytes that it may have",
          subject: name
        )
      }
      content.append(copying: Span(_bytes: bytes))
      return true
    }
    return content
  }
}
