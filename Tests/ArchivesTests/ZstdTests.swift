import Archives
import SafeIO
import Testing

@Suite struct ZstdTests {
  @Test(arguments: [0, 1, 255, 256, 65_791, 65_792, 300_000, 9_000_000])
  func `What is written is read again, whatever the pieces`(size: Int) throws {
    let content = sampleText(size)
    let compressed = try frame(content)
    #expect(try unframe(compressed, size: size) == content)
    #expect(try unframe(compressed, size: size, step: 1 << 22) == content)
    if size < 100_000 { #expect(try unframe(compressed, size: size, step: 1) == content) }
  }

  @Test(arguments: [1, 3, 9, 19] as [Int32])
  func `The bytes depend on content and level only, not on how the writes were cut`(
    level: Int32
  ) throws {
    let content = sampleText(700_000)
    let once = try frame(content, level: level, step: content.count)
    #expect(try frame(content, level: level, step: 4097) == once)
    #expect(try frame(content, level: level, step: 131_072) == once)
  }

  @Test func `The window never exceeds what the reader allows, at any level`() throws {
    // Incompressible, so that the first block comes out at once; the promise of a large size makes
    // libzstd choose its largest window for the level.
    var state: UInt64 = 1
    let block = (0..<(1 << 18)).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return UInt8(truncatingIfNeeded: state >> 56)
    }
    for level in ZstdLimits.levels {
      var head: [UInt8] = []
      var writer = try ZstdWriter(level: level, contentSize: 1 << 40)
      for _ in 0..<20 where head.isEmpty {
        try unsafe writer.write(block.span.bytes) { bytes in
          unsafe bytes.withUnsafeBytes { unsafe head.append(contentsOf: $0) }
        }
      }
      try #require(head.count > 5, "level \(level)")
      #expect(10 + head[5] >> 3 <= ZstdLimits.windowLog, "level \(level)")
    }
  }

  @Test func `The zstd program accepts our frame and finds checksum and size in it`() throws {
    try withScratch { directory in
      let content = sampleText(400_000)
      try directory.put("a.zst", try frame(content))
      #expect(directory.shell("zstd -t a.zst") == 0)
      #expect(directory.shell("zstd -lv a.zst | grep -q 'Check: XXH64'") == 0)
      #expect(directory.shell("zstd -lv a.zst | grep -q '(400000 B)'") == 0)
      #expect(directory.shell("zstd -dc a.zst > a") == 0)
      #expect(try directory.get("a") == content)
    }
  }

  @Test func `A size that was promised and not met is refused, both ways`() throws {
    expectFailure(.integrity, "zstd-size") {
      let writer = try ZstdWriter(level: 3, contentSize: 1)
      try writer.finish { _ in }
    }
    expectFailure(.integrity, "zstd-size") {
      var writer = try ZstdWriter(level: 3, contentSize: 1)
      try unsafe writer.write([1, 2].span.bytes) { _ in }
    }
    expectFailure(.usage, "zstd-level") { _ = try ZstdWriter(level: 22, contentSize: 1) }
  }

  @Test func `Every truncation is refused`() throws {
    let content = sampleText(20_000)
    let compressed = try frame(content)
    for length in 0..<compressed.count {
      expectFailure(.integrity, "zstd-truncated") {
        try unframe(Array(compressed[..<length]), size: content.count)
      }
    }
  }

  @Test func `A flipped bit anywhere is refused or changes nothing (T004)`() throws {
    let content = sampleText(6000)
    let compressed = try frame(content)
    var refused = 0
    for index in compressed.indices {
      for bit in 0..<8 {
        var damaged = compressed
        damaged[index] ^= 1 << UInt8(bit)
        do {
          #expect(try unframe(damaged, size: content.count) == content)
        } catch { refused += 1 }
      }
    }
    #expect(refused > compressed.count * 8 * 95 / 100)
  }

  @Test func `A second frame, trailing bytes and a skippable frame are refused`() throws {
    let content = sampleText(3000)
    let compressed = try frame(content)
    let skippable: [UInt8] = [0x50, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 9, 9]
    let empty = try frame([])
    for tail in [compressed, empty, [0], skippable] {
      for step in [1, 1 << 20] {
        expectFailure(.integrity, "zstd-trailing") {
          try unframe(compressed + tail, size: content.count, step: step)
        }
      }
    }
    expectFailure(.unsafe, "zstd-skippable") {
      try unframe(skippable + compressed, size: content.count)
    }
    expectFailure(.integrity, "zstd-format") { try unframe(Array("plain text".utf8), size: 10) }
  }

  @Test func `A bomb of zeros stops at the expected size (T093)`() throws {
    try withScratch { directory in
      #expect(directory.shell("head -c 100000000 /dev/zero > z && zstd -19 -q z -o z.zst") == 0)
      let bomb = try directory.get("z.zst")
      expectFailure(.integrity, "zstd-size") { try unframe(bomb, size: 1000) }
      // The same bomb with a header that lies about the size.
      var lying = bomb
      #expect(lying[4] >> 6 == 2, "four bytes of content size")
      let at = lying[4] & 0x20 == 0 ? 6 : 5
      lying.replaceSubrange(at..<(at + 4), with: [0xe8, 0x03, 0, 0])
      var given = 0
      #expect(throws: Failure.self) {
        var reader = try ZstdReader(expectedSize: 1000, name: "bomb")
        try unsafe reader.read(lying.span.bytes) { given += $0.byteCount }
      }
      #expect(given <= 1000)
    }
  }

  @Test func `A frame that needs more memory than we write is refused (T094)`() throws {
    try withScratch { directory in
      let content = sampleText(10_000_000)
      try directory.put("a", content)
      #expect(directory.shell("zstd -q --check --long=27 -3 a -o a.zst") == 0)
      let large = try directory.get("a.zst")
      expectFailure(.resource, "zstd-window") { try unframe(large, size: content.count) }
      // A window of 2^41 bytes in a header alone.
      expectFailure(.resource, "zstd-window") {
        try unframe([0x28, 0xb5, 0x2f, 0xfd, 0x84, 0xff, 0, 0, 0, 0], size: 0)
      }
    }
  }

  @Test func `No checksum, no size and a dictionary are refused`() throws {
    try withScratch { directory in
      let content = sampleText(5000)
      try directory.put("a", content)
      #expect(directory.shell("zstd -q --no-check a -o n.zst && zstd -q -c < a > s.zst") == 0)
      expectFailure(.integrity, "zstd-no-checksum") {
        try unframe(try directory.get("n.zst"), size: content.count)
      }
      expectFailure(.integrity, "zstd-size") {
        try unframe(try directory.get("s.zst"), size: content.count)
      }
      expectFailure(.unsafe, "zstd-dictionary") {
        try unframe([0x28, 0xb5, 0x2f, 0xfd, 0x25, 7, 0, 0], size: 0)
      }
    }
  }
}
