import Glibc
import SafeIO
import TestSupport
import Testing

@Suite struct ByteLockTests {
  /// A child that another thread forks has a copy of each descriptor until its exec.
  @Test func aLockEndsWithItsHolderWhoeverElseHasTheOpenFile() throws {
    try withScratchDirectory(onDisk: true) { scratch in
      let top = try Directory(opening: scratch.path)
      let file = try top.openOrCreateFile("locks", mode: 0o600)
      let copy = dup(file.descriptor)
      defer { _ = close(copy) }
      func hold(_ file: consuming OpenFile) throws -> Bool {
        let locks = ByteLocks(file)
        let isOurs = try locks.tryLock(7)
        let others = ByteLocks(try top.openOrCreateFile("locks", mode: 0o600))
        return try isOurs && others.isLocked(7)
      }
      #expect(try hold(file))
      #expect(try !ByteLocks(try top.openOrCreateFile("locks", mode: 0o600)).isLocked(7))
    }
  }
}
