internal import Depot
internal import Objects
internal import SafeIO

/// Recording what repositories are to have: durable first, then listed, all at once.
extension RepoIntake {
  /// Changes what a repository has; the depot's lock must be held.
  static func change(
    _ repo: RepoRecord,
    _ content: RepoContent,
    _ keeping: RepoKeeping,
    _ body: (inout RepoContent, Staging) throws(Failure) -> Outcome
  ) throws(Failure) -> Outcome {
    try staged(keeping.depot) { (staging) throws(Failure) in
      var change = Change(content, of: repo)
      var outcome = try body(&change.content, staging)
      outcome.repo = try record([change], staging, keeping)[0]
      return outcome
    }
  }

  /// A repository with what it is to have.
  struct Change {
    let repo: RepoRecord
    var content: RepoContent
    private let before: RepoContent

    init(_ content: RepoContent, of repo: RepoRecord) {
      (self.repo, self.content, before) = (repo, content, content)
    }

    /// What comes in and what goes, for the audit log.
    fileprivate var facts: [AuditFact] {
      before.sorted.filter { !content.has($0) }.compactMap {
        $0.fact(of: repo).map { .repoRemoved($0) }
      }
        + content.sorted.filter { !before.has($0) }
        .compactMap { $0.fact(of: repo).map { .repoAdded($0) } }
    }

    /// The record of it, without its listing.
    fileprivate func record(_ listing: SHA256Digest, _ now: UTCTime) -> RepoRecord {
      var changed = repo
      changed.listing = listing
      changed.packages = UInt64(content.packages.count)
      changed.bytes = content.packages.values.reduce(0) { $0 &+ $1.size }
      if listing != repo.listing { changed.changed = now }
      return changed
    }
  }

  /// Records packages that the depot has, or only says what that would come to; the depot's lock must
  /// be held where it is recorded.
  static func record(
    _ changes: [Change],
    _ keeping: RepoKeeping,
    isDryRun: Bool
  ) throws(Failure) -> [RepoRecord] {
    let (depot, now) = (keeping.depot, keeping.now)
    guard !isDryRun else {
      return try changes.map { (change) throws(Failure) in
        change.record(try change.content.list().listDigest, now)
      }
    }
    return try staged(depot) { (staging) throws(Failure) in
      for package in changes.flatMap(\.content.packages.values) {
        // What a stanza was read from may be an index: it is an object of its own only here.
        if try !depot.objects.contains(
          SHA256Digest.of(package.text),
          size: UInt64(package.text.count)
        ) {
          _ = try staging.keep(bytes: package.text)
        }
      }
      return try record(changes, staging, keeping)
    }
  }

  private static func staged<Value>(
    _ depot: Depot,
    _ body: (Staging) throws(Failure) -> Value
  ) throws(Failure) -> Value {
    _ = try depot.incoming.discard(StagingNames.snapshot)
    let staging = try depot.incoming.open(StagingNames.snapshot)
    do throws(Failure) {
      return try body(staging)
    } catch {
      // The failure to report is the first one; what stays here is dropped by the next command.
      do throws(Failure) { try staging.discard() } catch {}
      throw error
    }
  }

  /// Makes everything durable, then records it, all repositories at once.
  private static func record(
    _ changes: [Change],
    _ staging: Staging,
    _ keeping: RepoKeeping
  ) throws(Failure) -> [RepoRecord] {
    let lists = try changes.map { (change) throws(Failure) in try change.content.list() }
    // Of what was taken in, only what is listed comes into the depot.
    var wanted: Set<SHA256Digest> = []
    for list in lists {
      for position in 0..<list.count { wanted.insert(list.digest(at: position)) }
    }
    try staging.keepOnly(wanted)
    var records: [RepoRecord] = []
    for (change, list) in zip(changes, lists) {
      records.append(change.record(try staging.keep(list: list), keeping.now))
    }
    if records != changes.map(\.repo) {
      for list in lists { try staging.checkComplete(list) }
      try staging.admitAll()
      try keeping.depot.catalogue.update(records)
      keeping.facts.add(changes.flatMap(\.facts))
    }
    try staging.discard()
    return records
  }
}

extension RepoContent {
  /// Whether it has a package with just these files and this stanza.
  fileprivate func has(_ package: Package) -> Bool {
    guard let own = packages[package.key] else { return false }
    return own.text == package.text && own.files.map(\.digest) == package.files.map(\.digest)
  }
}

extension RepoContent.Package {
  fileprivate func fact(of repo: RepoRecord) -> AuditFact.RepoPackage? {
    files.first.map { file in
      AuditFact.RepoPackage(
        of: repo.name,
        name,
        version: version,
        architecture: architecture,
        sha256: file.digest,
        signers: signers
      )
    }
  }
}
