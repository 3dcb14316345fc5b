#if Network
/// The small documents that object stores answer, read strictly and within limits.
///
/// Elements and text alone: attributes are passed over; a document type, a CDATA section, a
/// processing instruction but the first, an unknown entity or anything unbalanced is no document.
struct FlatXML {
  /// The name without a namespace prefix.
  let name: String
  /// What stands in it beside elements.
  fileprivate(set) var text = ""
  fileprivate(set) var children: [FlatXML] = []

  static let longest = 8 << 20
  private static let deepest = 8
  private static let mostElements = 50_000

  fileprivate init(name: String) { self.name = name }

  /// The first element of a name directly below.
  subscript(name: String) -> FlatXML? { children.first { $0.name == name } }

  /// The text of the first element of a name directly below; empty without one.
  func text(_ name: String) -> String { self[name]?.text ?? "" }

  /// All elements of a name directly below.
  func all(_ name: String) -> [FlatXML] { children.filter { $0.name == name } }

  /// Reads one document; nil when it is none.
  static func read(_ bytes: [UInt8]) -> FlatXML? {
    guard bytes.count <= longest else { return nil }
    var reader = FlatXMLReader(bytes)
    return reader.document(deepest: deepest, mostElements: mostElements)
  }
}

private struct FlatXMLReader {
  private let bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  private static func isBlank(_ byte: UInt8) -> Bool { [0x20, 0x09, 0x0a, 0x0d].contains(byte) }

  private static func isName(_ byte: UInt8) -> Bool {
    KeyEncoding.isPlain(byte) && byte != 0x7e || byte == 0x3a
  }

  private mutating func skipBlanks() {
    while let byte = next, FlatXMLReader.isBlank(byte) { position += 1 }
  }

  private mutating func skip(_ word: String) -> Bool {
    guard bytes[position...].starts(with: word.utf8) else { return false }
    position += word.utf8.count
    return true
  }

  mutating func document(deepest: Int, mostElements: Int) -> FlatXML? {
    _ = skip("\u{feff}")
    if skip("<?xml"), !passDeclaration() { return nil }
    skipBlanks()
    var open: [FlatXML] = []
    var count = 0
    while true {
      if skip("</") {
        guard let name = name(), skipClosing(), let last = open.popLast(), last.name == name else {
          return nil
        }
        if open.isEmpty { return isAtEnd() ? last : nil }
        open[open.count - 1].children.append(last)
      } else if skip("<") {
        count += 1
        guard count <= mostElements, open.count < deepest, let name = name(),
          let isEmpty = passAttributes()
        else { return nil }
        let element = FlatXML(name: name)
        if !isEmpty {
          open.append(element)
        } else if open.isEmpty {
          return isAtEnd() ? element : nil
        } else {
          open[open.count - 1].children.append(element)
        }
      } else {
        guard !open.isEmpty, let text = text() else { return nil }
        open[open.count - 1].text += text
      }
    }
  }

  private mutating func isAtEnd() -> Bool {
    skipBlanks()
    return position == bytes.count
  }

  private mutating func passDeclaration() -> Bool {
    while next != nil {
      if skip("?>") { return true }
      position += 1
    }
    return false
  }

  /// A name, of which only what stands behind a colon counts.
  private mutating func name() -> String? {
    let start = position
    while let byte = next, FlatXMLReader.isName(byte) { position += 1 }
    let text = bytes[start..<position]
    guard !text.isEmpty, text.count <= 100 else { return nil }
    let local = text.lastIndex(of: 0x3a).map { text[($0 + 1)...] } ?? text
    return local.isEmpty ? nil : String(decoding: local, as: UTF8.self)
  }

  private mutating func skipClosing() -> Bool {
    skipBlanks()
    return skip(">")
  }

  /// Passes over attributes; true when the element ends with them.
  private mutating func passAttributes() -> Bool? {
    while true {
      skipBlanks()
      if skip("/>") { return true }
      if skip(">") { return false }
      guard name() != nil, skip("="), let quote = next, quote == 0x22 || quote == 0x27 else {
        return nil
      }
      position += 1
      while let byte = next, byte != quote {
        if byte == 0x3c { return nil }
        position += 1
      }
      guard next == quote else { return nil }
      position += 1
    }
  }

  /// Text up to the next tag, with its entities in words; nil at the end of the document.
  private mutating func text() -> String? {
    var found: [UInt8] = []
    while let byte = next, byte != 0x3c {
      position += 1
      guard byte == 0x26 else {
        found.append(byte)
        continue
      }
      guard let end = bytes[position...].prefix(12).firstIndex(of: 0x3b),
        let entity = FlatXMLReader.entity(bytes[position..<end])
      else { return nil }
      found += entity
      position = end + 1
    }
    guard next != nil else { return nil }
    return String(validating: found, as: UTF8.self)
  }

  private static func entity(_ name: ArraySlice<UInt8>) -> [UInt8]? {
    let text = String(decoding: name, as: UTF8.self)
    switch text {
    case "amp": return [0x26]
    case "lt": return [0x3c]
    case "gt": return [0x3e]
    case "quot": return [0x22]
    case "apos": return [0x27]
    default:
      guard text.hasPrefix("#") else { return nil }
      let digits = text.dropFirst()
      let isHexadecimal = digits.hasPrefix("x")
      let number = isHexadecimal ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
      guard let number, let scalar = Unicode.Scalar(number), number != 0 else { return nil }
      return Array(String(Character(scalar)).utf8)
    }
  }
}
#endif
