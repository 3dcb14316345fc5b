internal import DebianRepository
internal import SafeIO

/// One state of a vendor's suite, or a suite that no vendor signed, with those packages of a
/// composition that come from it.
struct Origin {
  /// The number of the source.
  let source: Int
  /// Where its indexes lie in the source.
  let directory: String
  let isFlat: Bool
  /// What stands before the paths of its files where they are proofs: nothing where they are proofs
  /// already, nil where no vendor signed them.
  let proof: String?
  /// The packages, by their positions.
  var packages: [Int]

  /// Whether a vendor signed its indexes.
  var isSigned: Bool { proof != nil }

  /// Its indexes of descriptions and files.
  func companions(in sources: SourceSnapshots) -> [IndexForms] {
    IndexForms.all(
      below: directory,
      isFlat: isFlat,
      in: sources.lists[source],
      where: \.isCompanion
    )
  }
}
