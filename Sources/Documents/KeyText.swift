package import OpenPGP
internal import SafeIO

/// How a key is shown.
package enum KeyText {
  package static func json(_ key: PublicKey, _ more: [(String, JSONText)] = []) -> JSONText {
    .object(
      [
        ("fingerprint", .string(key.fingerprint.text)),
        ("algorithm", .string(key.algorithm)),
        ("userIDs", .array(key.userIDs.map { .string($0) })),
        ("created", .string(key.created.rfc3339)),
        ("expires", key.expires.map { .string($0.rfc3339) } ?? .null),
        ("expired", .bool(key.isExpired)),
        ("revoked", .bool(key.isRevoked)),
      ] + more
    )
  }

  package static func lines(_ key: PublicKey) -> [String] {
    var lines = ["fingerprint: \(key.fingerprint.grouped)", "algorithm:   \(key.algorithm)"]
    lines += key.userIDs.map { "user id:     \(Escaped.line($0, limit: 200))" }
    lines.append("created:     \(key.created)")
    if let expires = key.expires { lines.append("expires:     \(expires)") }
    return lines
  }
}
