/// How many of something, for people: 1 chunk, 2 chunks.
package enum Counted {
  /// The number with the noun, which takes an s but for one.
  package static func text(_ count: some BinaryInteger, _ noun: String) -> String {
    "\(count) \(noun)\(count == 1 ? "" : "s")"
  }
}
