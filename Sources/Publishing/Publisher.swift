package import DebianRepository
package import Depot
package import SafeIO

/// What a publish did.
package struct PublicationResult: Sendable {
  /// Where.
  package let prefix: String
  /// The generation that clients see now.
  package let generation: UInt64
  /// Whether clients saw the same before: no new generation was made.
  package let isUnchanged: Bool
  /// How many files the generation has.
  package let files: UInt64
  /// The sum of their sizes, in bytes.
  package let bytes: UInt64
  /// How many of them were copied, because they could not be linked.
  package let copies: UInt64
  /// The digest of the generation's listing.
  package let listing: SHA256Digest
  /// The snapshots in it.
  package let snapshots: [SnapshotReference]
  /// The suites in it.
  package let suites: [SuiteRecord]
  /// The path to give to clients as `file:`.
  package let path: String
}

/// Snapshots to a tree that clients use: a complete generation, then one atomic switch.
///
/// The order is: tree under its number, durable; the intent in the catalogue; the switch,
/// durable; the commit in the catalogue; the link at the prefix; what is no longer kept goes.
/// The lock of the depot must be held for everything here that is not only reading.
package struct Publisher {
  let depot: Depot
  let publicRoot: Directory

  /// How many generations of a publication are kept, the current one among them.
  package static let keptGenerations = 3

  static let stagingName = "publish"

  package init(_ depot: Depot) throws(Failure) {
    self.depot = depot
    publicRoot = try depot.publicDirectory()
  }

  /// Publishes snapshots, all of each, at a prefix.
  package func publish(
    _ names: [String],
    at prefixText: String,
    now: UTCTime,
    keeping kept: Int = Publisher.keptGenerations
  ) throws(Failure) -> PublicationResult {
    let prefix = try PublicationPrefix(prefixText)
    let plan = try plan(names)
    try refuseWrongPublicDirectory()
    try recover()
    try refuseNesting(prefix)
    _ = try PublicationDirectory.hasLink(prefix, in: publicRoot)
    let present = try depot.catalogue.generations(at: prefix.text)
    if let current = present.last(where: { $0.state == .current }), current.listing == plan.digest {
      return result(plan, prefix, current.number, isUnchanged: true, copies: 0)
    }
    guard let directory = try PublicationDirectory(prefix, in: publicRoot, making: true) else {
      throw Failure(.internal, "publication", "no directory for the publication")
    }
    if present.isEmpty, let shown = try directory.currentNumber() {
      throw directory.unknown(shown)
    }
    let highest = max(present.last?.number ?? 0, try directory.trees().numbers.max() ?? 0)
    let (number, overflow) = highest.addingReportingOverflow(1)
    guard !overflow, Int64(exactly: number) != nil else {
      throw Failure(.state, "generation", "there are no more generation numbers")
    }
    let count = try build(plan, number, in: directory)
    try keepListing(plan)
    try depot.catalogue.prepare(
      GenerationRecord(
        prefix: prefix.text,
        number: number,
        state: .prepared,
        listing: plan.digest,
        files: UInt64(plan.list.count),
        bytes: plan.list.totalSize,
        made: now,
        snapshots: plan.snapshots
      )
    )
    try directory.switchTo(number)
    // Rows first: a tree without a row goes at the next recovery.
    let doomed = present.dropLast(max(0, kept - 1)).map(\.number)
    try depot.catalogue.makeCurrent(number, at: prefix.text, forgetting: doomed)
    try directory.makeLink()
    for number in doomed { try directory.removeTree(number) }
    return result(plan, prefix, number, isUnchanged: false, copies: count.copies)
  }

  /// What publishing these snapshots together would hold; nothing is changed.
  package func plan(_ names: [String]) throws(Failure) -> PublicationPlan {
    var snapshots: [(record: SnapshotRecord, list: FileList)] = []
    for name in names {
      let record = try depot.catalogue.snapshot(name)
      snapshots.append((record, try depot.catalogue.fileList(of: record)))
    }
    return try PublicationPlan(snapshots)
  }

  private func result(
    _ plan: PublicationPlan,
    _ prefix: PublicationPrefix,
    _ number: UInt64,
    isUnchanged: Bool,
    copies: UInt64
  ) -> PublicationResult {
    PublicationResult(
      prefix: prefix.text,
      generation: number,
      isUnchanged: isUnchanged,
      files: UInt64(plan.list.count),
      bytes: plan.list.totalSize,
      copies: copies,
      listing: plan.digest,
      snapshots: plan.snapshots,
      suites: plan.suites,
      path: publicRoot.describe(prefix.text)
    )
  }

  /// An empty public directory, when there are publications, is one that is not mounted.
  private func refuseWrongPublicDirectory() throws(Failure) {
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

  /// Removes what a failed build left; answers the failure to tell, which says so when that too
  /// has failed (the next recovery drops the rest).
  private func remove(
    _ part: String,
    of directory: PublicationDirectory,
    after failure: Failure
  ) -> Failure {
    do {
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

  /// Builds the whole tree under a name that nobody looks at, then gives it its number.
  private func build(
    _ plan: PublicationPlan,
    _ number: UInt64,
    in directory: PublicationDirectory
  ) throws(Failure) -> GenerationBuilder.Count {
    let name = PublicationDirectory.name(number)
    let part = ".\(name).part"
    _ = try directory.generations.removeTree(part)
    _ = try directory.generations.makeDirectory(part)
    let tree = try directory.generations.directory(part)
    let builder = GenerationBuilder(list: plan.list, objects: depot.objects, tree: tree)
    let count: GenerationBuilder.Count
    do {
      count = try builder.build()
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
    return count
  }

  /// The listing of several snapshots together is an object like that of one.
  private func keepListing(_ plan: PublicationPlan) throws(Failure) {
    if try depot.objects.size(of: plan.digest) != nil { return }
    let staging = try depot.objects.staging(Publisher.stagingName)
    let digest = try staging.keep(list: plan.list)
    try staging.admit([digest])
    try staging.discard()
  }
}
