package import DebianRepository
internal import SafeIO

/// How what a mirror, a snapshot or a bundle leaves out is shown.
package enum LeftOutText {
  /// How many lines a text has; JSON has all of them.
  private static let shown = 20

  package static func json(_ leftOut: [LeftOut]) -> JSONText {
    .array(
      leftOut.map { one in
        var (path, index, stanza): (JSONText, JSONText, JSONText) = (.null, .null, .null)
        switch one.place {
        case .file(let file): path = .string(file)
        case .stanza(let number, let list):
          (index, stanza) = (.string(list), .number(Int64(number)))
        }
        return .object([
          ("reason", .string(one.reason.rawValue)), ("path", path), ("index", index),
          ("stanza", stanza), ("text", one.text.isEmpty ? .null : .string(one.text)),
        ])
      }
    )
  }

  /// One line for each thing, and one that says how many more there are.
  package static func lines(_ leftOut: [LeftOut], prefix: String) -> [String] {
    var lines = leftOut.prefix(shown).map { prefix + Escaped.line(line($0)) }
    if leftOut.count > shown {
      lines.append("\(prefix)and \(leftOut.count - shown) more; --json lists all of them")
    }
    return lines
  }

  private static func line(_ one: LeftOut) -> String {
    "\(one.label), \(one.reason.rawValue)" + (one.text.isEmpty ? "" : ": \(one.text)")
  }
}
