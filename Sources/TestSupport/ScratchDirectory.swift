private import Foundation
private import Glibc

/// A directory for one test, gone with everything in it when the test's scope ends.
package struct ScratchDirectory: Sendable {
  /// The absolute path.
  package let path: String

  /// The path of something below it.
  package func path(_ relative: String) -> String { path + "/" + relative }

  /// Makes a directory below it and answers its path.
  package func directory(_ relative: String) throws -> String {
    try Disk.makeDirectory(path(relative))
    return path(relative)
  }

  /// Makes it, for whoever removes it.
  package init(onDisk: Bool = false) throws {
    let made = try Disk.makeTemporaryDirectory(for: "test", onDisk: onDisk)
    // Symbolic links in the way to the temporary directory must not become part of a test.
    path = URL(fileURLWithPath: made).resolvingSymlinksInPath().path
  }

  /// Removes it with everything in it.
  ///
  /// What tests freed goes back to the kernel too: gpgme forks, and a fork copies the page tables
  /// of all that the process of the tests ever held (40 % of the suite's time, once).
  package func remove() {
    Disk.remove(path)
    giveBackFreedMemory()
  }
}

/// Gives `body` an empty directory and removes it afterwards, also after a failure.
///
/// `onDisk` is for what is about the file system itself: the directory is never in memory then.
package func withScratchDirectory<Result>(
  onDisk: Bool = false,
  _ body: (ScratchDirectory) throws -> Result
) throws -> Result {
  let scratch = try ScratchDirectory(onDisk: onDisk)
  defer { scratch.remove() }
  return try body(scratch)
}

/// Has malloc give to the kernel what was freed; glibc's malloc_trim(3), which its Swift module lacks.
private func giveBackFreedMemory() {
  guard let symbol = unsafe dlsym(nil, "malloc_trim") else { return }
  _ = unsafe unsafeBitCast(symbol, to: (@convention(c) (Int) -> Int32).self)(0)
}
