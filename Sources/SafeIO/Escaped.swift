/// Text from outside, made safe for a terminal, a log line or a report.
package enum Escaped {
  /// Whether a character could steer a terminal, hide text or forge a line.
  package static func isDangerous(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x00...0x1f, 0x7f...0x9f: true
    // Soft hyphen, zero-width and bidirectional controls, line and paragraph separators.
    case 0xad, 0x61c, 0x200b...0x200f, 0x2028...0x202e, 0x2060...0x206f, 0xfeff: true
    // Interlinear annotation, tags: invisible characters that copy along.
    case 0xfff9...0xfffb, 0xe0000...0xe0fff: true
    default: false
    }
  }

  /// One line of text, with every dangerous character shown as `\x1b` or `\u{202e}`.
  ///
  /// Longer than `limit` characters, it is cut and says so with `…`.
  package static func line(_ text: String, limit: Int = 2000) -> String {
    var result = ""
    var count = 0
    for scalar in text.unicodeScalars {
      if count == limit { return result + "…" }
      count += 1
      switch scalar {
      case _ where !isDangerous(scalar): result.unicodeScalars.append(scalar)
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      default: result += escape(scalar)
      }
    }
    return result
  }

  private static func escape(_ scalar: Unicode.Scalar) -> String {
    let hex = String(scalar.value, radix: 16)
    guard scalar.value < 0x100 else { return "\\u{\(hex)}" }
    return "\\x" + (hex.utf8.count == 1 ? "0" : "") + hex
  }

  /// A text as one word of a shell command that a person may type: in single quotes, unless it has
  /// plain characters only.
  package static func shellWord(_ text: String) -> String {
    let line = line(text, limit: 300)
    let isPlain =
      !line.isEmpty
      && line.utf8.allSatisfy { byte in
        (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
          || "%+,-./:=@_".utf8.contains(byte)
      }
    guard !isPlain else { return line }
    let inner = line.split(separator: "'" as Character, omittingEmptySubsequences: false)
    return "'" + inner.joined(separator: "'\\''") + "'"
  }
}
