/// A JSON value of a record, read strictly: what RFC 8259 does not allow is no value.
indirect enum AuditJSON: Sendable {
  case null
  case bool(Bool)
  case number(String)
  case string(String)
  case array([AuditJSON])
  case object([(name: String, value: AuditJSON)])

  /// The value of a member; nil when this is no object or has no such member.
  subscript(name: String) -> AuditJSON? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.name == name }?.value
  }

  /// The text of a string.
  var text: String? {
    guard case .string(let text) = self else { return nil }
    return text
  }

  /// The value of a whole number.
  var integer: Int64? {
    guard case .number(let digits) = self else { return nil }
    return Int64(digits)
  }

  /// The texts in a list; what is no text is left out.
  var texts: [String] {
    guard case .array(let values) = self else { return [] }
    return values.compactMap(\.text)
  }

  /// The values of a list.
  var elements: [AuditJSON] {
    guard case .array(let values) = self else { return [] }
    return values
  }

  /// The members whose values are lists of texts.
  var fields: [AuditField] {
    guard case .object(let members) = self else { return [] }
    return members.map { AuditField($0.name, $0.value.texts) }
  }

  /// Reads one value with nothing but blanks around it.
  static func read(_ bytes: [UInt8]) -> AuditJSON? {
    var reader = AuditJSONReader(bytes)
    guard let value = reader.value(depth: 0), reader.isAtEnd else { return nil }
    return value
  }
}

private struct AuditJSONReader {
  private let bytes: [UInt8]
  private var position = 0

  /// How deep values may lie in each other; ours lie three deep.
  private static let deepest = 8

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  var isAtEnd: Bool {
    mutating get {
      skipBlanks()
      return position == bytes.count
    }
  }

  private mutating func skipBlanks() {
    while let byte = next, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 {
      position += 1
    }
  }

  private mutating func skip(_ byte: UInt8) -> Bool {
    skipBlanks()
    guard next == byte else { return false }
    position += 1
    return true
  }

  private mutating func skip(word: String) -> Bool {
    guard bytes[position...].starts(with: word.utf8) else { return false }
    position += word.utf8.count
    return true
  }

  mutating func value(depth: Int) -> AuditJSON? {
    guard depth < AuditJSONReader.deepest else { return nil }
    skipBlanks()
    switch next {
    case 0x7b: return object(depth)
    case 0x5b: return array(depth)
    case 0x22: return string().map { .string($0) }
    case 0x74: return skip(word: "true") ? .bool(true) : nil
    case 0x66: return skip(word: "false") ? .bool(false) : nil
    case 0x6e: return skip(word: "null") ? .null : nil
    default: return number()
    }
  }

  private mutating func object(_ depth: Int) -> AuditJSON? {
    position += 1
    var members: [(name: String, value: AuditJSON)] = []
    if skip(0x7d) { return .object([]) }
    repeat {
      skipBlanks()
      guard next == 0x22, let name = string(), skip(0x3a), let value = value(depth: depth + 1),
        !members.contains(where: { $0.name == name })
      else { return nil }
      members.append((name, value))
    } while skip(0x2c)
    return skip(0x7d) ? .object(members) : nil
  }

  private mutating func array(_ depth: Int) -> AuditJSON? {
    position += 1
    var values: [AuditJSON] = []
    if skip(0x5d) { return .array([]) }
    repeat {
      guard let value = value(depth: depth + 1) else { return nil }
      values.append(value)
    } while skip(0x2c)
    return skip(0x5d) ? .array(values) : nil
  }

  private mutating func number() -> AuditJSON? {
    let start = position
    while let byte = next, "0123456789+-.eE".utf8.contains(byte) { position += 1 }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    return Double(text) == nil ? nil : .number(text)
  }

  private mutating func string() -> String? {
    position += 1
    var text: [UInt8] = []
    while let byte = next {
      position += 1
      switch byte {
      case 0x22: return String(validating: text, as: UTF8.self)
      case 0x5c: guard escape(into: &text) else { return nil }
      case 0..<0x20: return nil
      default: text.append(byte)
      }
    }
    return nil
  }

  private mutating func escape(into text: inout [UInt8]) -> Bool {
    guard let byte = next else { return false }
    position += 1
    let plain: [UInt8: UInt8] = [
      0x22: 0x22, 0x5c: 0x5c, 0x2f: 0x2f, 0x62: 0x08, 0x66: 0x0c, 0x6e: 0x0a, 0x72: 0x0d,
      0x74: 0x09,
    ]
    if let value = plain[byte] {
      text.append(value)
      return true
    }
    guard byte == 0x75, let high = unit() else { return false }
    var value = UInt32(high)
    if (0xd800..<0xdc00).contains(high) {
      guard skip(word: "\\u"), let low = unit(), (0xdc00..<0xe000).contains(low) else {
        return false
      }
      value = 0x10000 + (UInt32(high - 0xd800) << 10) + UInt32(low - 0xdc00)
    }
    guard let scalar = Unicode.Scalar(value) else { return false }
    text += Array(String(Character(scalar)).utf8)
    return true
  }

  private mutating func unit() -> UInt16? {
    guard position + 4 <= bytes.count else { return nil }
    let digits = bytes[position..<(position + 4)]
    position += 4
    var value: UInt16 = 0
    for digit in digits {
      switch digit {
      case 0x30...0x39: value = value << 4 | UInt16(digit - 0x30)
      case 0x61...0x66: value = value << 4 | UInt16(digit - 0x57)
      case 0x41...0x46: value = value << 4 | UInt16(digit - 0x37)
      default: return nil
      }
    }
    return value
  }
}
