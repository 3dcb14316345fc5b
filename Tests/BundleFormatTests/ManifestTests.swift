import BundleFormat
import SafeIO
import Testing

/// A manifest with every field, as text.
private let good: String = {
  let chunks = [
    Manifest.Chunk(digest: digest("1"), size: 10_240, plainSize: 10_240, isCompressed: false),
    Manifest.Chunk(digest: digest("2"), size: 900, plainSize: 20_480, isCompressed: true),
  ]
  let sums = Manifest.sumsText(chunks)
  let fingerprint = String(repeating: "0123ABCD", count: 5)
  return """
    Format: aptferry-bundle 1
    Stream: acme
    Sequence: 7
    Created: 2026-11-22T21:00:00Z
    Expires: 2027-11-22T21:00:00Z
    Site: north south
    Previous: \(digest("previous"))
    Base:
     \(digest("base"))
    Requires: composed
    Entries: \(digest("entries")) 100 \(digest("plain")) 200
    Sums: \(SHA256Digest.of(sums)) \(sums.count)
    Readme: \(digest("readme")) 300
    Chunks:
     \(digest("1")) 10240 10240 000001.tar
     \(digest("2")) 900 20480 000002.tar.zst

    Snapshot: bookworm
    Digest: \(digest("snapshot"))
    Files: 3
    Bytes: 5000
    Kind: verbatim
    Suites:
     bookworm signed \(fingerprint) 2026-11-22T08:00:00Z
     bookworm-updates unsigned - -

    Snapshot: extra.1
    Digest: \(digest("extra"))
    Files: 0
    Bytes: 0
    Kind: composed
    Suites:

    """
}()

/// One way to write a manifest that must not be read, and a word of the reason.
struct Malformed: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let bytes: [UInt8]
  let reason: String
  let kind: FailureClass

  init(_ name: String, _ bytes: [UInt8], _ reason: String, _ kind: FailureClass = .integrity) {
    testDescription = name
    self.bytes = bytes
    self.reason = reason
    self.kind = kind
  }

  /// The good manifest with one place changed.
  init(_ name: String, _ old: String, _ new: String, _ reason: String) {
    self.init(name, Array(Malformed.replace(old, new).utf8), reason)
  }

  static func replace(_ old: String, _ new: String) -> String {
    let parts = good.split(separator: old, maxSplits: 1, omittingEmptySubsequences: false)
    precondition(parts.count == 2, "the sample has no \(old)")
    return parts[0] + new + parts[1]
  }
}

private let malformed: [Malformed] = {
  let bytes = Array(good.utf8)
  let long = String(repeating: "x", count: 65)
  let many = (0..<100).map { "F\($0): x\n" }.joined()
  return [
    Malformed("nothing", [], "line feed"),
    Malformed("one line feed", [0x0a], "empty stanza"),
    Malformed("byte order mark", [0xef, 0xbb, 0xbf] + bytes, "not plain UTF-8"),
    Malformed("UTF-16", bytes.flatMap { [$0, 0] }, "line feed"),
    Malformed("invalid UTF-8", "acme", "acme\nNote: \u{0}", "control"),
    Malformed("lone continuation byte", bytes.dropLast() + [0x80, 0x0a], "UTF-8"),
    Malformed("surrogate", bytes.dropLast() + [0x0a, 0xed, 0xa0, 0x80, 0x0a], "UTF-8"),
    Malformed("CRLF", Array(good.replacing("\n", with: "\r\n").utf8), "control"),
    Malformed("one CR", "Sequence: 7", "Sequence: 7\r", "control"),
    Malformed("tab for space", "Stream: acme", "Stream:\tacme", "control"),
    Malformed("NUL", "acme", "ac\u{0}me", "control"),
    Malformed("escape", "acme", "ac\u{1b}me", "control"),
    Malformed("delete", "acme", "ac\u{7f}me", "control"),
    Malformed("no final line feed", bytes.dropLast(), "line feed"),
    Malformed("trailing bytes", bytes + Array("x".utf8), "line feed"),
    Malformed("trailing line", bytes + Array("x\n".utf8), "no field name"),
    Malformed("trailing empty line", bytes + [0x0a], "empty stanza"),
    Malformed("two empty lines", "\n\nSnapshot: extra", "\n\n\nSnapshot: extra", "empty stanza"),
    Malformed("leading empty line", [0x0a] + bytes, "empty stanza"),
    Malformed("clearsigned", Array("-----BEGIN PGP SIGNED MESSAGE-----\n".utf8) + bytes, "field"),
    Malformed("comment", "Stream: acme", "# note\nStream: acme", "no field name"),
    Malformed("comment with colon", "Stream: acme", "#x: y\nStream: acme", "plain ASCII"),
    Malformed("field twice", "Sequence: 7", "Sequence: 7\nSequence: 8", "twice"),
    Malformed("field twice by case", "Sequence: 7", "Sequence: 7\nSEQUENCE: 8", "twice"),
    Malformed("unknown field twice", "Sequence: 7", "Sequence: 7\nNote: a\nNote: b", "twice"),
    Malformed("space before colon", "Stream: acme", "Stream : acme", "plain ASCII"),
    Malformed("space before the name", "Stream: acme", " Stream: acme", "stands alone"),
    Malformed("no space behind colon", "Stream: acme", "Stream:acme", "one space"),
    Malformed("two spaces behind colon", "Stream: acme", "Stream:  acme", "one space"),
    Malformed("space at the end", "Stream: acme", "Stream: acme ", "ends in a space"),
    Malformed("space after a joining mark", "acme", "acme\nNote: x\u{600} ", "ends in a space"),
    Malformed("folded value", "Stream: acme", "Stream: ac\n me", "stands alone"),
    Malformed("folded list line", "Base:\n ", "Base:\n  ", "stands alone"),
    Malformed("non-ASCII name", "Stream: acme", "Strëam: x\nStream: acme", "plain ASCII"),
    Malformed("lower-case name", "Stream: acme", "stream: acme", "plain ASCII"),
    Malformed("very long name", "Stream: acme", "X\(long): x\nStream: acme", "plain ASCII"),
    Malformed("too many fields", "Stream: acme\n", "Stream: acme\n\(many)", "too many fields"),
    Malformed(
      "format not first",
      "Format: aptferry-bundle 1\nStream: acme\n",
      "Stream: acme\nFormat: aptferry-bundle 1\n",
      "not Format"
    ),
    Malformed("stream missing", "Stream: acme\n", "", "missing"),
    Malformed("stream as a list", "Stream: acme", "Stream:\n acme", "one line"),
    Malformed("stream that climbs", "Stream: acme", "Stream: ../acme", "name is not valid"),
    Malformed("stream with a slash", "Stream: acme", "Stream: a/b", "name is not valid"),
    Malformed("sequence missing", "Sequence: 7\n", "", "missing"),
    Malformed("sequence 0", "Sequence: 7", "Sequence: 0", "sequence is 0"),
    Malformed("sequence -1", "Sequence: 7", "Sequence: -1", "not a number"),
    Malformed("sequence +1", "Sequence: 7", "Sequence: +1", "not a number"),
    Malformed("sequence 1.0", "Sequence: 7", "Sequence: 1.0", "not a number"),
    Malformed("sequence 1e3", "Sequence: 7", "Sequence: 1e3", "not a number"),
    Malformed("sequence 0x7", "Sequence: 7", "Sequence: 0x7", "not a number"),
    Malformed("sequence 07", "Sequence: 7", "Sequence: 07", "not a number"),
    Malformed("sequence in other digits", "Sequence: 7", "Sequence: ٧", "not a number"),
    Malformed("sequence 2^63", "Sequence: 7", "Sequence: 9223372036854775808", "not a number"),
    Malformed("sequence 2^64", "Sequence: 7", "Sequence: 18446744073709551616", "not a number"),
    Malformed(
      "sequence huge",
      "Sequence: 7",
      "Sequence: \(long.replacing("x", with: "9"))",
      "not a number"
    ),
    Malformed("time with offset", "21:00:00Z\nE", "21:00:00+01:00\nE", "not a time"),
    Malformed("time with fraction", "21:00:00Z\nE", "21:00:00.0Z\nE", "not a time"),
    Malformed("time without zone", "21:00:00Z\nE", "21:00:00\nE", "not a time"),
    Malformed("30 February", "Created: 2026-11-22", "Created: 2026-02-30", "not a time"),
    Malformed(
      "leap second",
      "Created: 2026-11-22T21:00:00Z",
      "Created: 2026-12-31T23:59:60Z",
      "not a time"
    ),
    Malformed(
      "expiry that is no time",
      "Expires: 2027-11-22T21:00:00Z",
      "Expires: never",
      "not a time"
    ),
    Malformed("site twice", "north south", "north north", "different words"),
    Malformed("two spaces between sites", "north south", "north  south", "different words"),
    Malformed("site that climbs", "north south", "north ..", "name is not valid"),
    Malformed("previous in upper case", "Previous: ", "Previous: ABCDEF", "not a SHA-256"),
    Malformed("base that is not a digest", "Base:\n ", "Base:\n x", "Base"),
    Malformed("base empty", "Base:\n \(digest("base"))", "Base:", "empty list"),
    Malformed("base on one line", "Base:\n ", "Base: ", "must be a list"),
    Malformed("entries missing a size", " 100 ", " ", "Entries"),
    Malformed("entries size 2^63", " 100 ", " 9223372036854775808 ", "Entries"),
    Malformed("entries size -1", " 100 ", " -1 ", "Entries"),
    Malformed("plain entries beyond the limit", " 200\n", " 2147483649\n", "longer"),
    Malformed("readme beyond the limit", " 300\n", " 65537\n", "longer"),
    Malformed("chunks missing", "Chunks:\n", "Note:\n", "Chunks is missing"),
    Malformed("chunk number skipped", "000002.tar.zst", "000003.tar.zst", "Chunks"),
    Malformed("chunk name that climbs", "000001.tar\n", "../001.tar\n", "Chunks"),
    Malformed("chunk name in upper case", "000001.tar\n", "000001.TAR\n", "Chunks"),
    Malformed("chunk size 0", " 900 ", " 0 ", "Chunks"),
    Malformed("chunk size 01", " 900 ", " 0900 ", "Chunks"),
    Malformed("chunk size 2^63", " 900 ", " 9223372036854775808 ", "Chunks"),
    Malformed("chunk beyond the limit", " 900 ", " 17592186044417 ", "Chunks"),
    Malformed("archive of odd length", " 20480 ", " 20481 ", "Chunks"),
    Malformed("stored chunk of two sizes", " 10240 10240 ", " 10240 20480 ", "Chunks"),
    Malformed("chunk line with a fifth word", "000001.tar\n", "000001.tar x\n", "Chunks"),
    Malformed(
      "chunk left out, not in Sums",
      " \(digest("2")) 900 20480 000002.tar.zst\n",
      "",
      "Sums"
    ),
    Malformed(
      "chunk digest not that of Sums",
      " \(digest("2")) 900",
      " \(digest("3")) 900",
      "Sums"
    ),
    Malformed(
      "no snapshot",
      bytes.prefixBeforeEmptyLine(),
      "no Snapshot"
    ),
    Malformed("snapshot twice", "Snapshot: extra.1", "Snapshot: bookworm", "stands twice"),
    Malformed("snapshot that climbs", "Snapshot: extra.1", "Snapshot: ..", "not valid"),
    Malformed(
      "snapshot not first",
      "Snapshot: extra.1\n",
      "Note: x\nSnapshot: extra.1\n",
      "not a Snapshot"
    ),
    Malformed("file count 2^63", "Files: 3", "Files: 9223372036854775808", "not a number"),
    Malformed("byte count -1", "Bytes: 5000", "Bytes: -1", "not a number"),
    Malformed("kind unknown", "Kind: verbatim", "Kind: Verbatim", "Kind"),
    Malformed(
      "suites missing",
      "Kind: composed\nSuites:\n",
      "Kind: composed\n",
      "Suites is missing"
    ),
    Malformed("composed without the feature", "Requires: composed\n", "", "is composed without"),
    Malformed("composed of a signed suite", "Kind: verbatim", "Kind: composed", "is signed"),
    Malformed(
      "composed and left out",
      "Kind: composed\nSuites:\n",
      "Kind: composed\nSuites:\nLeft-Out:\n missing file a\n",
      "Left-Out"
    ),
    Malformed("suite line with three words", "unsigned - -", "unsigned -", "Suites"),
    Malformed("suite twice", " bookworm-updates ", " bookworm ", "Suites"),
    Malformed("suite signed by nobody", "unsigned - -", "signed - -", "Suites"),
  ]
}()

@Suite struct ManifestTests {
  @Test func `A manifest reads back as it was written`() throws {
    let manifest = try Manifest(text: Array(good.utf8))
    #expect(String(decoding: manifest.text, as: UTF8.self) == good)
    #expect(try Manifest(text: manifest.text) == manifest)
    #expect(manifest.directory == "acme-000007")
    #expect(manifest.chunkName(2) == "000002.tar.zst")
    #expect(manifest.sites == ["north", "south"])
    #expect(manifest.bases == [digest("base")])
    #expect(manifest.snapshots.map(\.suites.count) == [2, 0])
    #expect(manifest.chunkBytes == 11_140)
  }

  @Test func `A manifest without the optional fields reads back too`() throws {
    var manifest = try Manifest(text: Array(good.utf8))
    manifest.expires = nil
    manifest.sites = []
    manifest.previous = nil
    manifest.bases = []
    manifest.chunks = []
    let sums = Manifest.sumsText([])
    manifest.sums = Manifest.FileSum(digest: SHA256Digest.of(sums), size: UInt64(sums.count))
    #expect(try Manifest(text: manifest.text) == manifest)
  }

  @Test(arguments: malformed)
  func `A malformed manifest is refused and the reason given`(_ sample: Malformed) throws {
    let found = try #require(failure { _ = try Manifest(text: sample.bytes) })
    #expect(found.kind == sample.kind)
    #expect(found.code == "E-INTEGRITY-MANIFEST")
    #expect(found.reason.contains(sample.reason), "\(found.reason)")
  }

  @Test func `Unknown fields are ignored wherever they stand`() throws {
    var text = Malformed.replace(
      "Stream: acme\n",
      "Stream: acme\nX-Note: hello wörld\nList:\n a\n b\n"
    )
    text += "Comment: at the end\n"
    #expect(try Manifest(text: Array(text.utf8)) == Manifest(text: Array(good.utf8)))
  }

  @Test(arguments: [
    "aptferry-bundle 2", "aptferry-bundle 1.0", "aptferry-bundle 01", "aptferry-bundle", "x 1",
    "aptferry-bundle 1 x",
  ])
  func `Another format version is refused by policy, not read`(_ format: String) throws {
    let text = Malformed.replace("aptferry-bundle 1", format)
    let found = try #require(failure { _ = try Manifest(text: Array(text.utf8)) })
    #expect(found.code == "E-POLICY-FORMAT")
    #expect(found.reason.contains(format))
  }

  @Test func `A required feature that nobody knows here is refused`() throws {
    let text = Malformed.replace("Requires: composed", "Requires: composed parity")
    let found = try #require(failure { _ = try Manifest(text: Array(text.utf8)) })
    #expect(found.code == "E-POLICY-REQUIRES")
    #expect(found.reason.contains("parity"))
  }

  @Test func `A manifest that is cut anywhere is never read as another one`() throws {
    let bytes = Array(good.utf8)
    let whole = try Manifest(text: bytes)
    for length in 0..<bytes.count {
      // Cut between two stanzas or suites it is well-formed; the signature is what forbids that.
      if let cut = try? Manifest(text: Array(bytes[..<length])) { #expect(cut != whole) }
    }
  }

  @Test func `A text of many short fields is refused at once`() throws {
    var text = Array("Format: aptferry-bundle 1\n".utf8)
    for index in 0..<200_000 { text += "F\(index): x\n".utf8 }
    let found = try #require(failure { _ = try Manifest(text: text) })
    #expect(found.reason.contains("too many fields"))
  }

  @Test func `SHA256SUMS is what sha256sum reads`() throws {
    let manifest = try Manifest(text: Array(good.utf8))
    let text = String(decoding: Manifest.sumsText(manifest.chunks), as: UTF8.self)
    #expect(
      text == "\(digest("1"))  chunks/000001.tar\n\(digest("2"))  chunks/000002.tar.zst\n"
    )
  }
}

extension [UInt8] {
  /// The first stanza alone.
  fileprivate func prefixBeforeEmptyLine() -> [UInt8] {
    for index in indices.dropLast() where self[index] == 0x0a && self[index + 1] == 0x0a {
      return Array(self[...index])
    }
    return self
  }
}
