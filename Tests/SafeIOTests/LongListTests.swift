import TestSupport
import Testing

@testable import SafeIO

/// A list is packed in segments and from runs: what it says may not depend on that.
@Suite struct LongListTests {
  private typealias File = (path: String, size: UInt64, digest: SHA256Digest)

  /// Files whose paths share much, little and nothing with their neighbours, ordered by path.
  private static func sample(_ count: Int) -> [File] {
    (0..<count).map { index in
      let name = "package-\(index)"
      let directory = index % 3 == 0 ? "pool/main/p/\(name)" : "pool/\(index % 97)"
      // Two bytes say how long a path is that has more than 127.
      let tail = index % 50 == 0 ? String(repeating: "ä", count: 100) : ""
      return (
        "\(directory)/\(name)\(tail).deb",
        index % 1000 == 7 ? UInt64(UInt32.max) + UInt64(index) - 8 : UInt64(index),
        SHA256Digest.of(Array(name.utf8))
      )
    }
    .sorted { Array($0.path.utf8).lexicographicallyPrecedes(Array($1.path.utf8)) }
  }

  private func list(_ files: some Sequence<File>) throws -> FileList {
    var builder = FileList.Builder()
    for file in files { try builder.add(path: file.path, size: file.size, digest: file.digest) }
    return try builder.finish()
  }

  private func expect(_ list: FileList, _ files: [File]) {
    #expect(list.count == files.count)
    var differing = 0
    for (index, file) in files.enumerated() {
      let isSame =
        list.path(at: index) == file.path && list.size(at: index) == file.size
        && list.digest(at: index) == file.digest
      differing += isSame ? 0 : 1
    }
    #expect(differing == 0)
  }

  @Test(arguments: [0, 1, 7, 8, 9, 4095, 4096, 4097, 100_000])
  func `A list gives what was added in order`(_ count: Int) throws {
    let files = LongListTests.sample(count)
    expect(try list(files), files)
  }

  @Test(arguments: [0, 1, 7, 8, 9, 4095, 4096, 4097, 8191, 8192, 20_001])
  func `Every path is found at its position, and what stands between is not`(
    _ count: Int
  ) throws {
    let files = LongListTests.sample(count)
    let list = try list(files)
    var wrong = 0
    for (index, file) in files.enumerated() {
      wrong += list.index(of: file.path) == index ? 0 : 1
      wrong += list.index(of: file.path + "!") == nil ? 0 : 1
      wrong += list.indices(withPrefix: file.path) == index..<(index + 1) ? 0 : 1
    }
    #expect(wrong == 0)
    let prefixes = ["", "pool/", "pool/main/", "pool/main/p/package-3", "pool/9", "a", "pool/zz"]
    for prefix in prefixes {
      let wanted = files.indices.filter { files[$0].path.hasPrefix(prefix) }
      let found = list.indices(withPrefix: prefix)
      #expect(Array(found) == wanted, "\(prefix)")
    }
  }

  @Test func `The order in which many files come does not matter, nor that some come again`() throws
  {
    let files = LongListTests.sample(100_000)
    var generator = SeededGenerator(seed: 7)
    let mixed = files.shuffled(using: &generator) + files.shuffled(using: &generator).prefix(50_000)
    let made = try list(mixed)
    expect(made, files)
    #expect(made.listDigest == (try list(files)).listDigest)
  }

  @Test func `Putting in order in between changes nothing`() throws {
    let files = LongListTests.sample(50_000)
    var builder = FileList.Builder()
    for file in files.reversed() {
      try builder.add(path: file.path, size: file.size, digest: file.digest)
      try builder.add(path: file.path, size: file.size, digest: file.digest)
      if builder.count == 70_000 {
        try builder.compact()
        #expect(builder.count == 35_000)
      }
    }
    expect(try builder.finish(), files)
  }

  @Test func `A path with two contents is refused however far apart they come`() throws {
    let files = LongListTests.sample(70_000)
    let other: File = (files[40_000].path, files[40_000].size, SHA256Digest.of([]))
    #expect(throws: Failure.self) { try list(files.reversed() + [other]) }
    #expect(throws: Failure.self) { try list(files + [other]) }
  }

  @Test func `Walking, searching and looking at one find the same`() throws {
    let files = LongListTests.sample(10_000)
    let made = try list(files)
    for range in [0..<10_000, 3..<4_099, 4_096..<4_097, 9_999..<10_000, 5..<5] {
      var walked: [String] = []
      made.forEachPath(in: range) { walked.append(String(decoding: $1, as: UTF8.self)) }
      #expect(walked == files[range].map(\.path))
    }
    for index in stride(from: 0, to: files.count, by: 37) {
      #expect(made.index(of: files[index].path) == index)
      #expect(made.index(of: files[index].path + "x") == nil)
    }
    // As halving over all paths has it.
    let few = try list(Array(files.prefix(4_105)))
    for start in [0, 1, 7, 8, 9, 4_095, 4_096, 4_104, 4_105] {
      for index in stride(from: 0, to: 4_105, by: 11) {
        let path = Array(files[index].path.utf8)
        #expect(few.firstIndex(notBefore: path, from: start) == max(start, index))
        #expect(few.firstIndex(notBefore: path + [0x21], from: start) == max(start, index + 1))
      }
      #expect(few.firstIndex(notBefore: [0xff], from: start) == 4_105)
      #expect(few.firstIndex(notBefore: [], from: start) == start)
    }
    #expect(FileList.empty.firstIndex(notBefore: [0x61], from: 0) == 0)
    for prefix in ["pool/1", "pool/main/", "pool/main/p/package-99", "zebra", ""] {
      let wanted = files.indices.filter { files[$0].path.hasPrefix(prefix) }
      #expect(Array(made.indices(withPrefix: prefix)) == wanted)
    }
  }
}
