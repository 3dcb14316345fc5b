internal import DebianRepository
internal import Depot
internal import SafeIO
internal import VendorChain

/// The kinds of files that a mirror takes, by the names that its record has.
enum MirrorKinds {
  /// What a mirror takes of its suites.
  static func selection(of mirror: MirrorRecord) throws(Failure) -> ChainSelection {
    var kinds: Set<IndexFamily> = []
    for name in mirror.kinds {
      guard let kind = IndexFamily(rawValue: name) else {
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
