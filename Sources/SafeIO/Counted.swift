/// How many of something, for people: 1 chunk, 2 chunks.
package enum Counted {
  /// The number with the noun, which takes an s but for one.
  package static func text(_ count: some BinaryInteger, _ noun: String) -> String {
    "\(count) \(noun)\(count == 1 ? "" : "s")"
  }

  /// The number with the noun, or with its plural.
  package static func text(_ count: some BinaryInteger, _ noun: String, _ nouns: String) -> String {
    "\(count) \(count == 1 ? noun : nouns)"
  }
}
