package import SafeIO

/// Where clients find what is published: an address that goes into their sources as it stands.
package struct ClientAddress: Hashable, Sendable {
  /// Without a slash at its end.
  package let text: String

  /// Takes `http:`, `https:`, `file:` and `copy:` addresses without credentials, of characters
  /// that mean nothing in a sources file, a shell or YAML.
  package init(_ text: String) throws(Failure) {
    func refuse(_ what: String) -> Failure {
      Failure(
        .usage,
        "url",
        "this address \(what)",
        subject: text,
        hint: "name where clients reach the prefix, as in http://apt.example/debian or "
          + "file:/var/lib/aptferry/public/debian"
      )
    }
    guard text.utf8.count <= 1000, text.utf8.allSatisfy(ClientAddress.isPlain) else {
      throw refuse("has characters that it may not have")
    }
    var address = text
    while address.hasSuffix("/") { address.removeLast() }
    guard let colon = address.firstIndex(of: ":") else { throw refuse("has no scheme") }
    let scheme = address[..<colon]
    let rest = address[address.index(after: colon)...]
    switch scheme {
    case "http", "https":
      let authority = rest.dropFirst(2).prefix { $0 != "/" }
      guard rest.hasPrefix("//"), !authority.isEmpty else { throw refuse("names no host") }
      guard !authority.contains("@") else {
        throw refuse("has credentials: they belong in the client's /etc/apt/auth.conf.d")
      }
      self.text = address
    case "file", "copy":
      // apt wants one slash, or three.
      let path = rest.hasPrefix("///") ? rest.dropFirst(2) : rest
      guard path.hasPrefix("/"), !path.hasPrefix("//") else {
        throw refuse("is not an absolute path")
      }
      self.text = "\(scheme):\(path)"
    default: throw refuse("begins with none of http:, https:, file: and copy:")
    }
  }

  /// Whether a server answers there, rather than this machine's own file system.
  package var isServed: Bool { text.hasPrefix("http") }

  /// The address of a publication below the one of all.
  package func below(_ prefix: String) throws(Failure) -> ClientAddress {
    try ClientAddress(appending(try PublicationPrefix(prefix).text))
  }

  /// The address of something below; `path` is plain already.
  func appending(_ path: String) -> String { path.isEmpty ? text : text + "/" + path }

  /// Letters, digits, and what an address needs of the rest.
  private static func isPlain(_ byte: UInt8) -> Bool {
    ClientWord.isAlphanumeric(byte) || "-._~:/@%+,=[]".utf8.contains(byte)
  }
}

/// Suites, components and architectures, as they may stand in a sources file.
enum ClientWord {
  static func isAlphanumeric(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
  }

  /// Refuses what comes from a Release file and could mean something else in a sources file.
  static func check(_ word: String, _ what: String) throws(Failure) -> String {
    guard let first = word.utf8.first, first != 0x2d, word.utf8.count <= 200,
      word.utf8.allSatisfy({ isAlphanumeric($0) || "-._~:/+".utf8.contains($0) })
    else {
      throw Failure(
        .unsafe,
        "word",
        "this \(what) cannot stand in a sources file",
        subject: word,
        hint: "write that file by hand"
      )
    }
    return word
  }
}
