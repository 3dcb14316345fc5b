internal import Depot
internal import SafeIO
package import VendorChain

/// The kinds of files that a mirror takes, by the names that the command line has.
package enum MirrorKinds {
  /// What a mirror takes when nothing was said: binary packages with their English descriptions.
  package static let standard: Set<ChainSelection.Kind> = [.packages, .descriptions]

  /// The names that can be given, with what each adds.
  package static let names: [(name: String, kinds: Set<ChainSelection.Kind>)] = [
    ("sources", [.sources]),
    ("udebs", [.udebs]),
    ("translations", [.descriptions, .translations]),
    ("contents", [.contents]),
    ("dep11", [.dep11]),
    ("cnf", [.cnf]),
    ("installer", [.installer, .udebs]),
    ("all", Set(ChainSelection.Kind.allCases)),
  ]

  /// What a mirror takes of its suites.
  static func selection(of mirror: MirrorRecord) throws(Failure) -> ChainSelection {
    var kinds: Set<ChainSelection.Kind> = []
    for name in mirror.kinds {
      guard let kind = ChainSelection.Kind(rawValue: name) else {
        throw Failure(
          .state,
          "mirror-kind",
          "the mirror takes a kind of files that this program does not know",
          subject: name,
          hint: "use the newer program that wrote it"
        )
      }
      kinds.insert(kind)
    }
    return ChainSelection(
      components: mirror.components,
      architectures: mirror.architectures,
      kinds: kinds
    )
  }
}
