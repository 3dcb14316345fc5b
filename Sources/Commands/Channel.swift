private import Glibc
private import Synchronization

/// A stream that a command line writes text to: a descriptor of this process, or memory.
package final class Channel: Sendable {
  private struct State {
    var kept: [UInt8] = []
    var hasFailed = false
    var isClosed = false
  }

  private let descriptor: Int32?
  private let state = Mutex(State())

  /// Writes to a descriptor of this process.
  init(to descriptor: Int32) { self.descriptor = descriptor }

  /// Keeps what is written.
  init() { descriptor = nil }

  /// What was kept.
  package var bytes: [UInt8] { state.withLock { $0.kept } }

  /// Whether not all could be written: a closed pipe or a full disk.
  var hasFailed: Bool { state.withLock { $0.hasFailed } }

  /// Whether the reader has gone away.
  var isClosed: Bool { state.withLock { $0.isClosed } }

  /// Whether it is a terminal.
  var isTerminal: Bool { descriptor.map { isatty($0) == 1 } ?? false }

  /// How many columns the terminal has; nil when this is not a terminal, or it does not say.
  var columns: Int? {
    guard let descriptor, isTerminal else { return nil }
    var size = winsize()
    guard unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
      return nil
    }
    return Int(size.ws_col)
  }

  /// Writes all of a text, or notes that this could not be.
  func write(_ text: String) {
    guard let descriptor else { return state.withLock { $0.kept += text.utf8 } }
    var text = text
    text.withUTF8 { bytes in
      var done = 0
      while done < bytes.count {
        let count = unsafe Glibc.write(
          descriptor,
          bytes.baseAddress.unsafelyUnwrapped + done,
          bytes.count - done
        )
        if count < 0 && errno == EINTR { continue }
        if count <= 0 { return noteFailure(isClosed: count < 0 && errno == EPIPE) }
        done += count
      }
    }
  }

  private func noteFailure(isClosed: Bool) {
    state.withLock { state in
      state.hasFailed = true
      if isClosed { state.isClosed = true }
    }
  }
}
