internal import DebianRepository
package import Depot
package import SafeIO

/// What a publish did, or would do.
package struct PublicationResult: Sendable {
  /// Where.
  package let prefix: String
  /// What the generation is made from.
  package let recipe: PublicationRecipe
  /// The generation that clients see now.
  package internal(set) var generation: UInt64
  /// Whether clients saw the same before: no new generation was made.
  package internal(set) var isUnchanged = false
  /// Whether nothing was done, because only the plan was asked for.
  package internal(set) var isDryRun = false
  /// How many files the generation has.
  package internal(set) var files: UInt64
  /// The sum of their sizes, in bytes.
  package let bytes: UInt64
  /// How many of them were copied, because they could not be linked.
  package internal(set) var copies: UInt64 = 0
  /// How many files are new at their paths.
  package internal(set) var newFiles: UInt64 = 0
  /// The sum of the sizes of those, in bytes.
  package internal(set) var newBytes: UInt64 = 0
  /// The digest of the generation's listing.
  package let listing: SHA256Digest
  /// What the snapshots say of the suites in it.
  package let suites: [SuiteRecord]
  /// The path to give to clients as `file:`.
  package let path: String
  /// The generation that a rollback gave back.
  package internal(set) var restored: UInt64?
  /// What the operator should know.
  package internal(set) var notes: [Note] = []

  init(
    prefix: PublicationPrefix,
    recipe: PublicationRecipe,
    plan: GenerationPlan,
    suites: [SuiteRecord],
    path: String
  ) {
    self.prefix = prefix.text
    self.recipe = recipe
    generation = 0
    files = UInt64(plan.list.count)
    bytes = plan.list.totalSize
    listing = plan.digest
    self.suites = suites
    self.path = path
  }

  init(
    prefix: PublicationPrefix,
    recipe: PublicationRecipe,
    current: GenerationRecord,
    suites: [SuiteRecord],
    path: String
  ) {
    self.prefix = prefix.text
    self.recipe = recipe
    generation = current.number
    files = current.files
    bytes = current.bytes
    listing = current.listing
    self.suites = suites
    self.path = path
  }

  /// The snapshots in it.
  package var snapshots: [SnapshotReference] { recipe.snapshots }
}
