import SafeIO
import Testing

@Suite struct RelativePathTests {
  @Test(arguments: [
    "a", "pool/main/a/apt/apt_2.6.1_amd64.deb", "a/b/c", "..a/b", "a..b", ".hidden/x", "-rf", "~",
    " a/ b", "a b", "é", "e\u{301}", "日本語/ファイル", "a:b", "a*?b", "100%", "+", "CON", "a'\"$(x)`",
    String(repeating: "a", count: 255),
    String(repeating: "a", count: 255)
      + String(repeating: "/" + String(repeating: "b", count: 255), count: 3),
  ])
  func `A path that can be carried is valid`(_ path: String) throws {
    let read = try #require(RelativePath(path))
    #expect(read.text == path)
    #expect(read.components.joined(separator: "/") == path)
  }

  @Test(arguments: [
    "", "/", "//", "/a", "a/", "a//b", ".", "..", "./a", "../a", "a/.", "a/..", "a/../b", "a/./b",
    "a.", "a./b", "a ", "a /b", "a\\b", "a\nb", "a\rb", "a\tb", "a\u{0}", "\u{1b}[31m", "a\u{7f}",
    "a\u{9b}31m", "a\u{85}b", "a\u{202e}b", "a\u{200b}b", "a\u{feff}", "a\u{2028}b", "a\u{e0041}",
    "a\u{ad}b", String(repeating: "a", count: 256), "b/" + String(repeating: "é", count: 128),
    String(repeating: "a/", count: 512) + "a",
  ])
  func `A path that could climb, hide or vanish is refused`(_ path: String) {
    #expect(RelativePath(path) == nil)
  }

  @Test(
    arguments: [
      [0xff], [0x61, 0x80], [0xc0, 0xaf], [0xc0, 0xae, 0xc0, 0xae, 0x2f], [0xe0, 0x80, 0xaf],
      [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x82],
    ] as [[UInt8]]
  )
  func `Bytes that are no UTF-8 are refused`(_ bytes: [UInt8]) {
    #expect(RelativePath(bytes) == nil)
  }

  @Test func `Parents, children and order`() throws {
    let path = try #require(RelativePath("a/b/c"))
    #expect(path.parent?.text == "a/b")
    #expect(path.parent?.parent?.parent == nil)
    #expect(path.lastComponent == "c")
    #expect(path.appending(path)?.text == "a/b/c/a/b/c")
    let long = try #require(RelativePath(String(repeating: "a/", count: 511) + "a"))
    #expect(long.appending(path) == nil)
    // `-` is below `/`, as in `LC_ALL=C sort`.
    let sorted = ["a/b", "a-b", "a", "B", "é"].compactMap { RelativePath($0) }.sorted()
    #expect(sorted.map(\.text) == ["B", "a", "a-b", "a/b", "é"])
  }
}

@Suite struct EscapedTests {
  @Test(arguments: [
    ("plain ünïcode 日本", "plain ünïcode 日本"), ("a\u{1b}[2Jb", "a\\x1b[2Jb"),
    ("a\nb\tc", "a\\nb\\tc"),
    ("\u{0}\u{7f}\u{9b}", "\\x00\\x7f\\x9b"), ("a\u{202e}b", "a\\u{202e}b"), ("\r", "\\x0d"),
    ("\u{e0041}", "\\u{e0041}"), ("", ""),
  ])
  func `Dangerous characters are shown, others are kept`(_ sample: (String, String)) {
    #expect(Escaped.line(sample.0) == sample.1)
  }

  @Test func `A long text is cut and says so`() {
    #expect(Escaped.line(String(repeating: "a", count: 5), limit: 5) == "aaaaa")
    #expect(Escaped.line(String(repeating: "a", count: 6), limit: 5) == "aaaaa…")
  }

  @Test func `Nothing that comes out is dangerous, whatever goes in`() {
    for value in (0...0x11000).compactMap(Unicode.Scalar.init) {
      let line = Escaped.line(String(Character(value)))
      #expect(!line.unicodeScalars.contains { Escaped.isDangerous($0) })
    }
  }
}

@Suite struct UTCTimeTests {
  @Test(
    arguments: [
      (0, "1970-01-01T00:00:00Z"), (951_782_400, "2000-02-29T00:00:00Z"),
      (1_709_164_799, "2024-02-28T23:59:59Z"), (4_107_542_400, "2100-03-01T00:00:00Z"),
      (253_402_300_799, "9999-12-31T23:59:59Z"), (1_795_392_000, "2026-11-23T00:00:00Z"),
    ] as [(Int64, String)]
  )
  func `Moments are written and read`(_ sample: (seconds: Int64, text: String)) {
    #expect(UTCTime(seconds: sample.seconds).rfc3339 == sample.text)
    #expect(UTCTime(rfc3339: sample.text)?.seconds == sample.seconds)
  }

  @Test func `Every day from 1970 to 2400 goes both ways`() {
    for day in stride(from: 0 as Int64, to: 157_060, by: 1) {
      let time = UTCTime(seconds: day * 86_400 + 86_399)
      #expect(UTCTime(rfc3339: time.rfc3339) == time)
      #expect(time.calendar.weekday == Int((day + 4) % 7))
    }
  }

  @Test(arguments: [
    "", "2026-11-22", "2026-11-22T21:00:00", "2026-11-22t21:00:00Z", "2026-11-22T21:00:00z",
    "2026-11-22 21:00:00Z", "2026-11-22T21:00:00+00:00", "2026-11-22T24:00:00Z",
    "2026-11-22T23:60:00Z", "2026-11-22T23:59:60Z", "2026-00-22T21:00:00Z", "2026-13-22T21:00:00Z",
    "2026-02-29T21:00:00Z", "2100-02-29T00:00:00Z", "2026-04-31T00:00:00Z", "1969-12-31T23:59:59Z",
    "2026-11-00T00:00:00Z", "+026-11-22T21:00:00Z", "２026-11-22T21:00Z", " 2026-11-22T21:00:00Z",
    "2026-11-22T21:00:00Z\n",
  ])
  func `Anything but the one form is refused`(_ text: String) {
    #expect(UTCTime(rfc3339: text) == nil)
  }

  @Test func `Adding saturates`() {
    #expect(UTCTime(seconds: .max).adding(seconds: 1).seconds == .max)
    #expect(UTCTime(seconds: .min).adding(seconds: -1).seconds == .min)
    #expect(UTCTime(seconds: .max).rfc3339 == "9999-12-31T23:59:59Z")
    #expect(UTCTime(seconds: .min).rfc3339 == "1970-01-01T00:00:00Z")
  }
}

@Suite struct DecimalNumberTests {
  @Test(arguments: [("0", 0), ("7", 7), ("10", 10), ("9223372036854775807", 1 << 63 - 1)])
  func `Numbers below 2^63 are read`(_ sample: (String, UInt64)) {
    #expect(DecimalNumber.read(sample.0) == sample.1)
  }

  @Test(arguments: [
    "", "00", "01", "-1", "+1", "1.0", "1e3", "0x1", " 1", "1 ", "1\n", "9223372036854775808",
    "9999999999999999999", "18446744073709551615", "18446744073709551616", "1_000", "١", "１",
    "100000000000000000000000000000000000000000",
  ])
  func `Anything else is refused without a trap`(_ text: String) {
    #expect(DecimalNumber.read(text) == nil)
  }

  @Test func `A number in a line moves the cursor behind it`() {
    let line = Array("x12 y".utf8)
    var cursor = 1
    #expect(DecimalNumber.read(line.span, at: &cursor) == 12)
    #expect(cursor == 3)
    #expect(DecimalNumber.read(line.span, at: &cursor) == nil)
    cursor = line.count
    #expect(DecimalNumber.read(line.span, at: &cursor) == nil)
  }
}

@Suite struct SHA256DigestTests {
  private let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
  private let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

  @Test func `The standard's examples`() {
    #expect(SHA256Digest.of([]).hex == empty)
    #expect(SHA256Digest.of(Array("abc".utf8)).hex == abc)
    #expect(SHA256Digest.of(Array("abc".utf8)).short == "ba78 16bf 8f01 cfea")
  }

  @Test func `Order is the order of the text`() {
    let digests = (0..<200).map { SHA256Digest.of([UInt8($0)]) }
    #expect(digests.sorted().map(\.hex) == digests.map(\.hex).sorted())
    #expect(Set(digests).count == 200)
  }

  @Test func `Only 64 lower-case digits are a digest`() {
    #expect(SHA256Digest(hex: empty)?.hex == empty)
    for text in [
      empty.uppercased(), String(empty.dropLast()), empty + "0", "g" + empty.dropFirst(), "",
    ] {
      #expect(SHA256Digest(hex: text) == nil)
    }
  }

  @Test func `Every byte at every place of the text is a digit or is refused`() {
    let digits = Array("0123456789abcdef".utf8)
    for place in 0..<64 {
      for byte in UInt8.min...UInt8.max {
        var text = Array(empty.utf8)
        text[place] = byte
        let digest = SHA256Digest(hex: text.span)
        #expect(digest.map { Array($0.hex.utf8) } == (digits.contains(byte) ? text : nil))
      }
    }
  }

  @Test func `Pieces give the digest of the whole`() {
    let bytes = (0..<5000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    var hasher = SHA256Hasher()
    for start in stride(from: 0, to: bytes.count, by: 13) {
      hasher.update(Array(bytes[start..<min(bytes.count, start + 13)]))
    }
    #expect(hasher.finish() == SHA256Digest.of(bytes))
  }
}

@Suite struct FileListTests {
  private func list(_ paths: [String], size: UInt64 = 1) throws -> FileList {
    var builder = FileList.Builder()
    for path in paths {
      try builder.add(path: path, size: size, digest: SHA256Digest.of(Array(path.utf8)))
    }
    return try builder.finish()
  }

  private func text(_ list: FileList) -> [UInt8] {
    var text: [UInt8] = []
    list.forEachTextBlock { text += $0 }
    return text
  }

  @Test func `The order in which files come does not matter`() throws {
    let paths = ["b", "a/b", "a-b", "a.b", "A", "é", "z/1", "z/10", "z/2"]
    let first = try list(paths)
    for _ in 0..<20 {
      let other = try list(paths.shuffled())
      #expect(text(other) == text(first))
      #expect(other.listDigest == first.listDigest)
    }
    #expect(
      (0..<first.count).map { first.path(at: $0) }
        == paths.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    )
    #expect(first.textLength == UInt64(text(first).count))
    for (index, path) in paths.enumerated() {
      #expect(first.index(of: path).map { first.path(at: $0) } == path, "\(index)")
    }
    #expect(first.index(of: "z") == nil)
    #expect(first.indices(withPrefix: "z/").count == 3)
    #expect(first.indices(withPrefix: "zz").isEmpty)
  }

  @Test func `The canonical text reads back and is strict`() throws {
    let written = text(try list(["a", "b/c", "b/d"]))
    let read = try FileList(canonical: written.span, name: "x")
    #expect(text(read) == written)
    let nothing: [UInt8] = []
    let empty = try FileList(canonical: nothing.span, name: "x")
    #expect(empty.count == 0)
    for length in 0..<written.count where written[..<length].last != 0x0a && length > 0 {
      let cut = Array(written[..<length])
      #expect(failure { _ = try FileList(canonical: cut.span, name: "x") }?.kind == .integrity)
    }
    let lines = written.split(separator: 0x0a).map { Array($0) + [0x0a] }
    for bad in [lines[1] + lines[0], lines[0] + lines[0], [0x0a] + lines[0], lines[0] + [0x0a]] {
      #expect(failure { _ = try FileList(canonical: bad.span, name: "x") }?.kind == .integrity)
    }
  }

  @Test(arguments: [
    ["a", "a/b"], ["a", "a-b", "a/b"], ["a/b", "a/b/c/d", "a/b!"],
    ["x", "a/b/c", "a", "a b", "a!"],
  ])
  func `T098: a file that is also a directory is refused`(_ paths: [String]) throws {
    for _ in 0..<5 {
      let found = failure { _ = try list(paths.shuffled()) }
      #expect(found?.code == "E-UNSAFE-FILE-AND-DIRECTORY")
    }
  }

  @Test func `Names that only begin alike are no conflict`() throws {
    #expect(try list(["a", "a-b", "a.b/c", "ab", "ab0/c", "a b/c"]).count == 6)
  }

  @Test func `The same path twice counts once, with two contents it is refused`() throws {
    #expect(try list(["b", "a", "b"]).count == 2)
    var builder = FileList.Builder()
    for size in [1, 2] as [UInt64] {
      try builder.add(path: "a", size: size, digest: SHA256Digest.of([]))
    }
    let both = builder
    #expect(
      failure {
        var copy = both; _ = try copy.finish()
      }?.code == "E-INTEGRITY-TWO-CONTENTS"
    )
  }

  @Test func `Sums saturate`() throws {
    #expect(try list(["a", "b", "c"], size: .max).totalSize == .max)
  }

  @Test func `Deep paths that share nothing are checked in little time`() throws {
    // Each has 500 directories of its own: to look each of them up took minutes.
    let tail = String(repeating: "/d", count: 500)
    #expect(try list((0..<20_000).map { "\($0)\(tail)" }).count == 20_000)
  }
}
