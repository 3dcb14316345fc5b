private import Glibc
package import SafeIO
private import Synchronization

/// One line for each answered request, in the combined format of web servers, with prefix and
/// generation behind.
///
///     192.0.2.7 - alice [28/Nov/2026:23:01:02 +0000] "GET /debian/dists/… HTTP/1.1" 200 1234 "-" "Debian APT-HTTP/1.3 (2.6.1)" debian 12
package final class AccessLog: Sendable {
  /// What one line says.
  struct Line: Sendable {
    var address = "-"
    var user = "-"
    var request = ""
    var status = 0
    var bytes: UInt64 = 0
    var agent = "-"
    var prefix = "-"
    var generation = "-"
  }

  private let path: String?
  private let descriptor: Mutex<Int32>

  /// Appends to a file, which is made when it is not there; nil writes nowhere, `-` to standard
  /// output.
  package init(_ path: String?) throws(Failure) {
    self.path = path
    descriptor = Mutex(try AccessLog.open(path))
  }

  /// Opens the file anew, after it was moved away.
  package func reopen() throws(Failure) {
    let fresh = try AccessLog.open(path)
    descriptor.withLock { old in
      if old > 2 { _ = close(old) }
      old = fresh
    }
  }

  private static func open(_ path: String?) throws(Failure) -> Int32 {
    guard let path else { return -1 }
    if path == "-" { return 1 }
    let flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY
    let opened = unsafe Glibc.open(path, flags, mode_t(0o640))
    guard opened >= 0 else { throw .system("open the access log", path) }
    return opened
  }

  /// Whether lines go anywhere.
  var isOn: Bool { path != nil }

  /// Writes a line; what cannot be written is lost, since clients must not wait for it.
  func write(_ line: Line, at time: UTCTime) {
    let text =
      "\(line.address) - \(field(line.user)) [\(AccessLog.time(time))] \"\(field(line.request))\" "
      + "\(line.status) \(line.bytes) \"-\" \"\(field(line.agent))\" \(line.prefix) "
      + "\(line.generation)\n"
    let bytes = Array(text.utf8)
    descriptor.withLock { descriptor in
      guard descriptor >= 0 else { return }
      _ = unsafe bytes.withUnsafeBytes { buffer in
        unsafe Glibc.write(descriptor, buffer.baseAddress, buffer.count)
      }
    }
  }

  /// Nothing in a field ends it or the line.
  private func field(_ text: String) -> String {
    Escaped.line(text, limit: 1000).replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
  }

  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  private static func time(_ time: UTCTime) -> String {
    let parts = time.calendar
    func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
    return "\(two(parts.day))/\(months[parts.month - 1])/\(parts.year):"
      + "\(two(parts.hour)):\(two(parts.minute)):\(two(parts.second)) +0000"
  }
}
