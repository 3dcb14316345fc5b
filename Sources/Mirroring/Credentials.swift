internal import DebianRepository
internal import SafeIO

/// User names and passwords by machine, in the format of apt_auth(5).
///
/// They are never shown, logged or stored.
struct Credentials: Sendable {
  private struct Entry: Sendable {
    var scheme: String?
    var host = ""
    var port: Int?
    var path = ""
    var login = ""
    var password = ""
  }

  private var entries: [Entry] = []

  /// Reads one file; later files count where earlier ones say nothing.
  ///
  /// - Throws: `configuration` for what `apt` would refuse. The text is not repeated.
  mutating func read(_ text: [UInt8], name: String) throws(Failure) {
    var words: [String] = []
    for line in String(decoding: text, as: UTF8.self).split(whereSeparator: \.isNewline)
    where line.first(where: { !$0.isWhitespace }) != "#" {
      words += line.split(whereSeparator: \.isWhitespace).map { String($0) }
    }
    // Nil before the first `machine`: an optional value, no error is passed over.
    var current: Entry?
    var index = 0
    while index < words.count {
      let key = words[index]
      guard index + 1 < words.count else { throw refused("it ends within an entry", name) }
      let value = words[index + 1]
      index += 2
      switch key {
      case "machine":
        if let current { entries.append(current) }
        current = try Credentials.entry(value, name)
      case "login": current?.login = value
      case "password": current?.password = value
      default: throw refused("it has a word that is not machine, login or password", name)
      }
      if current == nil { throw refused("it does not begin with machine", name) }
    }
    if let current { entries.append(current) }
  }

  private static func entry(_ machine: String, _ name: String) throws(Failure) -> Entry {
    var entry = Entry()
    var rest = Substring(machine)
    if let mark = machine.firstRange(of: "://") {
      entry.scheme = machine[..<mark.lowerBound].lowercased()
      rest = machine[mark.upperBound...]
    }
    var place = rest.prefix { $0 != "/" }
    entry.path = String(rest.dropFirst(place.count))
    if let colon = place.lastIndex(of: ":"), !place.hasSuffix("]") {
      guard let port = Int(place[place.index(after: colon)...]) else {
        throw refused("it has a port that is not a number", name)
      }
      entry.port = port
      place = place[..<colon]
    }
    entry.host = place.lowercased()
    return entry
  }

  private static func refused(_ what: String, _ name: String) -> Failure {
    Failure(
      .configuration,
      "auth-conf",
      "this file with credentials cannot be used: \(what)",
      subject: name,
      hint: "see apt_auth.conf(5)"
    )
  }

  private func refused(_ what: String, _ name: String) -> Failure {
    Credentials.refused(what, name)
  }

  /// The login and password for an address; an entry without a scheme counts for `https` only.
  func find(for address: UpstreamAddress) -> (login: String, password: String)? {
    for entry in entries where !entry.login.isEmpty {
      guard (entry.scheme ?? "https") == address.scheme.rawValue, entry.host == address.host
      else { continue }
      // As apt: a port must be named when it is not the scheme's own.
      let standard = address.scheme == .http ? 80 : 443
      guard (entry.port ?? standard) == (address.port ?? standard),
        address.path.hasPrefix(entry.path)
      else { continue }
      return (entry.login, entry.password)
    }
    return nil
  }

  /// The files that this user may not read; as with `apt`, the others count.
  private(set) var unreadable: [String] = []

  /// Reads the files that `apt` reads: `auth.conf`, and what ends in `.conf` in `auth.conf.d`.
  init(from settings: AptSettings) throws(Failure) {
    for path in try settings.authFiles() {
      guard !NamedPath.isForbidden(path) else {
        unreadable.append(path)
        continue
      }
      guard let text = try AptSettings.contents(path) else { continue }
      try read(text, name: path)
    }
  }

  init() {}
}
