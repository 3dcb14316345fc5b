import DiscImages
import SafeIO
import TestSupport
import Testing

/// Our own reader, on images of our own and of others.
@Suite struct ReaderTests {
  /// Opens an image.
  static func open(_ path: String) throws -> DiscImage {
    guard let file = try OpenFile.namedFileOrDevice(path) else {
      throw TestSupportError("there is no file \(path)")
    }
    let length = try file.length()
    return try DiscImage(file, length: length)
  }

  /// Every file below a directory with its digest, as `sha256sum` lists them.
  static func sums(_ directory: DiscDirectory, _ prefix: String = "./") throws -> [String] {
    try directory.entries().flatMap { (entry) throws -> [String] in
      guard entry.kind == .directory else {
        let file = try directory.file(entry)
        return [SHA256Digest.of(try contents(file)).hex + "  " + prefix + entry.name]
      }
      return try sums(directory.directory(entry), prefix + entry.name + "/")
    }
  }

  static func contents(_ file: DiscFile) throws -> [UInt8] {
    var bytes: [UInt8] = []
    let block = Block(capacity: 5000)
    while true {
      block.clear()
      guard try file.read(into: block, at: UInt64(bytes.count)) > 0 else { return bytes }
      bytes.append(copying: Span(_bytes: block.bytes))
    }
  }

  @Test func readsWhatTheWriterWrote() throws {
    try withScratchDirectory { scratch in
      let sample = DiscSample.bundles
      try sample.write("disc.iso", in: scratch.path)
      let image = try ReaderTests.open(scratch.path("disc.iso"))
      #expect(image.label == sample.label)
      #expect(Set(try ReaderTests.sums(image.top)) == sample.sums)
    }
  }

  /// Without Rock Ridge the names of Joliet are there, and without these the plain ones.
  @Test func readsTheOtherHierarchies() throws {
    try withScratchDirectory { scratch in
      let sample = DiscSample.bundles
      try sample.write("disc.iso", in: scratch.path)
      var bytes = try Disk.read(scratch.path("disc.iso"))
      let top = bytes.little32(at: 16 * 2048 + 158) * 2048
      bytes[top + 34] = 0x58
      try Disk.write(bytes, to: scratch.path("joliet.iso"))
      let joliet = try ReaderTests.open(scratch.path("joliet.iso"))
      #expect(Set(try ReaderTests.sums(joliet.top)) == sample.sums)
      bytes[17 * 2048 + 88] = 0x58
      try Disk.write(bytes, to: scratch.path("plain.iso"))
      let plain = try ReaderTests.sums(ReaderTests.open(scratch.path("plain.iso")).top)
      #expect(plain.map { $0.prefix(64) }.sorted() == sample.sums.map { $0.prefix(64) }.sorted())
      #expect(plain.contains { $0.hasSuffix("  ./MAINLAND_000012/CHUNKS/000007_TAR.ZST") })
    }
  }

  /// Images of another writer, with names that need a continuation, links and further directories.
  @Test(
    .enabled(if: (try? run(["which", "xorriso"]))?.status == 0, "xorriso is not installed"),
    arguments: [["-R"], ["-R", "-J"], ["-J", "-joliet-long"], ["-iso-level", "3"]]
  )
  func readsWhatOthersWrite(_ options: [String]) throws {
    try withScratchDirectory { scratch in
      let tree = try scratch.directory("tree")
      var sums: [String] = []
      let long = String(repeating: "very-long-name.", count: options[0] == "-R" ? 16 : 3) + "x"
      let paths = ["a/b/c/deep.txt", "one", long, "empty", "a/" + long]
      for (index, path) in paths.enumerated() {
        let parent = (tree + "/" + path).split(separator: "/").dropLast().joined(separator: "/")
        try Disk.makeDirectory("/" + parent)
        let bytes = path == "empty" ? [] : [UInt8](repeating: UInt8(index), count: 3000 * index + 1)
        try Disk.write(bytes, to: tree + "/" + path)
        sums.append(SHA256Digest.of(bytes).hex + "  ./" + path)
      }
      for number in 0..<150 {
        try Disk.makeDirectory(tree + "/many")
        try Disk.write([UInt8(number)], to: tree + "/many/file-number-\(number)")
        sums.append(SHA256Digest.of([UInt8(number)]).hex + "  ./many/file-number-\(number)")
      }
      try run(
        ["xorriso", "-as", "mkisofs", "-quiet"] + options + ["-o", scratch.path("o.iso"), tree]
      ).succeeded()
      let found = try ReaderTests.sums(ReaderTests.open(scratch.path("o.iso")).top)
      if options == ["-iso-level", "3"] {
        #expect(found.map { $0.prefix(64) }.sorted() == sums.map { $0.prefix(64) }.sorted())
      } else {
        #expect(found.sorted() == sums.sorted())
      }
    }
  }

  @Test func readsAFileOfTwoExtents() throws {
    try withScratchDirectory(onDisk: true) { scratch in
      let large: UInt64 = (4 << 30) + 5000
      let sample = DiscSample(files: [("b/a", 3), ("b/large", large), ("b/z", 4)])
      try LargeImage.write(sample, to: scratch.path("large.iso"))
      let top = try ReaderTests.open(scratch.path("large.iso")).top
      let directory = try top.directory(#require(try top.entries().first))
      let entry = try #require(try directory.entries().first { $0.name == "large" })
      #expect(entry.size == large)
      let file = try directory.file(entry)
      // Across the border of the two.
      let block = Block(capacity: 8192)
      while block.room > 0 {
        let at = (4 << 30) - 4096 + UInt64(block.count)
        #expect(try file.read(into: block, at: at) > 0)
      }
      #expect(
        Array(copying: Span(_bytes: block.bytes)).prefix(13) == Array("at the border".utf8)[...]
      )
      block.clear()
      #expect(try file.read(into: block, at: large - 3) == 3)
      #expect(try file.read(into: block, at: large) == 0)
    }
  }

  @Test func knowsLinksAndDevicesForWhatTheyAre() throws {
    try #require(try run(["which", "xorriso"]).status == 0, "xorriso is not installed")
    try withScratchDirectory { scratch in
      let tree = try scratch.directory("tree")
      try Disk.symbolicLink(tree + "/link", to: "/etc/passwd")
      try run(["mkfifo", tree + "/pipe"]).succeeded()
      try Disk.write([1], to: tree + "/file")
      try run(["xorriso", "-as", "mkisofs", "-quiet", "-R", "-o", scratch.path("o.iso"), tree])
        .succeeded()
      let top = try ReaderTests.open(scratch.path("o.iso")).top
      let kinds = Dictionary(uniqueKeysWithValues: try top.entries().map { ($0.name, $0.kind) })
      #expect(kinds == ["link": .symbolicLink, "pipe": .other, "file": .regular])
      for entry in try top.entries() where entry.kind != .regular {
        #expect(throws: Failure(.unsafe, .notRegular, "")) { try top.file(entry) }
      }
    }
  }
}

extension [UInt8] {
  func little32(at offset: Int) -> Int {
    (0..<4).reduce(0) { $0 | Int(self[offset + $1]) << (8 * $1) }
  }

  mutating func setLittle32(_ value: Int, at offset: Int) {
    for index in 0..<4 { self[offset + index] = UInt8(truncatingIfNeeded: value >> (8 * index)) }
  }
}
