internal import DebianRepository
package import Operations
internal import SafeIO

/// How packages are shown that a depot has.
package enum FoundPackageText {
  /// One line: the package, and what has it.
  package static func line(_ found: FoundPackage) -> String {
    let names = found.places.map { place in
      place.kind == .snapshot ? place.name : "\(place.kind.rawValue) \(place.name)"
    }
    return Escaped.line("\(found.stanza.label)  \(unique(names).joined(separator: ", "))")
  }

  /// All of it: the stanza byte for byte, but for what could steer a terminal, and what has it.
  package static func lines(_ found: FoundPackage) -> [String] {
    let text = String(decoding: Array(copying: found.stanza.bytes), as: UTF8.self)
    var lines = text.split(separator: "\n").map { Escaped.line(String($0)) }
    lines.append("")
    for place in found.places {
      let suite = place.suite.isEmpty ? "" : ", suite \(place.suite)"
      lines.append(Escaped.line("in: \(place.kind.rawValue) \(place.name)\(suite)"))
    }
    return lines
  }

  private static func unique(_ names: [String]) -> [String] {
    var seen: Set<String> = []
    return names.filter { seen.insert($0).inserted }
  }

  /// The document of one package; with the stanza where it is wanted.
  package static func json(_ found: FoundPackage, withStanza: Bool) -> JSONText {
    var fields: [(String, JSONText)] = [
      ("name", .string(found.stanza.package)), ("version", .string(found.stanza.version)),
      ("architecture", .string(found.stanza.architecture)), ("size", .count(found.stanza.size)),
      (
        "places",
        .array(
          found.places.map { place in
            .object([
              ("kind", .string(place.kind.rawValue)), ("name", .string(place.name)),
              ("suite", place.suite.isEmpty ? .null : .string(place.suite)),
            ])
          }
        )
      ),
    ]
    if withStanza {
      let text = String(decoding: Array(copying: found.stanza.bytes), as: UTF8.self)
      fields.append(("stanza", .string(text)))
    }
    return .object(fields)
  }
}
