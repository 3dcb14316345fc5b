internal import SafeIO

/// Text that people write by hand, in numbered lines: what is refused names its line.
struct ControlText {
  /// A line without its line feed, and its number from 1.
  struct Line {
    let number: Int
    let text: Substring
  }

  /// A field: the text behind its colon, and the lines that continue it.
  struct Field {
    let name: String
    let number: Int
    let first: String
    var rest: [Line] = []

    /// The whole value on one line.
    var folded: String {
      ([first] + rest.map { String($0.text) }).map(ControlText.trimmed).filter { !$0.isEmpty }
        .joined(separator: " ")
    }
  }

  /// The fields between two blank lines, in their order.
  struct Paragraph {
    var fields: [Field] = []

    /// The field of this name in any case.
    func field(_ name: String) -> Field? {
      fields.first { $0.name.lowercased() == name.lowercased() }
    }
  }

  /// The longest line, in bytes.
  static let longestLine = 1 << 16

  let name: String
  let lines: [Line]

  /// - Throws: `usage` for a line that is too long, is no UTF-8 text, or has characters that hide or forge
  ///   something.
  init(_ bytes: [UInt8], name: String) throws(Failure) {
    self.name = name
    var (lines, number) = ([Line](), 0)
    for part in bytes.split(separator: 0x0a, omittingEmptySubsequences: false) {
      number += 1
      lines.append(Line(number: number, text: try ControlText.line(part, number, name)))
    }
    self.lines = lines
  }

  private static func line(
    _ bytes: ArraySlice<UInt8>,
    _ number: Int,
    _ name: String
  ) throws(Failure) -> Substring {
    guard bytes.count <= longestLine else {
      throw refusal(name, number, "the line has more than \(longestLine) bytes", "break it")
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw refusal(name, number, "the line is not UTF-8 text", "save the file as UTF-8")
    }
    for scalar in text.unicodeScalars where scalar != "\t" && Escaped.isDangerous(scalar) {
      let code = String(scalar.value, radix: 16, uppercase: true)
      let isReturn = scalar == "\r"
      throw refusal(
        name,
        number,
        isReturn
          ? "the line ends with a carriage return"
          : "the line has a character that cannot be seen: U+"
            + String(repeating: "0", count: max(0, 4 - code.utf8.count)) + code,
        isReturn ? "save the file with the line ends of Unix" : "remove the character"
      )
    }
    return Substring(text)
  }

  /// A refusal of a line; nil for the file as a whole.
  static func refusal(
    _ name: String,
    _ number: Int?,
    _ what: String,
    _ hint: String
  ) -> Failure {
    Failure(
      .usage,
      "metapackage",
      number.map { "line \($0): \(what)" } ?? what,
      subject: name,
      hint: hint
    )
  }

  func refusal(_ number: Int?, _ what: String, _ hint: String) -> Failure {
    ControlText.refusal(name, number, what, hint)
  }

  /// The text without white space around it.
  static func trimmed(_ text: some StringProtocol) -> String {
    var slice = Substring(text)
    while let first = slice.unicodeScalars.first, first == " " || first == "\t" {
      slice = Substring(slice.unicodeScalars.dropFirst())
    }
    while let last = slice.unicodeScalars.last, last == " " || last == "\t" {
      slice = Substring(slice.unicodeScalars.dropLast())
    }
    return String(slice)
  }

  /// Reads all lines as paragraphs of fields; lines that begin with `#` are comments.
  func paragraphs() throws(Failure) -> [Paragraph] {
    var (all, current) = ([Paragraph](), Paragraph())
    for line in lines where !line.text.hasPrefix("#") {
      if ControlText.trimmed(line.text).isEmpty {
        if !current.fields.isEmpty { all.append(current) }
        current = Paragraph()
      } else if line.text.hasPrefix(" ") || line.text.hasPrefix("\t") {
        guard !current.fields.isEmpty else {
          throw refusal(
            line.number,
            "it continues a field, but none is above it",
            "remove the space"
          )
        }
        current.fields[current.fields.count - 1].rest.append(line)
      } else {
        try current.fields.append(field(line, in: current))
      }
    }
    return current.fields.isEmpty ? all : all + [current]
  }

  private func field(_ line: Line, in paragraph: Paragraph) throws(Failure) -> Field {
    let parts = line.text.split(
      separator: ":" as Character,
      maxSplits: 1,
      omittingEmptySubsequences: false
    )
    let isName =
      parts.count == 2 && !parts[0].isEmpty
      && parts[0].utf8.allSatisfy { (0x21...0x7e).contains($0) } && !parts[0].hasPrefix("-")
    guard isName else {
      throw refusal(
        line.number,
        "it has no field name and colon",
        "write “Field: value”, or begin the line with a space to continue the field above"
      )
    }
    let name = String(parts[0])
    if let before = paragraph.field(name) {
      throw refusal(
        line.number,
        "the field \(name) is there already, in line \(before.number)",
        "join the two"
      )
    }
    return Field(name: name, number: line.number, first: ControlText.trimmed(parts[1]))
  }
}
