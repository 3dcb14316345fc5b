/// The lines of a list field, without the space that each begins with, made as they are asked for.
package struct StanzaLines: Sequence, Sendable {
  private let text: [UInt8]
  private let place: Range<Int>

  /// The lines that stand in `place`, each with its space and its line feed.
  init(_ text: [UInt8], _ place: Range<UInt32>) {
    self.text = text
    self.place = Int(place.lowerBound)..<Int(place.upperBound)
  }

  /// Whether there is no line.
  package var isEmpty: Bool { place.isEmpty }

  package func makeIterator() -> Iterator { Iterator(text: text, rest: place) }

  /// Goes from line to line.
  package struct Iterator: IteratorProtocol {
    fileprivate let text: [UInt8]
    fileprivate var rest: Range<Int>

    package mutating func next() -> String? {
      guard !rest.isEmpty else { return nil }
      var end = rest.lowerBound
      while text[end] != 0x0a { end += 1 }
      let line = String(decoding: text[(rest.lowerBound + 1)..<end], as: UTF8.self)
      rest = (end + 1)..<rest.upperBound
      return line
    }
  }
}
