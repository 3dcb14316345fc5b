internal import DebianRepository
internal import SafeIO

/// Through which proxy a host is reached: what `apt` is configured with, else the environment
/// variables that `curl` and `apt` read.
struct ProxySettings: Sendable {
  /// A proxy.
  struct Proxy: Hashable, Sendable {
    let isSOCKS: Bool
    let host: String
    let port: Int
    /// Never shown.
    let login: String?
    let password: String

    /// Host and port.
    var place: String { "\(host):\(port)" }
  }

  private let configuration: AptConfiguration
  private let environment: [String: String]

  init(configuration: AptConfiguration, environment: [String: String]) {
    self.configuration = configuration
    self.environment = environment
  }

  /// The proxy for an address; nil to go there directly.
  ///
  /// - Throws: `configuration` for a proxy that cannot be used.
  func proxy(for address: UpstreamAddress) throws(Failure) -> Proxy? {
    let scheme = address.scheme.rawValue
    // As apt: https takes http's setting when it has none of its own.
    for name in scheme == "https" ? ["https", "http"] : ["http"] {
      for setting in ["Acquire::\(name)::Proxy::\(address.host)", "Acquire::\(name)::Proxy"] {
        guard let value = configuration.value(setting) else { continue }
        if value.isEmpty || value == "false" || value == "DIRECT" { return nil }
        return try ProxySettings.parse(value, setting)
      }
    }
    guard !isExcepted(address) else { return nil }
    // Not HTTP_PROXY: a web server would set it from a request's header.
    let names = [scheme + "_proxy"] + (scheme == "https" ? ["HTTPS_PROXY"] : [])
    for name in names + ["all_proxy", "ALL_PROXY"] {
      guard let value = environment[name], !value.isEmpty else { continue }
      return try ProxySettings.parse(value, name)
    }
    return nil
  }

  /// Whether `no_proxy` names the host, or a domain that it belongs to.
  private func isExcepted(_ address: UpstreamAddress) -> Bool {
    let list = environment["no_proxy"] ?? environment["NO_PROXY"] ?? ""
    for item in list.split(whereSeparator: { $0 == "," || $0.isWhitespace }) {
      if item == "*" { return true }
      var name = item.lowercased()
      if let colon = name.lastIndex(of: ":"), let port = Int(name[name.index(after: colon)...]),
        !name.hasSuffix("]")
      {
        guard port == address.port ?? (address.scheme == .http ? 80 : 443) else { continue }
        name = String(name[..<colon])
      }
      let domain = name.hasPrefix(".") ? String(name.dropFirst()) : name
      if address.host == domain || address.host.hasSuffix("." + domain) { return true }
    }
    return false
  }

  private static func parse(_ text: String, _ source: String) throws(Failure) -> Proxy {
    func refused(_ what: String) -> Failure {
      Failure(
        .configuration,
        "proxy",
        "the proxy of this setting cannot be used: \(what)",
        subject: source,
        hint: "give http://HOST:PORT or socks5h://HOST:PORT"
      )
    }
    var rest = Substring(text)
    var scheme = "http"
    if let mark = text.firstRange(of: "://") {
      scheme = text[..<mark.lowerBound].lowercased()
      rest = text[mark.upperBound...]
    }
    guard ["http", "socks5h", "socks5", "socks"].contains(scheme) else {
      throw refused("\(Escaped.line(scheme, limit: 20)) is not supported")
    }
    rest = rest.prefix { $0 != "/" }
    var login: String?
    var password = ""
    if let at = rest.lastIndex(of: "@") {
      let parts = rest[..<at].split(
        separator: ":" as Character,
        maxSplits: 1,
        omittingEmptySubsequences: false
      )
      login = unescaped(parts[0])
      password = parts.count > 1 ? unescaped(parts[1]) : ""
      rest = rest[rest.index(after: at)...]
    }
    var port = scheme == "http" ? 3128 : 1080
    if let colon = rest.lastIndex(of: ":"), !rest.hasSuffix("]") {
      guard let number = Int(rest[rest.index(after: colon)...]), (1...65535).contains(number) else {
        throw refused("its port is not valid")
      }
      port = number
      rest = rest[..<colon]
    }
    guard !rest.isEmpty else { throw refused("it names no host") }
    return Proxy(
      isSOCKS: scheme != "http",
      host: String(rest),
      port: port,
      login: login,
      password: password
    )
  }

  private static func unescaped(_ text: Substring) -> String {
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.first {
      rest = rest.dropFirst()
      if byte == UInt8(ascii: "%"), rest.count >= 2,
        let value = UInt8(String(decoding: Array(rest.prefix(2)), as: UTF8.self), radix: 16)
      {
        bytes.append(value)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
