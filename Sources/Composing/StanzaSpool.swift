internal import DebianRepository
internal import Objects
internal import SafeIO

/// The stanzas of a composition, byte for byte: in a file of the staging, but for the last ones.
///
/// Whole suites have more text than a process should hold.
final class StanzaSpool {
  /// Where a stanza lies.
  struct Place {
    fileprivate let offset: UInt64
    fileprivate let length: UInt32
  }

  private let staging: Staging?
  private var file: OpenFile?
  private var written: UInt64 = 0
  // What is not in the file yet.
  private var buffer: [UInt8] = []
  private let block = Block(capacity: 1 << 16)

  private static let longestBuffer = 2 << 20

  init(in staging: Staging) { self.staging = staging }

  /// One that keeps all in memory, for what is kept there anyway.
  init() { staging = nil }

  /// Takes a stanza in, with a line end behind its last line.
  func append(_ text: Span<UInt8>) throws(Failure) -> Place {
    let offset = written + UInt64(buffer.count)
    buffer.append(copying: text)
    if text.isEmpty || text[text.count - 1] != 0x0a { buffer.append(0x0a) }
    let length = written + UInt64(buffer.count) - offset
    if let staging, buffer.count >= StanzaSpool.longestBuffer { try flush(to: staging) }
    // A stanza is never longer than a reader of indexes takes it.
    return Place(offset: offset, length: UInt32(clamping: length))
  }

  private func flush(to staging: Staging) throws(Failure) {
    if file == nil { file = try staging.createAnonymous().takeFile() }
    try file?.write(buffer)
    written += UInt64(buffer.count)
    buffer.removeAll(keepingCapacity: true)
  }

  /// All of a stanza.
  func bytes(of place: Place) throws(Failure) -> [UInt8] {
    var bytes: [UInt8] = []
    try read(place) { bytes.append(copying: $0) }
    return bytes
  }

  /// Hands out a stanza, in one part or more.
  func read(
    _ place: Place,
    _ body: (Span<UInt8>) throws(Failure) -> Void
  ) throws(Failure) {
    let (block, buffer) = (block, buffer)
    var (offset, rest) = (place.offset, Int(place.length))
    while rest > 0 {
      if offset >= written {
        let start = Int(offset - written)
        return try body(buffer.span.extracting(start..<(start + rest)))
      }
      block.clear()
      let count = try file?.read(into: block, at: offset, limit: rest) ?? 0
      guard count > 0 else {
        throw Failure(.io, "short-write", "the staged stanzas are shorter than they were written")
      }
      let bytes = block.bytes
      try body(unsafe bytes._unsafeView(as: UInt8.self))
      offset += UInt64(count)
      rest -= count
    }
  }
}
