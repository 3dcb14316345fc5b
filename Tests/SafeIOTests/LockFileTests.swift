import SafeIO
import TestSupport
import Testing

/// A lock cuts its file: it takes none that may be somebody's.
@Suite struct LockFileTests {
  @Test(arguments: [
    "ln other lock", "ln -s other lock", "ln -s nowhere lock", "mkfifo lock", "mkdir lock",
  ])
  func `What is not the lock's alone is refused and stays`(_ command: String) throws {
    try withScratchDirectory(onDisk: true) { scratch in
      try Disk.write("somebody's", to: scratch.path("other"))
      try run(["sh", "-c", command], in: scratch.path).succeeded()
      let top = try Directory(opening: scratch.path)
      let found = failure { _ = try FileLock("lock", in: top, holder: "pid 7") }
      #expect(found?.code == "E-UNSAFE-LOCK-FILE", "\(command)")
      #expect(found?.subject == scratch.path("lock"))
      #expect(failure { try FileLock.requireOwn("lock", in: top) }?.code == found?.code)
      #expect(try Disk.text(scratch.path("other")) == "somebody's")
      #expect(!Disk.exists(scratch.path("nowhere")))
    }
  }

  @Test func `A lock of an earlier run is taken, and one that lacks is made`() throws {
    try withScratchDirectory(onDisk: true) { scratch in
      let top = try Directory(opening: scratch.path)
      try FileLock.requireOwn("lock", in: top)
      for holder in ["a longer line", "short"] {
        let lock = try FileLock("lock", in: top, holder: holder)
        #expect(try Disk.text(scratch.path("lock")) == holder)
        _ = consume lock
      }
    }
  }
}
