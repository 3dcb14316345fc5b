package import SafeIO

/// What the owner of a depot's signing key states about that key: who comes after it, or that it
/// counts no more (`docs/formats/key-statements.md`).
///
/// A value of this type says nothing about who signed it.
package struct KeyStatement: Sendable, Hashable {
  /// What is stated.
  package enum Content: Sendable, Hashable {
    /// Another key signs from now on: its primary fingerprint, and the key as OpenPGP packets.
    case successor(String, material: [UInt8])
    /// The key counts no more, with the reason.
    case revocation(reason: String)
  }

  /// The primary fingerprint of the key that it is about.
  package let key: String
  /// The site whose depot has the key.
  package let site: String
  /// When it was made.
  package let made: UTCTime
  /// What is stated.
  package let content: Content

  package init(key: String, site: String, made: UTCTime, content: Content) {
    (self.key, self.site, self.made, self.content) = (key, site, made, content)
  }

  /// The fingerprint of the key that comes after, where it states one.
  package var successor: String? {
    guard case .successor(let fingerprint, _) = content else { return nil }
    return fingerprint
  }

  /// The name of the format and the version that this program writes and reads.
  package static let format = "aptferry-key-statement 1"
  /// The longest signed statement, in bytes.
  package static let longest = 32 << 10
  /// The most statements that a bundle or a receipt carries.
  package static let mostCarried = 16
  // So many characters of the key stand in a line.
  private static let lineLength = 64

  /// The text that is signed; the same values give the same bytes.
  package var text: [UInt8] {
    var lines = ["Format: \(KeyStatement.format)"]
    switch content {
    case .successor: lines.append("Statement: successor")
    case .revocation: lines.append("Statement: revocation")
    }
    lines += ["Key: \(key)", "Site: \(site)", "Made: \(made.rfc3339)"]
    switch content {
    case .successor(let fingerprint, let material):
      lines += ["Successor: \(fingerprint)", "Public-Key:"]
      let base64 = Base64.encode(material)
      for start in stride(from: 0, to: base64.count, by: KeyStatement.lineLength) {
        let end = min(start + KeyStatement.lineLength, base64.count)
        lines.append(" " + String(decoding: base64[start..<end], as: UTF8.self))
      }
    case .revocation(let reason): lines.append("Reason: \(reason)")
    }
    return Array((lines.joined(separator: "\n") + "\n").utf8)
  }

  /// Reads the text strictly; unknown fields are ignored.
  ///
  /// - Throws: `integrity` for what does not follow the format, `policy` for another version.
  package init(text: [UInt8]) throws(Failure) {
    guard text.count <= KeyStatement.longest else { throw StrictStanza.refuse("it is too long") }
    let stanza = try StrictStanza.read(text, atMost: 1)[0]
    let format = try stanza.line("Format")
    guard format == KeyStatement.format, try stanza.optionalLine("Requires") == nil else {
      throw Failure(
        .policy,
        "format",
        "the key statement has the format “\(format)” or requires more than this program knows; it "
          + "reads “\(KeyStatement.format)”",
        hint: "use an aptferry that knows this format"
      )
    }
    let key = try stanza.line("Key")
    let site = try stanza.line("Site")
    guard Receipt.isFingerprint(key), BundleName.isValid(site) else {
      throw StrictStanza.refuse("Key is not a fingerprint, or Site not a name")
    }
    let content: Content
    switch try stanza.line("Statement") {
    case "successor":
      let successor = try stanza.line("Successor")
      let base64 = Array(try stanza.list("Public-Key").joined().utf8)
      guard Receipt.isFingerprint(successor), successor != key,
        let material = Base64.decode(base64), !material.isEmpty
      else { throw StrictStanza.refuse("Successor or Public-Key is not valid") }
      content = .successor(successor, material: material)
    case "revocation":
      let reason = try stanza.line("Reason")
      guard !reason.isEmpty, reason.utf8.count <= Receipt.reasonLength else {
        throw StrictStanza.refuse("Reason is empty or too long")
      }
      content = .revocation(reason: reason)
    default: throw StrictStanza.refuse("Statement is neither successor nor revocation")
    }
    self.init(key: key, site: site, made: try stanza.time("Made"), content: content)
  }
}

/// Signed statements as a field of MANIFEST or of a receipt carries them: one line each, base64.
enum CarriedStatements {
  static let field = "Key-Statements"

  static func lines(_ statements: [[UInt8]]) -> [String] {
    statements.map { String(decoding: Base64.encode($0), as: UTF8.self) }
  }

  static func read(_ stanza: StrictStanza) throws(Failure) -> [[UInt8]] {
    var statements: [[UInt8]] = []
    guard let lines = try stanza.optionalList(field) else { return [] }
    for line in lines {
      guard statements.count < KeyStatement.mostCarried,
        let statement = Base64.decode(Array(line.utf8)),
        (1...KeyStatement.longest).contains(statement.count)
      else { throw StrictStanza.refuse("the field \(field) is too long or not base64") }
      statements.append(statement)
    }
    return statements
  }
}
