internal import Depot
internal import Objects
internal import SafeIO

/// The tree of one generation: its own files, and relative links to what it shares.
///
///     dists/…                 files of its own
///     pool -> ../../pools/1/pool
///     vendor/dists/…          the vendor's view, when there are two
///     vendor/pool -> ../pool
///     snapshots -> ../../snapshots
///     .tree/                  a link for each of these but `snapshots`, so that
///                             `snapshots/NAME` has no way round in a circle
struct GenerationTree {
  let plan: GenerationPlan
  let recipe: PublicationRecipe
  let objects: any ObjectStore

  /// What `snapshots/NAME` leads to, in the tree.
  static let inner = ".tree"

  /// Where a directory at the top leads that lies in a pool.
  static func target(of top: String, inPool pool: UInt64) -> String {
    "../../\(Pools.name)/\(pool)/\(top)"
  }

  /// Builds everything below `tree`, which is empty; `pool` is the number of the shared one.
  func build(
    in tree: Directory,
    _ number: UInt64,
    pool: UInt64
  ) throws(Failure) -> TreeBuilder.Count {
    let own = (0..<plan.list.count).filter { !plan.isShared($0) }
    let count = try TreeBuilder(
      list: plan.list,
      positions: own,
      objects: objects,
      tree: tree,
      form: recipe.form,
      times: plan.releases
    ).build()
    guard recipe.hasLinks else {
      try PublicationDirectory.writeMark(number, in: tree)
      return count
    }
    for top in plan.sharedTops.sorted() {
      try tree.makeSymbolicLink(top, target: GenerationTree.target(of: top, inPool: pool))
    }
    if !plan.vendorTops.isEmpty {
      _ = try tree.makeDirectory(GenerationPlan.vendor)
      let vendor = try tree.directory(GenerationPlan.vendor)
      for top in plan.vendorTops.sorted() { try vendor.makeSymbolicLink(top, target: "../\(top)") }
    }
    let names = try tree.list().map(\.name)
    _ = try tree.makeDirectory(GenerationTree.inner)
    let inner = try tree.directory(GenerationTree.inner)
    for name in names { try inner.makeSymbolicLink(name, target: "../\(name)") }
    try tree.makeSymbolicLink("snapshots", target: "../../snapshots")
    return count
  }

  /// Puts what the tree shares into a pool; with `beside`, only what that listing lacks, as far as
  /// `tops` says that what it has lies in the pool.
  func fill(
    _ pool: Directory,
    beside present: FileList?,
    in tops: Set<String>
  ) throws(Failure) -> TreeBuilder.Count {
    let positions = plan.sharedPositions(beside: present, in: tops)
    return try TreeBuilder(
      list: plan.list,
      positions: positions,
      objects: objects,
      tree: pool,
      form: recipe.form,
      isAdding: true
    ).build()
  }
}

extension GenerationPlan {
  /// The positions of what generations share; without what the other listing has just so in these
  /// directories at the top.
  func sharedPositions(beside present: FileList?, in tops: Set<String>) -> [Int] {
    var found: [Int] = []
    found.reserveCapacity(list.count)
    var other = 0
    for index in 0..<list.count {
      let path = list.pathBytes(at: index)
      guard let top = GenerationPlan.top(path), sharedTops.contains(top) else { continue }
      guard let present, tops.contains(top) else {
        found.append(index)
        continue
      }
      while other < present.count, present.pathBytes(at: other).lexicographicallyPrecedes(path) {
        other += 1
      }
      if other < present.count, present.digest(at: other) == list.digest(at: index),
        present.pathBytes(at: other).elementsEqual(path)
      {
        continue
      }
      found.append(index)
    }
    return found
  }
}
