import BundleFormat
import SafeIO
import Testing

private let first = digest("first").hex
private let second = digest("second").hex

/// A text of ENTRIES that must not be read, and a word of the reason.
struct MalformedEntries: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let text: String
  let reason: String
  var code = "E-INTEGRITY-ENTRIES"

  init(_ name: String, _ text: String, _ reason: String, code: String = "E-INTEGRITY-ENTRIES") {
    testDescription = name
    self.text = text
    self.reason = reason
    self.code = code
  }

  /// One line with this path.
  init(path: String, _ name: String) {
    self.init(name, "\(first) 5 1:512 \(path)\n", "path", code: "E-UNSAFE-PATH")
  }
}

private let malformed: [MalformedEntries] = [
  MalformedEntries("no line feed at the end", "\(first) 5 1:512 s/a", "does not end"),
  MalformedEntries("empty line", "\n", "SHA-256"),
  MalformedEntries("upper-case digest", "\(first.uppercased()) 5 1:512 s/a\n", "SHA-256"),
  MalformedEntries("short digest", "\(first.dropLast()) 5 1:512 s/a\n", "SHA-256"),
  MalformedEntries("two spaces", "\(first)  5 1:512 s/a\n", "no size"),
  MalformedEntries("tab", "\(first)\t5 1:512 s/a\n", "SHA-256"),
  MalformedEntries("size 05", "\(first) 05 1:512 s/a\n", "no size"),
  MalformedEntries("size -1", "\(first) -1 1:512 s/a\n", "no size"),
  MalformedEntries("size 1.0", "\(first) 1.0 1:512 s/a\n", "no size"),
  MalformedEntries("size 2^63", "\(first) 9223372036854775808 1:512 s/a\n", "no size"),
  MalformedEntries("size 2^64", "\(first) 18446744073709551616 1:512 s/a\n", "no size"),
  MalformedEntries("no place", "\(first) 5 s/a\n", "names a chunk"),
  MalformedEntries("chunk 0", "\(first) 5 0:512 s/a\n", "names a chunk"),
  MalformedEntries("chunk 01", "\(first) 5 01:512 s/a\n", "names a chunk"),
  MalformedEntries("chunk beyond the manifest", "\(first) 5 4:512 s/a\n", "names a chunk"),
  MalformedEntries("chunk 2^32+1", "\(first) 5 4294967297:512 s/a\n", "names a chunk"),
  MalformedEntries("chunk 2^64", "\(first) 5 18446744073709551617:1 s/a\n", "names a chunk"),
  MalformedEntries("no offset", "\(first) 5 1: s/a\n", "offset"),
  MalformedEntries("offset -1", "\(first) 5 1:-1 s/a\n", "offset"),
  MalformedEntries("offset beyond any chunk", "\(first) 5 1:17592186044417 s/a\n", "offset"),
  MalformedEntries("minus and a place", "\(first) 5 -1:512 s/a\n", "no path"),
  MalformedEntries("one part alone", "\(first) 5 1:512+5 s/a\n", "whole file"),
  MalformedEntries("part of length 0", "\(first) 5 1:512+0,2:512+5 s/a\n", "without a length"),
  MalformedEntries("parts too short", "\(first) 5 1:512+2,2:512+2 s/a\n", "whole file"),
  MalformedEntries("parts too long", "\(first) 5 1:512+3,2:512+3 s/a\n", "whole file"),
  MalformedEntries("part without length", "\(first) 5 1:512+2,2:512 s/a\n", "belong together"),
  MalformedEntries("whole, then part", "\(first) 5 1:512,2:512+5 s/a\n", "belong together"),
  MalformedEntries("comma at the end", "\(first) 5 1:512+2, s/a\n", "names a chunk"),
  MalformedEntries(
    "parts that overflow",
    "\(first) 5 1:512+9223372036854775807,2:512+9223372036854775807,3:512+9223372036854775807 s/a\n",
    "more content than a chunk can hold"
  ),
  MalformedEntries("no path", "\(first) 5 1:512\n", "no offset"),
  MalformedEntries("empty path", "\(first) 5 1:512 \n", "snapshot"),
  MalformedEntries("no snapshot", "\(first) 5 1:512 abcdef\n", "no snapshot"),
  MalformedEntries("out of order", "\(first) 5 - s/b\n\(second) 5 - s/a\n", "order"),
  MalformedEntries("same path twice", "\(first) 5 - s/a\n\(first) 5 - s/a\n", "order"),
  MalformedEntries("same path, two contents", "\(first) 5 - s/a\n\(second) 5 - s/a\n", "order"),
  MalformedEntries("order by locale", "\(first) 5 - s/a\n\(second) 5 - s/B\n", "order"),
  MalformedEntries(
    "a file that is also a directory",
    "\(first) 5 - s/a\n\(first) 5 - s/a-b\n\(second) 5 - s/a/b\n",
    "file and as a directory",
    code: "E-UNSAFE-FILE-AND-DIRECTORY"
  ),
  MalformedEntries(path: "../s/a", "climbing"),
  MalformedEntries(path: "/s/a", "absolute"),
  MalformedEntries(path: "s/../../etc/passwd", "climbing in the middle"),
  MalformedEntries(path: "s/a/../b", "climbing and back"),
  MalformedEntries(path: "s/./a", "dot"),
  MalformedEntries(path: "s//a", "empty component"),
  MalformedEntries(path: "s/a/", "slash at the end"),
  MalformedEntries(path: "s/..", "dots at the end"),
  MalformedEntries(path: "s/a.", "dot at the end of a name"),
  MalformedEntries(path: "s/a ", "space at the end"),
  MalformedEntries(path: "s/a\\b", "backslash"),
  MalformedEntries(path: "s/a\u{1b}[2J", "escape sequence"),
  MalformedEntries(path: "s/a\rb", "carriage return"),
  MalformedEntries(path: "s/a\u{0}b", "NUL"),
  MalformedEntries(path: "s/a\u{85}b", "C1 control"),
  MalformedEntries(path: "s/a\u{202e}gpj.deb", "bidirectional override"),
  MalformedEntries(path: "s/" + String(repeating: "a", count: 256), "name of 256 bytes"),
  MalformedEntries(
    path: "s" + String(repeating: "/abc", count: 256),
    "path of 1025 bytes"
  ),
  MalformedEntries(path: "s/a.aptferry-part-0001", "name of a part"),
  MalformedEntries(path: "s/a.aptferry-part-x/b", "name of a part as directory"),
]

@Suite struct EntryReaderTests {
  private let good = """
    \(first) 5 1:512 s/a
    \(first) 5 1:512 s/a-copy
    \(second) 700 2:512+512,3:512+188 s/big file
    \(digest("").hex) 0 1:2560 s/empty
    \(second) 700 - t/ä/held

    """

  @Test func `Entries read back as they are written`() throws {
    let table = try readEntries(Array(good.utf8), chunkCount: 3)
    #expect(table.count == 5)
    #expect(table.placements.count == 5)
    #expect(table.range(ofSnapshot: "s") == 0..<4)
    #expect(table.range(ofSnapshot: "t") == 4..<5)
    #expect(table.files.path(at: 4) == "t/ä/held")
    #expect(String(decoding: entriesText(table), as: UTF8.self) == good)
  }

  @Test func `Blocks may end anywhere`() throws {
    let text = Array(good.utf8)
    let whole = try readEntries(text, chunkCount: 3)
    for cut in 0...text.count {
      var reader = EntryReader(chunkCount: 3)
      try reader.read(Array(text[..<cut]).span)
      try reader.read(Array(text[cut...]).span)
      let table = try reader.finish()
      #expect(table.placements == whole.placements)
      #expect(entriesText(table) == text)
    }
    #expect(try entriesText(readEntries(text, chunkCount: 3, step: 1)) == text)
  }

  @Test func `A text that is cut is never read as the whole`() throws {
    let text = Array(good.utf8)
    for length in 0..<text.count {
      if let table = try? readEntries(Array(text[..<length]), chunkCount: 3) {
        #expect(text[..<length].last ?? 0x0a == 0x0a)
        #expect(entriesText(table) == Array(text[..<length]))
      }
    }
  }

  @Test(arguments: malformed)
  func `Malformed entries are refused and the reason given`(_ sample: MalformedEntries) throws {
    for step in [Int.max, 1, 7] {
      let found = try #require(
        failure { _ = try readEntries(Array(sample.text.utf8), chunkCount: 3, step: step) }
      )
      #expect(found.code == sample.code)
      #expect(found.reason.contains(sample.reason), "\(found.reason)")
    }
  }

  @Test func `Invalid UTF-8 in a path is refused`() throws {
    let text = Array("\(first) 5 1:512 s/".utf8) + [0xff, 0x0a]
    #expect(failure { _ = try readEntries(text, chunkCount: 3) }?.code == "E-UNSAFE-PATH")
  }

  @Test func `Names and paths of the longest length are read`() throws {
    let name = String(repeating: "n", count: 255)
    let path = "s/\(name)/\(name)/\(name)/" + String(repeating: "m", count: 254)
    #expect(path.utf8.count == 1024)
    let table = try readEntries(Array("\(first) 5 1:512 \(path)\n".utf8), chunkCount: 1)
    #expect(table.files.path(at: 0) == path)
  }

  @Test(arguments: [1 << 10, 1 << 16, 1 << 22])
  func `A line without end is refused whatever the blocks are`(_ step: Int) throws {
    let text = [UInt8](repeating: 0x61, count: BundleLimits.entryLineLength + 1) + [0x0a]
    let found = failure { _ = try readEntries(text, chunkCount: 3, step: step) }
    #expect(found?.code == "E-INTEGRITY-ENTRIES")
    #expect(found?.reason.contains("too long") == true)
  }

  @Test func `10000 parts are too many`() throws {
    let parts = (0..<10_000).map { _ in "1:512+1" }.joined(separator: ",")
    let text = Array("\(first) 10000 \(parts) s/a\n".utf8)
    #expect(failure { _ = try readEntries(text, chunkCount: 3) }?.code == "E-INTEGRITY-ENTRIES")
  }

}
