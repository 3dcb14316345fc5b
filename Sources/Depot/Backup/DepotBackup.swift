internal import Objects
package import SafeIO
internal import Synchronization

/// `depot backup`: the state of a depot first, at one moment; its objects behind it, for as long as
/// that takes.
///
/// While it lives, gc waits: no object that the state refers to goes.
package final class DepotBackup {
  private let depot: Depot
  private let place: BackupPlace
  private let placeLock: FileLock
  private let collectionLock: FileLock

  /// Held by a backup, and by gc.
  static let lockName = "backup.lock"

  /// Opens or makes the place; nothing of the depot is copied yet.
  ///
  /// - Throws: `unsafe` for a place inside a depot, `state` for one with other things in it.
  package init(
    of depot: Depot,
    to path: String,
    key: String,
    hasObjects: Bool
  ) throws(Failure) {
    self.depot = depot
    // Before a directory is made there.
    try depot.requireOutside(try Directory(nearest: path))
    place = try BackupPlace(
      creating: path,
      for: .init(site: depot.configuration.site, key: key, hasObjects: hasObjects)
    )
    // Each of them, since something of the depot may be mounted there.
    for directory in try place.directories { try depot.requireOutside(directory) }
    _ = try place.nextNumber()
    placeLock = try place.lock(for: "depot backup")
    collectionLock = try FileLock(
      DepotBackup.lockName,
      in: depot.root,
      holder: LockHolder.text(command: "depot backup")
    )
  }

  /// What of the depot's own GnuPG home no backup has, although people may miss it.
  package static func leftOut(of depot: Depot) throws(Failure) -> [String] {
    try KeyHome(in: depot.root, isState: false).leftOut
  }

  /// What a backup would copy; nothing is written.
  package static func plan(
    of depot: Depot,
    to path: String,
    hasObjects: Bool
  ) throws(Failure) -> BackupReport {
    let nearest = try Directory(nearest: path)
    try depot.requireOutside(nearest)
    var present: LocalObjects?
    do throws(Failure) {
      let place = try BackupPlace(opening: path)
      present = try place.objects
      _ = try place.nextNumber()
    } catch  where error.name == .noDirectory || error.name == "no-backup" {}
    let spare = try present.map { (objects) throws(Failure) in
      try Catalogue(opening: depot.root, objects: objects, isReading: true)
    }
    let needs = try BackupNeeds(
      of: depot,
      or: spare,
      evidence: try BackupEvidence.kept(in: depot.root),
      hasObjects: hasObjects
    )
    let survey = try BackupSurvey(needs, of: depot, in: present)
    let rest = try [Catalogue.fileName, AuditLog.fileName].map { (name) throws(Failure) in
      try depot.root.sizeOfOwnFile(name) ?? 0
    }
    try requireRoom(for: survey, beside: rest.reduce(0, &+), in: nearest)
    var report = BackupReport(place: path, state: nil, hasObjects: hasObjects)
    report.objects = UInt64(needs.objects.count - survey.absent.count)
    (report.copied, report.copiedBytes) = (UInt64(survey.pending.count), survey.bytes)
    (report.lost, report.absent) = (survey.lost.sorted(), survey.absent)
    return report
  }

  /// Refuses early where the file system is too small.
  private static func requireRoom(
    for survey: BackupSurvey,
    beside rest: UInt64 = 0,
    in directory: Directory
  ) throws(Failure) {
    let free = try directory.freeSpace()
    let count = UInt64(survey.pending.count)
    // A file fills its last block.
    let need = survey.bytes &+ count &* 4096 &+ rest
    guard need <= free.bytes else {
      throw Failure(
        .resource,
        "no-space",
        "the backup does not fit: \(ByteSize.text(need)) are needed, \(ByteSize.text(free.bytes)) "
          + "are free",
        subject: directory.path,
        hint: "free \(ByteSize.text(need - free.bytes)) there and run the same command again"
      )
    }
    if let inodes = free.inodes, inodes < count {
      throw Failure(
        .resource,
        "no-inodes",
        "the backup does not fit: \(count) inodes are needed, \(inodes) are free",
        subject: directory.path,
        hint: "give the backup a file system with more inodes"
      )
    }
  }

  /// Copies everything but objects; the depot's lock must be held, and may be given back then.
  package func takeState(trees: String, now: UTCTime) throws(Failure) {
    let states = try place.states
    _ = try states.removeTree(BackupPlace.part)
    _ = try states.makeDirectory(BackupPlace.part, mode: 0o700)
    _ = try BackupState(
      of: depot,
      in: try states.directory(BackupPlace.part),
      trees: trees,
      now: now
    )
  }

  /// Copies the objects that the state refers to, then lets it count instead of the one before.
  package func finish(_ progress: ProgressSink?) throws(Failure) -> BackupReport {
    let states = try place.states
    let part = try states.directory(BackupPlace.part)
    // Read from the copy, which is checked whole by that: what is copied fits it, and nothing else.
    let copy = try Depot.reading(part, objects: depot.objects, incoming: depot.incoming)
    let backup = try place.objects
    let needs = try BackupNeeds(
      of: copy,
      or: try Catalogue(opening: part, objects: backup, isReading: true),
      evidence: try BackupEvidence.listed(in: part),
      hasObjects: place.identity.hasObjects
    )
    var survey = try BackupSurvey(needs, of: depot, in: backup)
    try DepotBackup.requireRoom(for: survey, in: place.root)
    let copied = try copyAll(survey.pending, to: backup, progress)
    survey.lost.formUnion(copied.lost)
    survey.absent.formUnion(copied.lost)
    let number = try place.nextNumber()
    try place.root.syncFileSystem()
    try states.rename(BackupPlace.part, to: states, as: BackupPlace.name(number))
    try states.sync()
    var report = BackupReport(
      place: place.root.path,
      state: number,
      hasObjects: place.identity.hasObjects
    )
    report.objects = UInt64(needs.objects.count - survey.absent.count)
    (report.copied, report.copiedBytes) = (copied.count, copied.bytes)
    (report.lost, report.absent) = (survey.lost.sorted(), survey.absent)
    // What a damaged depot no longer names or has may be all that is left of it.
    if report.lost.isEmpty {
      report.removed = try dropEarlier(than: number, keeping: needs.objects)
    }
    return report
  }

  private struct Copied: Sendable {
    var done: UInt64 = 0
    var count: UInt64 = 0
    var bytes: UInt64 = 0
    var lost: Set<SHA256Digest> = []
  }

  /// Copies what is not there yet, on all processors; each object is hashed on its way.
  private func copyAll(
    _ objects: [BackupNeeds.Object],
    to target: LocalObjects,
    _ progress: ProgressSink?
  ) throws(Failure) -> Copied {
    let source = depot.objects
    let evidence = try depot.root.directoryIfPresent(KeptEvidence.objectsPath)
    let collected = Shared(Copied())
    try Threads.forEach(count: objects.count) { (index) throws(Failure) in
      try Interruption.check()
      let (object, size) = (objects[index], objects[index].size ?? 0)
      let isGood = try DepotBackup.copy(object, size, from: source, evidence, to: target)
      collected.value.withLock { all in
        all.done += 1
        if isGood {
          all.count += 1
          all.bytes &+= size
        } else {
          all.lost.insert(object.digest)
        }
        guard let progress, all.done % 100 == 0 || all.done == UInt64(objects.count) else { return }
        progress(
          ProgressReport(
            phase: "copying objects",
            filesDone: all.done,
            filesTotal: UInt64(objects.count),
            bytesDone: all.bytes,
            bytesTotal: 0
          )
        )
      }
    }
    try target.sync()
    return collected.value.withLock { $0 }
  }

  /// False when what the depot has is not what its name says, or has gone meanwhile.
  private static func copy(
    _ object: BackupNeeds.Object,
    _ size: UInt64,
    from source: any ObjectStore,
    _ evidence: Directory?,
    to target: LocalObjects
  ) throws(Failure) -> Bool {
    do throws(Failure) {
      if object.isEvidence, let evidence {
        let file = try evidence.file(object.digest.hex)
        _ = try target.admit(object.digest, size: size) { (offset, block) throws(Failure) in
          try file.read(into: block, at: offset, limit: .max)
        }
      } else {
        _ = try target.admit(object.digest, size: size) { (offset, block) throws(Failure) in
          try source.read(object.digest, at: offset, limit: .max, into: block)
        }
      }
      return true
    } catch  where error.name == "object-content" {
      return false
    }
  }

  /// Removes the states before, then the objects that only they had.
  private func dropEarlier(
    than number: UInt64,
    keeping objects: [BackupNeeds.Object]
  ) throws(Failure) -> UInt64 {
    let states = try place.states
    for earlier in try place.numbers() where earlier < number {
      _ = try states.removeTree(BackupPlace.name(earlier))
    }
    try states.sync()
    let target = try place.objects
    var census = try ObjectCensus(target)
    for object in objects { _ = census.mark(object.digest) }
    var removed: UInt64 = 0
    for bucket in census.buckets where bucket.marked < bucket.digests.count {
      for index in bucket.digests.indices where !bucket.isMarked(at: index) {
        if try target.remove(bucket.digests[index]) { removed += 1 }
      }
    }
    return removed
  }
}
