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
    try check(request.reason)
    let present = try current(at: prefix)
    let old = try present.map { (record) throws(Failure) in
      try PublicationRecipe(of: record, in: depot)
    }
    let recipe = try RecipePlanning(depot: depot).recipe(for: request, from: old)
    let notes = try VendorContinuity(depot).check(
      recipe,
      after: old,
      isAllowed: request.changesVendor
    )
    var result = try make(
      Order(
        prefix: prefix,
        recipe: recipe,
        now: request.now,
        action: .publish,
        reason: request.reason,
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

  /// An empty public directory, when there are publications, is one that is not mounted.
  func refuseWrongPublicDirectory() throws(Failure) {
    if try publicRoot.status(PublicationDirectory.container) != nil { return }
    guard try !depot.catalogue.generations().isEmpty else { return }
    throw Failure(
      .state,
      "public-directory",
      "the public directory has none of the publications that it should have",
      subject: publicRoot.path,
      hint:
        "mount its file system; to have all publications built anew there, make in it the directory "
        + "\(PublicationDirectory.container), then run aptferry depot gc"
    )
  }

  /// `debian` and `debian/x` cannot both be: one would lie inside the other's tree.
  func refuseNesting(_ prefix: PublicationPrefix) throws(Failure) {
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
