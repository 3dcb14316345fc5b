package import DebianRepository
internal import SafeIO
internal import VendorChain

/// How much the indexes of one kind are, beside the lists of packages, and whether a mirror takes
/// them.
package struct KindSize: Hashable, Sendable {
  /// The kind.
  package let kind: IndexFamily
  /// The sum of the sizes of the smallest forms, in bytes.
  package internal(set) var bytes: UInt64
  /// Whether the mirror takes them.
  package let isTaken: Bool

  /// The kinds of which Release has the size of all that there is.
  private static let shown: [IndexFamily] = [.descriptions, .translations, .contents, .cnf, .dep11]

  /// The kinds that a suite has of the components and architectures of a selection.
  static func all(of release: ReleaseFile, _ selection: ChainSelection) -> [KindSize] {
    var everything = selection
    everything.kinds = Set(IndexFamily.allCases)
    var smallest: [String: (kind: IndexFamily, size: UInt64, isTaken: Bool)] = [:]
    for file in release.files where everything.wants(file.path, of: release) {
      guard let place = IndexPath(file.path.text), shown.contains(place.family) else { continue }
      let path = place.plain.text
      guard file.size < smallest[path]?.size ?? .max else { continue }
      smallest[path] = (place.family, file.size, selection.wants(file.path, of: release))
    }
    var found: [KindSize] = []
    for (kind, size, isTaken) in smallest.values {
      if let place = found.firstIndex(where: { $0.kind == kind && $0.isTaken == isTaken }) {
        // What a Release file lists may be absurd.
        let (sum, isTooLarge) = found[place].bytes.addingReportingOverflow(size)
        found[place].bytes = isTooLarge ? .max : sum
      } else {
        found.append(KindSize(kind: kind, bytes: size, isTaken: isTaken))
      }
    }
    return found.sorted { ($0.kind, $0.isTaken ? 0 : 1) < ($1.kind, $1.isTaken ? 0 : 1) }
  }
}
