package import Depot
package import SafeIO
package import VendorChain

/// How the packages of a mirror with a filter are chosen.
package struct MirrorChoosing: Sendable {
  /// A suite whose indexes are all here.
  package struct Suite {
    /// The suite.
    package let suite: SuiteRecord
    /// Its Release file and its indexes.
    package let indexes: FileList
  }

  /// What is taken, and what is to be known of it.
  package struct Choice {
    let takes: StanzaChoice
    let notes: [Note]

    package init(_ takes: StanzaChoice, notes: [Note] = []) {
      (self.takes, self.notes) = (takes, notes)
    }
  }

  /// Chooses, out of the suites in the mirror's order; the last argument opens an index by its digest.
  package typealias Choose =
    @Sendable (
      _ suites: [Suite], _ open: @escaping (SHA256Digest) throws(Failure) -> OpenFile
    ) throws(Failure) -> Choice

  /// Whether the indexes of all suites must be here before anything can be chosen; where they need not,
  /// there are no suites to choose from.
  let needsIndexes: Bool
  let choose: Choose

  package init(needsIndexes: Bool, _ choose: @escaping Choose) {
    (self.needsIndexes, self.choose) = (needsIndexes, choose)
  }
}
