import TestSupport

/// Makes InRelease files as hands and programs assemble them.
struct OddMessage {
  /// The text, without a line feed at its end.
  let text: String
  /// Armored signatures over it: as a text, as bytes.
  let signatures: [String]

  init(_ text: String, by key: VendorKey) throws {
    self.text = text
    let gpg = [
      "gpg", "--homedir", key.home, "--batch", "--no-tty", "--quiet", "--digest-algo", "SHA256",
    ]
    signatures = try [["--textmode"], []].map { mode in
      try run(
        gpg + ["--local-user", key.fingerprint, "--armor", "--detach-sign"] + mode,
        input: Array(text.utf8)
      ).succeeded()
    }
  }

  func message(_ random: inout SeededGenerator) -> String {
    func pick(_ choices: [String]) -> String { OddRelease.pick(choices, &random) }
    func chance(_ oneIn: Int) -> Bool { OddRelease.chance(oneIn, &random) }
    var headers = pick([
      "Hash: SHA256\n", "Hash: SHA256\n", "Hash: SHA512\n", "", "Hash: SHA1, MD5\n",
      "Hash:SHA256\n",
      "Comment: x\n", "Hash: SHA256\nNotDashEscaped: You need GnuPG\n",
      "Hash: SHA256\nHash: SHA512\n",
      "-Hash: SHA256\n", "Charset: UTF-8\nHash: SHA256\n", "Hash: SHA256 \n",
    ])
    headers += pick(["\n", "\n", "\n", " \n", "\t \n", "\n\n"])
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { String($0) }
    if chance(6) { lines = lines.map { "- " + $0 } }
    if chance(6) { lines[1] = "- " + lines[1] }
    if chance(6) { lines = lines.map { $0 + " \t" } }
    if chance(12) { lines[1] = "-" + lines[1] }
    if chance(12) { lines.insert("- ", at: 1) }
    if chance(10) { lines[1] += "x" }
    if chance(12) { lines.append("") }
    var signature = pick(signatures)
    if chance(8) {
      signature = signature.replacing("\n\n", with: "\nVersion: GnuPG v2\nComment: x\n\n")
    }
    if chance(15) { signature = signature.replacing("\n\n", with: "\n") }
    if chance(15) { signature = signature.replacing("\n\n", with: "\n \n") }
    if chance(15) { signature += signature }
    if chance(15) { signature += "\n" }
    if chance(20) { signature = String(signature.dropLast()) }
    if chance(20) { signature = String(signature.dropLast(20)) }
    if chance(20) { signature += "Suite: evil\n" }
    var message = "-----BEGIN PGP SIGNED MESSAGE-----\n" + headers
    message += lines.joined(separator: "\n") + pick(["\n", "\n", "\n", "\n", "\n\n"]) + signature
    if chance(20) { message = "\n" + message }
    if chance(6) { message = message.replacing("\n", with: "\r\n") }
    if chance(20) { message = message.replacing("MESSAGE-----\n", with: "MESSAGE----- \t\n") }
    return message
  }
}
