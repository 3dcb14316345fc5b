#if Network
/// JSON as clients send it and get it: fields keep their order, and their names count in any case.
indirect enum JSONValue: Hashable, Sendable {
  case null
  case bool(Bool)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object([Field])

  struct Field: Hashable, Sendable {
    let name: String
    let value: JSONValue
  }

  /// An object of these fields.
  static func fields(_ fields: KeyValuePairs<String, JSONValue>) -> JSONValue {
    .object(fields.map { Field(name: $0.key, value: $0.value) })
  }

  static func strings(_ strings: some Sequence<String>) -> JSONValue {
    .array(strings.map { .string($0) })
  }

  static func count(_ number: some BinaryInteger) -> JSONValue { .number(Double(number)) }

  /// A field of an object: the last one of this name, in any case, that is not null; nil for none.
  subscript(_ name: String) -> JSONValue? {
    guard case .object(let fields) = self else { return nil }
    let wanted = name.lowercased()
    let found = fields.last { $0.name.lowercased() == wanted }?.value
    return found == .null ? nil : found
  }

  var string: String? {
    guard case .string(let text) = self else { return nil }
    return text
  }

  var array: [JSONValue]? {
    guard case .array(let values) = self else { return nil }
    return values
  }

  var integer: Int? {
    guard case .number(let number) = self else { return nil }
    return Int(exactly: number)
  }

  /// What the server wrote itself; null where that is damaged.
  static func reading(_ text: String) -> JSONValue {
    do { return try JSONReader.read(Array(text.utf8)) ?? .null } catch { return .null }
  }

  var isObject: Bool {
    guard case .object = self else { return false }
    return true
  }

  var isTrue: Bool { self == .bool(true) }

  /// In one line, as clients get it.
  var text: String {
    var text = ""
    write(to: &text)
    return text
  }

  private func write(to text: inout String) {
    switch self {
    case .null: text += "null"
    case .bool(let value): text += value ? "true" : "false"
    case .number(let value):
      text += value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : String(value)
    case .string(let value): JSONValue.write(value, to: &text)
    case .array(let values):
      text += "["
      for (number, value) in values.enumerated() {
        if number > 0 { text += "," }
        value.write(to: &text)
      }
      text += "]"
    case .object(let fields):
      text += "{"
      for (number, field) in fields.enumerated() {
        if number > 0 { text += "," }
        JSONValue.write(field.name, to: &text)
        text += ":"
        field.value.write(to: &text)
      }
      text += "}"
    }
  }

  private static func write(_ value: String, to text: inout String) {
    text += "\""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      // Whoever puts an answer into a page must not get a tag.
      case _ where scalar.value < 0x20 || "<>&\u{2028}\u{2029}".unicodeScalars.contains(scalar):
        let hex = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - hex.utf8.count) + hex
      default: text.unicodeScalars.append(scalar)
      }
    }
    text += "\""
  }
}
#endif
