package import SafeIO

/// The settings of `apt.conf` files (apt.conf(5)): values and lists.
package struct AptConfiguration: Sendable {
  private var values: [String: String] = [:]
  private var lists: [String: [String]] = [:]
  // Names in the order in which they first came, as they were written.
  private var names: [String] = []
  // How many texts were included.
  private var included = 0

  package init() {}

  /// The value of a setting, by its full name in any case: `Acquire::http::Proxy`.
  package func value(_ name: String) -> String? { values[name.lowercased()] }

  /// The items of a list: `Acquire::Languages { "de"; "en"; };`, or its value where it has no items.
  ///
  /// Items may have commas in them, as `apt` lets some lists be written.
  package func list(_ name: String) -> [String] {
    let name = name.lowercased()
    let items = lists[name] ?? []
    let words = items.isEmpty ? values[name].map { [$0] } ?? [] : items
    return words.flatMap { $0.split(separator: ",").map { String($0) } }.filter { !$0.isEmpty }
  }

  /// The names of the scopes right below a scope, as they were written first.
  package func scopes(below name: String) -> [String] {
    let prefix = name.lowercased() + "::"
    var found: [String] = []
    for name in names where name.lowercased().hasPrefix(prefix) {
      let rest = name.dropFirst(prefix.count)
      guard let end = rest.firstRange(of: "::") else { continue }
      let scope = String(rest[..<end.lowerBound])
      if !found.contains(where: { $0.lowercased() == scope.lowercased() }) { found.append(scope) }
    }
    return found
  }

  private mutating func set(_ name: String, _ value: String) {
    // `Acquire::Languages:: "de";` adds an item, as one without a name in a scope does.
    if name.hasSuffix("::") {
      lists[name.dropLast(2).lowercased(), default: []].append(value)
      return
    }
    if values.updateValue(value, forKey: name.lowercased()) == nil { names.append(name) }
  }

  private mutating func clear(_ name: String) {
    let name = name.lowercased()
    func isCleared(_ other: String) -> Bool { other == name || other.hasPrefix(name + "::") }
    values = values.filter { !isCleared($0.key) }
    lists = lists.filter { !isCleared($0.key) }
    names.removeAll { isCleared($0.lowercased()) }
  }

  /// Takes the settings of one file in; a later one of the same name counts.
  ///
  /// `including` answers the texts of what `#include` names, a file or a directory with a slash at its end.
  /// Text that is not of the grammar ends the file there: `apt` refuses it, and its settings are
  /// not ours to judge.
  package mutating func read(
    _ text: [UInt8],
    including: (String) throws(Failure) -> [[UInt8]] = { (_) throws(Failure) in [] }
  ) throws(Failure) {
    try read(text, depth: 0, including)
  }

  /// As deep as `apt` follows `#include`.
  private static let deepest = 10
  /// How many texts are included in all: each may name others several times.
  private static let mostIncluded = 1000

  private mutating func read(
    _ text: [UInt8],
    depth: Int,
    _ including: (String) throws(Failure) -> [[UInt8]]
  ) throws(Failure) {
    var scanner = Scanner(text: text)
    var scopes: [String] = []
    var words: [String] = []
    while let token = scanner.next() {
      switch token {
      case .word(let word): words.append(word)
      case .open:
        // A scope may have a value of its own: `Languages "x" { … };`.
        if words.count >= 2 { set((scopes.last ?? "") + words[0], words[1]) }
        scopes.append((scopes.last ?? "") + (words.first ?? "") + "::")
        words.removeAll()
      case .close:
        guard scopes.popLast() != nil else { return }
        words.removeAll()
      case .end:
        if words.first?.lowercased() == "#clear" {
          for name in words.dropFirst() { clear(name) }
        } else if words.first?.lowercased() == "#include" {
          guard words.count > 1, depth < AptConfiguration.deepest else { return }
          for text in try including(words[1]) where included < AptConfiguration.mostIncluded {
            included += 1
            try read(text, depth: depth + 1, including)
          }
        } else if words.count >= 2 {
          set((scopes.last ?? "") + words[0], words[1])
        } else if words.count == 1, let scope = scopes.last {
          set(scope, words[0])
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
        } else if byte == UInt8(ascii: "#") && !isDirective || starts(with: "//") {
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

    private var isDirective: Bool { starts(with: "#clear ") || starts(with: "#include ") }

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
