internal import DebianRepository
internal import Depot
internal import SafeIO

/// A generation on its way from an order to a tree: settled, composed and planned; nothing is
/// written yet.
struct Draft {
  /// What is built next.
  private(set) var generation: Generation
  let composition: Composition
  let composed: Composition.Composed
  /// The snapshots, with the distributions as they were settled.
  let sources: RecipeSources
  /// The listing that clients see.
  let oldList: FileList?
  private let depot: Depot
  // The keys of the publication, as files.
  private let further: [(path: String, bytes: [UInt8])]

  /// Settles the recipe, writes and signs Release files unless it is a dry run, and plans the tree.
  init(
    _ order: Publisher.Order,
    _ before: Publisher.Before,
    of publisher: Publisher
  ) throws(Failure) {
    depot = publisher.depot
    oldList = try before.current.map { (record) throws(Failure) in
      try publisher.listing(of: record)
    }
    var recipe = order.recipe
    let unsettled = try RecipeSources(recipe, in: depot)
    try VendorContinuity(depot).remember(in: &recipe, unsettled.records, after: before.recipe)
    let composition = Composition(depot: depot, now: order.now, ownKey: publisher.ownKey)
    composed = try composition.compose(
      &recipe,
      unsettled,
      beside: before.recipe,
      current: oldList,
      isDryRun: order.isDryRun
    )
    self.composition = composition
    // The times of Release files were settled meanwhile.
    sources = unsettled.with(recipe)
    further = try publisher.keyFiles(of: recipe, composition)
    generation = Generation(
      order: order,
      recipe: recipe,
      plan: GenerationPlan.empty,
      present: before.generations,
      retention: Retention(
        before.generations,
        recipe,
        holding: try publisher.heldGenerations(among: before.generations),
        now: order.now
      ),
      pool: try publisher.continuedPool(order.prefix, before.current, recipe, before.recipe)
    )
    try planTree()
  }

  /// The bytes of the files that are no objects yet.
  var texts: [[UInt8]] { composed.texts + sources.rewritten + further.map(\.bytes) }

  /// Plans the tree again, without the pool of the generations before.
  mutating func takeOwnPool() throws(Failure) {
    generation.pool = nil
    try planTree()
  }

  private mutating func planTree() throws(Failure) {
    let (retention, pool) = (generation.retention, generation.pool)
    generation.plan = .empty
    generation.plan = try GenerationPlan(
      generation.recipe,
      sources,
      composed.releases,
      further
    ) { (tops) throws(Failure) in
      try retention.carried(current: oldList, in: depot) { (generation) throws(Failure) in
        try pool?.tops(of: generation, among: tops) ?? []
      }
    }
  }
}
