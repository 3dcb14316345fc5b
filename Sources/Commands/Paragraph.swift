/// Text of a help page that is put together from what the program knows.
enum Paragraph {
  /// Breaks lines as the rest of the help has them, before 76 columns are exceeded.
  static func wrapped(_ text: String) -> String {
    var lines: [String] = []
    for word in text.split(separator: " " as Character) {
      if let last = lines.last, last.count + 1 + word.count <= 76 {
        lines[lines.count - 1] = "\(last) \(word)"
      } else {
        lines.append(String(word))
      }
    }
    return lines.joined(separator: "\n")
  }
}
