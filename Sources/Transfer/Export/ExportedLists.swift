internal import BundleFormat
internal import BundleMedium
package import Depot
internal import Objects
package import SafeIO

/// MANIFEST, its signature, ENTRIES and the side files of the bundles made here: with them and the
/// objects, any part of a bundle can be written again, byte for byte.
///
/// They lie in `<depot>/exports/<stream>-<sequence>`.
package enum ExportedLists {
  private static let directory = "exports"

  /// The files, MANIFEST last.
  static func names(of manifest: Manifest) -> [String] { BundleWriter.listNames(of: manifest) }

  /// Copies the lists of a bundle that is written but for its name.
  static func keep(
    of writer: BundleWriter,
    _ manifest: Manifest,
    as name: String,
    in depot: Depot
  ) throws(Failure) {
    _ = try depot.root.makeDirectory(directory)
    let exports = try depot.root.directory(directory)
    // What is there is of a run that was stopped before anything was recorded; its MEDIA would be taken
    // for this bundle's.
    _ = try exports.removeTree(name)
    _ = try exports.makeDirectory(name)
    try writer.copyLists(of: manifest, to: try exports.directory(name))
    try exports.sync()
    try depot.root.sync()
  }

  /// Where the lists of bundles are, made when it lacks.
  static func place(in depot: Depot) throws(Failure) -> Directory {
    if try depot.root.makeDirectory(directory) { try depot.root.sync() }
    return try depot.root.directory(directory)
  }

  /// Removes the lists of bundles that cannot be made again, since gc has taken what they list.
  ///
  /// The lock of the depot must be held.
  package static func collect(in depot: Depot) throws(Failure) {
    guard let exports = try depot.root.directoryIfPresent(directory) else { return }
    var kept: Set<String> = []
    for intent in try depot.catalogue.exportIntents() { kept.insert(intent.record.name) }
    for bundle in try depot.catalogue.exports() {
      var isWhole = true
      for snapshot in bundle.snapshots where try depot.objects.size(of: snapshot.digest) == nil {
        isWhole = false
      }
      if isWhole { kept.insert(bundle.name) }
    }
    for entry in try exports.list() where !kept.contains(entry.name) {
      _ = try exports.removeTree(entry.name)
    }
  }

  /// The media of a bundle and what became of them; none where that was not noted.
  ///
  /// - Throws: `integrity` when the note is damaged.
  static func media(
    of name: String,
    in depot: Depot
  ) throws(Failure) -> [MediaSetRecord.Medium] {
    guard let lists = try depot.root.directoryIfPresent(directory + "/" + name) else { return [] }
    return try MediaSetRecord.read(in: lists)?.media ?? []
  }

  /// Where the lists of a bundle are.
  ///
  /// - Throws: `state` when they are not here any more.
  package static func open(_ name: String, in depot: Depot) throws(Failure) -> Directory {
    let path = directory + "/" + name
    guard let lists = try depot.root.directoryIfPresent(path),
      try lists.status("MANIFEST") != nil
    else {
      throw Failure(
        .state,
        "lists-gone",
        "the lists of this bundle are not in this depot (any more), so no part of it can be made "
          + "again",
        subject: name,
        hint: "carry the newest state instead: aptferry export SNAPSHOT --full --to DIR, with "
          + "--site SITE if it is for one"
      )
    }
    return lists
  }
}
