package import SafeIO

/// The names of staging directories: who fills them, and so what an interruption leaves.
package enum StagingNames {
  /// Freezing a tree.
  package static let freeze = "freeze"
  /// Putting the listing of several suites of a mirror together.
  package static let snapshot = "snapshot"
  /// `depot check --repair-from`.
  package static let repair = "repair"
  /// What `depot check --repair-from` takes out of the chunks of bundles.
  package static let repairMedia = "repair-media"

  /// Filled while the depot's lock is held, and never gone on with: whoever has the lock and sees
  /// one of these sees a leftover.
  static let passing: Set<String> = [freeze, snapshot, repair, repairMedia]

  private static let importPrefix = "import-"

  /// The import of the bundle with that manifest; outlives runs, as media come one by one.
  package static func importing(_ manifest: SHA256Digest) -> String {
    importPrefix + manifest.hex
  }

  /// Whether it is the name of an import's staging.
  package static func isImport(_ name: String) -> Bool { name.hasPrefix(importPrefix) }

  /// The manifest of the bundle whose import fills that staging; nil for other stagings.
  static func manifest(ofImport name: String) -> SHA256Digest? {
    guard isImport(name) else { return nil }
    return SHA256Digest(hex: name.dropFirst(importPrefix.count))
  }
}
