internal import ArgumentParser
internal import Operations
internal import Publishing
internal import SafeIO

/// How a machine logs in at a server: a file for `/etc/apt/auth.conf.d`.
struct ClientLogin: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Write the client's name and password to this file, for /etc/apt/auth.conf.d.",
      discussion: "Readable by its owner alone; needs --login and --password-file.",
      valueName: "file"
    ),
    completion: .file()
  )
  var authFile: String?

  @Option(help: ArgumentHelp("The client's name at the server, or a token's.", valueName: "name"))
  var login: String?

  @Option(
    help: ArgumentHelp(
      "The file that has the password or token in its first line.",
      valueName: "file"
    ),
    completion: .file()
  )
  var passwordFile: String?

  /// Refuses what does not go together, before anything is done.
  func check() throws(Failure) {
    let given = [authFile, login, passwordFile].compactMap { $0 }
    guard given.isEmpty || given.count == 3 else {
      throw Failure(
        .usage,
        "arguments",
        "--auth-file, --login and --password-file go together"
      )
    }
  }

  /// Writes the file, when it is asked for.
  func write(for addresses: [ClientAddress], _ session: Session) throws(Failure) {
    guard let authFile, let login, let passwordFile else { return }
    let content = try NamedFile.read(absolutePath(passwordFile), limit: 4096)
    let line = content.prefix { $0 != 0x0a && $0 != 0x0d }
    let password = String(decoding: line, as: UTF8.self)
    for word in [login, password] {
      guard !word.isEmpty, word.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
        throw Failure(
          .usage,
          "auth-word",
          "apt cannot send such a name or password: it has a space, or is empty",
          subject: word == login ? login : passwordFile,
          hint: "take printable ASCII characters without spaces"
        )
      }
    }
    var lines: [String] = []
    for address in addresses where address.isServed {
      // Without a scheme apt sends a password over https only, which is as it should be.
      let machine =
        address.text.hasPrefix("https://")
        ? String(address.text.dropFirst("https://".count)) : address.text
      let line = "machine \(machine)/ login \(login) password \(password)"
      if !lines.contains(line) { lines.append(line) }
    }
    guard !lines.isEmpty else {
      throw Failure(.usage, "arguments", "--auth-file is for addresses of http: and https:")
    }
    try session.writeSecret(
      Array((lines.joined(separator: "\n") + "\n").utf8),
      to: absolutePath(authFile)
    )
  }
}
