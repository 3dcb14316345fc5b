internal import DebianRepository
internal import Depot
internal import SafeIO

/// The snapshots of a recipe with their listings, read once.
struct RecipeSources {
  let records: [String: SnapshotRecord]
  let lists: [String: FileList]
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
      lists[reference.name] = try depot.catalogue.fileList(of: record)
    }
    var views: [SuiteView] = []
    for distribution in recipe.distributions {
      func source(_ reference: SnapshotReference) throws(Failure) -> SuiteSource {
        guard let record = records[reference.name], let list = lists[reference.name] else {
          throw Failure(.internal, "snapshot", "a snapshot was not read", subject: reference.name)
        }
        return try SuiteSource(distribution.source, of: record, list, in: depot)
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
    self.lists = lists
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

  /// The positions in a snapshot's listing of what belongs to none of its suites: its packages.
  func poolPositions(of name: String) -> [Int] {
    guard let record = records[name], let list = lists[name] else { return [] }
    var isOfSuite = [Bool](repeating: false, count: list.count)
    for suite in record.suites {
      for index in list.indices(withPrefix: suite.directory) { isOfSuite[index] = true }
    }
    return isOfSuite.indices.filter { !isOfSuite[$0] }
  }
}
