package import DebianRepository
internal import Depot
package import SafeIO
internal import VendorChain

/// The kinds of files that a mirror takes, by the names that its record has.
package enum MirrorKinds {
  /// What stands before a language whose descriptions a mirror takes.
  private static let language = "descriptions-"

  /// The names that a record has.
  package static func names(_ kinds: Set<IndexFamily>, languages: [String]) -> [String] {
    (kinds.map(\.rawValue) + languages.map { language + $0 }).sorted()
  }

  /// Whether this is the code of a language, as in `Translation-pt_BR`.
  package static func isLanguage(_ word: String) -> Bool {
    (2...20).contains(word.utf8.count)
      && word.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "_@-".contains($0)) }
  }

  /// What the names of a record say.
  package static func read(
    _ names: [String]
  ) throws(Failure) -> (kinds: Set<IndexFamily>, languages: [String]) {
    var kinds: Set<IndexFamily> = []
    var languages: [String] = []
    for name in names {
      if name.hasPrefix(language) {
        languages.append(String(name.dropFirst(language.utf8.count)))
      } else if let kind = IndexFamily(rawValue: name) {
        kinds.insert(kind)
      } else {
        throw Failure(
          .state,
          "mirror-kind",
          "the mirror takes a kind of files that this program does not know",
          subject: name,
          hint: "use the newer program that wrote it"
        )
      }
    }
    return (kinds, languages)
  }

  /// What a mirror takes of its suites.
  static func selection(of mirror: MirrorRecord) throws(Failure) -> ChainSelection {
    let (kinds, languages) = try read(mirror.kinds)
    return ChainSelection(
      components: mirror.components,
      architectures: mirror.architectures,
      kinds: kinds,
      languages: languages
    )
  }
}
