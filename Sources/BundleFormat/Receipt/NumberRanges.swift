internal import SafeIO

/// Numbers as `3 7-9`: ascending, apart, none twice (`docs/formats/receipt-format.md`, section "Ranges").
package enum NumberRanges {
  /// How many ranges a text may have in all.
  package static let countLimit = 100_000

  /// The text of ranges.
  package static func text(_ ranges: [ClosedRange<UInt64>]) -> String {
    ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
      .joined(separator: " ")
  }

  /// Reads them; nil unless they are exactly as they would be written, from 1 on, at most `limit`.
  package static func read(_ text: String, limit: Int) -> [ClosedRange<UInt64>]? {
    var ranges: [ClosedRange<UInt64>] = []
    for word in text.split(separator: " " as Character, omittingEmptySubsequences: false) {
      let ends = word.split(separator: "-" as Character, omittingEmptySubsequences: false)
      guard ranges.count < limit, ends.count <= 2, let first = DecimalNumber.read(ends[0]),
        first > 0, let last = ends.count == 2 ? DecimalNumber.read(ends[1]) : first,
        ends.count == 1 || last > first, ranges.last.map({ first > $0.upperBound + 1 }) ?? true
      else { return nil }
      ranges.append(first...last)
    }
    return ranges
  }

  /// Ascending numbers, put together.
  package static func ranges(of numbers: some Sequence<UInt64>) -> [ClosedRange<UInt64>] {
    var ranges: [ClosedRange<UInt64>] = []
    for number in numbers {
      if let last = ranges.last, number == last.upperBound + 1 {
        ranges[ranges.count - 1] = last.lowerBound...number
      } else {
        ranges.append(number...number)
      }
    }
    return ranges
  }
}
