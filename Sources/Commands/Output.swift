private import Glibc
internal import SafeIO
private import Synchronization

/// Results go to standard output, messages and progress to standard error.
enum Output {
  private static let failed = Mutex(false)
  private static let closed = Mutex(false)

  /// One result line.
  static func line(_ text: String) { write(text + "\n", to: STDOUT_FILENO) }

  /// One message line.
  static func message(_ text: String) { write(text + "\n", to: STDERR_FILENO) }

  /// Raw text to standard error, for a progress line that is drawn over.
  static func raw(_ text: String) { write(text, to: STDERR_FILENO) }

  /// Result text as bytes, already in lines.
  static func text(_ bytes: [UInt8]) {
    write(String(decoding: bytes, as: UTF8.self), to: STDOUT_FILENO)
  }

  private static func write(_ text: String, to descriptor: Int32) {
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
        if count <= 0 {
          let isClosed = count < 0 && errno == EPIPE
          if descriptor == STDOUT_FILENO {
            failed.withLock { $0 = true }
            if isClosed { closed.withLock { $0 = true } }
          }
          return
        }
        done += count
      }
    }
  }

  /// Whether all results could be written (a closed pipe or a full disk says no).
  static func flush() -> Bool { !failed.withLock { $0 } }

  /// Whether the reader of the results has gone away.
  static var isPipeClosed: Bool { closed.withLock { $0 } }

  /// Whether the name of a file stands for standard output.
  static func isStandard(_ path: String?) -> Bool { path == "-" }

  /// Whether a descriptor is a terminal.
  static var isErrorTerminal: Bool { isatty(STDERR_FILENO) == 1 }
  /// Whether a person can be asked.
  static var canAsk: Bool { isatty(STDIN_FILENO) == 1 && isErrorTerminal }
}
