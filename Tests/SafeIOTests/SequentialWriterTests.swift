import SafeIO
import TestSupport
import Testing

@Suite struct SequentialWriterTests {
  /// Bytes that no two pages have in common.
  private static func sample(_ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 12) }
  }

  /// Writes the sample in blocks of these lengths.
  private func write(
    _ bytes: [UInt8],
    _ lengths: [Int],
    skipping: Int = 0,
    in directory: Directory
  ) throws {
    let file = try directory.createFile("file")
    var writer = SequentialWriter(for: file)
    var done = 0
    for length in lengths {
      let block = Block(capacity: skipping + length)
      _ = block.appendZeros(skipping)
      _ = unsafe block.append(bytes.span.bytes.extracting(done..<(done + length)))
      try writer.write(block.bytes.extracting(skipping..<(skipping + length)), to: file)
      done += length
    }
    try file.close()
  }

  private func roundTrip(_ lengths: [Int], skipping: Int = 0, in directory: Directory) throws {
    let bytes = SequentialWriterTests.sample(lengths.reduce(0, +))
    try write(bytes, lengths, skipping: skipping, in: directory)
    #expect(try directory.contents(of: "file", limit: .max) == bytes)
  }

  @Test(arguments: [
    [4096], [1 << 19, 1 << 19, 512], [1], [4097, 4096], [512, 1 << 18], [9 << 20, 7],
  ])
  func `Every byte arrives, wherever the writing past the cache ends`(_ lengths: [Int]) throws {
    try withScratchDirectory(onDisk: true) { scratch in
      try roundTrip(lengths, in: Directory(opening: scratch.path))
    }
  }

  @Test(arguments: [1, 16, 512])
  func `Bytes that do not begin a page of memory arrive too`(_ skipping: Int) throws {
    try withScratchDirectory(onDisk: true) { scratch in
      try roundTrip([8192, 4096, 100], skipping: skipping, in: Directory(opening: scratch.path))
    }
  }

  @Test func `A file system in memory will do`() throws {
    let place = "/dev/shm/aptferry-sequential-writer"
    Disk.remove(place)
    defer { Disk.remove(place) }
    try roundTrip([1 << 19, 4096, 3], in: Directory(creating: place))
  }

  @Test func `What was written past the cache is not in it`() throws {
    try withScratchDirectory(onDisk: true) { scratch in
      let directory = try Directory(opening: scratch.path)
      // Only where the file system of this machine's scratch can.
      let isAble = SequentialWriter(for: try directory.createFile("able")).blockSize > 1 << 18
      guard isAble else { return }
      let length = 1 << 20
      try write(SequentialWriterTests.sample(length), [length], in: directory)
      let cached = try run(["fincore", "-nbo", "RES", scratch.path("file")]).succeeded()
      #expect(cached.trimmingPrefix { $0 == " " } == "0\n")
    }
  }
}
