#if Network
internal import Glibc
package import SafeIO

/// Who asks a store; nothing of it is ever shown, logged or kept in the depot.
package struct StoreCredentials: Sendable {
  let accessKey: String
  let secretKey: String
  /// Of credentials that end; nil for others.
  let sessionToken: String?

  package init(accessKey: String, secretKey: String, sessionToken: String? = nil) {
    (self.accessKey, self.secretKey) = (accessKey, secretKey)
    self.sessionToken = sessionToken
  }

  /// Finds the credentials of a target: in the file that it names, in the directory that systemd
  /// gives a service, as `aptferry-NAME`, else in the usual variables of the environment.
  package static func find(
    file: String?,
    target: String,
    environment: [String: String]
  ) throws(Failure) -> StoreCredentials {
    if let file { return try read(file) }
    if let directory = environment["CREDENTIALS_DIRECTORY"], !directory.isEmpty {
      let path = directory + "/aptferry-" + target
      if let text = try contents(path) { return try parse(text, path) }
    }
    if let access = environment["AWS_ACCESS_KEY_ID"], !access.isEmpty,
      let secret = environment["AWS_SECRET_ACCESS_KEY"], !secret.isEmpty
    {
      let token = environment["AWS_SESSION_TOKEN"].flatMap { $0.isEmpty ? nil : $0 }
      return StoreCredentials(accessKey: access, secretKey: secret, sessionToken: token)
    }
    throw Failure(
      .configuration,
      "no-credentials",
      "nobody says who asks the object store",
      subject: target,
      hint: "name a file of mode 0600 with --credentials at target create, give the service "
        + "LoadCredential=aptferry-\(target):FILE, or set AWS_ACCESS_KEY_ID and "
        + "AWS_SECRET_ACCESS_KEY"
    )
  }

  /// Reads a file that nobody but its owner may read.
  private static func read(_ path: String) throws(Failure) -> StoreCredentials {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { throw Failure.system("open", path) }
    guard status.st_mode & 0o077 == 0 else {
      throw Failure(
        .configuration,
        "credentials-mode",
        "others than its owner may read this file with credentials",
        subject: path,
        hint: "chmod 600 \(path), and change the keys if others had the time to read it"
      )
    }
    guard let text = try contents(path) else { throw Failure.system("open", path) }
    return try parse(text, path)
  }

  private static func contents(_ path: String) throws(Failure) -> [UInt8]? {
    try NamedPath.contents(path, limit: 1 << 16)
  }

  /// Reads the format of `~/.aws/credentials`: the section `default`, or the first one.
  static func parse(_ text: [UInt8], _ name: String) throws(Failure) -> StoreCredentials {
    var sections: [(name: String, values: [String: String])] = [("", [:])]
    for line in String(decoding: text, as: UTF8.self).split(whereSeparator: \.isNewline) {
      let line = trimmed(line)
      if line.isEmpty || line.hasPrefix("#") || line.hasPrefix(";") { continue }
      if line.hasPrefix("["), line.hasSuffix("]") {
        sections.append((String(trimmed(line.dropFirst().dropLast())), [:]))
        continue
      }
      guard let sign = line.firstIndex(of: "=") else { throw refused(name, "a line without =") }
      let value = trimmed(line[line.index(after: sign)...])
      sections[sections.count - 1].values[trimmed(line[..<sign]).lowercased()] = String(value)
    }
    let named = sections.first { $0.name == "default" && !$0.values.isEmpty }
    guard let values = (named ?? sections.first { !$0.values.isEmpty })?.values,
      let access = values["aws_access_key_id"], let secret = values["aws_secret_access_key"],
      !access.isEmpty, !secret.isEmpty, isPlain(access), isPlain(secret)
    else { throw refused(name, "no aws_access_key_id with an aws_secret_access_key") }
    let token = values["aws_session_token"]
    guard token.map(isPlain) ?? true else { throw refused(name, "a wrong aws_session_token") }
    return StoreCredentials(accessKey: access, secretKey: secret, sessionToken: token)
  }

  private static func trimmed(_ text: Substring) -> Substring {
    var text = text.drop { $0 == " " || $0 == "\t" }
    while let last = text.last, last == " " || last == "\t" || last == "\r" {
      text = text.dropLast()
    }
    return text
  }

  private static func isPlain(_ text: String) -> Bool {
    text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f }
  }

  private static func refused(_ name: String, _ what: String) -> Failure {
    Failure(
      .configuration,
      "credentials",
      "this file with credentials cannot be used: it has \(what)",
      subject: name,
      hint: "write the lines aws_access_key_id = … and aws_secret_access_key = …"
    )
  }
}
#endif
