internal import SafeIO

/// What each user may do: stanzas of a `User` with the prefixes to `Read`, `Operate` and `Release`.
///
///     User: *
///     Read: debian debian/*
///
///     User: alice
///     Read: *
///     Operate: staging staging/*
struct RightsFile: Sendable {
  /// By the names of the users; `*` is everybody, with a password or without.
  let rights: [String: Rights]

  /// Reads a file; what it does not understand it refuses.
  init(_ path: String) throws(Failure) {
    var rights: [String: Rights] = [:]
    var stanza = Stanza()
    var field: String?
    for line in try AccessFile(path, "the file of rights").lines {
      let text = line.text
      if text.hasPrefix("#") { continue }
      if text.trimmingSpaces.isEmpty {
        try stanza.close(into: &rights)
        (stanza, field) = (Stanza(), nil)
        continue
      }
      if text.hasPrefix(" ") || text.hasPrefix("\t") {
        guard let field else {
          throw RightsFile.wrong("this line goes on with nothing", line.place)
        }
        try stanza.add(text, to: field, at: line.place)
        continue
      }
      guard let colon = text.firstIndex(of: ":") else {
        throw RightsFile.wrong("this line has no colon", line.place)
      }
      let name = text[..<colon].lowercased()
      try stanza.begin(name, at: line.place)
      try stanza.add(String(text[text.index(after: colon)...]), to: name, at: line.place)
      field = name
    }
    try stanza.close(into: &rights)
    self.rights = rights
  }

  static func wrong(_ what: String, _ place: String) -> Failure {
    Failure(
      .configuration,
      "rights",
      what,
      subject: place,
      hint:
        "a stanza has User, and any of Read, Operate and Release with prefixes: *, debian, debian/*"
    )
  }
}

extension RightsFile {
  /// A stanza while it is read.
  private struct Stanza {
    private var user: String?
    private var patterns: [Role: [String]] = [:]
    private var seen: Set<String> = []
    private var place = ""

    mutating func begin(_ field: String, at place: String) throws(Failure) {
      guard field == "user" || Role(rawValue: field) != nil else {
        throw RightsFile.wrong("there is no field of this name", place)
      }
      guard seen.insert(field).inserted else {
        throw RightsFile.wrong("this field stands twice in its stanza", place)
      }
      if seen.count == 1 { self.place = place }
    }

    mutating func add(_ text: String, to field: String, at place: String) throws(Failure) {
      let words = text.split { $0 == " " || $0 == "\t" }.map(String.init)
      guard let role = Role(rawValue: field) else {
        guard words.count == 1, user == nil, words[0] == "*" || Self.isUser(words[0]) else {
          throw RightsFile.wrong("User has one name, or *", place)
        }
        user = words[0]
        return
      }
      for word in words {
        guard Rights.isPattern(word) else {
          throw RightsFile.wrong("this is neither a prefix nor one with /* behind: \(word)", place)
        }
      }
      patterns[role, default: []] += words
    }

    /// Users of passwords and certificates; tokens have rights of their own.
    private static func isUser(_ name: String) -> Bool {
      !name.unicodeScalars.contains(where: Escaped.isDangerous) && !name.contains("*")
        && name.utf8.count <= 100
    }

    func close(into rights: inout [String: Rights]) throws(Failure) {
      guard !seen.isEmpty else { return }
      guard let user else { throw RightsFile.wrong("this stanza names no user", place) }
      guard rights.updateValue(Rights(patterns), forKey: user) == nil else {
        throw RightsFile.wrong("this user has another stanza above", place)
      }
    }
  }
}
