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

  fileprivate init() throws {
    let made = try Disk.makeTemporaryDirectory(for: "test")
    // Symbolic links in the way to the temporary directory must not become part of a test.
    path = URL(fileURLWithPath: made).resolvingSymlinksInPath().path
  }

  fileprivate func remove() { Disk.remove(path) }
}

/// Gives `body` an empty directory and removes it afterwards, also after a failure.
package func withScratchDirectory<Result>(
  _ body: (ScratchDirectory) throws -> Result
) throws -> Result {
  let scratch = try ScratchDirectory()
  defer { scratch.remove() }
  return try body(scratch)
}
