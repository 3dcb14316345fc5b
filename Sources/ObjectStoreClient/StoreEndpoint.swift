#if Network
package import SafeIO

/// The server that a store is reached at: `https://s3.example:9000`.
package struct StoreEndpoint: Hashable, Sendable {
  /// Whether TLS protects what is sent.
  package let isSecure: Bool
  /// The host's name or address.
  package let host: String
  /// The port; nil for the scheme's own.
  package let port: Int?

  /// Takes `http:` and `https:` addresses of a host alone.
  package init(_ text: String) throws(Failure) {
    let schemes = [("https://", true), ("http://", false)]
    guard let (scheme, isSecure) = schemes.first(where: { text.hasPrefix($0.0) }) else {
      throw StoreEndpoint.refuse(text, "begins with neither https:// nor http://")
    }
    var rest = text.dropFirst(scheme.count)
    while rest.hasSuffix("/") { rest = rest.dropLast() }
    var host = rest
    var port: Int?
    if let colon = rest.lastIndex(of: ":"), !rest.hasSuffix("]") {
      port = Int(rest[rest.index(after: colon)...])
      guard let port, (1...65_535).contains(port) else {
        throw StoreEndpoint.refuse(text, "has a port that is no port")
      }
      host = rest[..<colon]
    }
    let allowed = "-.:[]".utf8
    func isAllowed(_ byte: UInt8) -> Bool {
      (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
        || allowed.contains(byte)
    }
    guard !host.isEmpty, host.utf8.count <= 253, host.utf8.allSatisfy(isAllowed) else {
      throw StoreEndpoint.refuse(text, "names no host, or more than a host")
    }
    self.isSecure = isSecure
    self.host = host.lowercased()
    self.port = port == (isSecure ? 443 : 80) ? nil : port
  }

  /// As it is written.
  package var text: String { scheme + "://" + authority(host) }

  var scheme: String { isSecure ? "https" : "http" }

  /// A host with the port of this endpoint.
  func authority(_ host: String) -> String { host + (port.map { ":\($0)" } ?? "") }

  private static func refuse(_ text: String, _ what: String) -> Failure {
    Failure(
      .usage,
      "endpoint",
      "this address of an object store \(what)",
      subject: text,
      hint: "write it like https://s3.example, without a path"
    )
  }
}
#endif
