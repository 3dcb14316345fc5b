package import SafeIO

/// One paragraph of MANIFEST: deb822 in the one spelling that our format allows, so that two
/// readers cannot read it differently (`docs/bundle-format.md`, section "MANIFEST").
///
/// A field is `Name: value` with exactly one space; a list is `Name:` alone, followed by lines that
/// begin with one space. No other white space at either end, no comments, no carriage returns, no
/// control characters, each name once.
package struct StrictStanza: Sendable {
  /// A field's value: one line, or a list of lines.
  package enum Value: Sendable, Equatable {
    case line(String)
    case list([String])
  }

  private var fields: [String: Value] = [:]
  /// The names in the order in which they stand.
  package private(set) var names: [String] = []

  /// The value of a field that must be there and have one line.
  package func line(_ name: String) throws(Failure) -> String {
    guard let text = try optionalLine(name) else {
      throw StrictStanza.refuse("the field \(name) is missing")
    }
    return text
  }

  /// The value of a field that has one line, or nil when the field is not there.
  package func optionalLine(_ name: String) throws(Failure) -> String? {
    switch fields[name] {
    case nil: return nil
    case .line(let text): return text
    case .list: throw StrictStanza.refuse("the field \(name) must have one line")
    }
  }

  /// The lines of a list field that must be there; it may have none.
  package func list(_ name: String) throws(Failure) -> [String] {
    guard let lines = try optionalList(name) else {
      throw StrictStanza.refuse("the field \(name) is missing")
    }
    return lines
  }

  /// The lines of a list field, or nil when the field is not there.
  package func optionalList(_ name: String) throws(Failure) -> [String]? {
    switch fields[name] {
    case nil: return nil
    case .list(let lines): return lines
    case .line: throw StrictStanza.refuse("the field \(name) must be a list")
    }
  }

  /// A field that is a number.
  package func number(_ name: String) throws(Failure) -> UInt64 {
    guard let value = DecimalNumber.read(try line(name)) else {
      throw StrictStanza.refuse("the field \(name) is not a number from 0 to 2^63-1")
    }
    return value
  }

  /// A field that is a moment.
  package func time(_ name: String) throws(Failure) -> UTCTime {
    guard let value = UTCTime(rfc3339: try line(name)) else {
      throw StrictStanza.refuse("the field \(name) is not a time like 2026-11-22T21:00:00Z")
    }
    return value
  }

  /// A field that is a SHA-256.
  package func digest(_ name: String) throws(Failure) -> SHA256Digest {
    guard let value = SHA256Digest(hex: try line(name)) else {
      throw StrictStanza.refuse("the field \(name) is not a SHA-256")
    }
    return value
  }

  static func refuse(_ what: String) -> Failure {
    Failure(
      .integrity,
      "manifest",
      what,
      subject: "MANIFEST",
      hint: "the bundle was not made by a program that follows the format; nothing was changed"
    )
  }

  /// Splits a text into its stanzas.
  package static func read(_ text: [UInt8]) throws(Failure) -> [StrictStanza] {
    guard text.last == 0x0a else { throw refuse("the text does not end with a line feed") }
    guard text.allSatisfy({ $0 == 0x0a || ($0 >= 0x20 && $0 != 0x7f) }) else {
      throw refuse("the text has control characters")
    }
    guard String(validating: text, as: UTF8.self) != nil, !text.starts(with: [0xef, 0xbb, 0xbf])
    else { throw refuse("the text is not plain UTF-8") }
    var stanzas: [StrictStanza] = []
    var current = StrictStanza()
    // The list that the next continuation line belongs to, kept aside so that it grows in place.
    var openList: (name: String, lines: [String])?
    func close(_ list: (name: String, lines: [String])?) {
      if let list { current.fields[list.name] = .list(list.lines) }
    }
    let lines = text.dropLast().split(separator: 0x0a, omittingEmptySubsequences: false)
    for bytes in lines {
      // Compared as bytes: a space that a combining character follows is still a space.
      guard bytes.last != 0x20 else { throw refuse("a line ends in a space") }
      if bytes.isEmpty {
        close(openList)
        openList = nil
        guard !current.names.isEmpty else { throw refuse("there is an empty stanza") }
        stanzas.append(current)
        current = StrictStanza()
      } else if bytes.first == 0x20 {
        guard openList != nil, !bytes.starts(with: [0x20, 0x20]) else {
          throw refuse("a continuation line stands alone")
        }
        openList?.lines.append(String(decoding: bytes.dropFirst(), as: UTF8.self))
      } else {
        close(openList)
        openList = try current.begin(bytes).map { ($0, []) }
      }
    }
    close(openList)
    guard !current.names.isEmpty else { throw refuse("there is an empty stanza") }
    stanzas.append(current)
    return stanzas
  }

  /// Takes the first line of a field in; answers its name when a list may follow.
  private mutating func begin(_ line: ArraySlice<UInt8>) throws(Failure) -> String? {
    guard let colon = line.firstIndex(of: 0x3a) else {
      throw StrictStanza.refuse("a line has no field name")
    }
    let name = String(decoding: line[..<colon], as: UTF8.self)
    let rest = line[(colon + 1)...]
    guard names.count < BundleLimits.fieldCount else {
      throw StrictStanza.refuse("a stanza has too many fields")
    }
    guard StrictStanza.isFieldName(name) else {
      throw StrictStanza.refuse("a field name is not plain ASCII")
    }
    guard fields[name] == nil, !names.contains(where: { $0.lowercased() == name.lowercased() })
    else { throw StrictStanza.refuse("the field \(name) stands twice") }
    names.append(name)
    if rest.isEmpty {
      fields[name] = .list([])
      return name
    }
    guard rest.first == 0x20, !rest.starts(with: [0x20, 0x20]), rest.count > 1 else {
      throw StrictStanza.refuse("the field \(name) must have exactly one space behind the colon")
    }
    fields[name] = .line(String(decoding: rest.dropFirst(), as: UTF8.self))
    return nil
  }

  private static func isFieldName(_ name: String) -> Bool {
    guard let first = name.utf8.first, (0x41...0x5a).contains(first), name.utf8.count <= 64 else {
      return false
    }
    return name.utf8.allSatisfy {
      (0x30...0x39).contains($0) || (0x41...0x5a).contains($0) || (0x61...0x7a).contains($0)
        || $0 == 0x2d
    }
  }
}
