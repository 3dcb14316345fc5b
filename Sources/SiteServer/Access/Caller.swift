internal import Depot

/// What somebody may do at this site's server.
enum Role: String, CaseIterable, Sendable {
  /// Fetch what is published.
  case read
  /// Change mirrors, snapshots, repositories and files.
  case operate
  /// Change what clients get: publish, switch, roll back.
  case release
}

/// Who asks, as far as this server knows.
struct Caller: Hashable, Sendable {
  /// The name of the user or token; nil for anybody.
  let name: String?
  /// Where the request comes from, for logs.
  let address: String
  /// What may be done.
  let rights: Rights

  /// For the audit log and access log.
  var text: String { name ?? "-" }
}

/// What a caller may do, and where.
struct Rights: Hashable, Sendable {
  /// The prefixes for each role: `*` for all, `NAME` for one, `NAME/*` for those below.
  private(set) var patterns: [Role: [String]]

  init(_ patterns: [Role: [String]]) { self.patterns = patterns }

  /// Everything.
  static let all = Rights([.read: ["*"], .operate: ["*"], .release: ["*"]])
  /// Reading everything.
  static let reading = Rights([.read: ["*"]])
  /// Nothing.
  static let none = Rights([:])

  /// These and others together.
  func joined(_ others: Rights) -> Rights {
    Rights(patterns.merging(others.patterns) { $0 + $1 })
  }

  /// Whether the text is `*`, a prefix, or one with `/*` behind.
  static func isPattern(_ text: String) -> Bool { AccessToken.isPattern(text) }

  /// Whether a role is given at a prefix; with nil, at any.
  func allow(_ role: Role, at prefix: String?) -> Bool {
    guard let patterns = patterns[role] else { return false }
    guard let prefix else { return !patterns.isEmpty }
    return patterns.contains { pattern in
      if pattern == "*" || pattern == prefix { return true }
      return pattern.hasSuffix("/*") && prefix.hasPrefix(pattern.dropLast())
    }
  }
}
