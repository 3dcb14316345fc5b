internal import Depot
internal import SafeIO

/// The pool that the next generation goes on with: that of the current one.
struct ContinuedPool {
  let number: UInt64
  private let current: GenerationRecord
  private let directory: PublicationDirectory

  /// Nil when there is none that could be gone on with.
  init?(
    of current: GenerationRecord?,
    in directory: PublicationDirectory?
  ) throws(Failure) {
    guard let current, let directory, current.pool > 0,
      try directory.pools.pool(current.pool) != nil
    else { return nil }
    (number, self.current, self.directory) = (current.pool, current, directory)
  }

  /// Those of the directories at the top which a generation's tree has as links into this pool.
  ///
  /// The same directory may be a generation's own, because indexes lie in it too: what a listing
  /// says of it says nothing of the pool then.
  func tops(of generation: GenerationRecord, among tops: Set<String>) throws(Failure) -> Set<String>
  {
    guard generation.pool == number, let tree = try directory.tree(generation.number) else {
      return []
    }
    var found: Set<String> = []
    for top in tops where try tree.status(top)?.kind == .symbolicLink {
      let target = try tree.symbolicLinkTarget(top)
      if target == GenerationTree.target(of: top, inPool: number) { found.insert(top) }
    }
    return found
  }

  /// The same for the generation that clients see.
  func currentTops(among tops: Set<String>) throws(Failure) -> Set<String> {
    try self.tops(of: current, among: tops)
  }
}
