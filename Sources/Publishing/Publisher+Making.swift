internal import DebianRepository
internal import Depot
internal import OpenPGP
internal import SafeIO

extension Publisher {
  /// What a prefix has before something is made there.
  struct Before {
    /// All generations, oldest first.
    let generations: [GenerationRecord]
    /// The one that clients see.
    let current: GenerationRecord?
    /// What the current one was made from.
    let recipe: PublicationRecipe?
  }

  /// Makes the generation of a recipe, unless clients see just that already.
  func make(_ order: Order) throws(Failure) -> PublicationResult {
    try checkPlace(of: order)
    let before = try whatIsThere(at: order.prefix)
    if let current = before.current, let recipe = before.recipe,
      try isSeen(order, current, recipe)
    {
      return try unchanged(order, current, recipe)
    }
    try before.recipe.map { (old) throws(Failure) in try order.recipe.refuseOtherLinks(than: old) }
    var draft = try Draft(order, before, of: self)
    var made: (number: UInt64, copies: UInt64) = (before.current?.number ?? 0, 0)
    if order.isDryRun {
      try checkFiles(of: draft.generation, beside: draft.oldList)
    } else {
      made = try complete(&draft)
    }
    var result = try self.result(of: draft, after: before)
    (result.generation, result.copies) = made
    if result.recipe.form == .reflinks, result.copies > 0 {
      let count = Counted.text(result.copies, "file")
      result.notes.append(
        .note("\(count) copied: files on this file system cannot share blocks with the objects")
      )
    }
    return result
  }

  /// Refuses a prefix that cannot have a publication; finishes what was interrupted.
  private func checkPlace(of order: Order) throws(Failure) {
    try refuseWrongPublicDirectory()
    if !order.isDryRun { try recover() }
    try refuseNesting(order.prefix)
    _ = try PublicationDirectory.hasLink(order.prefix, in: publicRoot)
  }

  private func whatIsThere(at prefix: PublicationPrefix) throws(Failure) -> Before {
    let generations = try depot.catalogue.generations(at: prefix.text)
    let current = generations.last { $0.state == .current }
    let recipe = try current.map { (record) throws(Failure) in
      try PublicationRecipe(of: record, in: depot)
    }
    return Before(generations: generations, current: current, recipe: recipe)
  }

  /// Whether clients see already what is ordered.
  private func isSeen(
    _ order: Order,
    _ current: GenerationRecord,
    _ recipe: PublicationRecipe
  ) throws(Failure) -> Bool {
    guard !order.isForced, !order.recipe.differs(from: recipe),
      !recipe.wantsRenewal(at: order.now),
      // They would find nothing where something of the tree is missing.
      try PublicationDirectory(order.prefix, in: publicRoot, making: false)?
        .tree(current.number) != nil
    else { return false }
    return try hasKeys(of: recipe, current, order.now)
  }

  /// Builds what was drafted; with a pool of its own when the one that is there has other content
  /// at a path, and then with what clients of generations before may still ask for.
  private func complete(
    _ draft: inout Draft
  ) throws(Failure) -> (number: UInt64, copies: UInt64) {
    do throws(Failure) {
      return try complete(draft.generation, draft.texts, oldList: draft.oldList)
    } catch  where error.name == TreeBuilder.conflict && draft.generation.pool != nil {
      try draft.takeOwnPool()
      return try complete(draft.generation, draft.texts, oldList: draft.oldList)
    }
  }

  /// What was made, or would be, but for its number.
  private func result(
    of draft: Draft,
    after before: Before
  ) throws(Failure) -> PublicationResult {
    let (order, recipe, plan) = (
      draft.generation.order, draft.generation.recipe, draft.generation.plan
    )
    let lost = try before.recipe.map { (old) throws(Failure) in
      try recipe.clientsLost(from: old) { (recipe) throws(Failure) in
        try draft.composition.signers(recipe).map(\.fingerprint.text)
      }
    }
    var result = PublicationResult(
      prefix: order.prefix,
      recipe: recipe,
      plan: plan,
      suites: draft.sources.suites,
      path: publicRoot.describe(order.prefix.text)
    )
    result.notes = draft.composed.notes + (lost ?? []) + addressesLost(by: draft.generation)
    for view in draft.sources.views {
      result.notes += ClientNotes.notes(on: view, at: order.prefix.text)
    }
    for distribution in recipe.distributions where distribution.mode.hasVerbatim {
      if let note = try KeyFiles.missing(of: distribution, in: depot) {
        result.notes.append(.note(note))
      }
    }
    let new = plan.news(beside: draft.oldList)
    // What a dry run does not sign would be files too; their bytes are known when they are signed.
    let unsigned = UInt64(draft.composed.unsigned * SuiteSource.releaseNames.count)
    result.files += unsigned
    (result.newFiles, result.newBytes) = (new.files + unsigned, new.bytes)
    result.isDryRun = order.isDryRun
    return result
  }

  /// The pool that the next generation goes on with; nil when its files are of another form than
  /// those before, or nothing is shared.
  func continuedPool(
    _ prefix: PublicationPrefix,
    _ current: GenerationRecord?,
    _ recipe: PublicationRecipe,
    _ old: PublicationRecipe?
  ) throws(Failure) -> ContinuedPool? {
    guard recipe.hasLinks, recipe.form == old?.form ?? recipe.form else { return nil }
    return try ContinuedPool(
      of: current,
      in: try PublicationDirectory(prefix, in: publicRoot, making: false)
    )
  }

  /// The files below `keys/`, by their path.
  func keyFiles(
    of recipe: PublicationRecipe,
    _ composition: Composition
  ) throws(Failure) -> [(path: String, bytes: [UInt8])] {
    let files = try KeyFiles.files(
      of: recipe,
      signers: { () throws(Failure) in try composition.signers(recipe) },
      in: depot
    )
    return files.sorted { $0.key < $1.key }.map { (path: $0.key, bytes: $0.value) }
  }

  /// Whether the files below `keys/` are those of the keys as they are pinned now, and the keys that
  /// sign now signed what this site signs.
  private func hasKeys(
    of recipe: PublicationRecipe,
    _ current: GenerationRecord,
    _ now: UTCTime
  ) throws(Failure) -> Bool {
    let list = try listing(of: current)
    let composition = Composition(depot: depot, now: now, ownKey: ownKey)
    guard try composition.isSigned(recipe, in: list) else { return false }
    let files = try keyFiles(of: recipe, composition)
    return files.allSatisfy { file in
      list.index(of: file.path).map { list.digest(at: $0) } == SHA256Digest.of(file.bytes)
    }
  }

  private func unchanged(
    _ order: Order,
    _ current: GenerationRecord,
    _ recipe: PublicationRecipe
  ) throws(Failure) -> PublicationResult {
    if !order.isDryRun,
      let directory = try PublicationDirectory(order.prefix, in: publicRoot, making: false)
    {
      try directory.makeLink()
    }
    if !order.isDryRun { facts.add(AuditFact.facts(of: current)) }
    var suites: [SuiteRecord] = []
    for distribution in recipe.distributions {
      let record = try depot.catalogue.snapshot(distribution.snapshot.name)
      suites += record.suites.filter { $0.distribution == distribution.source }
    }
    var result = PublicationResult(
      prefix: order.prefix,
      recipe: recipe,
      current: current,
      suites: suites,
      path: publicRoot.describe(order.prefix.text)
    )
    result.isUnchanged = true
    result.isDryRun = order.isDryRun
    return result
  }
}
