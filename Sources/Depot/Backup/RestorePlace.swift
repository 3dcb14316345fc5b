internal import SafeIO

/// Where a depot is to be restored: its directory, and the one of its publications where that lies
/// elsewhere.
///
/// Both are absent or empty, or those of a restore that goes on: its marker names them.
struct RestorePlace {
  let path: String
  private let publicDirectory: String?
  private let mark: [UInt8]
  /// Whether the depot's directory was there.
  private let isThere: Bool
  /// Whether no restore began here before.
  private let isNew: Bool

  /// Looks at both, and makes neither.
  init(_ path: String, publicDirectory: String?, of backup: BackupPlace) throws(Failure) {
    self.path = path
    self.publicDirectory = publicDirectory
    mark = Array("\(backup.root.path)\n\(publicDirectory ?? "")\n".utf8)
    try RestorePlace.refuseInside(path, backup)
    var marked: String?
    isThere = try Directory.isThere(path)
    if isThere {
      let root = try Directory(opening: path)
      try RestorePlace.refuseAround(root, backup)
      marked = try RestorePlace.marked(in: root, backup)
    }
    isNew = marked == nil
    guard let publicDirectory else { return }
    try RestorePlace.refuseInside(publicDirectory, backup)
    guard try Directory.isThere(publicDirectory) else { return }
    let directory = try Directory(opening: publicDirectory)
    try Depot.refuseWorldWritable(try directory.status(), publicDirectory)
    // Another depot may publish there, or this one before it was lost: its trees are not ours. Those
    // of a restore that goes on are.
    guard marked != publicDirectory, try !directory.list().isEmpty else { return }
    throw Failure(
      .state,
      "public-directory",
      "the public directory of the depot has something in it",
      subject: publicDirectory,
      hint: "move it away, or name another one with --public DIR"
    )
  }

  private static func refuseInside(_ path: String, _ backup: BackupPlace) throws(Failure) {
    if try Directory(nearest: path).isWithin(backup.root) { throw insideBackup(path) }
  }

  private static func refuseAround(_ root: Directory, _ backup: BackupPlace) throws(Failure) {
    if try backup.root.isWithin(root) { throw insideBackup(root.path) }
  }

  private static func insideBackup(_ path: String) -> Failure {
    Failure(
      .usage,
      "inside-backup",
      "the depot and its backup cannot lie within each other",
      subject: path
    )
  }

  /// The public directory of a restore that began here, empty where it is the depot's own; nil when
  /// none began.
  private static func marked(
    in root: Directory,
    _ backup: BackupPlace
  ) throws(Failure) -> String? {
    let names = try root.list().map(\.name)
    guard names.contains(DepotRestore.marker) else {
      // What a run leaves that was stopped before it wrote the marker.
      if Set(names).subtracting([DepotRestore.marker + ".part"]).isEmpty { return nil }
      throw Failure(
        .state,
        names.contains(DepotConfiguration.fileName) ? "depot-exists" : "not-empty",
        "a depot is only restored into an absent or empty directory",
        subject: root.path,
        hint: "name a new directory; the damaged depot may be needed to see what it had since"
      )
    }
    let text = String(
      decoding: try root.contents(of: DepotRestore.marker, limit: 1 << 14),
      as: UTF8.self
    )
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard let first = lines.first, first == backup.root.path else {
      throw Failure(
        .state,
        "restore-unfinished",
        "another restore of this depot did not come to its end",
        subject: root.path,
        hint: "run that one again, or remove the directory"
      )
    }
    return lines.count > 1 ? String(lines[1]) : ""
  }

  /// Makes the depot's directory, with the marker in it.
  func make() throws(Failure) -> Directory {
    let root = try Directory(creating: path)
    if isNew { try root.setMode(0o755) }
    // Again when another public directory is named now, which was found empty.
    let name = DepotRestore.marker
    let isMarked = isNew ? false : try root.contents(of: name, limit: 1 << 14) == mark
    if !isMarked {
      try DurableFile.write(mark, as: name, in: root, mode: 0o600)
    }
    return root
  }

  /// Makes the public directory where it lies elsewhere; clients of a web server must reach it.
  func makePublic() throws(Failure) {
    guard let publicDirectory else { return }
    let isThere = try Directory.isThere(publicDirectory)
    let directory = try Directory(creating: publicDirectory)
    if !isThere { try directory.setMode(0o755) }
  }

  /// Leaves nothing of a restore that was refused; its lock must be held.
  ///
  /// One that began before stays as it is.
  func withdraw(_ root: Directory) throws(Failure) {
    guard isNew else { return }
    for entry in try root.list() where entry.name != DepotRestore.marker {
      _ = try root.removeTree(entry.name)
    }
    _ = try root.removeFile(DepotRestore.marker)
    let (parent, name) = NamedPath.split(path)
    if !isThere, !name.isEmpty { _ = try Directory(opening: parent).removeDirectory(name) }
  }
}
