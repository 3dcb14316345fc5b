internal import BundleFormat
internal import DebianRepository
internal import SafeIO

/// Which entries an inspection reads: the Release files and one form of every index.
struct IndexSelection {
  /// Of each suite InRelease, or else Release.
  private(set) var releases: [String] = []
  /// Packages and Sources files, each in the form that costs least to read.
  private(set) var indexes: [String] = []
  /// The positions of all of them in the table.
  private(set) var entries: Set<UInt32> = []

  /// From the cheapest to read to the dearest.
  private static let suffixes = ["", ".zst", ".lz4", ".gz", ".xz", ".bz2", ".lzma"]

  init(manifest: Manifest, table: EntryTable, onlyReleases: Bool = false) {
    for snapshot in manifest.snapshots {
      for suite in snapshot.suites {
        let base = "\(snapshot.name)/\(suite.directory)"
        addReleases(base, table)
        if !onlyReleases { addIndexes(base, isFlat: suite.isFlat, table) }
      }
    }
  }

  private mutating func addReleases(_ base: String, _ table: EntryTable) {
    var isFirst = true
    for name in ["InRelease", "Release", "Release.gpg"] {
      guard let index = table.files.index(of: base + name) else { continue }
      if isFirst { releases.append(base + name) }
      isFirst = false
      entries.insert(UInt32(index))
    }
  }

  private mutating func addIndexes(_ base: String, isFlat: Bool, _ table: EntryTable) {
    var forms: [String: [String: Int]] = [:]
    for index in table.files.indices(withPrefix: base) {
      let path = table.files.path(at: index)
      guard !path.contains("/by-hash/") else { continue }
      let rest = path.dropFirst(base.utf8.count)
      // A flat repository's pool lies below the same directory, its indexes do not.
      if isFlat && rest.contains("/") { continue }
      let name = IndexSelection.baseName(path)
      guard name == "Packages" || name == "Sources" else { continue }
      let stem = String(path.dropLast(IndexSelection.suffix(path).utf8.count))
      forms[stem, default: [:]][IndexSelection.suffix(path)] = index
    }
    for stem in forms.keys.sorted() {
      guard let known = forms[stem],
        let suffix = IndexSelection.suffixes.first(where: { known[$0] != nil }),
        let index = known[suffix]
      else { continue }
      indexes.append(stem + suffix)
      entries.insert(UInt32(index))
    }
  }

  private static func suffix(_ path: String) -> String {
    let last = path.split(separator: "/").last.map { String($0) } ?? ""
    return suffixes.first { !$0.isEmpty && last.hasSuffix($0) } ?? ""
  }

  /// The last component without the suffix of its compression.
  static func baseName(_ path: String) -> String {
    let last = path.split(separator: "/").last.map { String($0) } ?? ""
    return String(last.dropLast(suffix(last).utf8.count))
  }
}
