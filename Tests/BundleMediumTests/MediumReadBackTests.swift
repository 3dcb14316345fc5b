import BundleMedium
import SafeIO
import TestSupport
import Testing

/// Reading back what was written.
@Suite struct MediumReadBackTests {
  private func expected(_ name: String, in directory: String) throws -> MediumReadBack.Expected {
    let content = try Disk.read(directory + "/" + name)
    return MediumReadBack.Expected(
      name,
      digest: SHA256Digest.of(content),
      size: UInt64(content.count)
    )
  }

  @Test func everyFileThatDiffersIsNamed() throws {
    try withScratchDirectory { scratch in
      let place = try scratch.directory("medium")
      // Ragged ends, as archives that are compressed have them.
      for (name, size) in [("a", 1), ("b", 4097), ("c", 1_000_001), ("d", 3 << 20), ("e", 0)] {
        try Disk.write([UInt8](repeating: 7, count: size), to: place + "/" + name)
      }
      let files = try ["a", "b", "c", "d", "e"].map { try expected($0, in: place) }
      let readBack = MediumReadBack(try Directory(opening: place))
      var read: UInt64 = 0
      _ = try readBack.check(files) { read += $0 }
      #expect(read == files.reduce(0) { $0 + $1.size })
      try Damage.flipBit(of: place + "/c", at: 1_000_000)
      try run(["truncate", "-s", "3", place + "/b"]).succeeded()
      Disk.remove(place + "/d")
      do throws(Failure) {
        _ = try readBack.check(files) { _ in }
        Issue.record("nothing was found")
      } catch {
        #expect(error.kind == .integrity && error.name == "read-back")
        #expect(error.details.map { String($0.prefix(1)) } == ["b", "c", "d"], "\(error.details)")
      }
    }
  }

  /// A byte that changes behind the file system's back is seen: what the kernel keeps in memory is passed.
  @Test func theMediumIsReadAndNotTheMemory() throws {
    try withScratchDirectory { scratch in
      let (image, place) = (scratch.path("image"), try scratch.directory("mount"))
      try run(["truncate", "-s", "32M", image]).succeeded()
      try run(["mkfs.ext4", "-q", image]).succeeded()
      guard try run(["mount", "-o", "loop", image, place]).status == 0 else {
        return print("skipped: no loop device can be mounted here")
      }
      defer { _ = try? run(["umount", "--lazy", place]) }
      let mark = Array("a mark that stands nowhere else on this medium".utf8)
      let content = mark + [UInt8](repeating: 0x61, count: 2_000_000)
      try Disk.write(content, to: place + "/file")
      try run(["sync", "-f", place + "/file"]).succeeded()
      let files = [try expected("file", in: place)]
      let readBack = MediumReadBack(try Directory(opening: place))
      _ = try readBack.check(files) { _ in }
      #expect(try Disk.read(place + "/file") == content)
      // Behind the file system, and behind the loop device's own memory.
      try run([
        "python3", "-c",
        """
        import mmap, os, sys
        with open(sys.argv[1], "r+b") as image:
            at = mmap.mmap(image.fileno(), 0).find(sys.argv[2].encode())
            image.seek(at)
            image.write(b"A")
            image.flush()
            os.fsync(image.fileno())
        """, image, String(decoding: mark, as: UTF8.self),
      ]).succeeded()
      #expect(try Disk.read(place + "/file") == content, "the memory lost it by itself")
      #expect(throws: Failure.self) { _ = try readBack.check(files) { _ in } }
    }
  }
}
