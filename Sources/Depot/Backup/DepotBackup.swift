internal import Objects
package import SafeIO
internal import Synchronization

/// What a backup did, or would do.
package struct BackupReport: Sendable {
  /// Where it lies.
  package let place: String
  /// The number of the state; nil when nothing was written.
  package let state: UInt64?
  /// Whether all objects are in it.
  package let hasObjects: Bool
  /// How many objects it holds.
  package var objects: UInt64 = 0
  /// How many of them were copied now.
  package var copied: UInt64 = 0
  /// Their bytes.
  package var copiedBytes: UInt64 = 0
  /// How many objects of earlier backups went, since nothing needs them any more.
  package var removed: UInt64 = 0
  /// Objects that the depot needs and has not, or has damaged, and the backup neither.
  package var lost: [SHA256Digest] = []

  /// Refuses to be content when the depot lacks something that it needs.
  package func requireWhole() throws(Failure) {
    guard !lost.isEmpty else { return }
    throw Failure(
      .integrity,
      "depot-damaged",
      "the backup is complete but for \(lost.count) objects that the depot lacks or has damaged",
      subject: place,
      hint: "run: aptferry depot check --repair-from DIR, then make the backup again",
      details: lost.map { "missing object \($0.hex)" }
    )
  }
}

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
    try DepotBackup.requireOutside(path, depot)
    place = try BackupPlace(
      creating: path,
      for: .init(site: depot.configuration.site, key: key, hasObjects: hasObjects)
    )
    try depot.requireOutside(place.root)
    placeLock = try place.lock(for: "depot backup")
    collectionLock = try FileLock(
      DepotBackup.lockName,
      in: depot.root,
      holder: LockHolder.text(command: "depot backup")
    )
  }

  /// Refuses a place inside a depot before a directory is made there.
  private static func requireOutside(_ path: String, _ depot: Depot) throws(Failure) {
    var path = path
    while true {
      do {
        return try depot.requireOutside(try Directory(opening: path))
      } catch  where error.name == .noDirectory && !["/", "."].contains(path) {
        path = NamedPath.split(path).directory
      }
    }
  }

  /// What a backup would copy; nothing is written.
  package static func plan(
    of depot: Depot,
    to path: String,
    hasObjects: Bool
  ) throws(Failure) -> BackupReport {
    try requireOutside(path, depot)
    var present: LocalObjects?
    do throws(Failure) {
      present = try BackupPlace(opening: path).objects
    } catch  where error.name == .noDirectory || error.name == "no-backup" {}
    var report = BackupReport(place: path, state: nil, hasObjects: hasObjects)
    for object in try BackupNeeds(of: depot, hasObjects: hasObjects).objects {
      try Interruption.check()
      let found = object.size == nil ? try depot.objects.size(of: object.digest) : object.size
      guard let size = found else {
        report.lost.append(object.digest)
        continue
      }
      report.objects += 1
      if let present, try present.contains(object.digest, size: size) { continue }
      report.copied += 1
      report.copiedBytes &+= size
    }
    return report
  }

  /// Copies everything but objects; the depot's lock must be held, and may be given back then.
  package func takeState(trees: String, now: UTCTime) throws(Failure) {
    let states = try place.root.directory(BackupPlace.states)
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
    let states = try place.root.directory(BackupPlace.states)
    let part = try states.directory(BackupPlace.part)
    // Read from the copy, which is checked whole by that: what is copied fits it, and nothing else.
    let copy = try Depot.reading(part, objects: depot.objects, incoming: depot.incoming)
    let needs = try BackupNeeds(of: copy, hasObjects: place.identity.hasObjects)
    let copied = try copyObjects(needs.objects, progress)
    let number = (try place.numbers().last ?? 0) + 1
    try place.root.syncFileSystem()
    try states.rename(BackupPlace.part, to: states, as: BackupPlace.name(number))
    try states.sync()
    var report = BackupReport(
      place: place.root.path,
      state: number,
      hasObjects: place.identity.hasObjects
    )
    report.objects = UInt64(needs.objects.count - copied.lost.count)
    (report.copied, report.copiedBytes, report.lost) = (copied.count, copied.bytes, copied.lost)
    report.removed = try dropEarlier(than: number, keeping: needs.objects)
    return report
  }

  private struct Copied: Sendable {
    var done: UInt64 = 0
    var count: UInt64 = 0
    var bytes: UInt64 = 0
    var lost: [SHA256Digest] = []
  }

  /// Copies what is not there yet, on all processors; each object is hashed on its way.
  private func copyObjects(
    _ objects: [BackupNeeds.Object],
    _ progress: ProgressSink?
  ) throws(Failure) -> Copied {
    let (source, target) = (depot.objects, try place.objects)
    let collected = Shared(Copied())
    try Threads.forEach(count: objects.count) { (index) throws(Failure) in
      try Interruption.check()
      let object = objects[index]
      let outcome = try DepotBackup.copy(object, from: source, to: target)
      collected.value.withLock { all in
        all.done += 1
        switch outcome {
        case .present: break
        case .copied(let size):
          all.count += 1
          all.bytes &+= size
        case .lost: all.lost.append(object.digest)
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
    var copied = collected.value.withLock { $0 }
    copied.lost.sort()
    return copied
  }

  private enum Outcome: Sendable {
    case present
    case copied(UInt64)
    case lost
  }

  private static func copy(
    _ object: BackupNeeds.Object,
    from source: any ObjectStore,
    to target: LocalObjects
  ) throws(Failure) -> Outcome {
    let there = try target.size(of: object.digest)
    let here = try source.size(of: object.digest)
    guard let size = object.size ?? here ?? there else { return .lost }
    if there == size, try target.contains(object.digest, size: size) { return .present }
    guard here != nil else { return .lost }
    do throws(Failure) {
      _ = try target.admit(object.digest, size: size) { (offset, block) throws(Failure) in
        try source.read(object.digest, at: offset, limit: .max, into: block)
      }
      return .copied(size)
    } catch  where error.name == "object-content" {
      return .lost
    }
  }

  /// Removes the states before, then the objects that only they had.
  private func dropEarlier(
    than number: UInt64,
    keeping objects: [BackupNeeds.Object]
  ) throws(Failure) -> UInt64 {
    let states = try place.root.directory(BackupPlace.states)
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
