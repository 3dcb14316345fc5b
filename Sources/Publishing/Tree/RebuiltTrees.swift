package import Depot
internal import Objects
package import SafeIO

/// The trees of publications, built anew from the catalogue and the objects of a restored depot.
package struct RebuiltTrees: Sendable {
  /// The publications that clients find again, by prefix.
  package private(set) var prefixes: [String] = []
  /// How many generations were built.
  package private(set) var generations = 0
  /// Generations that something is missing of: the first command behind a repair builds them.
  package private(set) var left: [String] = []
  /// How many files could not be names of the objects.
  package private(set) var copies: UInt64 = 0

  /// Builds all trees that are not there yet, then lets clients see the current ones.
  ///
  /// The depot's lock must be held; nothing else may have changed the depot since its restore.
  package init(_ depot: Depot, as sketch: TreeSketch) throws(Failure) {
    let publicRoot = try depot.publicDirectory()
    guard let container = RelativePath(PublicationDirectory.container) else { return }
    let all = try depot.catalogue.generations()
    if all.isEmpty { return }
    _ = try publicRoot.makePath(container)
    for text in Set(all.map(\.prefix)).sorted() {
      let prefix = try PublicationPrefix(text)
      try rebuild(prefix, all.filter { $0.prefix == text }, sketch, depot, publicRoot)
    }
    try publicRoot.syncFileSystem()
  }

  private mutating func rebuild(
    _ prefix: PublicationPrefix,
    _ records: [GenerationRecord],
    _ sketch: TreeSketch,
    _ depot: Depot,
    _ publicRoot: Directory
  ) throws(Failure) {
    var built: [GenerationRecord] = []
    for record in records {
      let drawn = sketch.generations.first {
        $0.prefix == record.prefix && $0.number == record.number
      }
      if try build(record, drawn, prefix, depot, publicRoot) {
        built.append(record)
      } else {
        left.append("\(record.prefix), generation \(record.number)")
      }
    }
    generations += built.count
    guard let current = built.last(where: { $0.state == .current }),
      let directory = try PublicationDirectory(prefix, in: publicRoot, making: false)
    else { return }
    try publicRoot.syncFileSystem()
    if try directory.currentNumber() != current.number { try directory.switchTo(current.number) }
    try directory.makeLink()
    try directory.showSnapshots(built, of: depot)
    prefixes.append(prefix.text)
  }

  /// False when something of it is missing.
  private mutating func build(
    _ record: GenerationRecord,
    _ drawn: TreeSketch.Generation?,
    _ prefix: PublicationPrefix,
    _ depot: Depot,
    _ publicRoot: Directory
  ) throws(Failure) -> Bool {
    guard
      let count = try RebuiltTrees.build(record, drawn, at: prefix, of: depot, in: publicRoot)
    else { return false }
    copies += count
    return true
  }

  /// Builds the tree of one generation, unless it is there; answers how many files could not be names of the
  /// objects, and nil when something of it is missing.
  ///
  /// Where nobody knows how the tree lay, it shares nothing with others.
  static func build(
    _ record: GenerationRecord,
    _ drawn: TreeSketch.Generation?,
    at prefix: PublicationPrefix,
    of depot: Depot,
    in publicRoot: Directory
  ) throws(Failure) -> UInt64? {
    let name = "\(record.prefix), generation \(record.number)"
    guard try depot.objects.size(of: record.listing) != nil else { return nil }
    let list = try depot.catalogue.fileList(record.listing, name: "the listing of \(name)")
    for index in 0..<list.count {
      guard try depot.objects.contains(list.digest(at: index), size: list.size(at: index)) else {
        return nil
      }
    }
    let recipe = try PublicationRecipe(of: record, in: depot)
    let drawn = drawn ?? TreeSketch.Generation(record, recipe, list)
    let plan = GenerationPlan(list, of: recipe, drawn)
    let directory = try PublicationDirectory(
      prefix,
      in: publicRoot,
      making: true,
      isPlain: drawn.isPlain
    )
    guard let directory, try directory.tree(record.number) == nil else { return 0 }
    let builder = GenerationTree(plan: plan, recipe: recipe, objects: depot.objects)
    var copies: UInt64 = 0
    if !plan.sharedTops.isEmpty {
      copies += try builder.fill(try directory.pools.make(record.pool), beside: nil, in: []).copies
    }
    let number = PublicationDirectory.name(record.number)
    let part = ".\(number).part"
    _ = try directory.generations.removeTree(part)
    _ = try directory.generations.makeDirectory(part)
    let tree = try directory.generations.directory(part)
    copies += try builder.build(in: tree, record.number, pool: record.pool).copies
    try publicRoot.syncFileSystem()
    try directory.generations.rename(part, to: directory.generations, as: number)
    try directory.generations.sync()
    return copies
  }
}

extension TreeSketch.Generation {
  /// A tree that shares nothing with others, whose vendor's view has links to what lies beside it.
  fileprivate init(_ record: GenerationRecord, _ recipe: PublicationRecipe, _ list: FileList) {
    // The view has files of its own for what the vendor signed, and links for the rest.
    var (tops, own): (Set<String>, Set<String>) = ([], [GenerationPlan.vendor, KeyFiles.directory])
    list.forEachPath(in: 0..<list.count) { _, path in
      guard let top = GenerationPlan.top(path) else { return }
      tops.insert(top)
      guard top == GenerationPlan.vendor else { return }
      if let inner = GenerationPlan.top(path.dropFirst(top.utf8.count + 1)) { own.insert(inner) }
    }
    let hasView = recipe.hasLinks && tops.contains(GenerationPlan.vendor)
    self.init(
      prefix: record.prefix,
      number: record.number,
      isPlain: !recipe.hasLinks,
      sharedTops: [],
      vendorTops: hasView ? tops.subtracting(own) : []
    )
  }
}

extension GenerationPlan {
  /// A plan of a generation that was built before: its listing, and how its tree lay.
  fileprivate init(_ list: FileList, of recipe: PublicationRecipe, _ drawn: TreeSketch.Generation) {
    var releases: [String: UTCTime] = [:]
    for distribution in recipe.distributions {
      let modified = distribution.release?.modified ?? .earliest
      for view in ["", GenerationPlan.vendor + "/"] {
        for name in SuiteSource.releaseNames {
          let path = view + distribution.directory + name
          if list.index(of: path) != nil { releases[path] = modified }
        }
      }
    }
    self.init(
      list: list,
      sharedTops: drawn.sharedTops,
      vendorTops: drawn.vendorTops,
      releases: releases
    )
  }
}
