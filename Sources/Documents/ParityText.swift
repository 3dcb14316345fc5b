package import BundleFormat
internal import BundleMedium
internal import SafeIO
internal import Transfer

/// How parity is shown, and what it makes good.
package enum ParityText {
  /// What parity takes and gives.
  package static func json(_ extent: ParityExtent) -> JSONText {
    .object([
      ("bytes", .count(extent.bytes)), ("dataStrips", .number(Int64(extent.dataStrips))),
      ("parityStrips", .number(Int64(extent.parityStrips))), ("burst", .count(extent.burst)),
    ])
  }

  /// The same in a line.
  package static func line(_ extent: ParityExtent) -> String {
    "parity:   \(ByteSize.text(extent.bytes)), \(Counted.text(extent.parityStrips, "strip")) beside "
      + "\(extent.dataStrips): makes good any \(ByteSize.text(extent.burst)) in one piece"
  }
}

extension VerificationText {
  static func json(_ parity: ParityFindings?, _ report: VerificationReport) -> JSONText {
    guard let parity else { return .null }
    return .object([
      ("extent", parity.extent.map { ParityText.json($0) } ?? .null),
      ("unread", parity.unread.map { .string($0.reason) } ?? .null),
      ("blocks", .number(Int64(parity.blocks))),
      ("lostBlocks", .number(Int64(parity.lostBlocks))),
      ("repairable", .array(report.names(parity.repairable).map { .string($0) })),
      ("beyond", .array(report.names(parity.beyond).map { .string($0) })),
    ])
  }

  static func lines(_ parity: ParityFindings) -> [String] {
    guard let extent = parity.extent else {
      return ["parity:    NOT READ: \(parity.unread?.reason ?? "")"]
    }
    var line = "parity:    \(Counted.text(extent.parityStrips, "strip")) "
    line += "beside \(extent.dataStrips)"
    switch parity.lostBlocks {
    case 0: line += ", all good"
    case parity.blocks: line += "; none of it is here"
    default: line += "; \(parity.lostBlocks) of its \(parity.blocks) blocks are damaged or not here"
    }
    var lines = [line]
    if !parity.repairable.isEmpty {
      lines.append("repair:    \(chunks(parity.repairable)) can be made again")
    }
    if !parity.beyond.isEmpty {
      lines.append(
        "beyond:    \(chunks(parity.beyond)) cannot be made again from what is here"
      )
    }
    return lines
  }

  private static func chunks(_ numbers: [Int]) -> String {
    (numbers.count == 1 ? "chunk " : "chunks ") + SpokenRanges.text(numbers)
  }
}
