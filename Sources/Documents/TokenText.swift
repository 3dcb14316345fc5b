package import Depot
package import SafeIO

/// How tokens are shown: never with their secret, but where one was made.
package enum TokenText {
  package static func json(_ token: AccessToken, now: UTCTime) -> JSONText {
    .object([
      ("name", .string(token.name)), ("role", .string(token.role.rawValue)),
      ("prefixes", .array(token.prefixes.map { .string($0) })),
      ("created", .string(token.created.rfc3339)),
      ("expires", token.expires.map { .string($0.rfc3339) } ?? .null),
      ("hasEnded", .bool(hasEnded(token, now))),
    ])
  }

  package static func table(_ tokens: [AccessToken], now: UTCTime) -> [String] {
    guard !tokens.isEmpty else { return ["there are no tokens"] }
    var table = TextTable(["NAME", "ROLE", "PREFIXES", "CREATED", "EXPIRES"])
    for token in tokens {
      let end = token.expires.map { $0.rfc3339 + (hasEnded(token, now) ? " (ended)" : "") }
      table.add([
        token.name, token.role.rawValue, token.prefixes.joined(separator: " "),
        token.created.rfc3339, end ?? "never",
      ])
    }
    return table.lines
  }

  private static func hasEnded(_ token: AccessToken, _ now: UTCTime) -> Bool {
    token.expires.map { $0 <= now } ?? false
  }
}
