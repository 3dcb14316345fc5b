internal import SafeIO

/// A line of a file list, as Release files and Sources have them: hash, size and name, as places
/// in the list's text.
struct FileLine {
  let hash: Range<Int>
  let size: UInt64
  let name: Range<Int>

  /// Nil for a line that is not a hash of that function, a size and a name.
  init?(_ list: Span<UInt8>, _ line: Range<Int>, of function: ListedHash) {
    var words = Words(line)
    guard let hash = words.next(in: list), let digits = words.next(in: list),
      let name = words.next(in: list), words.next(in: list) == nil,
      function.isValue(list.extracting(hash))
    else { return nil }
    var cursor = digits.lowerBound
    guard let size = DecimalNumber.read(list, at: &cursor), cursor == digits.upperBound else {
      return nil
    }
    self.hash = hash
    self.size = size
    self.name = name
  }

  /// The lines of a list that have something on them, one after the other.
  struct Lines {
    private var start = 0

    mutating func next(in list: Span<UInt8>) -> Range<Int>? {
      while start < list.count {
        let line = start..<list.firstIndex(of: 0x0a, in: start..<list.count)
        start = line.upperBound &+ 1
        var words = Words(line)
        if words.next(in: list) != nil { return line }
      }
      return nil
    }
  }

  /// The words of a line, separated by any white space.
  private struct Words {
    private var rest: Range<Int>

    init(_ line: Range<Int>) { rest = line }

    mutating func next(in list: Span<UInt8>) -> Range<Int>? {
      var start = rest.lowerBound
      while start < rest.upperBound, Stanza.isSpace(list[start]) { start &+= 1 }
      guard start < rest.upperBound else { return nil }
      var end = start
      while end < rest.upperBound, !Stanza.isSpace(list[end]) { end &+= 1 }
      rest = end..<rest.upperBound
      return start..<end
    }
  }
}
