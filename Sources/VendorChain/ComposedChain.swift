package import DebianRepository
package import SafeIO

/// What a check of a composed snapshot found.
package struct ComposedResult: Sendable {
  /// A suite of the snapshot, as the composer made it.
  package struct Suite: Sendable {
    package let distribution: String
    /// The proofs that vouch for some of its packages, by their positions in `proofs`, ascending.
    package internal(set) var proofs: [Int] = []
    /// How many packages it has; one that stands in several indexes counts once.
    package internal(set) var packages = 0
    /// Packages that no vendor vouches for: name, version and architecture, sorted; 1000 at most.
    package internal(set) var own: [String] = []
  }

  /// A package of a suite, and the position of the proof that vouches for it; nil where none does.
  package typealias Listing = (_ suite: String, _ package: PackageStanza, _ proof: Int?) -> Void

  /// The signed lists of a vendor's suite.
  package struct Proof: Sendable {
    package let tree: ProvenanceTree
    /// What was verified of the suite.
    package let suite: VerifiedSuite
    /// What its lists have, by paths before the versions: which repository it is.
    package let stems: Set<String>
  }

  package let suites: [Suite]
  package let proofs: [Proof]
  /// The composer's own Release files and indexes.
  package let indexes: FileList
  /// What the indexes list and the snapshot does not have.
  package let leftOut: [LeftOut]
  package let notes: [Note]
}

/// The check of a composed snapshot: the composer's own lists to the last file, and every package of
/// them, its descriptions and the names of its files in a list that its vendor signed.
package enum ComposedChain {
  /// - Parameters:
  ///   - suites: the suites as the composer calls them.
  ///   - trees: where the proofs lie.
  ///   - files: the files of the snapshot.
  ///   - trust: whom to believe about vendors.
  ///   - each: told of every package, once.
  /// - Returns: which proof vouches for what, and what nobody vouches for.
  /// - Throws: what `ChainOfTrust.check` throws; `trust` for a proof that is not signed by a pinned key
  ///   for its suite; `integrity` for a package that is another than its vendor's, or one in an index
  ///   of another architecture.
  package static func check(
    suites: [String],
    trees: [ProvenanceTree],
    files: some ArchiveFiles,
    trust: UpstreamTrust,
    each: ComposedResult.Listing = { _, _, _ in }
  ) throws(Failure) -> ComposedResult {
    for suite in suites { try requireOwn(suite, files) }
    // The composer signs nothing: the bundle is signed, and the site that publishes signs.
    let nobody = UpstreamTrust(keys: [], allowUnsigned: true, now: trust.now)
    let releases = try SignedRelease.readAll(suites, files: files, trust: nobody)
    for release in releases { try ComposedRelease(release).check(files) }
    let own = try ChainOfTrust.follow(releases, files: files)
    var reading = ProvenanceReading(files: files, trust: trust)
    guard trees.count <= mostProofs else {
      throw Failure(
        .resource,
        "too-many-proofs",
        "a composed snapshot has \(trees.count) proofs; no more than \(mostProofs) are read",
        hint: ProvenanceTree.ask
      )
    }
    for (number, tree) in trees.enumerated() { try reading.read(tree, number) }
    var found: [ComposedResult.Suite] = []
    for release in releases {
      let (suite, own) = try OwnIndexes(release, files, reading.vouched).suite(each)
      try CompanionCheck(release, files, reading.companions, own: own).run()
      found.append(suite)
    }
    return ComposedResult(
      suites: found,
      proofs: reading.proofs,
      indexes: own.indexes,
      leftOut: own.leftOut,
      notes: reading.notes
    )
  }

  /// How many proofs are read: each is verified, and its indexes are read.
  private static let mostProofs = 256

  /// Refuses a suite whose Release could be taken for a vendor's.
  private static func requireOwn(
    _ suite: String,
    _ files: some ArchiveFiles
  ) throws(Failure) {
    let directory = Distribution.directory(of: suite)
    for name in ["InRelease", "Release.gpg"] where try files.has(directory + name) {
      throw Failure(
        .integrity,
        "composed-signed",
        "a suite of a composed snapshot has a signature, which only vendors' suites have",
        subject: directory + name,
        hint: ProvenanceTree.ask
      )
    }
    guard Distribution.isFlat(suite) else { return }
    throw Failure(
      .integrity,
      "composed-flat",
      "a suite of a composed snapshot is a flat repository",
      subject: suite,
      hint: ProvenanceTree.ask
    )
  }
}

/// The composer's own indexes of a suite, beside what vendors vouch for.
private struct OwnIndexes<Files: ArchiveFiles> {
  private let release: SignedRelease
  private let files: Files
  private let vouched: VouchedPackages

  init(_ release: SignedRelease, _ files: Files, _ vouched: VouchedPackages) {
    (self.release, self.files, self.vouched) = (release, files, vouched)
  }

  private var directory: String { Distribution.directory(of: release.suite.distribution) }

  /// How many packages that no vendor vouches for are named.
  private static var mostNamed: Int { 1000 }

  /// What the suite has, and what its packages that no vendor vouches for are known by.
  func suite(
    _ each: ComposedResult.Listing
  ) throws(Failure) -> (ComposedResult.Suite, CompanionCheck<Files>.Own) {
    var found = ComposedResult.Suite(distribution: release.suite.distribution)
    var seen: Set<SHA256Digest> = []
    var proofs: Set<Int> = []
    var own: [String] = []
    var names: CompanionCheck<Files>.Own = []
    var read: Set<String> = []
    for listed in release.release.files {
      guard let index = IndexPath(listed.path.text), let sort = StanzaSort(index.kind),
        let form = IndexForm(listed.path), let compression = form.compression,
        try files.has(directory + listed.path.text), read.insert(form.base).inserted
      else { continue }
      let content = IndexContent(
        name: directory + listed.path.text,
        isSources: form.isSources,
        compression: compression,
        plain: RelativePath(form.base).flatMap { release.release.file($0) }
      )
      try content.forEachStanza(of: try open(listed)) { (stanza) throws(Failure) in
        try checkPlace(stanza, in: index, content.name)
        guard seen.insert(stanza.identity(sort)).inserted else { return }
        let tree = vouched.tree(of: stanza, sort)
        each(found.distribution, stanza, tree)
        if let tree {
          proofs.insert(tree)
        } else {
          try refuseAltered(stanza, sort, content.name)
          names.insert(CompanionCheck<Files>.digest(sort, stanza.packageBytes))
          // A version may be long: of an index of nothing else the labels would be larger.
          if own.count < OwnIndexes.mostNamed { own.append(Escaped.line(stanza.label, limit: 200)) }
        }
      }
    }
    (found.proofs, found.packages, found.own) = (proofs.sorted(), seen.count, own.sorted())
    return (found, names)
  }

  private func open(_ listed: ListedFile) throws(Failure) -> OpenFile {
    let expected = expected(listed, below: directory)
    guard let taken = try files.take(expected) else {
      throw Failure(.internal, "taken", "an index has gone", subject: expected.path)
    }
    return try files.open(taken)
  }

  /// Refuses a package in an index of another architecture, and a file among the proofs.
  private func checkPlace(
    _ stanza: PackageStanza,
    in index: IndexPath,
    _ name: String
  ) throws(Failure) {
    let isInPlace =
      stanza.kind == .sources || stanza.architecture == "all"
      || stanza.architecture == index.architecture
    guard isInPlace else {
      throw Failure(
        .integrity,
        "other-architecture",
        "an index has a package of another architecture: \(stanza.label)",
        subject: name,
        hint: ProvenanceTree.ask
      )
    }
    try stanza.forEachFile { (file) throws(Failure) in
      guard isReserved(file.path) else { return }
      throw Failure(
        .integrity,
        "provenance",
        "a package lies among the proofs, the lists or the keys: \(stanza.label)",
        subject: file.path.text,
        hint: ProvenanceTree.ask
      )
    }
  }

  /// Whether a path is where proofs, lists of packages and keys are.
  private func isReserved(_ path: RelativePath) -> Bool {
    ProvenanceTree.holds(path.bytes) || ["dists", "keys"].contains(path.components.first ?? "")
  }

  /// Refuses what says that it is a vendor's package and is not what the vendor signed.
  private func refuseAltered(
    _ stanza: PackageStanza,
    _ sort: StanzaSort,
    _ name: String
  ) throws(Failure) {
    guard !stanza.contents.isEmpty else {
      throw Failure(
        .integrity,
        "own-digest",
        "a package that no vendor vouches for is listed without the SHA-256 of its file: "
          + Escaped.line(stanza.label, limit: 200),
        subject: name,
        hint: ProvenanceTree.ask
      )
    }
    guard vouched.isAltered(stanza, sort) else { return }
    throw Failure(
      .integrity,
      "altered-package",
      "a package is not what its vendor signed, though it has the vendor's name, file or place: "
        + stanza.label,
      subject: name,
      hint: "do not take it in, and ask the exporter; nothing was changed"
    )
  }
}
