private import Glibc
internal import SafeIO
private import Synchronization

/// Results go to standard output, messages and progress to standard error.
enum Output {
  private static let failed = Mutex(false)
  private static let closed = Mutex(false)
  /// What waits until the audit log has the outcome; nil when nothing needs to wait.
  private static let held = Mutex<String?>(nil)

  /// Keeps results back from now on.
  static func hold() { held.withLock { $0 = $0 ?? "" } }

  /// Forgets the results that were kept back.
  static func drop() { held.withLock { $0 = nil } }

  /// Writes the results that were kept back.
  static func release() {
    let text = held.withLock { held in
      defer { held = nil }
      return held
    }
    if let text, !text.isEmpty { write(text, to: STDOUT_FILENO) }
  }

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
    if descriptor == STDOUT_FILENO {
      let isHeld = held.withLock { held in
        guard held != nil else { return false }
        held? += text
        return true
      }
      if isHeld { return }
    }
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

  /// Whether a descriptor is a terminal.
  static var isErrorTerminal: Bool { isatty(STDERR_FILENO) == 1 }
  /// Whether a person can be asked.
  static var canAsk: Bool { isatty(STDIN_FILENO) == 1 && isErrorTerminal }
}

/// A table of text columns, escaped and aligned.
struct TextTable {
  private var rows: [[String]] = []

  init(_ heading: [String]) { rows.append(heading) }

  mutating func add(_ row: [String]) { rows.append(row.map { Escaped.line($0) }) }

  /// The lines, without trailing spaces.
  var lines: [String] {
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in
      rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
    }
    return rows.map { row in
      row.enumerated().map { column, cell in
        column == row.count - 1
          ? cell : cell + String(repeating: " ", count: widths[column] - cell.count)
      }.joined(separator: "  ")
    }
  }
}
