package import SafeIO

extension Depot {
  /// Refuses a directory that lies in a depot, by whatever name it was reached, for what is written
  /// outside: a link on a medium may lead here.
  ///
  /// - Throws: `unsafe` for a directory of this depot, of its publications, or of another depot.
  package func requireOutside(_ directory: Directory) throws(Failure) {
    for own in try ownDirectories() where try directory.isWithin(own) {
      throw Depot.inside(directory.path, own.path)
    }
    try Depot.requireOutsideAny(directory)
  }

  /// Refuses a directory that lies in any depot, where none is at hand.
  ///
  /// - Throws: `unsafe` for a directory below one that has a depot's configuration and objects.
  package static func requireOutsideAny(_ directory: Directory) throws(Failure) {
    let isInOne = try directory.containsAncestor { (above) throws(Failure) in
      guard try above.status(DepotConfiguration.fileName)?.kind == .regular else { return false }
      return try above.status("objects")?.kind == .directory
    }
    if isInOne { throw inside(directory.path, "a depot that lies there") }
  }

  /// Refuses a directory as `requireOutside(_:)` does, and a file that has another name in the
  /// depot's own directory.
  package func requireOutside(
    _ directory: Directory,
    replacing present: FileStatus?
  ) throws(Failure) {
    try requireOutside(directory)
    guard let present, present.links > 1 else { return }
    for entry in try root.list() {
      guard let own = try root.statusOfOwnFile(entry.name), own.device == present.device,
        own.inode == present.inode
      else { continue }
      throw Depot.inside(directory.path, root.describe(entry.name))
    }
  }

  /// The depot, and its publications where they lie elsewhere.
  private func ownDirectories() throws(Failure) -> [Directory] {
    guard let path = configuration.publicDirectory else { return [root] }
    do {
      return [root, try Directory(opening: path)]
    } catch {
      // What is not there, nothing is in.
      guard error.name == .noDirectory else { throw error }
      return [root]
    }
  }

  private static func inside(_ place: String, _ depot: String) -> Failure {
    Failure(
      .unsafe,
      "inside-depot",
      "this leads into the depot (\(depot)), where only aptferry writes",
      subject: place,
      hint: "name a place outside; on a medium, find out who put a link to the depot there"
    )
  }
}
