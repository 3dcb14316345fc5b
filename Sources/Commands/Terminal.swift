private import Glibc
internal import SafeIO

/// The person at the terminal.
enum Terminal {
  /// Waits for “yes” or “no”, and asks again for anything else; the end of the input is a no.
  static func isYes() throws(Failure) -> Bool {
    while let answer = try line() {
      switch answer {
      case "yes": return true
      case "no": return false
      default: Output.raw("Please type yes or no: ")
      }
    }
    return false
  }

  /// Waits for Enter, “s” or “q”, and asks again for anything else; the end of the input is “q”.
  static func answer() throws(Failure) -> String {
    while let answer = try line() {
      if ["", "s", "q"].contains(answer) { return answer }
      Output.raw("Please press Enter, or type s or q: ")
    }
    return "q"
  }

  /// One line without its end; nil at the end of the input.
  ///
  /// Not `readLine`, which tries again for ever when a signal has come.
  private static func line() throws(Failure) -> String? {
    guard let typed = Surroundings.current.typed else { return nil }
    var bytes: [UInt8] = []
    while true {
      // A signal that comes between the question and the read would be noticed only behind the next
      // key: so there is a look at it now and then.
      var waited = pollfd(fd: typed, events: Int16(POLLIN), revents: 0)
      let ready = unsafe poll(&waited, 1, 200)
      try Interruption.check()
      if ready <= 0 { continue }
      var byte: UInt8 = 0
      let count = unsafe read(typed, &byte, 1)
      try Interruption.check()
      if count < 0 && errno == EINTR { continue }
      guard count == 1 else { return nil }
      if byte == UInt8(ascii: "\n") { return String(decoding: bytes, as: UTF8.self) }
      if bytes.count < 100 { bytes.append(byte) }
    }
  }
}
