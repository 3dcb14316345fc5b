internal import DebianRepository
internal import SafeIO

/// User names and passwords by machine, in the format of apt_auth(5).
///
/// They are never shown, logged or stored.
struct Credentials: Sendable {
  /// What stands behind the word `machine`.
  private struct Machine {
    var scheme: String?
    var host = ""
    var port: Int?
    var path = ""

    /// Nil when the port is not a number.
    init?(_ word: String) {
      var rest = Substring(word)
      if let mark = word.firstRange(of: "://") {
        scheme = word[..<mark.lowerBound].lowercased()
        rest = word[mark.upperBound...]
      }
      var place = rest.prefix { $0 != "/" }
      path = String(rest.dropFirst(place.count))
      if let colon = place.lastIndex(of: ":"), !place.hasSuffix("]") {
        guard let port = Int(place[place.index(after: colon)...]) else { return nil }
        self.port = port
        place = place[..<colon]
      }
      host = place.lowercased()
    }

    /// Whether it counts for an address; without a scheme it does for `https` only.
    ///
    /// As for `apt`, a machine alone counts at every port; with a path a port must be named when it is
    /// not the scheme's own.
    func isOf(_ address: UpstreamAddress) -> Bool {
      guard (scheme ?? "https") == address.scheme.rawValue, host == address.host else {
        return false
      }
      if port == nil, path.isEmpty { return true }
      let standard = address.scheme == .http ? 80 : 443
      return (port ?? standard) == (address.port ?? standard) && address.path.hasPrefix(path)
    }
  }

  /// The words of each file.
  private var files: [[String]] = []

  /// Takes one file in; later files count where earlier ones say nothing.
  mutating func read(_ text: [UInt8]) {
    let lines = String(decoding: text, as: UTF8.self).split(whereSeparator: \.isNewline)
      .filter { line in line.first(where: { !$0.isWhitespace }) != "#" }
    files.append(lines.flatMap { $0.split(whereSeparator: \.isWhitespace).map { String($0) } })
  }

  /// The login and password for an address.
  func find(for address: UpstreamAddress) -> (login: String, password: String)? {
    files.lazy.compactMap { Credentials.find(address, in: $0) }.first
  }

  private enum Expected {
    case machine, name, member, login, password
  }

  /// Reads the words as `apt` does (apt-pkg/contrib/netrc.cc): of machines that do not count all is passed over,
  /// and so are words that it does not know.
  private static func find(
    _ address: UpstreamAddress,
    in words: [String]
  ) -> (login: String, password: String)? {
    var (login, password) = ("", "")
    var expected = Expected.machine
    reading: for word in words {
      switch (expected, word) {
      case (.machine, _): expected = word == "machine" ? .name : .machine
      case (.name, _): expected = Machine(word)?.isOf(address) ?? false ? .member : .machine
      case (.member, "login"): expected = .login
      case (.member, "password"): expected = .password
      case (.member, "machine"): break reading
      case (.member, _): break
      case (.login, _): (login, expected) = (word, .member)
      case (.password, _): (password, expected) = (word, .member)
      }
    }
    return login.isEmpty ? nil : (login, password)
  }

  /// The files that this user may not read; as with `apt`, the others count.
  private(set) var unreadable: [String] = []

  /// Reads the files that `apt` reads: `auth.conf`, and what ends in `.conf` or has no ending in
  /// `auth.conf.d`.
  init(from settings: AptSettings) throws(Failure) {
    for path in try settings.authFiles() {
      guard !NamedPath.isForbidden(path) else {
        unreadable.append(path)
        continue
      }
      guard let text = try AptSettings.contents(path) else { continue }
      read(text)
    }
  }

  init() {}
}
