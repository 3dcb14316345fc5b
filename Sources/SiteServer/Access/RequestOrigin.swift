#if Network
private import Glibc
internal import HTTPTypes
internal import HummingbirdCore

/// Whose page a browser sends a request from.
///
/// A browser sends what a page of another site tells it to, with the user's own rights; it says so in
/// `Origin` and `Sec-Fetch-Site`. And a page whose name its owner lets point to this machine is of the
/// same origin for the browser: then the name gives it away.
enum RequestOrigin {
  /// Whether a request that changes something may come from a page of another site.
  static func isForeign(_ request: Request) -> Bool {
    guard request.method != .get, request.method != .head else { return false }
    if let site = request.headers[fetchSite], site != "same-origin", site != "none" { return true }
    guard let origin = request.headers[.origin] else { return false }
    guard let scheme = origin.firstRange(of: "://") else { return true }
    return origin[scheme.upperBound...].lowercased() != (request.head.authority ?? "").lowercased()
  }

  /// Whether a proxy sends it for somebody else.
  static func isForwarded(_ request: Request) -> Bool {
    forwarding.contains { request.headers[$0] != nil }
  }

  private static let forwarding = ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"].compactMap {
    HTTPField.Name($0)
  }

  /// Whether the name by which a client reached this server can be nobody's but this machine's.
  static func isOwnName(_ request: Request) -> Bool {
    guard let authority = request.head.authority, !authority.isEmpty else { return true }
    if authority.hasPrefix("[") { return true }
    let name = authority.prefix { $0 != ":" }.lowercased()
    if name == "localhost" || name == hostName { return true }
    return name.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == 0x2e }
  }

  private static let fetchSite = HTTPField.Name("Sec-Fetch-Site") ?? .origin

  private static let hostName: String = {
    var name = [CChar](repeating: 0, count: 256)
    _ = unsafe name.withUnsafeMutableBufferPointer { buffer in
      unsafe gethostname(buffer.baseAddress.unsafelyUnwrapped, buffer.count - 1)
    }
    return String(
      decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) },
      as: UTF8.self
    ).lowercased()
  }()
}
#endif
