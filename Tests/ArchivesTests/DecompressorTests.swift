import Archives
import SafeIO
import Testing

@Suite struct DecompressorTests {
  /// How the stock program compresses standard input.
  static let commands: [Compression: String] = [
    .gzip: "gzip -9nc", .xz: "xz -6c", .bzip2: "bzip2 -9c", .lzma: "xz --format=lzma -c",
    .zstd: "zstd -19 -qc", .lz4: "lz4 -qc",
  ]
  static let compressed = Array(commands.keys)

  /// Content as the stock program compresses it.
  private func pack(_ content: [UInt8], _ compression: Compression) throws -> [UInt8] {
    guard let command = DecompressorTests.commands[compression] else { return content }
    var result: [UInt8] = []
    try withScratch { directory in
      try directory.put("in", content)
      #expect(directory.shell("\(command) < in > out") == 0)
      result = try directory.get("out")
    }
    return result
  }

  @Test(arguments: compressed)
  func `Reads what the stock program writes, from memory and from a file`(
    compression: Compression
  ) throws {
    for content in [sampleText(3_000_000), sampleText(1), []] {
      let bytes = try pack(content, compression)
      #expect(try unpack(bytes, compression) == content)
      try withScratch { directory in
        try directory.put("x", bytes)
        let file = try directory.file("x")
        var hasher = SHA256Hasher()
        for _ in 0..<2 {
          hasher = SHA256Hasher()
          try Decompressor.forEachBlock(of: file, compression, limit: 3_000_000) {
            hasher.update($0)
          }
        }
        #expect(hasher.finish() == SHA256Digest.of(content))
      }
    }
  }

  @Test(arguments: [.gzip, .xz, .bzip2, .zstd, .lz4] as [Compression])
  func `Reads several members one behind the other, as apt does`(compression: Compression) throws {
    let (one, two) = (sampleText(70_000), sampleText(300_001))
    let both = try pack(one, compression) + pack(two, compression)
    #expect(try unpack(both, compression) == one + two)
  }

  @Test(arguments: compressed)
  func `Every truncation is refused`(compression: Compression) throws {
    let bytes = try pack(sampleText(4000), compression)
    for length in 0..<bytes.count {
      #expect(throws: Failure.self, "\(length) of \(bytes.count) bytes") {
        _ = try unpack(Array(bytes[..<length]), compression)
      }
    }
    do {
      _ = try unpack(Array(bytes[..<(bytes.count - 1)]), compression)
    } catch let failure as Failure {
      #expect(failure.kind == .integrity)
    }
  }

  @Test(arguments: compressed)
  func `Bytes behind the data are refused`(compression: Compression) throws {
    let bytes = try pack(sampleText(4000), compression)
    for tail in [[0], Array("garbage".utf8), [UInt8](repeating: 0x41, count: 600_000)] {
      #expect(throws: Failure.self, "\(tail.count) bytes behind") {
        _ = try unpack(bytes + tail, compression)
      }
    }
  }

  @Test(arguments: compressed)
  func `Content that is not compressed as its name says is refused`(
    compression: Compression
  ) throws {
    #expect(throws: Failure.self) { _ = try unpack(sampleText(4000), compression) }
    #expect(throws: Failure.self) { _ = try unpack([], compression) }
    for other in DecompressorTests.compressed where other != compression {
      let bytes = try pack(sampleText(4000), other)
      #expect(throws: Failure.self, "\(other) as \(compression)") {
        _ = try unpack(bytes, compression)
      }
    }
  }

  @Test(arguments: Compression.allCases)
  func `More than the limit is refused as soon as it shows (T093)`(
    compression: Compression
  ) throws {
    let bytes = try pack(sampleText(200_000), compression)
    #expect(try unpack(bytes, compression, limit: 200_000).count == 200_000)
    var given: UInt64 = 0
    expectFailure(.unsafe, "too-large") {
      try Decompressor.forEachBlock(of: bytes, compression, name: "x", limit: 199_999) {
        given += UInt64($0.byteCount)
      }
    }
    #expect(given <= 199_999)
  }

  @Test func `A stream within a stream is unpacked once only`() throws {
    let inner = try pack(sampleText(50_000), .gzip)
    #expect(try unpack(try pack(inner, .gzip), .gzip) == inner)
    #expect(try unpack(try pack(inner, .xz), .xz) == inner)
  }

  @Test func `A failure of the reader of blocks comes through unchanged`() throws {
    let bytes = try pack(sampleText(50_000), .xz)
    expectFailure(.policy, "stop") {
      try Decompressor.forEachBlock(of: bytes, .xz, name: "x", limit: 1 << 20) {
        (_) throws(Failure) in throw Failure(.policy, "stop", "enough")
      }
    }
    expectFailure(.io, "system") {
      try Decompressor.forEachBlock(
        name: "x",
        .xz,
        limit: 1,
        reading: { (_) throws(Failure) in throw Failure(.io, "system", "medium gone") },
        { _ in }
      )
    }
  }

  @Test func `The suffix names the compression`() {
    #expect(Compression(fileName: "main/binary-amd64/Packages") == Compression.none)
    #expect(Compression(fileName: "main/binary-amd64/Packages.xz") == .xz)
    #expect(Compression(fileName: "a.b/Sources.gz") == .gzip)
    #expect(Compression(fileName: "a.b/Sources") == Compression.none)
    #expect(Compression(fileName: "Packages.diff") == nil)
    #expect(Compression(fileName: "Packages.rar") == nil)
    for compression in Compression.allCases {
      #expect(Compression(fileName: "Packages" + compression.suffix) == compression)
    }
  }
}
