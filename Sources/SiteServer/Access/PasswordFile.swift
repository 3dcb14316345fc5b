#if Network
internal import SafeIO

/// The users of a server with their passwords, as `htpasswd` and web servers know them: a line of a
/// name, a colon and what crypt(3) made of the password.
struct PasswordFile: Sendable {
  /// By their names.
  let users: [String: PasswordHash]

  /// A server without users.
  static let none = PasswordFile(users: [:])

  private init(users: [String: PasswordHash]) { self.users = users }

  /// Reads a file; refuses passwords that are kept in a way that is no protection.
  init(_ path: String) throws(Failure) {
    var users: [String: PasswordHash] = [:]
    let file = try AccessFile(path, "the file of users")
    for line in file.lines where !line.text.isEmpty && !line.text.hasPrefix("#") {
      let parts = line.text.split(separator: ":", omittingEmptySubsequences: false)
      let name = String(parts[0])
      guard parts.count > 1, PasswordFile.isName(name) else {
        throw Failure(
          .configuration,
          "users",
          "this line has no name of a user and a password",
          subject: line.place,
          hint: "write such lines with: htpasswd -B -C 10 \(Escaped.shellWord(path)) NAME"
        )
      }
      guard let hash = PasswordHash(String(parts[1])) else {
        throw PasswordFile.weak(String(parts[1]), name, line.place, path)
      }
      guard users.updateValue(hash, forKey: name) == nil else {
        throw Failure(
          .configuration,
          "users",
          "this user has another line above",
          subject: line.place,
          hint: "remove one of the two lines"
        )
      }
    }
    self.users = users
  }

  /// Whether somebody can be called so: no text that means everybody, nobody or a token.
  static func isName(_ name: String) -> Bool {
    (1...100).contains(name.utf8.count) && !["*", "-"].contains(name)
      && !name.unicodeScalars.contains { Escaped.isDangerous($0) || $0 == " " || $0 == ":" }
  }

  /// The password is not shown: it may be one.
  private static func weak(
    _ text: String,
    _ name: String,
    _ place: String,
    _ path: String
  ) -> Failure {
    let kind =
      if text.hasPrefix("$apr1$") || text.hasPrefix("$1$") {
        "is kept as MD5, which is no protection"
      } else if text.hasPrefix("{") {
        "is kept as a plain digest, which is no protection"
      } else {
        "is not kept as bcrypt, yescrypt, scrypt or SHA-2 crypt"
      }
    return Failure(
      .configuration,
      "users-weak",
      "the password of this user \(kind)",
      subject: "\(place), \(name)",
      hint: "set it anew: htpasswd -B -C 10 \(Escaped.shellWord(path)) \(Escaped.shellWord(name))"
    )
  }
}
#endif
