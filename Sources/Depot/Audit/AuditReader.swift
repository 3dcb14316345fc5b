private import Glibc
internal import SafeIO

/// One line of the log, whether it is a record or not.
struct RawAuditLine {
  /// The number of the line, from 1 on.
  let number: UInt64
  /// Its bytes with the line feed; the first ones only of a line that is too long.
  let bytes: [UInt8]
  /// How long it is.
  let length: UInt64
  /// The digest of all of it.
  let digest: SHA256Digest
  /// What the chain needs of it; nil when it is not a record.
  let record: AuditLine?
}

extension AuditLog {
  /// Hands out the lines one by one, oldest first, in bounded memory; nothing when there is no log.
  func forEachLine(_ body: (RawAuditLine) throws(Failure) -> Void) throws(Failure) {
    guard let content = try openToRead() else { return }
    try AuditLog.forEachLine(of: content, body)
  }

  /// Hands out the lines of a log that is open.
  static func forEachLine(
    of content: borrowing AuditContent,
    _ body: (RawAuditLine) throws(Failure) -> Void
  ) throws(Failure) {
    content.file.adviseSequential()
    let block = Block()
    var position: UInt64 = 0
    var pending = AuditPendingLine()
    var number: UInt64 = 0
    while position < content.size {
      try Interruption.check()
      block.clear()
      let count = try content.file.read(
        into: block,
        at: position,
        limit: Int(min(UInt64(block.capacity), content.size - position))
      )
      guard count > 0 else {
        throw AuditLog.damaged(content.file.name, "it became shorter while it was read")
      }
      position += UInt64(count)
      var begin = 0
      while begin < count {
        let end = AuditLog.endOfLine(in: block, from: begin)
        pending.take(block, begin..<(end ?? count))
        begin = end ?? count
        guard end != nil else { break }
        number += 1
        try body(pending.finish(number))
      }
    }
    if pending.length > 0 { try body(pending.finish(number + 1)) }
  }

  /// The place behind the next line feed; nil when the block has none.
  private static func endOfLine(in block: Block, from begin: Int) -> Int? {
    unsafe block.bytes.withUnsafeBytes { bytes in
      let start = unsafe bytes.baseAddress.unsafelyUnwrapped + begin
      guard let found = unsafe memchr(start, 0x0a, bytes.count - begin) else { return nil }
      return unsafe UnsafeRawPointer(found) - start + begin + 1
    }
  }
}

/// A line that is being put together from blocks.
private struct AuditPendingLine {
  private var bytes: [UInt8] = []
  private(set) var length: UInt64 = 0
  private var hasher = SHA256Hasher()

  /// A rest that a power cut left is taken whole, for its digest is named later.
  private static let longest = AuditTail.longestTorn

  mutating func take(_ block: Block, _ range: Range<Int>) {
    unsafe block.bytes.withUnsafeBytes { source in
      let part = unsafe UnsafeRawBufferPointer(rebasing: source[range])
      let room = max(0, AuditPendingLine.longest - bytes.count)
      unsafe bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: part.prefix(room)))
      unsafe hasher.update(part.bytes)
    }
    length += UInt64(range.count)
  }

  mutating func finish(_ number: UInt64) -> RawAuditLine {
    defer {
      bytes.removeAll(keepingCapacity: true)
      length = 0
      hasher = SHA256Hasher()
    }
    return RawAuditLine(
      number: number,
      bytes: bytes,
      length: length,
      digest: hasher.finish(),
      record: length == UInt64(bytes.count) ? AuditLine(bytes) : nil
    )
  }
}
