package import SafeIO

/// A pattern of names: `*` stands for any characters, `?` for one, everything else for itself; a
/// backslash takes the meaning from the character behind it.
package struct Pattern: Hashable, Sendable {
  /// The pattern as it was written.
  package let text: String

  /// Takes a pattern that a person typed.
  ///
  /// - Throws: `usage` for one that is empty, longer than 200 bytes or has control characters.
  package init(_ text: String) throws(Failure) {
    guard (1...200).contains(text.utf8.count), text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f })
    else {
      throw Failure(
        .usage,
        "pattern",
        "a pattern has 1 to 200 bytes and no control characters",
        subject: Escaped.line(text, limit: 100),
        hint: "write it as in: --suite 'bookworm*'"
      )
    }
    self.text = text
  }

  /// The pattern that stands for this name alone.
  package static func literal(_ name: String) -> String {
    name.map { "*?\\".contains($0) ? "\\\($0)" : String($0) }.joined()
  }

  /// Whether one of some patterns stands for the name.
  static func anyMatches(_ patterns: [String], _ name: String) -> Bool {
    patterns.contains { matches($0, name) }
  }

  /// Whether a pattern stands for the name; the time is bounded by the product of the lengths.
  package static func matches(_ pattern: String, _ name: String) -> Bool {
    let (pattern, name) = (tokens(of: pattern), Array(name.unicodeScalars))
    var (left, right) = (0, 0)
    // Where the last star stands, and how much of the name it stands for.
    var star: (pattern: Int, name: Int)?
    while right < name.count {
      if left < pattern.count, pattern[left] == .anything {
        star = (left, right)
        left += 1
      } else if left < pattern.count, pattern[left] == .one || pattern[left] == .itself(name[right])
      {
        left += 1
        right += 1
      } else if let last = star {
        star = (last.pattern, last.name + 1)
        (left, right) = (last.pattern + 1, last.name + 1)
      } else {
        return false
      }
    }
    return pattern[left...].allSatisfy { $0 == .anything }
  }

  /// Whether a pattern of `SNAPSHOT/SUITE` stands for a suite of a snapshot.
  ///
  /// Its first slash parts the two, and nothing in it stands for that slash: `acme-*/stable` is no
  /// suite `x/stable`. A snapshot's name has no slash, a suite's may have some, and there a star
  /// stands for them too. Without a slash, `*` stands for everything, and nothing else for anything.
  package static func matches(_ pattern: String, snapshot: String, suite: String) -> Bool {
    guard let slash = pattern.firstIndex(of: "/") else { return pattern == "*" }
    return matches(String(pattern[..<slash]), snapshot)
      && matches(String(pattern[pattern.index(after: slash)...]), suite)
  }

  private enum Token: Equatable {
    case anything, one
    case itself(Unicode.Scalar)
  }

  private static func tokens(of pattern: String) -> [Token] {
    var tokens: [Token] = []
    var isEscaped = false
    for scalar in pattern.unicodeScalars {
      switch scalar {
      case _ where isEscaped:
        tokens.append(.itself(scalar))
        isEscaped = false
      case "\\": isEscaped = true
      case "*": tokens.append(.anything)
      case "?": tokens.append(.one)
      default: tokens.append(.itself(scalar))
      }
    }
    return isEscaped ? tokens + [.itself("\\")] : tokens
  }
}
