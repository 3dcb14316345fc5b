internal import SafeIO

/// A JSON document with its keys in the order given, and every character that could steer a
/// terminal escaped, so that it is safe to look at.
package indirect enum JSONText {
  case null
  case bool(Bool)
  case number(Int64)
  case count(UInt64)
  case string(String)
  case array([JSONText])
  case object([(String, JSONText)])

  /// The document, indented by two spaces.
  package var text: String {
    var result = ""
    write(to: &result, indent: "")
    return result
  }

  private func write(to text: inout String, indent: String) {
    switch self {
    case .null: text += "null"
    case .bool(let value): text += value ? "true" : "false"
    case .number(let value): text += String(value)
    case .count(let value): text += String(value)
    case .string(let value): JSONText.write(value, to: &text)
    case .array(let values):
      JSONText.writeList(values.count, "[", "]", to: &text, indent) { index, text, inner in
        values[index].write(to: &text, indent: inner)
      }
    case .object(let fields):
      JSONText.writeList(fields.count, "{", "}", to: &text, indent) { index, text, inner in
        write(fields[index].0, to: &text)
        text += ": "
        fields[index].1.write(to: &text, indent: inner)
      }
    }
  }

  private static func writeList(
    _ count: Int,
    _ open: String,
    _ close: String,
    to text: inout String,
    _ indent: String,
    _ item: (Int, inout String, String) -> Void
  ) {
    guard count > 0 else {
      text += open + close
      return
    }
    let inner = indent + "  "
    text += open
    for index in 0..<count {
      text += (index == 0 ? "\n" : ",\n") + inner
      item(index, &text, inner)
    }
    text += "\n" + indent + close
  }

  private func write(_ value: String, to text: inout String) { JSONText.write(value, to: &text) }

  private static func write(_ value: String, to text: inout String) {
    text += "\""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\t": text += "\\t"
      case _ where Escaped.isDangerous(scalar):
        for unit in String(Character(scalar)).utf16 {
          let hex = String(unit, radix: 16)
          text += "\\u" + String(repeating: "0", count: 4 - hex.utf8.count) + hex
        }
      default: text.unicodeScalars.append(scalar)
      }
    }
    text += "\""
  }
}
