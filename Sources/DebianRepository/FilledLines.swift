/// The lines of a value that have something on them, one after the other.
struct FilledLines {
  private var start = 0

  mutating func next(in list: Span<UInt8>) -> Range<Int>? {
    while start < list.count {
      let line = start..<list.firstIndex(of: 0x0a, in: start..<list.count)
      start = line.upperBound &+ 1
      for index in line where !Stanza.isSpace(list[index]) { return line }
    }
    return nil
  }
}
