internal import DebianRepository
internal import SafeIO

/// One clause of a field such as `Depends`: packages of which one is enough.
package struct RelationClause: Hashable, Sendable {
  /// A package, perhaps with a qualifier behind a colon and a version.
  package struct Alternative: Hashable, Sendable {
    package let name: String
    /// `any`, an architecture; empty for none.
    package let qualifier: String
    /// Such as `>=`; empty for none.
    package let sign: String
    package let version: String

    package init(name: String, qualifier: String = "", sign: String = "", version: String = "") {
      (self.name, self.qualifier) = (name, qualifier)
      (self.sign, self.version) = (sign, version)
    }

    /// As it stands in a control file.
    package var text: String {
      name + (qualifier.isEmpty ? "" : ":\(qualifier)")
        + (sign.isEmpty ? "" : " (\(sign) \(version))")
    }
  }

  package var alternatives: [Alternative]

  package init(_ alternatives: [Alternative]) { self.alternatives = alternatives }

  /// As it stands in a control file.
  package var text: String { alternatives.map(\.text).joined(separator: " | ") }
}

extension ControlText {
  /// Whether this can be the name of a package, as Debian's policy has it.
  static func isPackageName(_ name: some StringProtocol) -> Bool {
    let bytes = Array(name.utf8)
    func isPlain(_ byte: UInt8) -> Bool {
      (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte)
    }
    return (2...100).contains(bytes.count) && isPlain(bytes[0])
      && bytes.allSatisfy { isPlain($0) || $0 == 0x2b || $0 == 0x2d || $0 == 0x2e }
  }

  /// Reads what stands between two commas.
  func clause(_ text: some StringProtocol, line: Int) throws(Failure) -> RelationClause {
    var alternatives: [RelationClause.Alternative] = []
    for part in text.split(separator: "|" as Character, omittingEmptySubsequences: false) {
      alternatives.append(try alternative(ControlText.trimmed(part), line))
    }
    return RelationClause(alternatives)
  }

  private func alternative(
    _ text: String,
    _ line: Int
  ) throws(Failure) -> RelationClause.Alternative {
    if text.contains("[") || text.contains("<") && text.contains(">") && !text.contains("(") {
      throw refusal(
        line,
        "“\(text)” is for some architectures or build profiles",
        "a meta-package is for all architectures: leave the brackets out"
      )
    }
    if text.contains("${") {
      throw refusal(
        line,
        "“\(text)” has a variable that is not known here",
        "write the package or the version; ${misc:Depends} and ${binary:Version} are known"
      )
    }
    let bytes = Array(text.utf8)
    var cursor = RelationCursor()
    guard let read = cursor.next(in: bytes.span), read.isWellFormed, read.whole.count == bytes.count
    else {
      throw refusal(
        line,
        text.isEmpty ? "an alternative is empty" : "“\(text)” is no relation to a package",
        "write “name” or “name (>= version)”, alternatives with “|” between them"
      )
    }
    func part(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
    let name = part(read.name)
    guard ControlText.isPackageName(name) else {
      throw refusal(
        line,
        "“\(name)” cannot be the name of a package",
        "names have 2 to 100 lower-case letters, digits and “+-.”"
      )
    }
    let version = part(read.version)
    let hasVersion = read.comparison != nil
    guard !hasVersion || DebianVersion(version)?.isWellFormed == true else {
      throw refusal(line, "“\(version)” cannot be a version", "write it as dpkg shows it")
    }
    return RelationClause.Alternative(
      name: name,
      qualifier: part(read.qualifier),
      sign: try sign(read.comparison, text, line),
      version: version
    )
  }

  private func sign(
    _ comparison: RelationCursor.Comparison?,
    _ text: String,
    _ line: Int
  ) throws(Failure) -> String {
    let sign: String
    switch comparison {
    case nil: return ""
    case .earlier: sign = "<<"
    case .notLater: sign = "<="
    case .same: sign = "="
    case .notEarlier: sign = ">="
    case .later: sign = ">>"
    }
    guard text.contains(sign) else {
      throw refusal(
        line,
        "“\(text)” has a sign that dpkg no longer takes",
        "write “\(sign)”, which is what it means, or “<<” and “>>” for what it looks like"
      )
    }
    return sign
  }

  /// Reads a whole field of relations; variables of debhelper's that are empty here are left out.
  func clauses(_ field: Field, version: String) throws(Failure) -> [RelationClause] {
    var clauses: [RelationClause] = []
    for line in parts(field) {
      var text = String(line.text)
      for name in ["binary:Version", "source:Version"] {
        text = text.replacing("${\(name)}", with: version)
      }
      guard !text.isEmpty, !ControlText.emptyVariables.contains(text) else { continue }
      clauses.append(try clause(text, line: line.number))
    }
    return clauses
  }

  /// What stands between commas, each with the line where it begins.
  private func parts(_ field: Field) -> [Line] {
    var (parts, text, start) = ([Line](), "", field.number)
    for line in [Line(number: field.number, text: field.first[...])] + field.rest {
      let pieces = line.text.split(separator: "," as Character, omittingEmptySubsequences: false)
      for (index, piece) in pieces.enumerated() {
        if index > 0 {
          parts.append(Line(number: start, text: text[...]))
          text = ""
        }
        let piece = ControlText.trimmed(piece)
        if text.isEmpty { start = line.number }
        text += (text.isEmpty || piece.isEmpty ? "" : " ") + piece
      }
    }
    return parts + [Line(number: start, text: text[...])]
  }

  /// What debhelper fills in, and what is empty in a package without files.
  private static let emptyVariables: Set<String> = [
    "${misc:Depends}", "${shlibs:Depends}", "${perl:Depends}", "${python3:Depends}",
    "${misc:Pre-Depends}", "${misc:Recommends}", "${shlibs:Recommends}",
  ]
}
