package import SafeIO

/// Where an upstream, or one of its files, is: `http:`, `https:` or `file:`, never with
/// credentials.
package struct UpstreamAddress: Hashable, Sendable {
  /// How files are fetched.
  package enum Scheme: String, Sendable {
    case http, https, file
  }

  /// How files are fetched.
  package let scheme: Scheme
  /// The host, lower case, an IPv6 address in its brackets; empty for `file:`.
  package let host: String
  /// The port, when it is not the scheme's own.
  package let port: Int?
  /// The path with escapes as written, from its slash, and a query when there is one.
  package let path: String

  private init(scheme: Scheme, host: String, port: Int?, path: String) {
    self.scheme = scheme
    self.host = host
    self.port = port
    self.path = path
  }

  /// The address of an upstream, as a person or a sources file writes it; without a slash at its
  /// end.
  ///
  /// A blank, as a sources file has it behind `%20`, is escaped again; `copy:` is `file:` for a mirror.
  /// - Throws: `usage` for anything else, and for a user name or a password in it.
  package init(_ given: String) throws(Failure) {
    var text = given.replacing(" ", with: "%20")
    if text.lowercased().hasPrefix("copy:/") { text = "file:" + text.dropFirst("copy:".count) }
    guard let colon = text.firstIndex(of: ":"),
      let scheme = Scheme(rawValue: text[..<colon].lowercased()),
      let read = UpstreamAddress.read(scheme, text[text.index(after: colon)...])
    else {
      throw Failure(
        .usage,
        "address",
        "this is not the address of an upstream",
        subject: UpstreamAddress.shown(text),
        hint: "give one that begins with http://, https:// or file:/"
      )
    }
    guard !text.contains("@") || !UpstreamAddress.authority(text).contains("@") else {
      throw Failure(
        .usage,
        "credentials",
        "an address may not hold a user name or a password: it would be kept and shown",
        subject: UpstreamAddress.shown(text),
        hint: "write them to a file in /etc/apt/auth.conf.d, as apt_auth.conf(5) says"
      )
    }
    guard !text.contains("?"), !text.contains("#") else {
      throw Failure(
        .usage,
        "address",
        "the address of an upstream has no query and no fragment",
        subject: UpstreamAddress.shown(text)
      )
    }
    var path = Substring(read.path)
    while path.count > 1, path.hasSuffix("/") { path = path.dropLast() }
    self.init(
      scheme: scheme,
      host: read.host,
      port: read.port,
      path: path == "/" ? "" : String(path)
    )
  }

  private static func authority(_ text: String) -> Substring {
    guard let start = text.firstRange(of: "//")?.upperBound else { return "" }
    return text[start...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
  }

  /// The text without what stands before an `@` in its authority.
  private static func shown(_ text: String) -> String {
    let part = authority(text)
    guard let at = part.lastIndex(of: "@"), let start = text.firstRange(of: "//")?.upperBound else {
      return text
    }
    return text[..<start] + "…" + text[at...]
  }

  private static func read(
    _ scheme: Scheme,
    _ rest: Substring
  ) -> (host: String, port: Int?, path: String)? {
    guard rest.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else { return nil }
    if scheme == .file {
      let path = rest.hasPrefix("//") ? rest.dropFirst(2) : rest
      return path.hasPrefix("/") ? ("", nil, String(path)) : nil
    }
    guard rest.hasPrefix("//") else { return nil }
    let part = rest.dropFirst(2).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    let path = rest.dropFirst(2 + part.count)
    let place = part.split(separator: "@", omittingEmptySubsequences: false).last ?? part
    var host = place
    var port: Int?
    if let colon = place.lastIndex(of: ":"), !place.hasSuffix("]") {
      host = place[..<colon]
      guard let number = Int(place[place.index(after: colon)...]), (1...65535).contains(number)
      else { return nil }
      port = number
    }
    guard !host.isEmpty, !host.contains("%") else { return nil }
    if port == (scheme == .http ? 80 : 443) { port = nil }
    return (host.lowercased(), port, path.isEmpty ? "/" : String(path.prefix { $0 != "#" }))
  }

  /// The address as text.
  package var text: String {
    scheme == .file ? "file:\(path.isEmpty ? "/" : path)" : "\(origin)\(path)"
  }

  /// Scheme, host and port.
  package var origin: String { "\(scheme.rawValue)://\(authority)" }

  /// Host and port.
  package var authority: String { host + (port.map { ":\($0)" } ?? "") }

  /// The directory that a `file:` address names, its escapes resolved.
  package var directory: String {
    var bytes: [UInt8] = []
    let text = Array((path.isEmpty ? "/" : path).utf8)
    var index = 0
    while index < text.count {
      if text[index] == UInt8(ascii: "%"), index + 2 < text.count,
        let value = UInt8(
          String(decoding: text[(index + 1)...(index + 2)], as: UTF8.self),
          radix: 16
        )
      {
        bytes.append(value)
        index += 3
      } else {
        bytes.append(text[index])
        index += 1
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The address of a file below this one; everything in the path that is not plain is escaped, as
  /// `apt` does.
  package func appending(_ relative: String) -> UpstreamAddress {
    var escaped: [UInt8] = Array(path.utf8)
    escaped.append(UInt8(ascii: "/"))
    for byte in relative.utf8 {
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
        UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "/"):
        escaped.append(byte)
      default:
        escaped.append(UInt8(ascii: "%"))
        for digit in [byte >> 4, byte & 0xf] {
          escaped.append(digit < 10 ? 0x30 + digit : 0x37 + digit)
        }
      }
    }
    return UpstreamAddress(
      scheme: scheme,
      host: host,
      port: port,
      path: String(decoding: escaped, as: UTF8.self)
    )
  }

  /// Where a redirect leads; nil when it is no address that can be fetched.
  func redirected(to given: String) -> UpstreamAddress? {
    // Servers that do not escape blanks are understood by apt, too.
    let location = given.replacing(" ", with: "%20")
    guard !location.isEmpty, location.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }),
      location.utf8.count <= 8192
    else { return nil }
    if location.hasPrefix("//") {
      return UpstreamAddress.read(scheme, location[...]).map {
        UpstreamAddress(scheme: scheme, host: $0.host, port: $0.port, path: $0.path)
      }
    }
    if let colon = location.firstIndex(of: ":"),
      location[..<colon].allSatisfy({ $0.isLetter || $0.isNumber || "+-.".contains($0) })
    {
      guard let other = Scheme(rawValue: location[..<colon].lowercased()) else { return nil }
      return UpstreamAddress.read(other, location[location.index(after: colon)...]).map {
        UpstreamAddress(scheme: other, host: $0.host, port: $0.port, path: $0.path)
      }
    }
    let plain = path.prefix { $0 != "?" }
    let target =
      location.hasPrefix("/")
      ? location : String(plain[..<(plain.lastIndex(of: "/") ?? plain.startIndex)]) + "/" + location
    return UpstreamAddress(scheme: scheme, host: host, port: port, path: target)
  }
}
