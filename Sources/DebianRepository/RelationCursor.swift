/// Goes through a field of relations, `Depends` or `Provides`, one alternative after the other.
///
/// It copies nothing: what it hands out are places in the field.
package struct RelationCursor {
  /// How a version must stand to the one in the parentheses.
  package enum Comparison: Sendable { case earlier, notLater, same, notEarlier, later }

  /// One alternative, as places in the field.
  package struct Alternative: Sendable {
    /// All of it, without the white space around.
    package let whole: Range<Int>
    package let name: Range<Int>
    /// What stands behind a colon: `any`, `native`, an architecture; empty for none.
    package let qualifier: Range<Int>
    /// Nil for no version.
    package let comparison: Comparison?
    package let version: Range<Int>
    /// Whether the next alternative belongs to the same clause.
    package let isFollowed: Bool
    /// Whether it is a relation as Debian has them.
    package let isWellFormed: Bool
  }

  private var position = 0

  package init() {}

  /// The next alternative of the field that was given before; empty ones are passed over.
  package mutating func next(in field: Span<UInt8>) -> Alternative? {
    while position < field.count {
      var end = position
      while end < field.count, field[end] != 0x2c, field[end] != 0x7c { end &+= 1 }
      let isFollowed = end < field.count && field[end] == 0x7c
      var (start, stop) = (position, end)
      position = end &+ 1
      while start < stop, Stanza.isSpace(field[start]) { start &+= 1 }
      while stop > start, Stanza.isSpace(field[stop &- 1]) { stop &-= 1 }
      // A bar that leads nowhere is an alternative that nothing is.
      guard start < stop || isFollowed else { continue }
      return RelationCursor.read(field, start..<stop, isFollowed: isFollowed)
    }
    return nil
  }

  private static func read(
    _ field: Span<UInt8>,
    _ whole: Range<Int>,
    isFollowed: Bool
  ) -> Alternative {
    var end = whole.lowerBound
    while end < whole.upperBound, isWord(field[end]) { end &+= 1 }
    let name = whole.lowerBound..<end
    var qualifier = end..<end
    if end < whole.upperBound, field[end] == 0x3a {
      let start = end &+ 1
      end = start
      while end < whole.upperBound, isWord(field[end]) { end &+= 1 }
      qualifier = start..<end
    }
    while end < whole.upperBound, Stanza.isSpace(field[end]) { end &+= 1 }
    var comparison: Comparison?
    var version = end..<end
    var isWellFormed = !name.isEmpty
    if end < whole.upperBound {
      let inner = parenthesis(field, end..<whole.upperBound)
      (comparison, version) = inner ?? (nil, version)
      isWellFormed = isWellFormed && inner != nil
    }
    return Alternative(
      whole: whole,
      name: name,
      qualifier: qualifier,
      comparison: comparison,
      version: version,
      isFollowed: isFollowed,
      isWellFormed: isWellFormed
    )
  }

  /// Reads `(>= 1.0)`, which must be all of the range; nil when it is not.
  private static func parenthesis(
    _ field: Span<UInt8>,
    _ range: Range<Int>
  ) -> (Comparison?, Range<Int>)? {
    guard field[range.lowerBound] == 0x28, field[range.upperBound &- 1] == 0x29 else { return nil }
    var (start, end) = (range.lowerBound &+ 1, range.upperBound &- 1)
    while start < end, Stanza.isSpace(field[start]) { start &+= 1 }
    let sign = start
    while start < end, field[start] >= 0x3c, field[start] <= 0x3e { start &+= 1 }
    guard let comparison = comparison(field.extracting(sign..<start)) else { return nil }
    while start < end, Stanza.isSpace(field[start]) { start &+= 1 }
    while end > start, Stanza.isSpace(field[end &- 1]) { end &-= 1 }
    guard start < end else { return nil }
    for index in start..<end where Stanza.isSpace(field[index]) || field[index] == 0x28 {
      return nil
    }
    return (comparison, start..<end)
  }

  /// `<` and `>` are old names, and mean what they meant in old Debian relations.
  private static func comparison(_ sign: Span<UInt8>) -> Comparison? {
    let (less, equal, more): (UInt8, UInt8, UInt8) = (0x3c, 0x3d, 0x3e)
    switch sign.count {
    case 1:
      if sign[0] == equal { return .same }
      return sign[0] == less ? .notLater : .notEarlier
    case 2:
      if sign[0] == less, sign[1] == less { return .earlier }
      if sign[0] == less, sign[1] == equal { return .notLater }
      if sign[0] == more, sign[1] == equal { return .notEarlier }
      if sign[0] == more, sign[1] == more { return .later }
      return nil
    default: return nil
    }
  }

  /// A letter, a digit, or one of `+ - . _ ~`: names of packages and architectures have no other.
  package static func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2b, 0x2d, 0x2e, 0x5f, 0x7e: true
    default: false
    }
  }
}
