internal import SafeIO

/// The end of a log: all that the next record needs to know of it.
struct AuditTail {
  /// The newest whole record; nil in an empty log.
  var head: AuditHead?
  /// The beginnings without an outcome.
  var open: [UInt64]
  /// What follows the newest whole record: the rest of one that was never complete.
  var torn: [UInt8]
  /// The newest records, for a look back; oldest first.
  var recent: [AuditHead]

  /// The most that a record that was never complete may have left, in bytes.
  static let longestTorn = 4 * AuditLineWriter.longestLine

  /// Reads the end of a log of this size.
  init(of file: borrowing OpenFile, size: UInt64) throws(Failure) {
    let window = UInt64(AuditTail.longestTorn + 2 * AuditLineWriter.longestLine)
    let start = size > window ? size - window : 0
    let block = Block(capacity: Int(window))
    while UInt64(block.count) < size - start {
      guard try file.read(into: block, at: start + UInt64(block.count)) > 0 else {
        throw AuditLog.damaged(file.name, "it became shorter while it was read")
      }
    }
    var lines: [[UInt8]] = []
    var rest: [UInt8] = []
    unsafe block.bytes.withUnsafeBytes { bytes in
      let end = Int(min(UInt64(bytes.count), size - start))
      var begin = 0
      var index = 0
      while index < end {
        if unsafe bytes[index] == 0x0a {
          unsafe lines.append(Array(bytes[begin...index]))
          begin = index + 1
        }
        index += 1
      }
      unsafe rest = Array(bytes[begin..<end])
    }
    // The first line of the window may be the end of one only.
    if start > 0 && !lines.isEmpty { lines.removeFirst() }
    (head, open, torn, recent) = (nil, [], rest, [])
    var newest: Int?
    for (index, line) in lines.enumerated() {
      guard let record = AuditLine(line) else { continue }
      let found = AuditHead(sequence: record.sequence, digest: SHA256Digest.of(line))
      recent.append(found)
      (head, open, newest) = (found, record.open, index)
    }
    torn = lines.dropFirst(newest.map { $0 + 1 } ?? 0).flatMap { $0 } + rest
    guard torn.count <= AuditTail.longestTorn, start == 0 || head != nil else {
      throw AuditLog.damaged(
        file.name,
        "what follows its last record is not the rest of a record that a power cut left"
      )
    }
  }
}
