/// Goes through the entries of a file list: hash, size and name, as places in the list's text.
///
/// They are separated by white space as `apt` separates them, which is not by lines: a fourth word on
/// a line is the hash of the next entry.
struct FileEntries {
  struct Entry {
    let hash: Range<Int>
    let size: UInt64
    let name: Range<Int>
  }

  /// The list ends in the middle of an entry, or has no number where a size should be.
  struct Fault: Error {}

  private var cursor = 0

  /// The next entry of a list in a Release file; nil at the end of it.
  ///
  /// Hash and size end at a blank, the name at a blank or a line's end; a size that is not a number is 0.
  mutating func nextOfRelease(in list: Span<UInt8>) throws(Fault) -> Entry? {
    skip(in: list) { FileEntries.isBlank($0) || $0 == 0x0a || $0 == 0x0d }
    guard cursor < list.count else { return nil }
    let hash = take(in: list) { !FileEntries.isBlank($0) }
    guard cursor < list.count else { throw Fault() }
    skip(in: list, FileEntries.isBlank)
    guard cursor < list.count else { throw Fault() }
    let size = take(in: list) { !FileEntries.isBlank($0) }
    guard cursor < list.count else { throw Fault() }
    skip(in: list, FileEntries.isBlank)
    guard cursor < list.count else { throw Fault() }
    let name = take(in: list) { !FileEntries.isBlank($0) && $0 != 0x0a && $0 != 0x0d }
    return Entry(hash: hash, size: AptNumber.read(list.extracting(size)), name: name)
  }

  /// The next entry of a list in a Sources index; nil at the end of it.
  mutating func nextOfSource(in list: Span<UInt8>) throws(Fault) -> Entry? {
    skip(in: list, Stanza.isSpace)
    guard cursor < list.count else { return nil }
    let hash = take(in: list) { !Stanza.isSpace($0) }
    skip(in: list, Stanza.isSpace)
    // The stream goes on behind the digits, also within a word.
    let digits = take(in: list) { $0 &- 0x30 < 10 }
    guard !digits.isEmpty, digits.count < 20 else { throw Fault() }
    skip(in: list, Stanza.isSpace)
    let name = take(in: list) { !Stanza.isSpace($0) }
    guard !name.isEmpty else { throw Fault() }
    return Entry(hash: hash, size: AptNumber.read(list.extracting(digits)), name: name)
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

  private mutating func skip(in list: Span<UInt8>, _ isSkipped: (UInt8) -> Bool) {
    while cursor < list.count, isSkipped(list[cursor]) { cursor &+= 1 }
  }

  private mutating func take(in list: Span<UInt8>, _ isTaken: (UInt8) -> Bool) -> Range<Int> {
    let start = cursor
    while cursor < list.count, isTaken(list[cursor]) { cursor &+= 1 }
    return start..<cursor
  }
}
