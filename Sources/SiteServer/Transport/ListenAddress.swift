package import SafeIO

/// Where a server listens.
package enum ListenAddress: Hashable, Sendable, CustomStringConvertible {
  /// A host name or address, and a port.
  case network(host: String, port: Int)
  /// A socket in the file system.
  case unix(path: String)
  /// A socket that systemd has opened, by its number.
  case inherited(Int32)

  /// Where it listens when nobody says where: on this machine alone.
  package static let standard = ListenAddress.network(host: "127.0.0.1", port: 8080)

  /// Reads `HOST:PORT`, `[ADDRESS]:PORT`, `PORT` or `unix:PATH`.
  package init(_ text: String) throws(Failure) {
    if text.hasPrefix("unix:/") {
      let path = String(text.dropFirst("unix:".count))
      // The size of sun_path, unix(7).
      guard path.utf8.count < 108 else {
        throw ListenAddress.refuse(text, "is longer than 107 bytes")
      }
      self = .unix(path: path)
      return
    }
    let colon = text.lastIndex(of: ":")
    let host = colon.map { text[..<$0] } ?? "127.0.0.1"
    let digits = colon.map { text[text.index(after: $0)...] } ?? text[...]
    guard let port = Int(digits), (0...65_535).contains(port), digits.utf8.count <= 5 else {
      throw ListenAddress.refuse(text, "has no port from 0 to 65535")
    }
    var name = host
    if name.hasPrefix("["), name.hasSuffix("]") { name = name.dropFirst().dropLast() }
    guard !name.isEmpty, !(name == host && name.contains(":")) else {
      throw ListenAddress.refuse(text, "names no host")
    }
    self = .network(host: String(name), port: port)
  }

  private static func refuse(_ text: String, _ what: String) -> Failure {
    Failure(
      .usage,
      "listen",
      "this address \(what)",
      subject: text,
      hint: "write it like 127.0.0.1:8080, [::]:8080 or unix:/run/aptferry/http.sock"
    )
  }

  package var description: String {
    switch self {
    case .network(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    case .unix(let path): "unix:\(path)"
    case .inherited(let number): "socket \(number) of systemd"
    }
  }
}
