#if Network
private import HTTPTypes
internal import HummingbirdCore

/// The cookie that carries a session of the pages.
///
/// With TLS its name begins with `__Host-`: browsers take such a cookie from this host alone, and over
/// TLS alone. Without TLS, on this machine, browsers would refuse that name.
enum LoginCookie {
  /// Whether the browser has TLS: with this server, or with a proxy on this machine that says so.
  static func isSecure(_ request: Request, _ peer: Peer, _ site: Site) -> Bool {
    site.isSecure || peer.isHere && forwarded.map { request.headers[$0] == "https" } ?? false
  }

  private static let forwarded = HTTPField.Name("X-Forwarded-Proto")

  private static func name(_ isSecure: Bool) -> String {
    isSecure ? "__Host-aptferry" : "aptferry-session"
  }

  /// What the browser carries; nil without a cookie of ours.
  static func token(_ request: Request, isSecure: Bool) -> String? {
    let name = name(isSecure)
    for field in request.headers[values: .cookie] {
      for pair in field.split(separator: ";") {
        let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let key = parts[0].drop { $0 == " " }
        if key == name, parts.count > 1, parts[1].utf8.count == 64 { return String(parts[1]) }
      }
    }
    return nil
  }

  /// Has the browser carry it until it is closed.
  static func set(_ token: String, isSecure: Bool) -> String { field(token, isSecure, "") }

  /// Has the browser forget it.
  static func clear(isSecure: Bool) -> String { field("", isSecure, "; Max-Age=0") }

  private static func field(_ value: String, _ isSecure: Bool, _ more: String) -> String {
    "\(name(isSecure))=\(value); Path=/; HttpOnly; SameSite=Strict"
      + (isSecure ? "; Secure" : "") + more
  }
}
#endif
