internal import Archives
internal import DebianRepository
internal import SafeIO

/// Verifies the proofs of a composed snapshot and collects what they vouch for.
struct ProvenanceReading<Files: ArchiveFiles> {
  private let files: Files
  private let trust: UpstreamTrust
  private(set) var vouched = VouchedPackages()
  private(set) var proofs: [ComposedResult.Proof] = []
  /// What vendors signed about descriptions and files.
  private(set) var companions: [VendorCompanion] = []
  private(set) var notes: [Note] = []

  init(files: Files, trust: UpstreamTrust) { (self.files, self.trust) = (files, trust) }

  /// Verifies one tree: its signature, and every index in it.
  mutating func read(_ tree: ProvenanceTree, _ number: Int) throws(Failure) {
    let signed: SignedRelease
    do throws(Failure) {
      guard
        let release = try SignedRelease.readAll(
          [tree.distribution],
          files: ProvenanceReleases(prefix: tree.prefix, files: files),
          trust: trust
        ).first
      else { return }
      signed = release
    } catch {
      throw error.within(tree.prefix)
    }
    try takeReleases(signed, tree)
    var stems: Set<String> = []
    for path in tree.indexes {
      try Interruption.check()
      try readIndex(path, signed, tree, number, &stems)
    }
    notes += signed.notes
    // Whoever chose the packages chose the lists: that those here have nothing in common with another state says
    // nothing when others are not here.
    let isWhole = ProvenanceReading.parts(signed.release.files.map(\.path.text))
      .isSubset(of: ProvenanceReading.parts(tree.indexes.map { path in inside(path, of: tree) }))
    proofs.append(
      ComposedResult.Proof(tree: tree, suite: signed.suite, stems: isWhole ? stems : [])
    )
  }

  /// A path of the tree as Release lists it.
  private func inside(_ path: String, of tree: ProvenanceTree) -> String {
    String(path.dropFirst((tree.prefix + Distribution.directory(of: tree.distribution)).count))
  }

  /// What there are lists of packages for: each component with packages, sources or those of the installer.
  private static func parts(_ paths: [String]) -> Set<[String]> {
    var parts: Set<[String]> = []
    for path in paths {
      guard let index = IndexPath(path), let sort = StanzaSort(index.kind) else { continue }
      parts.insert([index.component ?? "", "\(sort)"])
    }
    return parts
  }

  /// The Release files are those that were verified, and the tree has their name.
  private func takeReleases(
    _ signed: SignedRelease,
    _ tree: ProvenanceTree
  ) throws(Failure) {
    var taken: Set<String> = []
    for file in signed.files {
      let path = tree.prefix + file.path
      guard try files.take(ExpectedFile(path: path, size: file.size, sha256: file.sha256)) != nil
      else { throw ProvenanceTree.stray(path) }
      taken.insert(path)
    }
    if let stray = tree.releases.first(where: { !taken.contains($0) }) {
      throw ProvenanceTree.stray(stray)
    }
    guard let digest = signed.files.first?.sha256,
      ProvenanceTree.prefix(digest) == tree.prefix
    else {
      throw Failure(
        .integrity,
        "provenance",
        "what vouches for packages does not lie in the place of its digest",
        subject: tree.prefix,
        hint: ProvenanceTree.ask
      )
    }
  }

  private mutating func readIndex(
    _ path: String,
    _ signed: SignedRelease,
    _ tree: ProvenanceTree,
    _ number: Int,
    _ stems: inout Set<String>
  ) throws(Failure) {
    let directory = tree.prefix + Distribution.directory(of: tree.distribution)
    guard path.hasPrefix(directory),
      let relative = RelativePath(String(path.dropFirst(directory.count))),
      let listed = signed.release.file(relative), !listed.isWeak,
      let index = IndexPath(relative.text), let compression = Compression(fileName: relative.text),
      let taken = try files.take(expected(listed, below: directory))
    else { throw ProvenanceTree.stray(path) }
    let content = IndexContent(
      name: path,
      isSources: index.kind.isOfSources,
      compression: compression,
      plain: RelativePath(index.plain.text).flatMap { signed.release.file($0) }
    )
    guard let sort = StanzaSort(index.kind) else {
      guard index.kind.isCompanion else { throw ProvenanceTree.stray(path) }
      companions.append(
        VendorCompanion(topic: CompanionTopic(index), taken: taken, content: content)
      )
      return
    }
    var vouched = VouchedPackages()
    swap(&vouched, &self.vouched)
    defer { swap(&vouched, &self.vouched) }
    try content.forEachStanza(of: try files.open(taken)) { (stanza) throws(Failure) in
      vouched.add(stanza, sort, of: number)
      for file in stanza.files { PathStem.add(file.path.bytes[...], to: &stems) }
    }
  }
}

/// The Release files of a tree that lies somewhere in a snapshot.
private struct ProvenanceReleases<Files: ArchiveFiles>: ReleaseSource {
  let prefix: String
  let files: Files

  func contents(of path: String, limit: Int) throws(Failure) -> [UInt8]? {
    try files.contents(of: prefix + path, limit: limit)
  }
}

extension Failure {
  /// The same about a path below a directory.
  fileprivate func within(_ prefix: String) -> Failure {
    Failure(
      kind,
      name,
      reason,
      subject: subject.map { $0.hasPrefix(prefix) ? $0 : prefix + $0 } ?? prefix,
      hint: hint,
      details: details
    )
  }
}
