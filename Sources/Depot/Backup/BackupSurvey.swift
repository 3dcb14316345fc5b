internal import Objects
internal import SafeIO
internal import Synchronization

/// What a backup has of the objects that it needs, and what the depot can give; only looked at.
struct BackupSurvey: Sendable {
  /// What is to be copied.
  var pending: [BackupNeeds.Object] = []
  /// Its bytes.
  var bytes: UInt64 = 0
  /// What the depot lacks or has damaged.
  var lost: Set<SHA256Digest> = []
  /// What of that the backup lacks too.
  var absent: Set<SHA256Digest> = []

  private enum Finding: Sendable {
    case present
    case pending(UInt64)
    case lost(isInBackup: Bool)
  }

  init(_ needs: BackupNeeds, of depot: Depot, in backup: LocalObjects?) throws(Failure) {
    let evidence = try depot.root.directoryIfPresent(KeptEvidence.objectsPath)
    let findings = Shared([Finding](repeating: .present, count: needs.objects.count))
    try Threads.forEach(count: needs.objects.count) { (index) throws(Failure) in
      try Interruption.check()
      let found = try BackupSurvey.look(needs.objects[index], depot, evidence, backup)
      findings.value.withLock { $0[index] = found }
    }
    for (object, finding) in zip(needs.objects, findings.value.withLock { $0 }) {
      switch finding {
      case .present: break
      case .pending(let size):
        pending.append(
          BackupNeeds.Object(digest: object.digest, size: size, isEvidence: object.isEvidence)
        )
        bytes &+= size
      case .lost(let isInBackup):
        lost.insert(object.digest)
        if !isInBackup { absent.insert(object.digest) }
      }
    }
    lost.formUnion(needs.damaged)
    absent.formUnion(needs.unreadable)
  }

  private static func look(
    _ object: BackupNeeds.Object,
    _ depot: Depot,
    _ evidence: Directory?,
    _ backup: LocalObjects?
  ) throws(Failure) -> Finding {
    let here =
      object.isEvidence
      ? try evidence?.sizeOfOwnFile(object.digest.hex) : try depot.objects.size(of: object.digest)
    let there = try backup?.size(of: object.digest)
    guard let size = object.size ?? here ?? there else { return .lost(isInBackup: false) }
    var isInBackup = false
    if let backup, there == size { isInBackup = try backup.contains(object.digest, size: size) }
    guard isInBackup else { return here == size ? .pending(size) : .lost(isInBackup: false) }
    // One look at the mark; an object that lost it is read.
    let isHere =
      if object.isEvidence { here == size } else {
        try depot.objects.contains(object.digest, size: size)
      }
    return isHere ? .present : .lost(isInBackup: true)
  }
}
