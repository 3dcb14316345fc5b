internal import SafeIO

/// Copies of the small files of a depot: all but content, catalogue, audit log, locks and what is
/// published.
enum BackupFiles {
  /// Directories that are not copied as they are.
  private static let otherDirectories = ["objects", "incoming", "public", "uploads"]
  /// Files that are not, and are not `*.lock`, `*.part` or of the catalogue.
  private static let otherFiles = [
    AuditLog.fileName, Depot.lockName, DepotRestore.marker, BackupState.summary, BackupState.trees,
    BackupEvidence.listName, SpaceReserve.fileName,
  ]

  /// Copies what a depot, or the state of one, has beside the catalogue and the audit log:
  /// configuration, keys, lists of exports and of bundles that came in.
  ///
  /// `depot.conf` stays out with `isMaking`: it is written when all the rest is there.
  static func copyRest(
    from source: Directory,
    to target: Directory,
    isMaking: Bool = false
  ) throws(Failure) {
    for entry in try source.list() {
      switch entry.kind {
      case .directory where !otherDirectories.contains(entry.name):
        try copyTree(entry.name, from: source, to: target)
      case .regular:
        if entry.name == DepotConfiguration.fileName, isMaking { continue }
        guard isKept(entry.name), !otherFiles.contains(entry.name),
          !entry.name.hasPrefix("catalogue.")
        else { continue }
        try copy(entry.name, from: source, to: target)
      default: break
      }
    }
  }

  /// Locks and what was never complete are nobody's to keep.
  private static func isKept(_ name: String) -> Bool {
    !name.hasSuffix(".lock") && !name.hasPrefix(".#") && !name.hasSuffix(".part")
  }

  /// Copies a directory; sockets, as those of gpg's agent, stay out.
  private static func copyTree(
    _ name: String,
    from source: Directory,
    to target: Directory
  ) throws(Failure) {
    let tree = try source.directory(name)
    _ = try target.makeDirectory(name, mode: 0o700)
    let copy = try target.directory(name)
    for entry in try tree.list() where isKept(entry.name) {
      switch entry.kind {
      case .regular: try self.copy(entry.name, from: tree, to: copy)
      // Content by its digest, which goes among the objects.
      case .directory where "\(name)/\(entry.name)" == KeptEvidence.objectsPath: break
      case .directory: try copyTree(entry.name, from: tree, to: copy)
      default: break
      }
    }
  }

  /// Copies a file with the mode that it has; nothing when it has gone meanwhile.
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
      mode: status.mode & 0o777
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
