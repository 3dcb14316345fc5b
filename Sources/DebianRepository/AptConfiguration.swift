/// The settings of `apt.conf` files (apt.conf(5)), as far as values go: `#include` and `#clear`
/// are passed over.
package struct AptConfiguration: Sendable {
  private var values: [String: String] = [:]

  package init() {}

  /// The value of a setting, by its full name in any case: `Acquire::http::Proxy`.
  package func value(_ name: String) -> String? { values[name.lowercased()] }

  /// Takes the settings of one file in; a later one of the same name counts.
  ///
  /// Text that is not of the grammar ends the file there: `apt` refuses it, and its settings are
  /// not ours to judge.
  package mutating func read(_ text: [UInt8]) {
    var scanner = Scanner(text: text)
    var scopes: [String] = []
    var words: [String] = []
    while let token = scanner.next() {
      switch token {
      case .word(let word): words.append(word)
      case .open:
        scopes.append((scopes.last ?? "") + (words.first ?? "").lowercased() + "::")
        words.removeAll()
      case .close:
        guard scopes.popLast() != nil else { return }
        words.removeAll()
      case .end:
        if words.count >= 2 {
          values[(scopes.last ?? "") + words[0].lowercased()] = words[1]
        }
        words.removeAll()
      }
    }
  }

  private enum Token {
    case word(String)
    case open, close, end
  }

  private struct Scanner {
    let text: [UInt8]
    var position = 0

    init(text: [UInt8]) { self.text = text }

    mutating func next() -> Token? {
      while position < text.count {
        let byte = text[position]
        if Stanza.isSpace(byte) {
          position += 1
        } else if byte == UInt8(ascii: "#") || starts(with: "//") {
          skipLine()
        } else if starts(with: "/*") {
          skipComment()
        } else {
          return token(byte)
        }
      }
      return nil
    }

    private mutating func token(_ byte: UInt8) -> Token {
      switch byte {
      case UInt8(ascii: "{"):
        position += 1
        return .open
      case UInt8(ascii: "}"):
        position += 1
        return .close
      case UInt8(ascii: ";"):
        position += 1
        return .end
      case UInt8(ascii: "\""):
        position += 1
        let start = position
        while position < text.count, text[position] != UInt8(ascii: "\"") { position += 1 }
        let word = String(decoding: text[start..<position], as: UTF8.self)
        position = min(text.count, position + 1)
        return .word(word)
      default:
        let start = position
        while position < text.count, !Stanza.isSpace(text[position]),
          !"{};\"".utf8.contains(text[position])
        {
          position += 1
        }
        return .word(String(decoding: text[start..<position], as: UTF8.self))
      }
    }

    private func starts(with prefix: String) -> Bool { text[position...].starts(with: prefix.utf8) }

    private mutating func skipLine() {
      while position < text.count, text[position] != 0x0a { position += 1 }
    }

    private mutating func skipComment() {
      position += 2
      while position < text.count, !starts(with: "*/") { position += 1 }
      position = min(text.count, position + 2)
    }
  }
}
