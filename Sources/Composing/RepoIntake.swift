internal import Archives
package import Choosing
internal import DebianRepository
package import Depot
internal import Objects
package import SafeIO
internal import VendorChain

/// Brings packages into a repository of this site.
package enum RepoIntake {
  /// What a change of a repository did.
  package struct Outcome: Sendable {
    package let repo: RepoRecord
    /// Names, versions and architectures.
    package var added: [String] = []
    package var removed: [String] = []
    /// Those that were there already.
    package var unchanged: [String] = []
  }

  /// Adds the packages of files, and of directories with all that is below them; all or none.
  ///
  /// - Throws: `integrity` for what is no package, `state` when another package of one's name, version
  ///   and architecture is there and is not to be replaced.
  package static func add(
    _ paths: [String],
    to name: String,
    replacing: Bool,
    depot: Depot,
    now: UTCTime
  ) throws(Failure) -> Outcome {
    var files: [String] = []
    for path in paths { files += try packages(at: path) }
    guard !files.isEmpty else {
      throw Failure(
        .usage,
        "no-packages",
        "there is no package file (.deb, .udeb, .ddeb) there",
        subject: paths.first
      )
    }
    return try depot.locked(for: "repo add \(name)") { () throws(Failure) in
      let repo = try depot.catalogue.repo(name)
      var content = try RepoContent(of: repo, in: depot)
      _ = try depot.incoming.discard(StagingNames.snapshot)
      let staging = try depot.incoming.open(StagingNames.snapshot)
      var outcome = Outcome(repo: repo)
      do throws(Failure) {
        for file in files {
          try Interruption.check()
          let package = try take(file, repo, staging)
          if try content.put(package, replacing: replacing) {
            outcome.added.append(package.label)
          } else {
            outcome.unchanged.append(package.label)
          }
        }
        let changed = try record(content, of: repo, staging, depot, now)
        return Outcome(repo: changed, added: outcome.added, unchanged: outcome.unchanged)
      } catch {
        // The failure to report is the first one; what stays here is dropped by the next command.
        do throws(Failure) { try staging.discard() } catch {}
        throw error
      }
    }
  }

  /// Takes packages out that a query asks for.
  package static func remove(
    _ queries: [PackageQuery],
    from name: String,
    depot: Depot,
    now: UTCTime
  ) throws(Failure) -> Outcome {
    try depot.locked(for: "repo remove \(name)") { () throws(Failure) in
      let repo = try depot.catalogue.repo(name)
      var content = try RepoContent(of: repo, in: depot)
      let removed = try content.remove { stanza in queries.contains { $0.matches(stanza) } }
      _ = try depot.incoming.discard(StagingNames.snapshot)
      let staging = try depot.incoming.open(StagingNames.snapshot)
      let changed = try record(content, of: repo, staging, depot, now)
      return Outcome(repo: changed, removed: removed.map(\.label).sorted())
    }
  }

  /// Makes a repository without packages.
  package static func create(
    _ name: String,
    suite: String,
    component: String,
    description: String,
    depot: Depot,
    now: UTCTime
  ) throws(Failure) -> RepoRecord {
    guard SnapshotRecord.isName(name) else {
      throw Failure(
        .usage,
        "repo-name",
        "a repository's name has letters, digits and ._+~- only, at most 100, and begins with a letter "
          + "or digit",
        subject: name
      )
    }
    return try depot.locked(for: "repo create \(name)") { () throws(Failure) in
      _ = try depot.incoming.discard(StagingNames.snapshot)
      let staging = try depot.incoming.open(StagingNames.snapshot)
      let repo = RepoRecord(
        name: name,
        suite: suite,
        component: component,
        description: description,
        listing: try staging.keep(list: RepoContent().list()),
        created: now
      )
      try check(repo)
      try staging.admitAll()
      try depot.catalogue.insert(repo)
      try staging.discard()
      return repo
    }
  }

  /// Refuses a suite and a component that none can be called.
  package static func check(_ repo: RepoRecord) throws(Failure) {
    guard Distribution.isName(repo.suite), !Distribution.isFlat(repo.suite) else {
      throw Failure(.usage, "suite", "this is not the name of a suite", subject: repo.suite)
    }
    guard RelativePath(repo.component)?.components.count == 1, !repo.component.contains(" ") else {
      throw Failure(
        .usage,
        "component",
        "this is not the name of a component",
        subject: repo.component
      )
    }
  }

  /// Makes everything durable, then records it.
  private static func record(
    _ content: RepoContent,
    of repo: RepoRecord,
    _ staging: Staging,
    _ depot: Depot,
    _ now: UTCTime
  ) throws(Failure) -> RepoRecord {
    let list = try content.list()
    var changed = repo
    changed.listing = try staging.keep(list: list)
    changed.packages = UInt64(content.packages.count)
    changed.bytes = content.packages.values.reduce(0) { $0 &+ $1.size }
    if changed.listing != repo.listing {
      try staging.checkComplete(list)
      try staging.admitAll()
      changed.changed = now
      try depot.catalogue.update(changed)
    }
    try staging.discard()
    return changed
  }

  private static let endings = [".deb", ".udeb", ".ddeb"]

  /// The package files at a path, sorted.
  private static func packages(at path: String) throws(Failure) -> [String] {
    if endings.contains(where: path.hasSuffix) { return [path] }
    let directory = try Directory(opening: path)
    var found: [String] = []
    for entry in try directory.list().sorted(by: { $0.name < $1.name }) {
      let inner = path + "/" + entry.name
      if entry.kind == .directory {
        found += try packages(at: inner)
      } else if entry.kind == .regular, endings.contains(where: entry.name.hasSuffix) {
        found.append(inner)
      }
    }
    return found
  }

  /// Takes one package into the staging, hashed on the way, and reads what was taken.
  private static func take(
    _ path: String,
    _ repo: RepoRecord,
    _ staging: Staging
  ) throws(Failure) -> RepoContent.Package {
    guard let slash = path.lastIndex(of: "/") else {
      throw Failure(.usage, "arguments", "this is not an absolute path", subject: path)
    }
    let directory = try Directory(opening: slash == path.startIndex ? "/" : String(path[..<slash]))
    let name = String(path[path.index(after: slash)...])
    let file = try directory.file(name)
    guard let kept = try staging.ingest(file) else {
      throw Failure(.internal, "taken", "the package was not taken", subject: path)
    }
    let deb = try DebFile(of: try staging.open(kept.digest), name: path)
    let control = try ControlStanza(deb.control, name: path)
    // Debug symbols are packages like others; the installer's have a list of their own.
    let isInstallers = name.hasSuffix(".udeb")
    let pool =
      PackageName.pool(control.source, in: repo.component) + "/"
      + control.fileName(ending: isInstallers ? "udeb" : "deb")
    let text = control.text(path: pool, size: kept.size, sha256: kept.digest)
    let package = try RepoContent.package(text, isInstallers ? .installer : .binary) { _ in
      (kept.size, kept.digest)
    }
    _ = try staging.keep(bytes: text)
    return package
  }
}
