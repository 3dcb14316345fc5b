internal import DebianRepository
package import Depot
package import OpenPGP
package import SafeIO

/// Snapshots to a tree that clients use: a complete generation, then one atomic switch.
///
/// The order is: Release files and the listing as objects; packages into the pool; the tree under
/// its number, durable; the intent in the catalogue; the switch, durable; the commit in the
/// catalogue; the links at the prefix and of the snapshots; what is no longer kept goes.
/// The lock of the depot must be held for everything here that is not only reading.
package struct Publisher {
  let depot: Depot
  let publicRoot: Directory
  let ownKey: OwnKey
  /// Takes what was done, for the audit log.
  let facts: AuditFacts

  /// Gives the depot's own signing keys, the one that counts first, when one is needed.
  package typealias OwnKey = () throws(Failure) -> [SigningKey]

  static let stagingName = "publish"

  /// A publisher of this depot; without a key of the depot, nothing can be resigned.
  package init(
    _ depot: Depot,
    facts: AuditFacts,
    ownKey: @escaping OwnKey = Publisher.noKey
  ) throws(Failure) {
    self.depot = depot
    self.facts = facts
    self.ownKey = ownKey
    publicRoot = try depot.publicDirectory()
  }

  /// The refusal to sign.
  package static func noKey() throws(Failure) -> [SigningKey] {
    throw Failure(.state, "no-signing-key", "there is no key to sign with")
  }

  /// Refuses a prefix at which nothing could be published, before anything else is done.
  package static func check(_ prefix: String, in depot: Depot) throws(Failure) {
    let publisher = try Publisher(depot, facts: AuditFacts())
    let prefix = try PublicationPrefix(prefix)
    try publisher.refuseWrongPublicDirectory()
    try publisher.refuseNesting(prefix)
    _ = try PublicationDirectory.hasLink(prefix, in: publisher.publicRoot)
  }

  /// Publishes what the request asks for.
  package func publish(_ request: PublishRequest) throws(Failure) -> PublicationResult {
    let prefix = try PublicationPrefix(request.prefix)
    let present = try current(at: prefix)
    let old = try present.map { (record) throws(Failure) in
      try PublicationRecipe(of: record, in: depot)
    }
    let recipe = try RecipePlanning(depot: depot).recipe(for: request, from: old)
    let notes = try VendorContinuity(depot).check(
      recipe,
      after: old,
      isAllowed: request.reasonForOtherVendor != nil
    )
    var result = try make(
      Order(
        prefix: prefix,
        recipe: recipe,
        now: request.now,
        action: .publish,
        reason: request.reasonForOtherVendor ?? "",
        isDryRun: request.isDryRun
      )
    )
    result.notes = notes + result.notes
    return result
  }

  /// Publishes snapshots, all of each, at a prefix.
  package func publish(
    _ names: [String],
    at prefix: String,
    now: UTCTime
  ) throws(Failure) -> PublicationResult {
    try publish(PublishRequest(names, at: prefix, now: now))
  }

  /// The generation that clients see at a prefix, as the catalogue says.
  func current(at prefix: PublicationPrefix) throws(Failure) -> GenerationRecord? {
    try depot.catalogue.generations(at: prefix.text).last { $0.state == .current }
  }

  /// What is to be made.
  struct Order {
    let prefix: PublicationPrefix
    var recipe: PublicationRecipe
    let now: UTCTime
    let action: PublicationEvent.Action
    var reason = ""
    /// Whether a generation is made even when the recipe is the one that there is.
    var isForced = false
    var isDryRun = false
  }

  /// Makes the generation of a recipe, unless clients see just that already.
  func make(_ order: Order) throws(Failure) -> PublicationResult {
    let prefix = order.prefix
    try refuseWrongPublicDirectory()
    if !order.isDryRun { try recover() }
    try refuseNesting(prefix)
    _ = try PublicationDirectory.hasLink(prefix, in: publicRoot)
    let present = try depot.catalogue.generations(at: prefix.text)
    let current = present.last { $0.state == .current }
    let old = try current.map { (record) throws(Failure) in
      try PublicationRecipe(of: record, in: depot)
    }
    if let old, let current, !order.isForced, !order.recipe.differs(from: old),
      !old.wantsRenewal(at: order.now), try hasKeys(of: old, current, order.now)
    {
      return try unchanged(order, current, old)
    }
    try old.map { (old) throws(Failure) in try order.recipe.refuseOtherLinks(than: old) }
    let oldList = try current.map { (record) throws(Failure) in try listing(of: record) }
    var recipe = order.recipe
    let sources = try RecipeSources(recipe, in: depot)
    try VendorContinuity(depot).remember(in: &recipe, sources.records)
    var composition = Composition(depot: depot, now: order.now, ownKey: ownKey)
    let composed = try composition.compose(
      &recipe,
      sources,
      beside: old,
      current: oldList,
      isDryRun: order.isDryRun
    )
    let further = try keyFiles(of: recipe, composition)
    let retention = Retention(present, recipe, now: order.now)
    // The times of Release files were settled meanwhile.
    let settled = sources.with(recipe)
    func planned(_ pool: ContinuedPool?) throws(Failure) -> GenerationPlan {
      try GenerationPlan(recipe, settled, composed.releases, further) { (tops) throws(Failure) in
        try retention.carried(current: oldList, in: depot) { (generation) throws(Failure) in
          try pool?.tops(of: generation, among: tops) ?? []
        }
      }
    }
    let pool = try continuedPool(prefix, current, recipe, old)
    var generation = Generation(
      order: order,
      recipe: recipe,
      plan: try planned(pool),
      present: present,
      retention: retention,
      pool: pool
    )
    var made: (number: UInt64, copies: UInt64) = (current.map(\.number) ?? 0, 0)
    if !order.isDryRun {
      let texts = composed.texts + sources.rewritten + further.map(\.bytes)
      do throws(Failure) {
        made = try complete(generation, texts, oldList: oldList)
      } catch  where error.name == TreeBuilder.conflict && pool != nil {
        // A pool of its own, with what clients of generations before may still ask for.
        generation = Generation(
          order: order,
          recipe: recipe,
          plan: try planned(nil),
          present: present,
          retention: retention,
          pool: nil
        )
        made = try complete(generation, texts, oldList: oldList)
      }
    }
    let plan = generation.plan
    let lost = try old.map { (old) throws(Failure) in
      try recipe.clientsLost(from: old) { (recipe) throws(Failure) in
        try composition.signers(recipe).map(\.fingerprint.text)
      }
    }
    var result = PublicationResult(
      prefix: prefix,
      recipe: recipe,
      plan: plan,
      suites: sources.suites,
      path: publicRoot.describe(prefix.text)
    )
    result.notes = composed.notes + (lost ?? [])
    for distribution in recipe.distributions where distribution.mode.hasVerbatim {
      if let note = try KeyFiles.missing(of: distribution, in: depot) {
        result.notes.append(.note(note))
      }
    }
    let new = plan.news(beside: oldList)
    (result.newFiles, result.newBytes) = (new.files, new.bytes)
    // What a dry run does not sign would be files too; their bytes are known when they are signed.
    let unsigned = UInt64(composed.unsigned * SuiteSource.releaseNames.count)
    result.files += unsigned
    result.newFiles += unsigned
    (result.generation, result.copies) = made
    result.isDryRun = order.isDryRun
    return result
  }

  /// The pool that the next generation goes on with; nil when its files are of another form than
  /// those before, or nothing is shared.
  private func continuedPool(
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
  private func keyFiles(
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

  /// An empty public directory, when there are publications, is one that is not mounted.
  func refuseWrongPublicDirectory() throws(Failure) {
    if try publicRoot.status(PublicationDirectory.container) != nil { return }
    guard try !depot.catalogue.generations().isEmpty else { return }
    throw Failure(
      .state,
      "public-directory",
      "the public directory has none of the publications that it should have",
      subject: publicRoot.path,
      hint: "mount its file system; to publish all anew there, make in it the directory "
        + PublicationDirectory.container
    )
  }

  /// `debian` and `debian/x` cannot both be: one would lie inside the other's tree.
  private func refuseNesting(_ prefix: PublicationPrefix) throws(Failure) {
    for text in Set(try depot.catalogue.generations().map(\.prefix)).sorted() {
      let other = try PublicationPrefix(text)
      guard prefix.isNested(with: other) else { continue }
      throw Failure(
        .state,
        "nested-prefix",
        "a publication is at \(other.text), and one cannot lie inside another",
        subject: prefix.text,
        hint: "choose a prefix beside it"
      )
    }
  }
}

extension PublicationRecipe {
  /// Whether a Release of this site has lost half of its time: then it is signed anew, though
  /// nothing else has changed.
  func wantsRenewal(at now: UTCTime) -> Bool {
    distributions.contains { $0.wantsRenewal(at: now) }
  }

  /// What stands at the prefix is either a link or the tree itself.
  func refuseOtherLinks(than old: PublicationRecipe) throws(Failure) {
    guard hasLinks != old.hasLinks else { return }
    throw Failure(
      .state,
      "other-links",
      "a publication stays with links, or without",
      hint: "publish at another prefix, or remove this publication first"
    )
  }
}

extension DistributionRecipe {
  /// Whether this site's Release of it has lost half of its time.
  func wantsRenewal(at now: UTCTime) -> Bool {
    guard mode.hasResigned, let validFor, let date = release?.date else { return false }
    return now >= date.adding(seconds: validFor / 2)
  }
}
