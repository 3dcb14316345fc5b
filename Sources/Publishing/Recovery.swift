package import Depot
internal import Objects
package import SafeIO

extension Publisher {
  /// Finishes or drops what an interrupted command left; does nothing after an orderly end.
  ///
  /// Every command that writes to the depot begins with this. The link `current` is the truth:
  /// what it points to is recorded as current, a prepared generation it does not point to goes. Trees that
  /// are gone though nobody forgot their generations are built anew.
  /// `beforeChange` is called before anything is changed, perhaps more than once; what it throws is
  /// thrown, and nothing is changed.
  package static func recover(
    _ depot: Depot,
    facts: AuditFacts,
    beforeChange: () throws(Failure) -> Void = {}
  ) throws(Failure) {
    let publisher: Publisher
    do {
      publisher = try Publisher(depot, facts: facts)
    } catch  where error.name == .noDirectory {
      // Elsewhere and not mounted: nothing there can be finished or dropped now.
      return
    }
    try publisher.recover(beforeChange)
  }

  func recover(_ beforeChange: () throws(Failure) -> Void = {}) throws(Failure) {
    if try depot.incoming.names().contains(Publisher.stagingName) {
      try beforeChange()
      _ = try depot.incoming.discard(Publisher.stagingName)
    }
    guard try publicRoot.status(PublicationDirectory.container) != nil else { return }
    let all = try depot.catalogue.generations()
    for text in Set(all.map(\.prefix)).sorted() {
      let prefix = try PublicationPrefix(text)
      try recover(prefix, all.filter { $0.prefix == text }, beforeChange)
    }
    try dropUnknown(Set(all.map(\.prefix)), beforeChange)
  }

  private func recover(
    _ prefix: PublicationPrefix,
    _ generations: [GenerationRecord],
    _ beforeChange: () throws(Failure) -> Void
  ) throws(Failure) {
    if let directory = try PublicationDirectory(prefix, in: publicRoot, making: false) {
      try directory.settlePlain(beforeChange)
      _ = try shown(in: directory, generations)
    }
    try rebuildLost(generations, at: prefix, beforeChange)
    guard let directory = try PublicationDirectory(prefix, in: publicRoot, making: false) else {
      // Something of all of them is missing: they come back when it does.
      _ = try dropPrepared(generations, but: nil, beforeChange)
      return
    }
    let (trees, unfinished) = try directory.trees()
    let shown = try shown(in: directory, generations)
    if shown == nil { try showCurrent(among: generations, trees, in: directory, beforeChange) }
    let dropped = try dropPrepared(generations, but: shown, beforeChange)
    let foreign = trees.subtracting(generations.map(\.number))
    if let shown, let found = generations.first(where: { $0.number == shown }),
      found.state != .current
    {
      try beforeChange()
      // Durable before it is recorded: the switch may have been seen and not yet written out.
      try directory.directory.sync()
      try depot.catalogue.makeCurrent(shown, at: prefix.text)
      facts.add(AuditFact.facts(of: found))
    }
    try finishSigning(prefix, try depot.catalogue.generations(at: prefix.text), beforeChange)
    // Names of what goes now lead nowhere before anything of it goes.
    try directory.showSnapshots(
      try depot.catalogue.generations(at: prefix.text),
      of: depot,
      beforeChange
    )
    if !unfinished.isEmpty || !foreign.isEmpty || !dropped.isEmpty {
      try beforeChange()
      try sweepPools(directory, generations.filter { !dropped.contains($0.number) })
    }
    for name in unfinished { _ = try directory.generations.removeTree(name) }
    for number in foreign.union(dropped) { try directory.removeTree(number) }
    try linkPrefix(directory, beforeChange)
  }

  /// The generation that clients see; one that the catalogue does not know is never gone over.
  private func shown(
    in directory: PublicationDirectory,
    _ generations: [GenerationRecord]
  ) throws(Failure) -> UInt64? {
    guard let shown = try directory.currentNumber() else { return nil }
    guard generations.contains(where: { $0.number == shown }) else {
      throw directory.unknown(shown)
    }
    return shown
  }

  /// Lets clients see what the catalogue calls current, where they see nothing.
  private func showCurrent(
    among generations: [GenerationRecord],
    _ trees: Set<UInt64>,
    in directory: PublicationDirectory,
    _ beforeChange: () throws(Failure) -> Void
  ) throws(Failure) {
    for generation in generations
    where generation.state == .current && trees.contains(generation.number) {
      try beforeChange()
      try directory.switchTo(generation.number)
      facts.add(AuditFact.facts(of: generation))
    }
  }

  /// Forgets what was made ready and never shown; answers which they are.
  private func dropPrepared(
    _ generations: [GenerationRecord],
    but shown: UInt64?,
    _ beforeChange: () throws(Failure) -> Void
  ) throws(Failure) -> Set<UInt64> {
    var dropped: Set<UInt64> = []
    for generation in generations
    where generation.state == .prepared && generation.number != shown {
      try beforeChange()
      try drop(generation)
      dropped.insert(generation.number)
    }
    return dropped
  }

  /// Has the prefix lead to what clients see.
  private func linkPrefix(
    _ directory: PublicationDirectory,
    _ beforeChange: () throws(Failure) -> Void
  ) throws(Failure) {
    guard try directory.currentNumber() != nil else { return }
    do {
      try directory.makeLink(beforeChange)
    } catch {
      // What somebody has put there is told by the next publish there; it is no reason to keep all
      // other publications from being served, rolled back or checked.
      guard error.name == PublicationDirectory.foreignFile else { throw error }
    }
  }

  /// Builds the trees that are gone though the depot has all that is in them.
  ///
  /// A disk was lost, or somebody removed them by hand: a generation is forgotten before its tree goes, so
  /// that none comes back that was removed.
  private func rebuildLost(
    _ generations: [GenerationRecord],
    at prefix: PublicationPrefix,
    _ beforeChange: () throws(Failure) -> Void
  ) throws(Failure) {
    for generation in generations where generation.state != .prepared {
      let directory = try PublicationDirectory(prefix, in: publicRoot, making: false)
      guard try directory?.tree(generation.number) == nil else { continue }
      try beforeChange()
      do throws(Failure) {
        _ = try RebuiltTrees.build(generation, nil, at: prefix, of: depot, in: publicRoot)
      } catch {
        // A check tells that the tree is missing; a full disk or a damaged listing is no reason to keep other
        // publications, or a removal that makes room, from being changed.
        guard [.resource, .integrity, .state].contains(error.kind) else { throw error }
      }
    }
  }

  /// Forgets a generation that no longer has a tree that clients could see.
  private func drop(_ generation: GenerationRecord) throws(Failure) {
    try depot.catalogue.removeGeneration(generation.number, at: generation.prefix)
    facts.add(AuditFact.facts(ofDropped: generation))
  }

  /// Removes from the pools what no generation has: what was put in for one that never came, or
  /// stayed of one that has gone.
  func sweepPools(
    _ directory: PublicationDirectory,
    _ generations: [GenerationRecord]
  ) throws(Failure) {
    for number in try directory.pools.numbers() {
      let users = generations.filter { $0.pool == number }
      if users.isEmpty {
        try directory.pools.remove(number)
      } else {
        var files = try directory.pools.files(in: number)
        try sweep(&files, number, of: directory, neededBy: users)
      }
    }
  }

  /// Removes the trees of publications that never got as far as the catalogue.
  func dropUnknown(
    _ known: Set<String>,
    _ beforeChange: () throws(Failure) -> Void = {}
  ) throws(Failure) {
    guard let container = try publicRoot.directoryIfPresent(PublicationDirectory.container) else {
      return
    }
    let names = Set(
      try known.map { (text) throws(Failure) in
        try PublicationPrefix(text).directoryName
      }
    )
    for entry in try container.list() where !names.contains(entry.name) {
      guard entry.kind == .directory else { continue }
      let directory = try container.directory(entry.name)
      // Something that clients see is never removed by guessing.
      if try directory.status("current") != nil { continue }
      let text = entry.name.split(separator: "%2F").joined(separator: "/")
      if try directory.status(PublicationDirectory.plain) != nil,
        try publicRoot.status(text)?.kind == .directory,
        try PublicationDirectory.marked(try publicRoot.directory(text)) != nil
      {
        continue
      }
      try beforeChange()
      _ = try container.removeTree(entry.name)
    }
  }
}
