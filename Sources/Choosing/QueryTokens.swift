internal import SafeIO

/// The tokens of a package query, one after the other.
///
/// A bare word ends before white space and before `) { } | , !`, and not before `(`: aptly's users write
/// `name (>= 1)` with a blank.
struct QueryTokens {
  /// One token.
  enum Token: Equatable {
    case end
    /// A word, bare or quoted.
    case word(String)
    /// One of `( ) { } | , !`, or a comparison.
    case sign(String)
    /// Quotes that do not end.
    case unfinished

    /// What messages call it.
    var text: String {
      switch self {
      case .end: "<EOL>"
      case .word(let text): "\"\(text)\""
      case .sign(let text): text
      case .unfinished: "error: unexpected eof in quoted string"
      }
    }
  }

  private let characters: [Character]
  private var position = 0
  /// The token to be looked at next.
  private(set) var current = Token.end
  /// Where it begins, in characters from 1.
  private(set) var column = 1

  private static let comparisons = ["<<", "<=", ">>", ">=", "<", ">", "=", "%", "~"]
  private static let ends: Set<Character> = [")", "{", "}", "|", ",", "!"]
  private static let signs: Set<Character> = ["(", ")", "{", "}", "|", ",", "!"]

  init(_ text: String) {
    characters = Array(text)
    advance()
  }

  /// Goes to the next token.
  mutating func advance() {
    while position < characters.count, characters[position].isWhitespace { position += 1 }
    column = position + 1
    guard position < characters.count else {
      current = .end
      return
    }
    let first = characters[position]
    if first == "'" || first == "\"" {
      current = quoted(first)
    } else if QueryTokens.signs.contains(first) {
      position += 1
      current = .sign(String(first))
    } else if let comparison = QueryTokens.comparisons.first(where: { isNext($0) }) {
      position += comparison.count
      current = .sign(comparison)
    } else {
      current = bare()
    }
  }

  private func isNext(_ text: String) -> Bool {
    characters[position...].starts(with: text)
  }

  private mutating func bare() -> Token {
    let start = position
    while position < characters.count, !characters[position].isWhitespace,
      !QueryTokens.ends.contains(characters[position])
    {
      position += 1
    }
    return .word(String(characters[start..<position]))
  }

  /// A backslash takes the next character.
  private mutating func quoted(_ mark: Character) -> Token {
    var text = ""
    position += 1
    while position < characters.count {
      let next = characters[position]
      position += 1
      if next == mark { return .word(text) }
      if next == "\\", position < characters.count {
        text.append(characters[position])
        position += 1
      } else {
        text.append(next)
      }
    }
    return .unfinished
  }
}
