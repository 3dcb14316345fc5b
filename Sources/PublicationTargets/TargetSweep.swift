#if Network
internal import Depot
internal import ObjectStoreClient
internal import Publishing
internal import SafeIO

/// Removes from a target what only generations had whose time is over: by their listings, never by a
/// list of the bucket.
struct TargetSweep {
  let store: TargetStore
  /// What the target says now.
  let state: TargetState
  let generation: ShippedGeneration

  /// Removes what no generation that stays has; answers how many files that were.
  ///
  /// The listing of a generation goes last: as long as it is there, the next sweep goes on.
  func run(_ before: TargetPublisher.Before, now: UTCTime) throws(Failure) -> UInt64 {
    let doomed = try doomed(before, now)
    guard !doomed.isEmpty else { return 0 }
    let numbers = Set(doomed.map(\.generation.number))
    var staying = before.kept.filter { !numbers.contains($0.generation.number) }.map(\.list)
    if let current = before.current { staying.append(current) }
    staying.append(generation.list)
    var paths: Set<String> = []
    for one in doomed {
      try one.list.forEachPath(in: 0..<one.list.count) { (_, bytes) throws(Failure) in
        let path = String(decoding: bytes, as: UTF8.self)
        if !staying.contains(where: { $0.index(of: path) != nil }) { paths.insert(path) }
      }
    }
    let gone = paths.sorted()
    let (client, layout) = (store.client, store.layout)
    try Threads.forEach(count: gone.count, width: client.settings.width) {
      (index) throws(Failure) in
      try client.delete(layout.key(gone[index]))
    }
    for one in doomed {
      try client.delete(layout.plan(one.generation.number))
      try client.delete(layout.files(one.generation.number))
    }
    return UInt64(gone.count)
  }

  /// Those whose grace is over and that are not among the newest.
  private func doomed(
    _ before: TargetPublisher.Before,
    _ now: UTCTime
  ) throws(Failure) -> [(generation: TargetGeneration, list: FileList)] {
    let limit = now.adding(seconds: -generation.grace)
    let newest = Set(
      state.kept.map(\.number).sorted().suffix(max(0, generation.kept - 1))
    )
    return before.kept.filter { one in
      !newest.contains(one.generation.number) && (one.generation.ended ?? .latest) <= limit
    }
  }
}
#endif
