internal import DebianRepository
internal import Depot
internal import SafeIO

/// The snapshots of a recipe with what their listings have of their suites.
///
/// Packages are most of a listing, and stand in the plan that is made: they are read from the listing
/// when they are asked for, and not held here.
struct RecipeSources {
  let records: [String: SnapshotRecord]
  private let depot: Depot
  /// The views of the distributions, in the order of the recipe.
  private(set) var views: [SuiteView]

  init(_ recipe: PublicationRecipe, in depot: Depot) throws(Failure) {
    var records: [String: SnapshotRecord] = [:]
    var lists: [String: FileList] = [:]
    for reference in recipe.snapshots where records[reference.name] == nil {
      let record = try depot.catalogue.snapshot(reference.name)
      guard record.digest == reference.digest else {
        throw Failure(
          .state,
          "no-snapshot",
          "the snapshot has gone, and there is another one of its name",
          subject: reference.name
        )
      }
      records[reference.name] = record
      lists[reference.name] = try RecipeSources.suiteFiles(of: record, in: depot)
    }
    var views: [SuiteView] = []
    for distribution in recipe.distributions {
      func source(_ reference: SnapshotReference) throws(Failure) -> SuiteSource {
        guard let record = records[reference.name], let list = lists[reference.name] else {
          throw Failure(.internal, "snapshot", "a snapshot was not read", subject: reference.name)
        }
        return try SuiteSource(
          distribution.source,
          of: record,
          list,
          rewrites: distribution.mode.hasResigned,
          in: depot
        )
      }
      var components: [(name: String, source: SuiteSource)] = []
      for component in distribution.components {
        components.append((component.component, try source(component.snapshot)))
      }
      views.append(
        SuiteView(
          recipe: distribution,
          base: try source(distribution.snapshot),
          components: components
        )
      )
    }
    self.records = records
    self.depot = depot
    self.views = views
  }

  /// The same with the distributions as a recipe has them now.
  func with(_ recipe: PublicationRecipe) -> RecipeSources {
    var copy = self
    for (index, distribution) in recipe.distributions.enumerated() {
      let view = views[index]
      copy.views[index] = SuiteView(
        recipe: distribution,
        base: view.base,
        components: view.components
      )
    }
    return copy
  }

  /// What the snapshots say of the suites, as the publication calls them.
  var suites: [SuiteRecord] {
    views.map { $0.base.suite.called($0.recipe.name) }
  }

  /// The indexes that this site writes itself; they are no objects yet.
  var rewritten: [[UInt8]] {
    views.flatMap { view in
      ([view.base] + view.components.map(\.source)).flatMap(\.rewritten).map(\.bytes)
    }
  }

  /// Gives what of a snapshot belongs to none of its suites: its packages.
  func forEachPoolFile(
    of name: String,
    _ body: (Span<UInt8>, UInt64, SHA256Digest) throws(Failure) -> Void
  ) throws(Failure) {
    guard let record = records[name] else { return }
    let directories = record.suites.map { Array($0.directory.utf8) }
    // What vouches for packages is for sites, not for their clients.
    let proofs = Array(SnapshotRecord.provenance.utf8)
    func isProof(_ path: Span<UInt8>) -> Bool {
      record.kind == .composed && path.begins(with: proofs)
    }
    try depot.catalogue.forEachFile(of: record) { (path, size, digest) throws(Failure) in
      guard !directories.contains(where: { path.begins(with: $0) }), !isProof(path) else {
        return
      }
      try body(path, size, digest)
    }
  }

  /// What of a snapshot lies in the directories of its suites.
  private static func suiteFiles(
    of record: SnapshotRecord,
    in depot: Depot
  ) throws(Failure) -> FileList {
    let directories = record.suites.map { Array($0.directory.utf8) }
    var files = FileList.Builder()
    try depot.catalogue.forEachFile(of: record) { (path, size, digest) throws(Failure) in
      guard directories.contains(where: { path.begins(with: $0) }) else { return }
      try files.add(path: path, size: size, digest: digest)
    }
    return try files.finish()
  }
}

extension Span<UInt8> {
  fileprivate func begins(with prefix: [UInt8]) -> Bool {
    guard count >= prefix.count else { return false }
    for index in prefix.indices where self[index] != prefix[index] { return false }
    return true
  }
}
