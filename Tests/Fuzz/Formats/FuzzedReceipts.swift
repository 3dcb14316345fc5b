import BundleFormat
import SafeIO

/// What comes back across the gap: receipts, typed lines, and requests for what is lacking.
enum FuzzedReceipts {
  static func receipt(_ bytes: [UInt8]) {
    _ = answer { () throws(Failure) in
      let receipt = try Receipt(text: bytes)
      claim(receipt.number > 0, "receipts are counted from 1")
      let again = try Receipt(text: receipt.text)
      claim(again == receipt, "a receipt that is written is read as it was")
      for stream in receipt.streams {
        claim(
          stream.gaps.allSatisfy { $0.upperBound < stream.sequence },
          "a gap is below the highest sequence"
        )
        checkApart(stream.gaps)
        claim(
          stream.lower.keys.allSatisfy { $0 < stream.sequence && !stream.isGap($0) },
          "a bundle that is told by its digest was accepted below the highest sequence"
        )
      }
      return []
    }
  }

  /// The first line says how many objects it is of; the others are its lines.
  static func inventory(_ bytes: [UInt8]) {
    let lines = String(decoding: bytes, as: UTF8.self)
      .split(separator: "\n", omittingEmptySubsequences: false).map { String($0) }
    guard let count = DecimalNumber.read(lines[0]) else { return }
    let rest = Array(lines.dropFirst())
    guard let inventory = ObjectInventory(lines: rest, count: count) else { return }
    claim(UInt64(inventory.count) == count, "an inventory has as many objects as it says")
    claim(inventory.lines == rest, "an inventory has one spelling")
    _ = inventory.contains(SHA256Digest.of(bytes))
  }

  static func resendRequest(_ bytes: [UInt8]) {
    _ = answer { () throws(Failure) in
      let request = try ResendRequest(text: bytes)
      claim(try ResendRequest(text: request.text) == request, "a request is read as it is written")
      claim(!request.chunks.isEmpty || !request.entries.isEmpty, "a request asks for something")
      for ranges in [request.chunks, request.entries] { checkApart(ranges) }
      _ = request.isAbout(SHA256Digest.of(bytes))
      return []
    }
  }

  /// What an importer asks to be sent again: the numbers that the bytes are, in ascending order.
  static func resentFiles(_ bytes: [UInt8]) {
    let numbers = Set(
      stride(from: 0, to: bytes.count - 1, by: 2).map {
        UInt64(bytes[$0]) << 8 | UInt64(bytes[$0 + 1])
      }
    ).subtracting([0]).sorted()
    guard !numbers.isEmpty else { return }
    let request = ResendRequest(
      site: "island",
      stream: "mainland",
      sequence: numbers[0],
      payload: SHA256Digest.of(bytes),
      chunks: numbers.prefix(numbers.count / 2),
      entries: numbers.dropFirst(numbers.count / 2)
    )
    claim(Array(request.chunks.joined()) + Array(request.entries.joined()) == numbers, "all of it")
    let refusal = answer { () throws(Failure) in
      claim(try ResendRequest(text: request.text) == request, "a request is read as it is written")
      return []
    }
    claim(refusal.isEmpty, "a request that is made is one: \(refusal)")
  }

  static func typedReceipt(_ bytes: [UInt8]) {
    _ = answer { () throws(Failure) in
      let typed = try TypedReceipt(typed: String(decoding: bytes, as: UTF8.self))
      claim(typed.sequence > 0, "sequences are counted from 1")
      claim(
        try TypedReceipt(typed: typed.line) == typed,
        "a line that is written is read as it was"
      )
      _ = typed.isAbout(SHA256Digest.of(bytes))
      return []
    }
  }

  private static func checkApart(_ ranges: [ClosedRange<UInt64>]) {
    for (left, right) in zip(ranges, ranges.dropFirst()) {
      claim(right.lowerBound - left.upperBound > 1, "ranges ascend and do not touch")
    }
    claim((ranges.first?.lowerBound ?? 1) > 0, "ranges begin at 1")
  }
}
