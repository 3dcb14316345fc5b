package import Choosing
internal import DebianRepository
package import Depot
internal import Objects
package import SafeIO

/// Brings packages into a repository of this site.
package enum RepoIntake {
  /// Opens a `.dsc` or a `.changes`, and checks its signature where it needs one.
  package typealias Opening = (
    _ message: [UInt8], _ name: String, _ needsSignature: Bool
  ) throws(Failure) -> UploadMessage

  /// Makes what opens uploads to a repository, as it is now, and lets `body` use it.
  package typealias Gate = (
    _ repo: RepoRecord, _ body: (@escaping Opening) throws(Failure) -> Outcome
  ) throws(Failure) -> Outcome

  /// What a change of a repository did.
  package struct Outcome: Sendable {
    package internal(set) var repo: RepoRecord
    /// Names, versions and architectures.
    package var added: [String] = []
    package var removed: [String] = []
    /// Those that were there already.
    package var unchanged: [String] = []
    /// Files of uploads that a repository does not keep.
    package var ignored: [String] = []
    /// The fingerprints of the pinned keys that signed what was added.
    package var signers: [String] = []
  }

  /// Adds the packages of files, of uploads, and of directories with all that is below them; all or none.
  ///
  /// `gate` opens the messages of uploads, as the repository asks for it.
  /// - Throws: `integrity` for what is no package or another file than its upload lists, `incomplete` for
  ///   an upload that lacks one, `trust` for one that the repository takes with a signature alone,
  ///   `state` when another package of one's name, version and architecture is there and is not to be
  ///   replaced.
  package static func add(
    _ paths: [String],
    to name: String,
    replacing: Bool,
    _ keeping: RepoKeeping,
    gate: Gate
  ) throws(Failure) -> Outcome {
    var files: [String] = []
    for path in paths { files += try packages(at: path) }
    guard !files.isEmpty else {
      throw Failure(
        .usage,
        "no-packages",
        "there is no package file there (\(PackageIntake.endings.joined(separator: ", ")))",
        subject: paths.first
      )
    }
    // An upload brings the files that it lists.
    let uploads = files.filter { $0.hasSuffix(".changes") }
    let others = files.filter { !$0.hasSuffix(".changes") }
    let given = (uploads + others).map { Given(path: $0) }
    return try add(given, to: name, replacing: replacing, keeping, gate: gate)
  }

  /// A package file: its bytes where it is in memory, else what lies at the path.
  package struct Given: Sendable {
    let path: String
    let bytes: [UInt8]?

    init(path: String) { (self.path, bytes) = (path, nil) }

    /// A package in memory, with the name of its file.
    package init(_ bytes: [UInt8], name: String) { (path, self.bytes) = (name, bytes) }
  }

  /// Adds packages, each judged as every other one; all or none.
  package static func add(
    _ files: [Given],
    to name: String,
    replacing: Bool,
    _ keeping: RepoKeeping,
    gate: Gate
  ) throws(Failure) -> Outcome {
    let depot = keeping.depot
    return try depot.locked(for: "repo add \(name)") { () throws(Failure) in
      let repo = try depot.catalogue.repo(name)
      return try gate(repo) { (open) throws(Failure) in
        let content = try RepoContent(of: repo, in: depot)
        return try change(repo, content, keeping) { (content, staging) throws(Failure) in
          var intake = PackageIntake(repo, staging, depot.objects, open: open)
          for file in files { try intake.take(file) }
          var outcome = Outcome(repo: repo)
          try outcome.put(intake.packages, into: &content, replacing: replacing)
          (outcome.ignored, outcome.signers) = (intake.ignored, intake.signers.sorted())
          return outcome
        }
      }
    }
  }

  /// Refuses a repository that takes signed uploads only: nothing comes into it by another door.
  static func requireOpen(_ repo: RepoRecord) throws(Failure) {
    guard repo.requiresSignature else { return }
    throw Failure(
      .trust,
      "unsigned-upload",
      "the repository takes signed uploads only, and nothing from elsewhere in the depot",
      subject: repo.name,
      hint: "add the signed .changes there, or end it: aptferry repo edit \(repo.name) "
        + "--no-require-signature"
    )
  }

  /// Takes packages out, or only says which; those of a choice that are not there are none.
  package static func remove(
    _ choice: Removal,
    from name: String,
    isDryRun: Bool,
    _ keeping: RepoKeeping
  ) throws(Failure) -> Outcome {
    let depot = keeping.depot
    func work() throws(Failure) -> Outcome {
      let repo = try depot.catalogue.repo(name)
      var change = Change(try RepoContent(of: repo, in: depot), of: repo)
      let removed = try change.content.remove(where: choice.takes)
      let record = try record([change], keeping, isDryRun: isDryRun)[0]
      return Outcome(repo: record, removed: removed.map(\.label).sorted())
    }
    if isDryRun { return try work() }
    return try depot.locked(for: "repo remove \(name)") { () throws(Failure) in try work() }
  }

  /// Which packages are to go from a repository.
  package enum Removal {
    /// What any of these queries asks for.
    case queries([PackageQuery])
    case named([PackageIdentifier])

    func takes(_ stanza: PackageStanza) -> Bool {
      switch self {
      case .queries(let queries): queries.contains { $0.matches(stanza) }
      case .named(let names): names.contains { $0.matches(stanza) }
      }
    }
  }

  /// Makes a repository without packages.
  package static func create(
    _ name: String,
    suite: String,
    component: String,
    description: String,
    requiresSignature: Bool = false,
    keys: [TrustRecord] = [],
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
        requiresSignature: requiresSignature,
        listing: try staging.keep(list: RepoContent().list()),
        created: now
      )
      try check(repo)
      try staging.admitAll()
      try depot.catalogue.insert(repo, keys: keys)
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

  /// The files at a path that can be added, sorted.
  private static func packages(at path: String) throws(Failure) -> [String] {
    if PackageIntake.endings.contains(where: path.hasSuffix) { return [path] }
    let directory = try Directory(opening: path)
    var found: [String] = []
    for entry in try directory.list().sorted(by: { $0.name < $1.name }) {
      let inner = path + "/" + entry.name
      if entry.kind == .directory {
        found += try packages(at: inner)
      } else if entry.kind == .regular,
        PackageIntake.endings.contains(where: entry.name.hasSuffix)
      {
        found.append(inner)
      }
    }
    return found
  }
}

extension RepoIntake.Outcome {
  /// Puts packages into a repository, and remembers which were new.
  mutating func put(
    _ packages: [RepoContent.Package],
    into content: inout RepoContent,
    replacing: Bool
  ) throws(Failure) {
    for package in packages {
      let (isNew, replaced) = try content.put(package, replacing: replacing)
      if isNew {
        added.append(package.label)
        removed += replaced.map { [$0.label] } ?? []
      } else if !added.contains(package.label), !unchanged.contains(package.label) {
        unchanged.append(package.label)
      }
    }
  }
}
