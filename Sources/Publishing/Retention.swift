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

  /// A generation stays while it is among the newest or the next one came less than the grace ago.
  init(_ present: [GenerationRecord], _ recipe: PublicationRecipe, now: UTCTime) {
    let limit = now.adding(seconds: -max(0, recipe.grace))
    var retained: [GenerationRecord] = []
    var doomed: [GenerationRecord] = []
    var recent: [GenerationRecord] = []
    for (index, generation) in present.enumerated() {
      let isNewest = index + max(1, recipe.kept) > present.count
      let end = index + 1 < present.count ? present[index + 1].made : now
      let isRecent = end > limit || generation.state == .current && recipe.grace > 0
      if isRecent { recent.append(generation) }
      if isNewest || isRecent { retained.append(generation) } else { doomed.append(generation) }
    }
    self.retained = retained
    self.doomed = doomed
    self.recent = recent
    // As many before the next one as are kept, it being no one of them yet.
    let last = Set(present.suffix(max(1, recipe.kept)).map(\.number))
    carrying = present.filter { generation in
      last.contains(generation.number) || retained.contains(generation)
    }
  }

  /// The files of those that stay which the next generation of that recipe carries on.
  func carried(
    to recipe: PublicationRecipe,
    current: FileList?,
    in depot: Depot
  ) throws(Failure) -> CarriedFiles {
    var carried = CarriedFiles()
    var seen: Set<SHA256Digest> = []
    for generation in carrying where seen.insert(generation.listing).inserted {
      if generation.state == .current, let current {
        carried.byHash += Retention.indexesByHash(current)
        continue
      }
      let list = try depot.catalogue.fileList(
        generation.listing,
        name: "the listing of \(generation.prefix), generation \(generation.number)",
        expectedCount: generation.files
      )
      carried.byHash += Retention.indexesByHash(list)
    }
    guard !recipe.hasLinks || recipe.distributions.contains(where: \.isFlat) else { return carried }
    for generation in recent {
      let old = try PublicationRecipe(of: generation, in: depot)
      carried.packages += try Retention.packages(old, in: depot)
    }
    return carried
  }

  /// The names by hash in a listing that are its own: the index stands there by its name too.
  ///
  /// Others were carried on from generations before, and their time has come.
  static func indexesByHash(_ list: FileList) -> [SuiteView.File] {
    let mark = Array("by-hash/".utf8)
    var found: [(file: SuiteView.File, directory: String)] = []
    for index in 0..<list.count {
      let path = list.pathBytes(at: index)
      guard let slash = path.lastIndex(of: 0x2f), let cut = cut(path[...slash], at: mark) else {
        continue
      }
      let file = SuiteView.File(
        path: Array(path),
        size: list.size(at: index),
        digest: list.digest(at: index)
      )
      found.append((file, String(decoding: path[..<cut], as: UTF8.self)))
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

  /// The packages of a recipe wherever they lie, by the paths of its own view.
  private static func packages(
    _ recipe: PublicationRecipe,
    in depot: Depot
  ) throws(Failure) -> [SuiteView.File] {
    let sources = try RecipeSources(recipe, in: depot)
    var found: [SuiteView.File] = []
    for name in Set(recipe.snapshots.map(\.name)) {
      guard let list = sources.lists[name] else { continue }
      for index in sources.poolPositions(of: name) {
        found.append(
          .init(
            path: Array(list.pathBytes(at: index)),
            size: list.size(at: index),
            digest: list.digest(at: index)
          )
        )
      }
    }
    for view in sources.views where view.recipe.isFlat {
      let indexes = Set(view.base.release.files.map(\.path.bytes))
      let directory = Array(view.recipe.directory.utf8)
      for file in view.verbatimFiles()
      where !indexes.contains(file.path) && !SuiteSource.isRelease(file.path[...]) {
        found.append(.init(path: directory + file.path, size: file.size, digest: file.digest))
      }
    }
    return found
  }

  /// Where `by-hash/HASH/` at the end of a directory begins.
  private static func cut(_ directory: ArraySlice<UInt8>, at mark: [UInt8]) -> Int? {
    guard let end = directory.dropLast().lastIndex(of: 0x2f) else { return nil }
    let start = end + 1 - mark.count
    guard start >= directory.startIndex, directory[start...end].elementsEqual(mark),
      start == directory.startIndex || directory[start - 1] == 0x2f
    else { return nil }
    return start
  }
}
