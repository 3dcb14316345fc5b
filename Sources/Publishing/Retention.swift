internal import DebianRepository
internal import Depot
internal import SafeIO

/// Which generations stay when the next one comes, and what of them it carries on.
struct Retention {
  /// Those that stay, oldest first, the current one among them.
  let retained: [GenerationRecord]
  /// Those that go.
  let doomed: [GenerationRecord]
  // Those whose indexes clients may still ask for by their hash.
  private let carrying: [GenerationRecord]
  // Those whose packages clients may still ask for.
  private let recent: [GenerationRecord]

  /// A generation stays while it is among the newest or the next one came less than the grace ago, or
  /// its number is held.
  init(
    _ present: [GenerationRecord],
    _ recipe: PublicationRecipe,
    holding held: Set<UInt64>,
    now: UTCTime
  ) {
    let limit = now.adding(seconds: -max(0, recipe.grace))
    var retained: [GenerationRecord] = []
    var doomed: [GenerationRecord] = []
    var recent: [GenerationRecord] = []
    for (index, generation) in present.enumerated() {
      let isNewest = index + max(1, recipe.kept) > present.count
      let end = index + 1 < present.count ? present[index + 1].made : now
      let isRecent = end > limit || generation.state == .current && recipe.grace > 0
      if isRecent { recent.append(generation) }
      let isHeld = held.contains(generation.number)
      if isNewest || isRecent || isHeld {
        retained.append(generation)
      } else {
        doomed.append(generation)
      }
    }
    self.retained = retained
    self.doomed = doomed
    self.recent = recent
    // As many before the next one as are kept, it being no one of them yet.
    let last = Set(present.suffix(max(1, recipe.kept)).map(\.number))
    // What is only held has a tree of its own, and no client on its way to the next one.
    carrying = present.filter { generation in
      last.contains(generation.number) || recent.contains(generation)
    }
  }

  /// The files of those that stay which the next generation carries on.
  ///
  /// `pooled` says of a generation which directories at its top lie in the pool that the next one
  /// goes on with, and are in the next one's tree: what was in those stays there anyway.
  func carried(
    current: FileList?,
    in depot: Depot,
    pooled: (GenerationRecord) throws(Failure) -> Set<String>
  ) throws(Failure) -> CarriedFiles {
    var carried = CarriedFiles()
    var seen: Set<SHA256Digest> = []
    for generation in carrying.reversed() {
      let isNew = seen.insert(generation.listing).inserted
      let isRecent = recent.contains(generation)
      guard isNew || isRecent else { continue }
      let list: FileList
      if generation.state == .current, let current {
        list = current
      } else {
        list = try depot.catalogue.fileList(
          generation.listing,
          name: "the listing of \(generation.prefix), generation \(generation.number)"
        )
      }
      if isNew { carried.byHash += Retention.indexesByHash(list) }
      guard isRecent else { continue }
      let tops = try pooled(generation)
      guard tops.isEmpty || Retention.hasPackages(list, outside: tops) else { continue }
      let old = try PublicationRecipe(of: generation, in: depot)
      carried.packages += try Retention.packages(old, in: depot).filter { file in
        GenerationPlan.top(file.path).map { !tops.contains($0) } ?? true
      }
    }
    return carried
  }

  /// Whether packages lie elsewhere than in these directories at the top: beside the indexes of
  /// their suite, as some vendors have them, or in a flat repository.
  private static func hasPackages(_ list: FileList, outside tops: Set<String>) -> Bool {
    let endings = ["deb", "dsc"].map { Array($0.utf8) }
    var index = 0
    while index < list.count {
      let path = list.pathBytes(at: index)
      if let top = GenerationPlan.top(path), tops.contains(top) {
        index = list.indices(withPrefix: top + "/").upperBound
        continue
      }
      if endings.contains(where: { path.suffix($0.count).elementsEqual($0) }) { return true }
      index += 1
    }
    return false
  }

  /// The names by hash in a listing that are its own: the index stands there by its name too.
  ///
  /// Others were carried on from generations before, and their time has come.
  static func indexesByHash(_ list: FileList) -> [SuiteView.File] {
    var found: [(file: SuiteView.File, directory: String)] = []
    for index in 0..<list.count {
      let path = list.pathBytes(at: index)
      guard let directory = ByHashPath.directoryLength(path) else { continue }
      let file = SuiteView.File(
        path: Array(path),
        size: list.size(at: index),
        digest: list.digest(at: index)
      )
      found.append((file, String(decoding: path.prefix(directory), as: UTF8.self)))
    }
    var plain: [String: Set<SHA256Digest>] = [:]
    for directory in Set(found.map(\.directory)) {
      for index in list.indices(withPrefix: directory) {
        let rest = list.pathBytes(at: index).dropFirst(directory.utf8.count)
        if !rest.contains(0x2f) { plain[directory, default: []].insert(list.digest(at: index)) }
      }
    }
    return found.filter { plain[$0.directory]?.contains($0.file.digest) ?? false }.map(\.file)
  }

  /// The packages of a recipe wherever they lie, by their paths in each view.
  private static func packages(
    _ recipe: PublicationRecipe,
    in depot: Depot
  ) throws(Failure) -> [SuiteView.File] {
    let sources = try RecipeSources(recipe, in: depot)
    let vendor = Array((GenerationPlan.vendor + "/").utf8)
    let both = recipe.distributions.filter { $0.mode == .both }
    let ofVendor = Set(both.map(\.snapshot.name))
    var found: [SuiteView.File] = []
    for name in Set(recipe.snapshots.map(\.name)) {
      try sources.forEachPoolFile(of: name) { (span, size, digest) throws(Failure) in
        let path = Array(copying: span)
        found.append(.init(path: path, size: size, digest: digest))
        if ofVendor.contains(name) {
          found.append(.init(path: vendor + path, size: size, digest: digest))
        }
      }
    }
    for view in sources.views {
      let directory = Array(view.recipe.directory.utf8)
      for file in view.packages() {
        let path = directory + file.path
        found.append(.init(path: path, size: file.size, digest: file.digest))
        if view.recipe.mode == .both {
          found.append(.init(path: vendor + path, size: file.size, digest: file.digest))
        }
      }
    }
    return found
  }
}
