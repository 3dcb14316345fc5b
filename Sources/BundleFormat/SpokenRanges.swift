/// Numbers as a person reads them out: `1-7, 9, 12-22`.
package enum SpokenRanges {
  /// The text of rising numbers.
  package static func text(_ numbers: [Int]) -> String {
    NumberRanges.ranges(of: numbers.map { UInt64($0) })
      .map { NumberRanges.text([$0]) }.joined(separator: ", ")
  }
}
