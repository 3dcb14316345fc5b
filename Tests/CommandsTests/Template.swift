import Glibc
import Synchronization
import TestSupport

/// A directory that many tests begin with: made once in this process, and copied for each test.
///
/// What is in it names no path of its own, as a depot does not.
final class Template: Sendable {
  private static let made = Mutex<[ScratchDirectory]>([])

  private let scratch: ScratchDirectory

  /// Has `make` fill a directory, which goes with the process.
  init(_ make: (ScratchDirectory) throws -> Void) throws {
    let scratch = try ScratchDirectory()
    self.scratch = scratch
    let isFirst = Template.made.withLock { made in
      made.append(scratch)
      return made.count == 1
    }
    if isFirst { atexit { for scratch in Template.made.withLock({ $0 }) { scratch.remove() } } }
    try make(scratch)
  }

  /// Puts a copy of everything into a test's directory.
  func copy(to other: ScratchDirectory) throws {
    try run(["cp", "-a", scratch.path + "/.", other.path]).succeeded()
  }
}
