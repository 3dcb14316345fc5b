package import SafeIO

/// One line of the log, as it is shown and handed on.
package struct AuditRecord: Sendable {
  /// The number of the line, from 1 on.
  package let lineNumber: UInt64
  /// The line as it stands, with its line feed; the first bytes only of one that is not a record.
  package let bytes: [UInt8]
  /// How long the line is.
  package let length: UInt64
  /// The digest of the line.
  package let digest: SHA256Digest
  /// Its place in the chain; nil when it is not a record.
  package let chain: AuditLine?

  init(_ text: RawAuditLine) {
    (lineNumber, bytes, length) = (text.number, text.bytes, text.length)
    (digest, chain) = (text.digest, text.record)
  }

  /// Everything in it; nil when it is not a record, or not readable.
  package var content: Content? { chain == nil ? nil : Content(line: bytes) }

  /// The members of a record beside its place in the chain.
  package struct Content: Sendable {
    /// Who ran the command; nil where the record does not say.
    package let uid: Int64?
    /// The name of that user.
    package let user: String
    /// The uid of who logged in.
    package let login: Int64?
    /// The name of who logged in.
    package let loginUser: String
    /// Who called `sudo`.
    package let sudo: String
    /// The host.
    package let host: String
    /// Who asked a server; empty where nobody did, or nobody who has a name.
    package let caller: String
    /// Where from; empty where no server was asked.
    package let address: String
    /// The process.
    package let process: Int64?
    /// The program and its version.
    package let program: String
    /// The words of the command.
    package let command: String
    /// The arguments that matter.
    package let about: [AuditField]
    /// What the command found: names, digests, fingerprints.
    package let details: [AuditField]
    /// What the command did; nil in a record of a program that wrote no facts.
    package let facts: [WrittenFact]?
    /// Why an override was given.
    package let reason: String
    /// The code of a refusal.
    package let code: String
    /// The exit status of a refusal.
    package let exit: Int64?
    /// What a refusal said.
    package let message: String
    /// Whether texts or lists were cut.
    package let isCut: Bool

    /// Reads a line; nil when it is no JSON.
    package init?(line: [UInt8]) {
      guard let json = AuditJSON.read(line) else { return nil }
      func text(_ name: String) -> String { json[name]?.text ?? "" }
      let who = json["who"]
      (uid, user) = (who?["uid"]?.integer, who?["user"]?.text ?? "")
      (login, loginUser) = (who?["login"]?.integer, who?["loginUser"]?.text ?? "")
      (sudo, host) = (who?["sudo"]?.text ?? "", who?["host"]?.text ?? "")
      (caller, address) = (who?["caller"]?.text ?? "", who?["address"]?.text ?? "")
      process = who?["pid"]?.integer
      (program, command) = (text("program"), text("command"))
      (about, details) = (json["about"]?.fields ?? [], json["details"]?.fields ?? [])
      facts = json["facts"].map { $0.elements.compactMap { WrittenFact($0) } }
      (reason, code, message) = (text("reason"), text("code"), text("message"))
      exit = json["exit"]?.integer
      isCut = json["cut"] != nil
    }

    /// Who it was, as short as it can be said: who logged in or called `sudo`, and as whom.
    package var who: String {
      if !address.isEmpty { return (caller.isEmpty ? "somebody" : caller) + " from " + address }
      let acting = user.isEmpty ? uid.map { String($0) } ?? "" : user
      let person = loginUser.isEmpty ? (sudo.isEmpty ? acting : sudo) : loginUser
      return (person == acting ? acting : "\(person) as \(acting)")
        + (host.isEmpty ? "" : "@" + host)
    }
  }
}

extension AuditLog {
  /// Hands out the lines, oldest first, in bounded memory; with times given, only records of them.
  package func forEachRecord(
    since: UTCTime? = nil,
    until: UTCTime? = nil,
    _ body: (AuditRecord) throws(Failure) -> Void
  ) throws(Failure) {
    try forEachLine { (text) throws(Failure) in
      if let record = text.record {
        if let since, record.time < since { return }
        if let until, record.time > until { return }
      }
      try body(AuditRecord(text))
    }
  }
}
