internal import DebianRepository
internal import SafeIO

/// Takes what the Release file of one suite lists, and reads the indexes among it.
struct SuiteIndexes<Files: ArchiveFiles> {
  let signed: SignedRelease
  let files: Files

  private var directory: String { signed.record.directory }

  /// An index in all the forms that the tree has, by its name without the compression.
  private typealias Forms = [(listed: ListedFile, taken: TakenFile)]

  /// Takes the Release files and the listed ones, and collects what the indexes list.
  func take(into gathered: inout Gathered<Files>) throws(Failure) {
    try takeReleaseFiles(into: &gathered)
    let present = try takeListed(into: &gathered)
    guard !present.indexes.isEmpty else {
      throw Failure(
        .incomplete,
        "no-index",
        "the tree has none of the Packages and Sources indexes that this suite lists",
        subject: directory.isEmpty ? "./" : directory,
        hint: "the tree is not a complete mirror of any component and architecture"
      )
    }
    for (base, forms) in present.indexes.sorted(by: { $0.key < $1.key }) {
      try Interruption.check()
      try readForms(base, forms, into: &gathered)
    }
    for list in present.checksums {
      try readChecksums(list.listed, list.taken, wanted: &gathered.wanted)
    }
  }

  private func takeReleaseFiles(into gathered: inout Gathered<Files>) throws(Failure) {
    for expected in signed.files {
      guard let taken = try files.take(expected) else {
        throw Failure(
          .incomplete,
          "changed",
          "the file vanished while the tree was read",
          subject: expected.path,
          hint: "run the command again when the tree is at rest"
        )
      }
      try gathered.addIndex(taken)
    }
  }

  /// Takes each listed file under its own name and under its by-hash names, where they exist.
  private func takeListed(
    into gathered: inout Gathered<Files>
  ) throws(Failure) -> (indexes: [String: Forms], checksums: Forms) {
    var jobs: [(listed: ListedFile, expected: ExpectedFile)] = []
    for listed in signed.release.files where !isPatchIndex(listed.path) {
      if listed.isWeak {
        guard try !files.has(directory + listed.path.text) else { throw weak(listed) }
        continue
      }
      for path in names(of: listed) {
        let expected = ExpectedFile(
          path: path,
          size: listed.size,
          sha256: listed.sha256,
          sha512: listed.sha512
        )
        jobs.append((listed, expected))
      }
    }
    var forms: [String: Forms] = [:]
    var checksums: Forms = []
    var findings = Findings(what: "listed by the Release file")
    var last: RelativePath?
    for (job, answer) in zip(jobs, try files.takeAll(jobs.map(\.expected))) {
      guard let taken = try findings.sort(answer, of: job.expected.path) else { continue }
      try gathered.addIndex(taken)
      // One of the names is enough to read it by.
      if last == job.listed.path { continue }
      last = job.listed.path
      if let form = IndexForm(job.listed.path) {
        forms[form.base, default: []].append((job.listed, taken))
      } else if job.listed.path.lastComponent == "SHA256SUMS" {
        checksums.append((job.listed, taken))
      }
    }
    try findings.throwIfWrong()
    return (forms, checksums)
  }

  /// The name itself first, then the by-hash names.
  private func names(of listed: ListedFile) -> [String] {
    let parent = listed.path.parent.map { $0.text + "/" } ?? ""
    return [directory + listed.path.text]
      + ListedHash.allCases.compactMap { hash in
        listed.value(of: hash).map { "\(directory)\(parent)by-hash/\(hash.rawValue)/\($0)" }
      }
  }

  /// Patches against older indexes are not carried: a site that is updated by bundles has no use
  /// for them, and apt takes the whole index when their list is absent.
  private func isPatchIndex(_ path: RelativePath) -> Bool {
    path.lastComponent == "Index" && (path.parent?.text.hasSuffix(".diff") ?? false)
  }

  private func weak(_ listed: ListedFile) -> Failure {
    Failure(
      .trust,
      "weak-hashes",
      "the Release file vouches for this file by MD5 or SHA-1 only",
      subject: directory + listed.path.text
    )
  }

  /// Reads one index: each form must have the content that is listed of the plain one, and all
  /// the same.
  private func readForms(
    _ base: String,
    _ forms: Forms,
    into gathered: inout Gathered<Files>
  ) throws(Failure) {
    let plain = RelativePath(base).flatMap { signed.release.file($0) }
    var first: (name: String, digest: SHA256Digest)?
    for (listed, taken) in forms {
      let name = directory + listed.path.text
      guard let form = IndexForm(listed.path), let compression = form.compression else {
        gathered.notes.append("\(name): carried, but not read: its compression is not known here")
        continue
      }
      let content = IndexContent(
        name: name,
        kind: form.kind,
        compression: compression,
        plain: plain
      )
      let file = try files.open(taken)
      guard let before = first else {
        let (digest, stanzas) = try content.read(file, collectingInto: &gathered.wanted)
        first = (name, digest)
        gathered.counts.append(
          IndexCount(path: directory + base, isSources: form.kind == .sources, stanzas: stanzas)
        )
        continue
      }
      let digest = try content.check(file)
      guard before.digest == digest else {
        throw Failure(
          .integrity,
          "forms-differ",
          "two forms of one index have different content: \(before.name) is another",
          subject: name
        )
      }
    }
    guard first != nil else {
      throw Failure(
        .incomplete,
        "no-index",
        "the tree has this index in no form that can be read",
        subject: directory + base
      )
    }
  }

  /// The files of an installer's SHA256SUMS, which lie beside the list.
  private func readChecksums(
    _ listed: ListedFile,
    _ taken: TakenFile,
    wanted: inout WantedFiles<Files>
  ) throws(Failure) {
    let name = directory + listed.path.text
    let text = try files.open(taken).readAll(limit: ChecksumFile.longest)
    let parent = directory + (listed.path.parent.map { $0.text + "/" } ?? "")
    for entry in try ChecksumFile.parse(text.span, name: name) {
      try wanted.addImage(path: parent + entry.path.text, sha256: entry.sha256)
    }
  }
}
