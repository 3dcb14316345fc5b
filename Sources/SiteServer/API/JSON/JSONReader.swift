#if Network
/// Reads the first JSON value of a text (RFC 8259); what stands behind it is passed over.
struct JSONReader {
  /// Why a text is no JSON.
  struct Refusal: Error {
    let reason: String
  }

  /// How deep arrays and objects may lie in each other.
  private static let deepest = 100

  private let bytes: [UInt8]
  private var position = 0
  private var depth = 0

  private init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The first value; nil when there is nothing but white space.
  static func read(_ bytes: [UInt8]) throws(Refusal) -> JSONValue? {
    var reader = JSONReader(bytes)
    reader.skipSpace()
    guard reader.position < bytes.count else { return nil }
    return try reader.value()
  }

  private var byte: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipSpace() {
    while let byte, [0x20, 0x09, 0x0a, 0x0d].contains(byte) { position += 1 }
  }

  private func refusal() -> Refusal {
    guard let byte else { return Refusal(reason: "unexpected EOF") }
    let text = Character(Unicode.Scalar(byte))
    return Refusal(reason: "invalid character '\(text)' at offset \(position)")
  }

  private mutating func take(_ wanted: UInt8) throws(Refusal) {
    guard byte == wanted else { throw refusal() }
    position += 1
  }

  private mutating func value() throws(Refusal) -> JSONValue {
    skipSpace()
    depth += 1
    defer { depth -= 1 }
    guard depth <= JSONReader.deepest else { throw Refusal(reason: "exceeded max depth") }
    switch byte {
    case 0x7b: return try object()
    case 0x5b: return try array()
    case 0x22: return .string(try string())
    case 0x74: return try word("true", .bool(true))
    case 0x66: return try word("false", .bool(false))
    case 0x6e: return try word("null", .null)
    default: return .number(try number())
    }
  }

  private mutating func word(_ word: String, _ value: JSONValue) throws(Refusal) -> JSONValue {
    for wanted in word.utf8 { try take(wanted) }
    return value
  }

  private mutating func object() throws(Refusal) -> JSONValue {
    try take(0x7b)
    var fields: [JSONValue.Field] = []
    skipSpace()
    if byte == 0x7d {
      position += 1
      return .object([])
    }
    while true {
      skipSpace()
      let name = try string()
      skipSpace()
      try take(0x3a)
      fields.append(JSONValue.Field(name: name, value: try value()))
      skipSpace()
      guard byte == 0x2c else {
        try take(0x7d)
        return .object(fields)
      }
      position += 1
    }
  }

  private mutating func array() throws(Refusal) -> JSONValue {
    try take(0x5b)
    var values: [JSONValue] = []
    skipSpace()
    if byte == 0x5d {
      position += 1
      return .array([])
    }
    while true {
      values.append(try value())
      skipSpace()
      guard byte == 0x2c else {
        try take(0x5d)
        return .array(values)
      }
      position += 1
    }
  }

  private mutating func number() throws(Refusal) -> Double {
    let start = position
    while let byte,
      byte == 0x2d || byte == 0x2b || byte == 0x2e || byte | 0x20 == 0x65
        || (0x30...0x39).contains(byte)
    {
      position += 1
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    guard let number = Double(text), number.isFinite else {
      position = start
      throw refusal()
    }
    return number
  }

  private mutating func string() throws(Refusal) -> String {
    try take(0x22)
    var text: [UInt8] = []
    while let byte {
      position += 1
      switch byte {
      case 0x22: return String(decoding: text, as: UTF8.self)
      case 0x5c: try text.append(contentsOf: escape())
      case 0..<0x20: throw Refusal(reason: "invalid character in string literal")
      default: text.append(byte)
      }
    }
    throw refusal()
  }

  private mutating func escape() throws(Refusal) -> [UInt8] {
    guard let byte else { throw refusal() }
    position += 1
    switch byte {
    case 0x22, 0x5c, 0x2f: return [byte]
    case 0x62: return [0x08]
    case 0x66: return [0x0c]
    case 0x6e: return [0x0a]
    case 0x72: return [0x0d]
    case 0x74: return [0x09]
    case 0x75: return Array(String(try scalar()).utf8)
    default: throw refusal()
    }
  }

  private mutating func scalar() throws(Refusal) -> Character {
    let unit = try unit()
    if UTF16.isLeadSurrogate(unit), position + 1 < bytes.count, bytes[position] == 0x5c,
      bytes[position + 1] == 0x75
    {
      let before = position
      position += 2
      let trail = try self.unit()
      if UTF16.isTrailSurrogate(trail) {
        let value =
          0x10000 + (UInt32(unit) - 0xd800) << 10 + (UInt32(trail) - 0xdc00)
        return Unicode.Scalar(value).map { Character($0) } ?? "\u{fffd}"
      }
      position = before
    }
    return Unicode.Scalar(UInt32(unit)).map { Character($0) } ?? "\u{fffd}"
  }

  private mutating func unit() throws(Refusal) -> UInt16 {
    guard position + 4 <= bytes.count,
      let unit = UInt16(String(decoding: bytes[position..<position + 4], as: UTF8.self), radix: 16)
    else { throw refusal() }
    position += 4
    return unit
  }
}
#endif
