package import Depot
package import SafeIO

/// A token that somebody wants.
package struct TokenOrder: Sendable {
  package let name: String
  package let role: AccessToken.Role
  /// Where it is to count; empty for everywhere.
  package var prefixes: [String] = []
  /// Until when it is to count; nil for always.
  package var expires: UTCTime?

  package init(_ name: String, role: AccessToken.Role) {
    (self.name, self.role) = (name, role)
  }
}

extension Session {
  /// All tokens, by name.
  package func tokens() throws(Failure) -> [AccessToken] {
    let depot = try depot()
    return try reading { () throws(Failure) in try TokenList(of: depot.root).tokens }
  }

  /// Makes a token; its secret is answered once and kept nowhere.
  package func createToken(
    _ order: TokenOrder
  ) throws(Failure) -> (token: AccessToken, secret: String) {
    try check(order)
    let prefixes = order.prefixes.isEmpty ? ["*"] : order.prefixes
    let about = [
      AuditField("name", [order.name]), AuditField("role", [order.role.rawValue]),
      AuditField("prefixes", prefixes),
      AuditField("expires", order.expires.map { [$0.rfc3339] } ?? []),
    ]
    return try perform(AuditSubject("token create", about)) { (job) throws(Failure) in
      let secret = AccessToken.secret()
      let token = AccessToken(
        name: order.name,
        role: order.role,
        prefixes: prefixes,
        created: now,
        expires: order.expires,
        digest: secret.digest
      )
      try job.depot.locked(for: "token create") { () throws(Failure) in
        var list = try TokenList(of: job.depot.root)
        try list.add(token)
        try list.write(to: job.depot.root)
      }
      job.record("digest", [token.digest.hex])
      if order.role != .read, !order.prefixes.isEmpty {
        tell(
          Note(
            .warning,
            "token-operates",
            "operating is for the whole depot: the prefixes limit what the token fetches"
              + (order.role == .release ? " and publishes" : "")
          )
        )
      }
      return (token, secret.text)
    }
  }

  /// Removes a token; from now on the server does not know it.
  package func removeToken(_ name: String) throws(Failure) -> AccessToken {
    let subject = AuditSubject("token remove", [AuditField("name", [name])])
    return try perform(subject) { (job) throws(Failure) in
      let token = try job.depot.locked(for: "token remove") { () throws(Failure) in
        var list = try TokenList(of: job.depot.root)
        let token = try list.remove(name)
        try list.write(to: job.depot.root)
        return token
      }
      job.record("digest", [token.digest.hex])
      return token
    }
  }

  private func check(_ order: TokenOrder) throws(Failure) {
    guard AccessToken.isName(order.name) else {
      throw Failure(
        .usage,
        "token-name",
        "a token's name is 1 to 64 lower-case letters, digits, dots, hyphens and underscores, with "
          + "a letter or digit first",
        subject: order.name
      )
    }
    for prefix in order.prefixes {
      guard AccessToken.isPattern(prefix), !prefix.contains(",") else {
        throw Failure(
          .usage,
          "token-prefix",
          "this is neither a prefix nor one with /* behind",
          subject: prefix,
          hint: "write it like debian, or debian/* for all prefixes below"
        )
      }
    }
    guard order.expires.map({ $0 > now }) ?? true else {
      throw Failure(.usage, "token-expires", "this token would have ended already")
    }
  }
}
