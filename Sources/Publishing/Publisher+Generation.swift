internal import Depot
internal import Objects
internal import SafeIO

/// A generation that is planned, with what is there beside it.
struct Generation {
  let order: Publisher.Order
  let recipe: PublicationRecipe
  var plan: GenerationPlan
  let present: [GenerationRecord]
  let retention: Retention
  /// The pool that it goes on with; nil when it gets one of its own.
  var pool: ContinuedPool?
}

extension Publisher {
  /// Builds a planned generation and switches to it.
  func complete(
    _ generation: Generation,
    _ texts: [[UInt8]],
    oldList: FileList?
  ) throws(Failure) -> (number: UInt64, copies: UInt64) {
    let (prefix, plan) = (generation.order.prefix, generation.plan)
    try checkFiles(of: generation, beside: oldList)
    let directory = try PublicationDirectory(
      prefix,
      in: publicRoot,
      making: true,
      isPlain: !generation.recipe.hasLinks
    )
    guard let directory else {
      throw Failure(.internal, "publication", "no directory for the publication")
    }
    if generation.present.isEmpty, let shown = try directory.currentNumber() {
      throw directory.unknown(shown)
    }
    let number = try nextNumber(prefix, generation.present, directory)
    try keep(texts, plan)
    let (pool, count) = try build(generation, number, in: directory, oldList: oldList)
    let record = GenerationRecord(
      prefix: prefix.text,
      number: number,
      state: .prepared,
      listing: plan.digest,
      files: UInt64(plan.list.count),
      bytes: plan.list.totalSize,
      made: max(generation.order.now, generation.present.last?.made ?? .earliest),
      snapshots: generation.recipe.snapshots,
      recipe: RecipeText.write(generation.recipe),
      pool: pool,
      action: generation.order.action,
      reason: generation.order.reason
    )
    try depot.catalogue.prepare(record)
    try directory.switchTo(number)
    // Clients see it from here on, whatever fails behind.
    facts.add(AuditFact.facts(of: record))
    // Rows first: a tree without a row goes at the next recovery.
    let doomed = generation.retention.doomed
    try depot.catalogue.makeCurrent(number, at: prefix.text, forgetting: doomed.map(\.number))
    facts.add(doomed.map(AuditFact.facts(ofDropped:)))
    try directory.makeLink()
    try directory.showSnapshots(try depot.catalogue.generations(at: prefix.text), of: depot)
    try remove(doomed, of: directory, keeping: generation.retention.retained, plan, pool: pool)
    return (number, count.copies)
  }

  /// Refuses a place where the files cannot be what the recipe wants: better told before than half-way.
  func checkFiles(of generation: Generation, beside oldList: FileList?) throws(Failure) {
    let form = generation.recipe.form
    if form.needsLinks { _ = try depot.objects.requireLinks() }
    // Elsewhere a name of an object cannot be.
    let isElsewhere = try publicRoot.status().device != depot.root.status().device
    if form == .copies || isElsewhere {
      try refuseSmallSpace(generation, beside: oldList)
    }
  }

  /// Copies need their bytes again.
  private func refuseSmallSpace(
    _ generation: Generation,
    beside oldList: FileList?
  ) throws(Failure) {
    let plan = generation.plan
    let tops = try generation.pool?.currentTops(among: plan.sharedTops) ?? []
    var needed: UInt64 = 0
    for index in plan.sharedPositions(beside: oldList, in: tops) {
      needed &+= plan.list.size(at: index)
    }
    for index in 0..<plan.list.count where !plan.isShared(index) {
      needed &+= plan.list.size(at: index)
    }
    let free = try publicRoot.freeSpace().bytes
    guard needed > free else { return }
    throw Failure(
      .resource,
      "public-too-small",
      "copies of the files need \(needed) bytes, and \(free) are free",
      subject: publicRoot.path,
      hint: "free \(needed - free) bytes there"
        + (generation.recipe.hasLinks ? ", or publish with --files links" : "")
    )
  }

  private func nextNumber(
    _ prefix: PublicationPrefix,
    _ present: [GenerationRecord],
    _ directory: PublicationDirectory
  ) throws(Failure) -> UInt64 {
    let highest = max(
      present.last?.number ?? 0,
      try directory.trees().numbers.max() ?? 0,
      try depot.catalogue.publicationEvents(at: prefix.text).map(\.number).max() ?? 0
    )
    let (number, overflow) = highest.addingReportingOverflow(1)
    guard !overflow, Int64(exactly: number) != nil else {
      throw Failure(.state, "generation", "there are no more generation numbers")
    }
    return number
  }

  /// The listing and this site's Release files are objects like any others.
  private func keep(_ texts: [[UInt8]], _ plan: GenerationPlan) throws(Failure) {
    var digests: [SHA256Digest] = []
    let staging = try depot.incoming.open(Publisher.stagingName)
    for text in texts { digests.append(try staging.keep(bytes: text)) }
    if try depot.objects.size(of: plan.digest) == nil {
      digests.append(try staging.keep(list: plan.list))
    }
    try staging.admit(digests)
    try staging.discard()
  }

  /// Removes what a failed build left; answers the failure to tell, which says so when that too
  /// has failed (the next recovery drops the rest).
  private func remove(
    _ part: String,
    of directory: PublicationDirectory,
    after failure: Failure
  ) -> Failure {
    do {
      // The tree last: as long as it is there, a recovery sweeps the pools.
      try sweepPools(directory, try depot.catalogue.generations(at: directory.prefix.text))
      _ = try directory.generations.removeTree(part)
      return failure
    } catch {
      return Failure(
        failure.kind,
        failure.name,
        failure.reason,
        subject: failure.subject,
        hint: failure.hint,
        details: failure.details + ["the unfinished tree could not be removed: \(error.reason)"]
      )
    }
  }

  /// Builds the whole tree under a name that nobody looks at, then gives it its number; answers
  /// the number of the pool that it shares.
  private func build(
    _ generation: Generation,
    _ number: UInt64,
    in directory: PublicationDirectory,
    oldList: FileList?
  ) throws(Failure) -> (pool: UInt64, count: TreeBuilder.Count) {
    let name = PublicationDirectory.name(number)
    let part = ".\(name).part"
    _ = try directory.generations.removeTree(part)
    // Made before anything goes into a pool: where it is left, a recovery sweeps the pool.
    _ = try directory.generations.makeDirectory(part)
    let tree = try directory.generations.directory(part)
    let builder = GenerationTree(
      plan: generation.plan,
      recipe: generation.recipe,
      objects: depot.objects
    )
    var (pool, count) = (UInt64(0), TreeBuilder.Count())
    do {
      if !generation.plan.sharedTops.isEmpty {
        (pool, count) = try fillPool(generation, builder, in: directory, oldList: oldList)
      }
      let own = try builder.build(in: tree, number, pool: pool)
      count.links += own.links
      // Release files are copies always; that is no news.
      count.copies += own.copies - min(own.copies, UInt64(generation.plan.releases.count))
    } catch {
      throw remove(part, of: directory, after: error)
    }
    guard
      try directory.generations.renameWithoutReplacing(part, to: directory.generations, as: name)
    else {
      throw Failure(
        .state,
        "generation",
        "a generation of that number is there already",
        subject: directory.generations.describe(name)
      )
    }
    try publicRoot.syncFileSystem()
    return (pool, count)
  }

  /// Puts the packages into the pool that clients use now, or into a new one.
  ///
  /// - Throws: `conflict` when a path in the pool has other content: what clients of generations
  ///   before find there stays as it is.
  private func fillPool(
    _ generation: Generation,
    _ builder: GenerationTree,
    in directory: PublicationDirectory,
    oldList: FileList?
  ) throws(Failure) -> (UInt64, TreeBuilder.Count) {
    if let continued = generation.pool, let pool = try directory.pools.pool(continued.number) {
      let tops = try continued.currentTops(among: generation.plan.sharedTops)
      return (continued.number, try builder.fill(pool, beside: oldList, in: tops))
    }
    let used = try directory.pools.numbers() + generation.present.map(\.pool)
    let number = (used.max() ?? 0) + 1
    return (number, try builder.fill(try directory.pools.make(number), beside: nil, in: []))
  }

  /// Removes generations that are not kept, and from the pools what only they needed.
  ///
  /// The trees go last: as long as one without a row is there, a recovery sweeps the pools.
  private func remove(
    _ doomed: [GenerationRecord],
    of directory: PublicationDirectory,
    keeping retained: [GenerationRecord],
    _ plan: GenerationPlan,
    pool: UInt64
  ) throws(Failure) {
    for number in Set(doomed.map(\.pool)).sorted() where number > 0 {
      let users = retained.filter { $0.pool == number }
      if users.isEmpty && pool != number {
        try directory.pools.remove(number)
        continue
      }
      var gone: Set<String> = []
      for generation in doomed where generation.pool == number {
        let list = try listing(of: generation)
        gone.formUnion(list.paths(absentFrom: pool == number ? plan.list : FileList.empty))
      }
      try sweep(&gone, number, of: directory, neededBy: users)
    }
    for generation in doomed { try directory.removeTree(generation.number) }
  }

  /// Removes from a pool those of the paths that none of the generations has.
  func sweep(
    _ gone: inout Set<String>,
    _ number: UInt64,
    of directory: PublicationDirectory,
    neededBy users: [GenerationRecord]
  ) throws(Failure) {
    var seen: Set<SHA256Digest> = []
    for user in users where !gone.isEmpty && seen.insert(user.listing).inserted {
      // One listing at a time: there may be many.
      let list = try listing(of: user)
      gone = gone.filter { list.index(of: $0) == nil }
    }
    try directory.pools.remove(gone.sorted(), from: number)
  }

  func listing(of generation: GenerationRecord) throws(Failure) -> FileList {
    try depot.catalogue.fileList(
      generation.listing,
      name: "the listing of \(generation.prefix), generation \(generation.number)"
    )
  }
}
