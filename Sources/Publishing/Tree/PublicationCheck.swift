package import Depot
internal import Objects
package import SafeIO

/// Compares what clients see with the listings and the objects: part of `depot check`.
package struct PublicationCheck {
  private let depot: Depot
  private let publicRoot: Directory

  package init(_ depot: Depot) throws(Failure) {
    self.depot = depot
    publicRoot = try depot.publicDirectory()
  }

  /// Adds what is wrong with the published trees to the report of a check of the objects.
  ///
  /// A file that is the object itself is as good as the object, which was hashed. With
  /// `repairing`, damaged and missing files are linked anew; the lock must be held for it.
  package func run(into report: inout CheckReport, repairing: Bool = false) throws(Failure) {
    for generation in try depot.catalogue.generations() {
      let prefix = try PublicationPrefix(generation.prefix)
      guard let directory = try PublicationDirectory(prefix, in: publicRoot, making: false),
        let tree = try directory.tree(generation.number)
      else {
        report.findings.append(finding(generation, nil, "its tree is missing"))
        continue
      }
      if generation.state == .current {
        try checkLinks(directory, generation, &report)
      }
      let list: FileList
      do {
        list = try depot.catalogue.fileList(generation.listing, name: "the listing")
      } catch {
        // DepotCheck has told of the listing.
        continue
      }
      var comparison = TreeComparison(
        list: list,
        tree: tree,
        pool: generation.pool == 0 ? nil : try directory.pools.pool(generation.pool),
        poolNumber: generation.pool,
        objects: depot.objects
      )
      try comparison.run(repairing: repairing)
      for (path, reason) in comparison.faults {
        report.findings.append(finding(generation, path, reason))
      }
      report.repaired += comparison.repaired
    }
    try checkPools(&report)
  }

  /// What lies in a pool and belongs to no generation: nobody published it.
  private func checkPools(_ report: inout CheckReport) throws(Failure) {
    let all = try depot.catalogue.generations()
    for text in Set(all.map(\.prefix)).sorted() {
      guard
        let directory = try PublicationDirectory(
          try PublicationPrefix(text),
          in: publicRoot,
          making: false
        )
      else { continue }
      for number in try directory.pools.numbers() {
        var files = try directory.pools.files(in: number)
        for generation in all where generation.prefix == text && generation.pool == number {
          let list: FileList
          do {
            list = try depot.catalogue.fileList(generation.listing, name: "the listing")
          } catch {
            // DepotCheck has told of the listing, and nothing can be said of the files.
            files = []
            break
          }
          files = files.filter { list.index(of: $0) == nil }
        }
        for path in files.sorted() {
          report.findings.append(
            .publication(text, generation: nil, path: path, reason: "it is not in the snapshot")
          )
        }
      }
    }
  }

  private func finding(
    _ generation: GenerationRecord,
    _ path: String?,
    _ reason: String
  ) -> CheckReport.Finding {
    .publication(generation.prefix, generation: generation.number, path: path, reason: reason)
  }

  private func checkLinks(
    _ directory: PublicationDirectory,
    _ generation: GenerationRecord,
    _ report: inout CheckReport
  ) throws(Failure) {
    do {
      if try directory.currentNumber() != generation.number {
        report.findings.append(finding(generation, nil, "`current` does not point to it"))
      }
      if try !PublicationDirectory.hasLink(directory.prefix, in: publicRoot) {
        report.findings.append(finding(generation, nil, "the link at the prefix is missing"))
      }
    } catch  where error.kind == .state {
      report.findings.append(finding(generation, nil, error.reason))
    }
  }
}

/// One tree beside its listing, with what it shares.
private struct TreeComparison {
  let list: FileList
  let tree: Directory
  let pool: Directory?
  let poolNumber: UInt64
  let objects: any ObjectStore
  var faults: [(path: String, reason: String)] = []
  var repaired: [SHA256Digest] = []
  private var isSeen: [Bool]
  // The directories at the top that are links into the pool.
  private var sharedTops: Set<String> = []

  init(
    list: FileList,
    tree: Directory,
    pool: Directory?,
    poolNumber: UInt64,
    objects: any ObjectStore
  ) {
    self.list = list
    self.tree = tree
    self.pool = pool
    self.poolNumber = poolNumber
    self.objects = objects
    isSeen = Array(repeating: false, count: list.count)
  }

  mutating func run(repairing: Bool) throws(Failure) {
    var waiting = [""]
    while let path = waiting.popLast() {
      try Interruption.check()
      let directory = path.isEmpty ? tree : try tree.directory(path)
      for entry in try directory.list() {
        let below = path.isEmpty ? entry.name : path + "/" + entry.name
        if entry.kind == .directory {
          waiting.append(below)
        } else if let index = list.index(of: below) {
          isSeen[index] = true
          if try isRight(index, entry.name, in: directory) { continue }
          try fault(index, "its content is not that of the snapshot", repairing)
        } else if entry.kind == .symbolicLink, let target = expectedTarget(of: below),
          try directory.symbolicLinkTarget(entry.name) == target
        {
          if target.hasPrefix("../../\(Pools.name)/") { sharedTops.insert(below) }
        } else if below != PublicationDirectory.mark {
          faults.append((below, "it is not in the snapshot"))
        }
      }
    }
    for index in isSeen.indices where !isSeen[index] {
      if try isShared(index) {
        if try isRight(index, list.path(at: index), in: pool) { continue }
        try fault(index, "its content is not that of the snapshot", repairing)
      } else {
        try fault(index, "it is missing", repairing)
      }
    }
    if !repaired.isEmpty { try tree.syncFileSystem() }
  }

  /// Where a link of our own at a path leads; nil where none may be.
  private func expectedTarget(of path: String) -> String? {
    let parts = path.split(separator: "/")
    switch (parts.count, parts.first) {
    case (1, "snapshots"): return "../../snapshots"
    case (1, _): return poolNumber == 0 ? nil : GenerationTree.target(of: path, inPool: poolNumber)
    case (2, "vendor"), (2, ".tree"): return "../\(parts[1])"
    default: return nil
    }
  }

  private func isShared(_ index: Int) throws(Failure) -> Bool {
    GenerationPlan.top(list.pathBytes(at: index)).map(sharedTops.contains) ?? false
  }

  private func isRight(
    _ index: Int,
    _ name: String,
    in directory: Directory?
  ) throws(Failure) -> Bool {
    guard let directory, let status = try directory.status(name), status.kind == .regular,
      status.size == list.size(at: index)
    else { return false }
    if try objects.links?.isName(status, of: list.digest(at: index)) == true { return true }
    return try ContentHash.of(try directory.file(name)).digest == list.digest(at: index)
  }

  private mutating func fault(_ index: Int, _ reason: String, _ repairing: Bool) throws(Failure) {
    let path = list.path(at: index)
    let digest = list.digest(at: index)
    guard repairing, let relative = RelativePath(path),
      try objects.contains(digest, size: list.size(at: index)),
      // A damaged object must not be published anew.
      try ContentHash.of(try objects.open(digest)).digest == digest
    else {
      faults.append((path, reason))
      return
    }
    let root = try isShared(index) ? pool ?? tree : tree
    let directory =
      try relative.parent.map { (parent) throws(Failure) in
        try root.makePath(parent)
      } ?? root
    let temporary = ".aptferry-repair.part"
    _ = try directory.removeFile(temporary)
    if objects.links?.tryLink(digest, to: directory, as: temporary) != 0 {
      let target = try directory.createFile(temporary, mode: 0o644)
      let source = try objects.open(digest)
      let block = Block()
      while try source.read(into: block) > 0 {
        try target.write(block.bytes)
        block.clear()
      }
      try target.sync()
      try target.close()
    }
    try directory.rename(temporary, to: directory, as: relative.lastComponent)
    repaired.append(digest)
  }
}
