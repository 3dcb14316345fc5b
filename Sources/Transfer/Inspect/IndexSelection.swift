internal import BundleFormat
internal import DebianRepository
internal import SafeIO
internal import VendorChain

/// Which entries an inspection reads: the Release files and one form of every index.
struct IndexSelection {
  /// Of each suite InRelease, or else Release.
  private(set) var releases: [String] = []
  /// Packages and Sources files, each in the form that costs least to read.
  private(set) var indexes: [String] = []
  /// The positions of all of them in the table.
  private(set) var entries: Set<UInt32> = []

  /// What is left out, and why.
  private(set) var notes: [Note] = []
  /// What may still be selected.
  private var budget: Budget

  /// From the cheapest to read to the dearest.
  private static let endings = ["", ".zst", ".lz4", ".gz", ".xz", ".bz2", ".lzma"]

  /// Of a bundle that nobody has vouched for only so much is selected as costs a reader little.
  init(manifest: Manifest, table: EntryTable, isVerified: Bool, onlyReleases: Bool = false) {
    budget = isVerified ? .unlimited : .unverified
    for snapshot in manifest.snapshots {
      for suite in snapshot.suites {
        let base = "\(snapshot.name)/\(suite.directory)"
        addReleases(base, table)
        // Of a composed one nothing can be said without its indexes and what vouches for them.
        if !onlyReleases || !snapshot.isVerbatim { addIndexes(base, isFlat: suite.isFlat, table) }
        if !snapshot.isVerbatim, isVerified { addCompanions(base, table) }
        guard !budget.isSpent else { break }
      }
      if !snapshot.isVerbatim, isVerified { addProofs(of: snapshot, table) }
    }
    guard budget.isSpent else { return }
    notes.append(
      .note(
        "there are more or longer indexes than are read before a signature is verified: not all are "
          + "shown"
      )
    )
  }

  /// How many files, and bytes of them, may still be selected.
  private struct Budget {
    var files: Int
    var bytes: UInt64
    var isSpent = false

    static let unlimited = Budget(files: .max, bytes: .max)
    /// Each is an open file, and copied to a temporary one.
    static let unverified = Budget(files: 600, bytes: 2 << 30)

    mutating func take(_ size: UInt64) -> Bool {
      guard !isSpent, files > 0, size <= bytes else {
        isSpent = true
        return false
      }
      files -= 1
      bytes -= size
      return true
    }
  }

  private mutating func addReleases(_ base: String, _ table: EntryTable) {
    var isFirst = true
    for name in ["InRelease", "Release", "Release.gpg"] {
      guard let index = table.files.index(of: base + name) else { continue }
      guard budget.take(table.files.size(at: index)) else { return }
      if isFirst { releases.append(base + name) }
      isFirst = false
      entries.insert(UInt32(index))
    }
  }

  /// The vendors' lists that vouch for the packages of a composed snapshot.
  private mutating func addProofs(of snapshot: Manifest.Snapshot, _ table: EntryTable) {
    for entry in table.files.indices(withPrefix: "\(snapshot.name)/\(ProvenanceTree.root)") {
      entries.insert(UInt32(entry))
    }
  }

  /// The descriptions and lists of files of a composed suite: they are compared with its vendors'.
  private mutating func addCompanions(_ base: String, _ table: EntryTable) {
    for entry in table.files.indices(withPrefix: base) {
      let path = table.files.path(at: entry).dropFirst(base.utf8.count)
      if IndexPath(path)?.kind.isCompanion ?? false { entries.insert(UInt32(entry)) }
    }
  }

  private mutating func addIndexes(_ base: String, isFlat: Bool, _ table: EntryTable) {
    var forms: [String: [String: Int]] = [:]
    for entry in table.files.indices(withPrefix: base) {
      guard IndexSelection.mayBeIndex(table.files.pathBytes(at: entry)) else { continue }
      let path = table.files.path(at: entry).dropFirst(base.utf8.count)
      // A flat repository's pool lies below the same directory, its indexes do not.
      guard !isFlat || !path.contains("/"), let index = IndexPath(path), index.hasStanzas else {
        continue
      }
      forms[index.plain.text, default: [:]][index.ending] = entry
      // No more than can be selected.
      if forms.count > budget.files { break }
    }
    for (stem, known) in forms.sorted(by: { $0.key < $1.key }) {
      guard let ending = IndexSelection.endings.first(where: { known[$0] != nil }),
        let entry = known[ending]
      else { continue }
      guard budget.take(table.files.size(at: entry)) else { return }
      indexes.append(base + stem + ending)
      entries.insert(UInt32(entry))
    }
  }

  /// Whether the last component begins as that of an index does: there may be many paths that do not.
  private static func mayBeIndex(_ path: ArraySlice<UInt8>) -> Bool {
    let slash = path.suffix(16).lastIndex(of: 0x2f) ?? path.startIndex - 1
    let name = path[(slash + 1)...]
    return name.starts(with: "Packages".utf8) || name.starts(with: "Sources".utf8)
  }
}
