internal import Objects
internal import SafeIO

/// Takes objects from a backup, and what it lacks from a tree.
struct RestoreIntake {
  let source: LocalObjects
  let target: LocalObjects
  let tree: RepairSource?
  var count: UInt64 = 0
  var repaired: UInt64 = 0
  var missing: [SHA256Digest] = []

  init(from source: LocalObjects, to target: LocalObjects, _ tree: RepairSource?) {
    (self.source, self.target, self.tree) = (source, target, tree)
  }

  mutating func take(
    _ objects: [BackupNeeds.Object],
    _ progress: ProgressSink?
  ) throws(Failure) {
    for object in objects {
      try Interruption.check()
      if try takeFromBackup(object) {
        count += 1
      } else if try takeFromTree(object) {
        count += 1
        repaired += 1
      } else {
        missing.append(object.digest)
      }
      let done = count + UInt64(missing.count)
      guard let progress, done % 100 == 0 || done == UInt64(objects.count) else { continue }
      progress(
        ProgressReport(
          phase: "restoring objects",
          filesDone: done,
          filesTotal: UInt64(objects.count),
          bytesDone: 0,
          bytesTotal: 0
        )
      )
    }
    missing.sort()
  }

  /// Takes what is kept for auditors into a directory of its own: names of the depot's objects where
  /// it has them, else content that is hashed on its way.
  ///
  /// `earlier` is where the first format of a state had it.
  mutating func take(
    evidence: [BackupNeeds.Object],
    or earlier: Directory?,
    to place: Directory
  ) throws(Failure) {
    for object in evidence {
      try Interruption.check()
      let (digest, size) = (object.digest, object.size ?? 0)
      // Only what was whole has got its name.
      if try place.sizeOfOwnFile(digest.hex) == size { continue }
      if try target.contains(digest, size: size),
        target.tryLink(digest, to: place, as: digest.hex) == 0
      {
        continue
      }
      if try !write(digest, size, from: earlier, to: place), !missing.contains(digest) {
        missing.append(digest)
      }
    }
    missing.sort()
    try place.sync()
  }

  /// False when neither the backup nor a tree has it whole.
  private func write(
    _ digest: SHA256Digest,
    _ size: UInt64,
    from earlier: Directory?,
    to place: Directory
  ) throws(Failure) -> Bool {
    if try source.size(of: digest) == size, try write(digest, size, source.file(digest), place) {
      return true
    }
    if let earlier, try earlier.sizeOfOwnFile(digest.hex) == size,
      try write(digest, size, earlier.file(digest.hex), place)
    {
      return true
    }
    guard let file = try tree?.file(for: digest, size: size) else { return false }
    return try write(digest, size, file, place)
  }

  private func write(
    _ digest: SHA256Digest,
    _ size: UInt64,
    _ file: borrowing OpenFile,
    _ place: Directory
  ) throws(Failure) -> Bool {
    let temporary = digest.hex + ".part"
    _ = try place.removeFile(temporary)
    let copy = try place.createFile(temporary, mode: 0o444)
    do throws(Failure) {
      try ObjectContent.copy(digest, size: size) { (offset, block) throws(Failure) in
        try file.read(into: block, at: offset, limit: .max)
      } _: { (bytes) throws(Failure) in
        try copy.write(bytes)
      }
    } catch  where error.name == "object-content" {
      _ = try place.removeFile(temporary)
      return false
    }
    try DurableFile.settle(copy, temporary, as: digest.hex, in: place)
    return true
  }

  /// Every byte is hashed on its way; what an interrupted run brought is looked at by its mark.
  private func takeFromBackup(_ object: BackupNeeds.Object) throws(Failure) -> Bool {
    guard let size = try source.size(of: object.digest), object.size ?? size == size else {
      return false
    }
    var isUnreadable = false
    do throws(Failure) {
      _ = try target.admit(object.digest, size: size) { (offset, block) throws(Failure) in
        do throws(Failure) {
          return try source.read(object.digest, at: offset, limit: .max, into: block)
        } catch {
          isUnreadable = true
          throw error
        }
      }
      return true
    } catch  where error.name == "object-content" || isUnreadable {
      return false
    }
  }

  private func takeFromTree(_ object: BackupNeeds.Object) throws(Failure) -> Bool {
    guard let tree, let file = try tree.file(for: object.digest, size: object.size) else {
      return false
    }
    _ = try target.admit(object.digest, size: try file.status().size) {
      (offset, block) throws(Failure) in
      try file.read(into: block, at: offset, limit: .max)
    }
    return true
  }

  func requireWhole(_ place: BackupPlace) throws(Failure) {
    guard !missing.isEmpty else { return }
    throw Failure(
      .integrity,
      "backup-damaged",
      "the backup lacks \(missing.count) objects that it should have, or has them damaged",
      subject: place.root.path,
      hint: "name a tree that may have them with --repair-from DIR, or go on without them with "
        + "--incomplete",
      details: missing.map { "missing object \($0.hex)" }
    )
  }
}
