internal import SafeIO

extension ClientReach {
  /// The code of notes about indexes that clients ask for in vain.
  package static let missCode = "clients-miss-indexes"
  /// The code of notes about components and architectures without packages.
  package static let missPackagesCode = "clients-miss-packages"
  /// The code of a note about packages for all architectures that no client will see.
  package static let missAllCode = "clients-miss-all"

  /// How many names a sentence has of each sort.
  private static let most = 5

  /// Questions in few words, by what clients ask for: `Translation-de (main), CNF (amd64)`.
  package static func text(_ questions: [Question]) -> String {
    var parts: [String] = []
    for target in AptTarget.allCases {
      let asked = questions.filter { $0.target == target }
      guard !asked.isEmpty else { continue }
      if target == .translations {
        let languages = unique(asked.compactMap(\.language)).map { "Translation-" + $0 }
        parts.append(some(languages))
      } else {
        let places = unique(asked.map(\.path))
        parts.append("\(target.rawValue) (\(some(places)))")
      }
    }
    return Escaped.line(parts.joined(separator: "; "), limit: 600)
  }

  /// Components and architectures in few words; nil when there are none.
  package static func text(_ components: [String], _ architectures: [String]) -> String? {
    let parts = [
      components.isEmpty
        ? nil : "the component\(components.count == 1 ? "" : "s") " + some(components),
      architectures.isEmpty
        ? nil : "the architecture\(architectures.count == 1 ? "" : "s") " + some(architectures),
    ].compactMap { $0 }
    return parts.isEmpty ? nil : Escaped.line(parts.joined(separator: " and "), limit: 600)
  }

  private static func unique(_ words: [String]) -> [String] { Set(words).sorted() }

  private static func some(_ words: [String]) -> String {
    guard words.count > most + 1 else { return words.joined(separator: ", ") }
    return words.prefix(most).joined(separator: ", ") + " and \(words.count - most) more"
  }
}
