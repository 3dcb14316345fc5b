internal import Choosing
internal import DebianRepository
package import Depot
internal import Objects
package import SafeIO
internal import Solving
internal import VendorChain

/// Makes snapshots out of packages of other snapshots: their stanzas byte for byte, indexes of our own,
/// and what vouches for each package.
package enum Composer {
  /// Looks at the files of a snapshot of this suite that is not recorded yet, as an importer will.
  package typealias Check = (_ files: FileList, _ suite: String) throws(Failure) -> Void

  /// Makes a snapshot; takes the depot's lock.
  ///
  /// Where some packages are a vendor's and others nobody's, `check` is asked before it is recorded.
  /// - Throws: `usage` for sources and names that cannot be, `state` when the name stands for other
  ///   content or two of the packages want one path.
  package static func compose(
    _ order: ComposingOrder,
    depot: Depot,
    now: UTCTime,
    facts: AuditFacts,
    check: Check = { _, _ in }
  ) throws(Failure) -> ComposingOutcome {
    guard SnapshotRecord.isName(order.name) else {
      throw Failure(
        .usage,
        "snapshot-name",
        "a snapshot's name has letters, digits and ._+~- only, at most 100, and begins with a "
          + "letter or digit",
        subject: order.name
      )
    }
    return try depot.locked(for: "snapshot \(order.origin)") { () throws(Failure) in
      _ = try depot.incoming.discard(StagingNames.snapshot)
      let staging = try depot.incoming.open(StagingNames.snapshot)
      do throws(Failure) {
        let spool = StanzaSpool(in: staging)
        let sources = try Composer.sources(of: order, depot, spool)
        let (packages, findings) = try chosen(order, in: sources, depot, spool)
        let draft = try Draft(packages, order, sources, depot, spool, staging)
        let outcome = try record(draft, order, findings, depot, staging, now, facts, check)
        try staging.discard()
        return outcome
      } catch {
        // The failure to report is the first one; what stays here is dropped by the next command.
        do throws(Failure) { try staging.discard() } catch {}
        throw error
      }
    }
  }

  private static func sources(
    of order: ComposingOrder,
    _ depot: Depot,
    _ spool: StanzaSpool
  ) throws(Failure) -> SourceSnapshots {
    if case .repo = order.selection {
      return try SourceSnapshots(repo: order.sources.first ?? "", in: depot, to: spool)
    }
    if case .mirror(let states) = order.selection {
      return try SourceSnapshots(mirror: order.sources.first ?? "", states: try states(), in: depot)
    }
    if case .chosen(let packages, let architectures, _) = order.selection {
      var wanted: [PackageSource] = []
      for one in packages where !wanted.contains(one.package.source) {
        wanted.append(one.package.source)
      }
      var sources = try SourceSnapshots(of: wanted, in: depot, to: spool)
      sources.chosenArchitectures = Set(architectures)
      return sources
    }
    return try SourceSnapshots(order.sources, in: depot)
  }

  /// What a choice could not have.
  private struct Findings {
    var problems: [DependencyProblem] = []
    var notes: [Note] = []
  }

  /// The packages that are wanted, in the order of indexes, and what could not be had.
  private static func chosen(
    _ order: ComposingOrder,
    in sources: SourceSnapshots,
    _ depot: Depot,
    _ spool: StanzaSpool
  ) throws(Failure) -> ([ComposedPackage], Findings) {
    var findings = Findings()
    let kept: [ComposedPackage]
    switch order.selection {
    case .merge(let rule):
      kept = Merging.apply(rule, to: try sources.packages(to: spool) { _, _ in true })
    case .filter(let queries):
      let queries = PackageQueries(queries)
      let found = try sources.packages(to: spool) { stanza, _ in queries.matches(stanza) }
      kept = Merging.apply(.all, to: found)
    case .closure(let queries, let options):
      let choice = try ClosureChoice(
        of: queries,
        options,
        in: sources,
        base: try SourceSnapshots(options.base, in: depot)
      )
      findings = Findings(problems: choice.problems, notes: choice.notes)
      guard choice.problems.isEmpty || options.keepsGoing else {
        throw unsatisfiable(choice.problems, order.explain)
      }
      let found = try sources.packages(to: spool) { stanza, number in
        choice.takes(stanza, of: number)
      }
      kept = Merging.apply(.all, to: found)
    case .pull(let queries, let rule):
      let queries = PackageQueries(queries)
      let found = try sources.packages(to: spool) { stanza, number in
        sources.indexes[number].source == 0 || queries.matches(stanza)
      }
      kept = Merging.pull(found, rule, architectures: sources.architectures(ofSource: 0))
    case .repo: kept = sources.own
    // What the mirror's filter did not take is not among the files of its state.
    case .mirror:
      kept = Merging.apply(.all, to: try sources.packages(to: spool) { _, _ in true })
    case .chosen(let packages, _, _): kept = try sources.packages(packages, to: spool)
    }
    return (kept.sorted(by: ComposedPackage.precedes), findings)
  }

  static func unsatisfiable(
    _ problems: [DependencyProblem],
    _ explain: (DependencyProblem) -> [String]
  ) -> Failure {
    Failure(
      .incomplete,
      "unsatisfiable",
      "\(problems.count) of the wanted packages cannot be installed from the sources",
      subject: problems.first?.root,
      hint: "add a source that has what they need, name what machines have besides with --base, or "
        + "leave them out with --keep-going",
      details: problems.prefix(100).flatMap(explain)
    )
  }

  /// A snapshot that is worked out, its files staged, and not recorded.
  private struct Draft {
    let packages: Int
    let proofs: ProofSelection
    let suite: SuiteRecord
    let list: FileList

    init(
      _ packages: [ComposedPackage],
      _ order: ComposingOrder,
      _ sources: SourceSnapshots,
      _ depot: Depot,
      _ spool: StanzaSpool,
      _ staging: Staging
    ) throws(Failure) {
      self.packages = packages.count
      let name = try Composer.suite(order, sources)
      var proofs = try ProofSelection(of: packages, in: sources, depot.objects)
      suite = SuiteRecord(
        composed: name,
        of: proofs.signers,
        vouchedBy: Array(proofs.vouchers),
        hasOwn: proofs.own > 0
      )
      let indexes = try ComposedIndexes(
        of: packages,
        spool,
        suite: name,
        in: sources,
        &proofs,
        compressions: order.compressions,
        to: staging
      )
      self.proofs = proofs
      list = try Composer.list(indexes, in: suite.directory, packages, proofs, sources)
    }
  }

  /// What the suite is called.
  private static func suite(
    _ order: ComposingOrder,
    _ sources: SourceSnapshots
  ) throws(Failure) -> String {
    let name = order.suite ?? sources.suite ?? ""
    guard Distribution.isName(name), !Distribution.isFlat(name) else {
      throw Failure(
        .usage,
        "suite",
        name.isEmpty || order.suite == nil
          ? "the first source has no suite whose name the new one could have"
          : "this is not the name of a suite",
        subject: name.isEmpty ? order.sources.first : name,
        hint: "name it as apt does: --suite bookworm"
      )
    }
    return name
  }

  /// All files of the snapshot.
  private static func list(
    _ indexes: ComposedIndexes,
    in directory: String,
    _ packages: [ComposedPackage],
    _ proofs: ProofSelection,
    _ sources: SourceSnapshots
  ) throws(Failure) -> FileList {
    var builder = FileList.Builder()
    for file in indexes.files {
      try builder.add(
        path: directory + file.path,
        size: file.size,
        digest: file.digest
      )
    }
    for file in proofs.files.values {
      try builder.add(path: file.path, size: file.size, digest: file.digest)
    }
    for package in packages {
      let list = sources.lists[package.source]
      for path in package.files {
        guard let position = list.index(of: path) else { continue }
        try refuseProofPath(path, package)
        try builder.add(
          path: path.bytes.span,
          size: list.size(at: position),
          digest: list.digest(at: position)
        )
      }
    }
    do throws(Failure) {
      return try builder.finish()
    } catch  where error.name == .twoContents || error.name == .fileAndDirectory {
      throw Failure(
        .state,
        "conflict",
        "two of the packages cannot be in one snapshot: \(error.reason)",
        subject: error.subject,
        hint: "leave one of them out with a filter, or publish the sources at different prefixes"
      )
    }
  }

  private static func refuseProofPath(
    _ path: RelativePath,
    _ package: ComposedPackage
  ) throws(Failure) {
    guard ProvenanceTree.holds(path.bytes) else { return }
    throw Failure(
      .state,
      "conflict",
      "a package lies where composed snapshots have what vouches for packages: \(package.label)",
      subject: path.text,
      hint: "leave it out: !(\(package.label))"
    )
  }

  /// Makes everything durable, then records the snapshot.
  private static func record(
    _ draft: Draft,
    _ order: ComposingOrder,
    _ findings: Findings,
    _ depot: Depot,
    _ staging: Staging,
    _ now: UTCTime,
    _ facts: AuditFacts,
    _ check: Check
  ) throws(Failure) -> ComposingOutcome {
    let record = SnapshotRecord(
      name: order.name,
      list: draft.list,
      kind: .composed,
      suites: [draft.suite],
      created: now,
      origin: order.origin
    )
    let isNew = try depot.catalogue.mustRecord(record)
    if isNew {
      try staging.checkComplete(draft.list)
      guard try staging.keep(list: draft.list) == record.digest else {
        throw Failure(.internal, "listing", "the listing does not have the digest that names it")
      }
      try staging.admitAll()
      if draft.proofs.own > 0 {
        try check(draft.list, draft.suite.distribution)
      }
      try depot.catalogue.insert(record)
    }
    let snapshot = isNew ? record : try depot.catalogue.snapshot(order.name)
    facts.add(AuditFact.facts(of: snapshot))
    return ComposingOutcome(
      snapshot: snapshot,
      isNew: isNew,
      packages: draft.packages,
      ownPackages: draft.proofs.own,
      problems: findings.problems,
      notes: findings.notes + (draft.packages == 0 ? ["no package is in the snapshot"] : [])
    )
  }
}
