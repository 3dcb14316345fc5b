internal import Comparison
internal import Depot
internal import SafeIO
internal import Trust
internal import VendorChain

/// The search for one package.
struct PackageTrailSearch {
  /// A snapshot that is or was here.
  struct Known {
    var origin: String
    var isHere: Bool
    var suites: [WrittenFact]
  }

  let depot: Depot
  let now: UTCTime
  private var commands: [PastCommand] = []
  private var known: [SnapshotReference: Known] = [:]
  /// What snapshots were called before, by what they are or were called last.
  private var names: [SnapshotReference: Set<SnapshotReference>] = [:]

  init(_ depot: Depot, now: UTCTime) throws(Failure) {
    (self.depot, self.now) = (depot, now)
    var (commands, known): ([PastCommand], [SnapshotReference: Known]) = ([], [:])
    var names: [SnapshotReference: Set<SnapshotReference>] = [:]
    try depot.audit.forEachCommand { (command) throws(Failure) in
      commands.append(command)
      for fact in command.facts where fact.kind == "snapshot-renamed" {
        guard let now = fact.snapshot, let name = fact.text("from") else { continue }
        let before = SnapshotReference(name: name, digest: now.digest)
        known[now] = known.removeValue(forKey: before)
        names[now] = (names.removeValue(forKey: before) ?? []).union([before])
      }
      for fact in command.facts where ["snapshot", "snapshot-removed"].contains(fact.kind) {
        guard let reference = fact.snapshot else { continue }
        let suites = command.facts.filter { $0.kind == "suite" && $0.snapshot == reference }
        known[reference] = Known(origin: fact.text("origin") ?? "", isHere: false, suites: suites)
      }
    }
    // Also what came in before the log had facts.
    for snapshot in try depot.catalogue.snapshots() {
      let facts = AuditFact.facts(of: snapshot).map(\.written)
      let reference = SnapshotReference(name: snapshot.name, digest: snapshot.digest)
      known[reference] = Known(
        origin: snapshot.origin,
        isHere: true,
        suites: facts.filter { $0.kind == "suite" }
      )
    }
    (self.commands, self.known, self.names) = (commands, known, names)
  }

  func run(_ name: String, _ version: String?) throws(Failure) -> PackageTrail {
    var names: [String: Set<String>] = [:]
    for key in try depot.catalogue.trust() where !key.name.isEmpty {
      names[key.fingerprint, default: []].insert(key.name)
    }
    var trail = PackageTrail(
      keyNames: names.mapValues(MirrorRecord.shownNames),
      revoked: Set(try depot.catalogue.revokedKeys().map(\.key))
    )
    var search = PackageSearch(name, version: version)
    var sightings: [ListedPackage: [PackageTrail.Place]] = [:]
    let order = known.keys.sorted { ($0.name, $0.digest) < ($1.name, $1.digest) }
    for reference in order {
      do throws(Failure) {
        let seen = try sight(reference, &search)
        let composed = (known[reference]?.suites ?? []).filter { $0.text("proof") == "composed" }
        let proofs = composed.isEmpty || seen.isEmpty ? [:] : try self.proofs(reference, &search)
        for sighting in seen {
          var place = PackageTrail.Place(
            snapshot: reference,
            suite: sighting.suite,
            index: sighting.index
          )
          place.proof = proofs[sighting.package]
          if place.proof == nil, !composed.isEmpty {
            place.vouchers = Set(composed.flatMap { $0.list("vouchers") }).sorted()
          }
          sightings[sighting.package, default: []].append(place)
        }
      } catch {
        guard [.integrity, .state, .io].contains(error.kind) else { throw error }
        trail.unsearched.append((reference, error.reason))
      }
    }
    trail.found = sightings.map { PackageTrail.Found(package: $0.key, places: $0.value) }
      .sorted { left, right in
        let (one, other) = (left.package, right.package)
        return (one.version, one.architecture, one.files.first?.path ?? "")
          < (other.version, other.architecture, other.files.first?.path ?? "")
      }
    trail.repositories = repositories(name, version)
    let having = Set(trail.found.flatMap { $0.places.map(\.snapshot) })
    for reference in order where having.contains(reference) {
      trail.snapshots.append(history(of: reference))
    }
    return trail
  }

  /// What the log says of the package in repositories of this site.
  private func repositories(_ name: String, _ version: String?) -> [PackageTrail.Event] {
    commands.flatMap { command in
      command.facts.filter { fact in
        ["repo-added", "repo-removed"].contains(fact.kind) && fact.text("package") == name
          && (version == nil || fact.text("version") == version)
      }.map { PackageTrail.Event(command: command, fact: $0) }
    }
  }

  private func sight(
    _ reference: SnapshotReference,
    _ search: inout PackageSearch
  ) throws(Failure) -> [PackageSearch.Sighting] {
    let evidence = KeptEvidence(depot)
    guard let files = try evidence.listing(reference.digest) else { throw gone("its list") }
    let suites = (known[reference]?.suites ?? []).compactMap { $0.text("suite") }
    return try search.find(in: SnapshotComparison.State(files: files, suites: suites)) {
      (digest) throws(Failure) in
      guard let file = try evidence.open(digest) else { throw gone("one of its indexes") }
      return file
    }
  }

  /// The packages that the signed lists of a composed snapshot have, with the first list of each.
  private func proofs(
    _ reference: SnapshotReference,
    _ search: inout PackageSearch
  ) throws(Failure) -> [ListedPackage: PackageTrail.Proof] {
    let evidence = KeptEvidence(depot)
    guard let files = try evidence.listing(reference.digest) else { throw gone("its list") }
    let paths = files.indices(withPrefix: ProvenanceTree.root).map { files.path(at: $0) }
    var found: [ListedPackage: PackageTrail.Proof] = [:]
    for tree in try ProvenanceTree.all(in: paths) {
      let list = try TreeListing(tree, in: files, evidence)
      let state = SnapshotComparison.State(files: list.files, suites: [tree.distribution])
      let seen = try search.find(in: state) { (digest) throws(Failure) in
        guard let file = try evidence.open(digest) else { throw gone("one of its indexes") }
        return file
      }
      guard !seen.isEmpty else { continue }
      let proof = PackageTrail.Proof(suite: tree.distribution, signers: try signers(of: list, tree))
      for sighting in seen where found[sighting.package] == nil { found[sighting.package] = proof }
    }
    return found
  }

  /// Who signed the Release file of a tree, of the vendors whose keys are pinned now.
  private func signers(
    of list: TreeListing,
    _ tree: ProvenanceTree
  ) throws(Failure) -> [String] {
    var trust = UpstreamTrust(
      keys: try PinnedKeys.read(try depot.catalogue.trust(role: .upstream), depot),
      now: now
    )
    trust.acceptExpiredKeys = true
    do throws(Failure) {
      return try SignedRelease.readAll([tree.distribution], files: list, trust: trust)
        .flatMap(\.suite.signedBy)
    } catch {
      guard [.trust, .integrity, .freshness, .unsafe].contains(error.kind) else { throw error }
      return []
    }
  }

  private func gone(_ what: String) -> Failure {
    Failure(.state, "no-evidence", "\(what) was not kept when it was removed")
  }

  /// What the log says of a snapshot: how it came in, where it was published, in which bundles it
  /// went out, when it was removed.
  private func history(of reference: SnapshotReference) -> PackageTrail.Snapshot {
    let about = known[reference]
    var history = PackageTrail.Snapshot(
      reference: reference,
      origin: about?.origin ?? "",
      isHere: about?.isHere ?? false,
      suites: about?.suites ?? []
    )
    var generations: Set<String> = []
    var bundles: Set<String> = []
    let own = (names[reference] ?? []).union([reference])
    // What its names meant when a command ran: a bundle's fact has names only.
    var meant = Dictionary(uniqueKeysWithValues: own.map { ($0.name, $0.digest) })
    for command in commands {
      for fact in command.facts {
        var isOfIt = fact.snapshot.map(own.contains) ?? false
        if ["snapshot", "snapshot-renamed"].contains(fact.kind), let other = fact.snapshot,
          meant[other.name] != nil
        {
          meant[other.name] = other.digest
        }
        switch fact.kind {
        case "suite": isOfIt = false
        case "accepted":
          isOfIt =
            "bundle " + fact.bundle == history.origin
            && command.facts.contains { fact in
              fact.kind == "snapshot" && fact.snapshot.map(own.contains) ?? false
            }
        case "published": if isOfIt { generations.insert(fact.generation) }
        case "generation-dropped", "publication-removed":
          isOfIt = generations.contains(fact.generation)
        case "exported":
          isOfIt = fact.list("snapshots").contains { meant[$0] == reference.digest }
          if isOfIt { bundles.insert(fact.bundle) }
        case "acknowledged", "retracted": isOfIt = bundles.contains(fact.bundle)
        default: break
        }
        if isOfIt { history.events.append(PackageTrail.Event(command: command, fact: fact)) }
      }
    }
    return history
  }
}

/// The files of a proof as they lie below their archive's root.
private struct TreeListing: ReleaseSource {
  let files: FileList
  private let evidence: KeptEvidence

  init(
    _ tree: ProvenanceTree,
    in list: FileList,
    _ evidence: KeptEvidence
  ) throws(Failure) {
    var builder = FileList.Builder()
    for position in list.indices(withPrefix: tree.prefix) {
      let path = Array(list.pathBytes(at: position).dropFirst(tree.prefix.utf8.count))
      try builder.add(
        path: path.span,
        size: list.size(at: position),
        digest: list.digest(at: position)
      )
    }
    (files, self.evidence) = (try builder.finish(), evidence)
  }

  func contents(of path: String, limit: Int) throws(Failure) -> [UInt8]? {
    guard let position = files.index(of: path),
      let file = try evidence.open(files.digest(at: position))
    else { return nil }
    let bytes = try file.readAll(limit: limit)
    return SHA256Digest.of(bytes) == files.digest(at: position) ? bytes : nil
  }
}
