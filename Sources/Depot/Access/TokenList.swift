package import SafeIO

/// The tokens of a depot: its file `tokens`, a line for each, written durably and at once.
///
/// It is a file and no table, so that a server sees at each request, by one look at it, whether
/// somebody removed a token.
package struct TokenList: Sendable {
  /// Sorted by name.
  package private(set) var tokens: [AccessToken]

  static let fileName = "tokens"
  private static let head = "aptferry-tokens 1"
  /// The most tokens that a depot has.
  private static let most = 10_000

  /// Reads the tokens of a depot; none when there is no file.
  package init(of root: Directory) throws(Failure) {
    guard try root.statusOfOwnFile(TokenList.fileName) != nil else {
      tokens = []
      return
    }
    let name = root.describe(TokenList.fileName)
    let bytes = try root.contents(of: TokenList.fileName, limit: 8 << 20)
    guard let text = String(validating: bytes, as: UTF8.self), text.hasSuffix("\n") else {
      throw TokenList.damaged(name)
    }
    let lines = text.split(separator: "\n")
    guard lines.first == TokenList.head[...] else { throw TokenList.damaged(name) }
    var tokens: [AccessToken] = []
    for line in lines.dropFirst() {
      guard let token = TokenList.token(line) else { throw TokenList.damaged(name) }
      tokens.append(token)
    }
    self.tokens = tokens
  }

  /// In which state the file is, for whoever keeps what it said; nil when there is none.
  package static func status(in root: Directory) throws(Failure) -> FileStatus? {
    try root.statusOfOwnFile(fileName)
  }

  /// Adds a token; refused when there is one of its name.
  package mutating func add(_ token: AccessToken) throws(Failure) {
    guard !tokens.contains(where: { $0.name == token.name }) else {
      throw Failure(
        .state,
        "token-exists",
        "there is a token of that name",
        subject: token.name,
        hint: "choose another name, or remove it: aptferry token remove \(token.name)"
      )
    }
    guard tokens.count < TokenList.most else {
      throw Failure(
        .resource,
        "too-many-tokens",
        "this depot has \(TokenList.most) tokens",
        hint: "remove those that nobody needs: aptferry token list"
      )
    }
    tokens.append(token)
    tokens.sort { $0.name < $1.name }
  }

  /// Removes a token and answers it; refused when there is none.
  package mutating func remove(_ name: String) throws(Failure) -> AccessToken {
    guard let index = tokens.firstIndex(where: { $0.name == name }) else {
      throw Failure(
        .usage,
        "no-token",
        "there is no token of that name",
        subject: name,
        hint: "aptferry token list shows them all"
      )
    }
    return tokens.remove(at: index)
  }

  /// Writes the tokens; the depot's lock must be held.
  package func write(to root: Directory) throws(Failure) {
    let lines = tokens.map(TokenList.line)
    let text = TokenList.head + "\n" + lines.map { $0 + "\n" }.joined()
    try DurableFile.write(Array(text.utf8), as: TokenList.fileName, in: root, mode: 0o600)
  }

  private static func line(_ token: AccessToken) -> String {
    [
      token.name, token.role.rawValue, token.created.rfc3339, token.expires?.rfc3339 ?? "-",
      token.digest.hex, token.prefixes.joined(separator: ","),
    ].joined(separator: " ")
  }

  private static func token(_ line: Substring) -> AccessToken? {
    let words = line.split(separator: " ", omittingEmptySubsequences: false)
    guard words.count == 6, AccessToken.isName(String(words[0])),
      let role = AccessToken.Role(rawValue: String(words[1])),
      let created = UTCTime(rfc3339: words[2]), let digest = SHA256Digest(hex: words[4])
    else { return nil }
    let expires = words[3] == "-" ? nil : UTCTime(rfc3339: words[3])
    let prefixes = words[5].split(separator: ",").map(String.init)
    guard words[3] == "-" || expires != nil, !prefixes.isEmpty,
      prefixes.allSatisfy(AccessToken.isPattern)
    else { return nil }
    return AccessToken(
      name: String(words[0]),
      role: role,
      prefixes: prefixes,
      created: created,
      expires: expires,
      digest: digest
    )
  }

  private static func damaged(_ name: String) -> Failure {
    Failure(
      .state,
      "tokens",
      "the depot's list of tokens is damaged",
      subject: name,
      hint: "put it back from a backup, or remove the file and make the tokens anew"
    )
  }
}
