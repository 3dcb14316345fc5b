internal import DebianRepository
internal import SafeIO

/// Takes what the Release file of one suite lists, and reads the indexes among it.
struct SuiteIndexes<Files: ArchiveFiles> {
  let signed: SignedRelease
  let files: Files
  let selection: ChainSelection

  var directory: String { Distribution.directory(of: signed.suite.distribution) }

  /// An index in all the forms that the tree has, by its name without the compression.
  private typealias Forms = [(listed: ListedFile, taken: TakenFile)]

  /// Takes the Release files and the listed ones, and collects what the indexes list.
  func take(into gathered: inout Gathered<Files>) throws(Failure) {
    try takeReleaseFiles(into: &gathered)
    let present = try takeListed(into: &gathered)
    let unread = unreadIndexes()
    guard !present.indexes.isEmpty else {
      throw Failure(
        .incomplete,
        "no-index",
        "the tree has none of the Packages and Sources indexes that this suite lists",
        subject: directory.isEmpty ? "./" : directory,
        hint: unread.isEmpty
          ? "the tree is not a complete mirror of any component and architecture"
          : "apt finds none either: ask the vendor to list each index as main/binary-…/Packages",
        details: unread
      )
    }
    gathered.notes += unread.map { .note($0) }
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

  /// Takes each wanted file under its own name and under its by-hash names, where they exist.
  ///
  /// Of a file that is listed in several forms a chosen selection takes the best one, and the next
  /// only when that is not to be had.
  private func takeListed(
    into gathered: inout Gathered<Files>
  ) throws(Failure) -> (indexes: [String: Forms], checksums: Forms) {
    var present: (indexes: [String: Forms], checksums: Forms) = ([:], [])
    var findings = Findings(what: "listed by the Release file")
    var waiting = try wanted()
    while !waiting.isEmpty {
      let jobs = waiting.flatMap { forms in
        (selection.takesAllForms ? forms[...] : forms.prefix(1)).flatMap { listed in
          names(of: listed).map { Job(listed: listed, expected: expected(listed, at: $0)) }
        }
      }
      let answers = try files.takeAll(jobs.map(\.expected))
      let good = SuiteIndexes.good(
        zip(jobs, answers).filter { Self.isTaken($1) }.map(\.0.listed.path)
      )
      let absent = Set(zip(jobs, answers).filter { Self.isAbsent($1) }.map(\.0.expected.path))
      let last = Set(waiting.filter { $0.count == 1 }.map { $0[0].path })
      var taken: Set<RelativePath> = []
      for (job, answer) in zip(jobs, answers) {
        let isLast = selection.takesAllForms || last.contains(job.listed.path)
        if mayLack(job, good),
          gathered.wanted.leavesOut(answer, of: job.expected.path, &findings)
        {
          continue
        }
        guard let file = try sort(answer, job, isLast, &findings, &gathered) else { continue }
        try gathered.addIndex(file)
        // One of the names is enough to read it by.
        if !taken.insert(job.listed.path).inserted { continue }
        try addPlainName(of: job, file, ifAmong: absent, into: &gathered)
        if let form = IndexForm(job.listed.path) {
          present.indexes[form.base, default: []].append((job.listed, file))
        } else if SuiteIndexes.isInstallersList(job.listed.path) {
          present.checksums.append((job.listed, file))
        }
      }
      if selection.takesAllForms { break }
      waiting = waiting.compactMap { forms in
        taken.contains(forms[0].path) || forms.count == 1 ? nil : Array(forms.dropFirst())
      }
    }
    try findings.throwIfWrong()
    return present
  }

  /// An index of a tree that is there by its hash alone gets its own name too.
  ///
  /// Clients that are not told to ask by hash find it then. One that is wrong under its own name stays left out.
  private func addPlainName(
    of job: Job,
    _ file: TakenFile,
    ifAmong absent: Set<String>,
    into gathered: inout Gathered<Files>
  ) throws(Failure) {
    let plain = directory + job.listed.path.text
    guard selection.takesAllForms, file.path != plain, absent.contains(plain) else { return }
    try gathered.addIndex(TakenFile(path: plain, size: file.size, sha256: file.sha256))
  }

  /// Whether a file lists an installer's images: `main/installer-amd64/20230607/images/SHA256SUMS`.
  private static func isInstallersList(_ path: RelativePath) -> Bool {
    path.lastComponent == "SHA256SUMS"
      && path.components.contains { $0.hasPrefix("installer-") }
  }

  private static func isTaken(_ answer: Result<TakenFile?, Failure>) -> Bool {
    if case .success(.some) = answer { true } else { false }
  }

  private static func isAbsent(_ answer: Result<TakenFile?, Failure>) -> Bool {
    if case .success(nil) = answer { true } else { false }
  }

  /// The names without the compression of files that were taken.
  private static func good(_ paths: [RelativePath]) -> Set<[UInt8]> {
    Set(paths.map { Array(stem($0).utf8) })
  }

  /// Whether clients can do without a file of a tree that is wrong: it is no index of packages, or there
  /// is another form or name of the same.
  private func mayLack(_ job: Job, _ good: Set<[UInt8]>) -> Bool {
    selection.takesAllForms
      && (IndexForm(job.listed.path) == nil
        || good.contains(Array(SuiteIndexes.stem(job.listed.path).utf8)))
  }

  private struct Job {
    let listed: ListedFile
    let expected: ExpectedFile
  }

  private func expected(_ listed: ListedFile, at path: String) -> ExpectedFile {
    ExpectedFile(path: path, size: listed.size, sha256: listed.sha256, sha512: listed.sha512)
  }

  /// The taken file; a form that is not to be had is noted while there is another to try.
  private func sort(
    _ answer: Result<TakenFile?, Failure>,
    _ job: Job,
    _ isLast: Bool,
    _ findings: inout Findings,
    _ gathered: inout Gathered<Files>
  ) throws(Failure) -> TakenFile? {
    if !isLast, case .failure(let failure) = answer, Findings.isOfOneFile(failure) {
      if job.expected.path == directory + job.listed.path.text {
        gathered.notes.append(
          "\(job.expected.path): \(failure.reason); another form was tried"
        )
      }
      return nil
    }
    // apt does not ask for an index that is listed as empty, whatever is there.
    if case .failure(let failure) = answer, Findings.isOfOneFile(failure), isListedAsEmpty(job) {
      gathered.notes.append(
        "\(job.expected.path): left out, for apt the index is empty: \(failure.reason)"
      )
      return nil
    }
    if isLast, case .failure(let failure) = answer, canDoWithout(job, failure) {
      gathered.notes.append("\(job.expected.path): left out, clients do without: \(failure.reason)")
      return nil
    }
    if isLast, !selection.takesAllForms, case .success(nil) = answer, isNeeded(job) {
      findings.addMissing(job.expected.path)
    }
    return try findings.sort(answer, of: job.expected.path)
  }

  /// Whether a mirror goes on without a file that the server has otherwise than it is listed, or forbids.
  ///
  /// For `apt` it is as one that is not there. What may come at the next attempt is waited for.
  private func canDoWithout(_ job: Job, _ failure: Failure) -> Bool {
    !selection.takesAllForms && IndexForm(job.listed.path) == nil
      && !SuiteIndexes.isInstallersList(job.listed.path)
      && (failure.kind == .integrity || failure.name == .forbidden)
  }

  /// Whether `apt` would stop without it: the index itself, not one that lists nothing.
  private func isNeeded(_ job: Job) -> Bool {
    guard job.expected.path == directory + job.listed.path.text,
      let form = IndexForm(job.listed.path), isAskedFor(job.listed.path)
    else { return false }
    return RelativePath(form.base).flatMap { signed.release.file($0) }?.size != 0
  }

  /// Whether a client asks for an index in this directory: in one that is no component nobody looks.
  func isAskedFor(_ path: RelativePath) -> Bool {
    guard selection.components.isEmpty, let component = IndexPath(path.text)?.component else {
      return true
    }
    let release = signed.release
    return release.components.isEmpty
      ? !component.contains("/") : release.hasComponent(component)
  }

  private func isListedAsEmpty(_ job: Job) -> Bool {
    guard let form = IndexForm(job.listed.path) else { return false }
    return RelativePath(form.base).flatMap { signed.release.file($0) }?.size == 0
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
        isSources: form.isSources,
        compression: compression,
        plain: plain
      )
      let file = try files.open(taken)
      if plain?.size == 0, try !content.isEmpty(file) {
        gathered.notes.append("\(name): not read, for apt the index is empty")
        return
      }
      guard let before = first else {
        let before = gathered.wanted.listedBytes
        let found = try content.read(
          file,
          of: directory + base,
          gathered.choice,
          collectingInto: &gathered.wanted
        )
        first = (name, found.digest)
        gathered.add(found, of: name)
        gathered.counts.append(
          IndexCount(
            path: directory + base,
            isSources: form.isSources,
            stanzas: found.wanted,
            bytes: gathered.wanted.listedBytes - before
          )
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
    let list = try ChecksumFile.parse(text.span, name: name)
    if list.passedOver > 0 {
      wanted.note("\(name): \(list.passedOver) lines are no file and SHA-256, and passed over")
    }
    for entry in list.entries {
      try wanted.addImage(path: parent + entry.path.text, sha256: entry.sha256)
    }
  }
}
