internal import SafeIO

/// Copies of the small files of a depot: all but content, catalogue, audit log, locks and what is
/// published.
enum BackupFiles {
  /// Directories that are not copied as they are.
  private static let otherDirectories: Set<String> = ["objects", "incoming", "public", "uploads"]
  /// Files that are not, and are not `*.lock`, `*.part` or of the catalogue.
  private static let otherFiles: Set<String> = [
    AuditLog.fileName, Depot.lockName, DepotRestore.marker, BackupState.summary, BackupState.trees,
    BackupEvidence.listName, SpaceReserve.fileName,
  ]

  /// Copies into a state what a depot has beside the catalogue and the audit log: configuration, keys,
  /// lists of exports and of bundles that came in.
  static func copyRest(of depot: Directory, to state: Directory) throws(Failure) {
    try KeyHome(in: depot, isState: false).copy(to: state)
    for entry in try depot.list() where entry.name != KeyHome.name {
      switch entry.kind {
      case .directory where !otherDirectories.contains(entry.name):
        try copyTree(entry.name, from: depot, to: state)
      case .regular where !isElsewhere(entry.name): try copy(entry.name, from: depot, to: state)
      default: break
      }
    }
  }

  /// Whether a file of a depot or a state is copied by somebody else, or by nobody.
  static func isElsewhere(_ name: String) -> Bool {
    !isKept(name) || otherFiles.contains(name) || name.hasPrefix("catalogue.")
  }

  /// Locks and what was never complete are nobody's to keep.
  static func isKept(_ name: String) -> Bool {
    !name.hasSuffix(".lock") && !name.hasPrefix(".#") && !name.hasSuffix(".part")
  }

  /// Copies a directory; of one in a depot that is used, sockets and the like stay out.
  static func copyTree(
    _ name: String,
    from source: Directory,
    to target: Directory,
    isState: Bool = false
  ) throws(Failure) {
    let tree = try source.directory(name)
    if isState { try requirePlain(tree) }
    _ = try target.makeDirectory(name, mode: 0o700)
    let copy = try target.directory(name)
    for entry in try tree.list() where isKept(entry.name) {
      switch entry.kind {
      case .regular: try self.copy(entry.name, from: tree, to: copy)
      // Content by its digest, which goes among the objects.
      case .directory where "\(name)/\(entry.name)" == KeptEvidence.objectsPath: break
      case .directory: try copyTree(entry.name, from: tree, to: copy, isState: isState)
      default: break
      }
    }
  }

  /// Refuses a directory of a backup with something in it that no backup writes.
  static func requirePlain(_ directory: Directory) throws(Failure) {
    let strangers = try directory.list().filter { $0.kind != .regular && $0.kind != .directory }
    let odd = try strangers.map(\.name) + directory.unreadableNames()
    guard let first = odd.first else { return }
    throw BackupPlace.damaged(
      directory.describe(first),
      "has a link, a pipe or a name that no backup has",
      hint: "find out who put it there; take it away, or use another backup"
    )
  }

  /// Copies a file with the mode that it has; nothing when it has gone meanwhile.
  ///
  /// Whatever became of the mode in a backup: none of them is for others to write, or to be run.
  static func copy(
    _ name: String,
    from source: Directory,
    to directory: Directory
  ) throws(Failure) {
    guard let status = try source.statusOfOwnFile(name) else { return }
    try copy(
      try source.file(name),
      size: status.size,
      as: name,
      in: directory,
      mode: status.mode & 0o644
    )
  }

  /// Copies the first `size` bytes of a file, durably.
  static func copy(
    _ source: borrowing OpenFile,
    size: UInt64,
    as name: String,
    in directory: Directory,
    mode: UInt32 = 0o600
  ) throws(Failure) {
    let temporary = name + ".part"
    _ = try directory.removeFile(temporary)
    let target = try directory.createFile(temporary, mode: mode)
    try target.setMode(mode)
    let block = Block(capacity: 1 << 18)
    var done: UInt64 = 0
    while done < size {
      try Interruption.check()
      block.clear()
      let count = try source.read(into: block, at: done, limit: Int(min(size - done, 1 << 18)))
      guard count > 0 else { break }
      done &+= UInt64(count)
      try target.write(block.bytes)
    }
    let written = try target.status().size
    guard done == size, written == size else {
      throw Failure(
        .io,
        "short-write",
        "\(written) of \(size) bytes arrived",
        subject: directory.describe(name)
      )
    }
    try DurableFile.settle(target, temporary, as: name, in: directory)
    try target.close()
  }
}
