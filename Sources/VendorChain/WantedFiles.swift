internal import DebianRepository
internal import SafeIO

/// The files that the indexes of all suites list: held compactly, each once, until all of them are
/// taken; or taken as they come, when the taker remembers them.
struct WantedFiles<Files: ArchiveFiles> {
  private let files: Files
  /// The sum of the sizes that the stanzas so far state, in bytes; saturates.
  private(set) var listedBytes: UInt64 = 0
  // In the end the list of all files, those of the suites' directories among them: there is never
  // a second list of that size.
  private var known: FileList.Builder
  // Those that cannot stand in a list yet: without SHA-256, or without size.
  private var others: [[UInt8]: ExpectedFile] = [:]
  private var images: [[UInt8]: ExpectedFile] = [:]
  private var nextCompaction = 1 << 18
  // What is to be taken next, when nothing is kept.
  private var batch: [ExpectedFile] = []
  private var findings: Findings
  private var leaving: LeavingOut

  init(from files: Files, leaving leaveOut: LeaveOut) {
    self.files = files
    findings = Findings(what: "listed by the indexes", leaving: leaveOut)
    leaving = LeavingOut(leaveOut)
    known = FileList.Builder(collectingConflicts: true)
  }

  /// Takes in what a Packages or Sources stanza lists.
  ///
  /// With a SHA-256 a SHA-512 beside it is not checked: it could say nothing more.
  mutating func add(_ file: ListedFile) throws(Failure) {
    let (sum, overflow) = listedBytes.addingReportingOverflow(file.size)
    listedBytes = overflow ? .max : sum
    guard let sha256 = file.sha256 else {
      let path = file.path.text
      let expected = ExpectedFile(
        path: path,
        size: file.size,
        sha256: nil,
        sha512: file.sha512
      )
      guard others.updateValue(expected, forKey: Array(path.utf8)).map({ $0 == expected }) ?? true
      else {
        throw twoContents(path)
      }
      return
    }
    if files.remembersTaken {
      batch.append(ExpectedFile(path: file.path.text, size: file.size, sha256: sha256))
      if batch.count == files.batchLength { try takeBatch() }
      return
    }
    try known.add(path: file.path.bytes.span, size: file.size, digest: sha256)
    // Packages for all architectures stand in the index of each one.
    if known.count >= nextCompaction {
      try known.compact()
      nextCompaction = max(1 << 18, known.count * 2)
    }
  }

  /// Takes in an installer's image, which is listed without a size and may be absent.
  mutating func addImage(path: String, sha256: SHA256Digest) throws(Failure) {
    guard RelativePath(path) != nil else {
      throw Failure(.unsafe, "path", "this path may not be used", subject: path)
    }
    let expected = ExpectedFile(path: path, size: nil, sha256: sha256)
    guard images.updateValue(expected, forKey: Array(path.utf8)).map({ $0 == expected }) ?? true
    else {
      throw twoContents(path)
    }
  }

  /// Takes in what people should know of an index.
  mutating func note(_ text: String) { leaving.notes.append(.note(text)) }

  /// Takes in a file that was taken already.
  mutating func addTaken(_ file: TakenFile) throws(Failure) {
    if !files.remembersTaken { try known.add(file) }
  }

  /// Takes in a stanza of an index, by its number from 1, that nobody could use: as `apt` does, it is
  /// passed over.
  mutating func leaveOut(_ number: Int, of index: String, _ reason: Failure) throws(Failure) {
    try leaving.add(LeftOut(.broken, .stanza(number, of: index), text: reason.reason))
  }

  /// Whether a file that Release lists, and that clients can do without, is left out: it is not what is
  /// listed, and the operator allowed that.
  ///
  /// Where nobody did, the refusal names the option.
  mutating func leavesOut(
    _ answer: Result<TakenFile?, Failure>,
    of path: String,
    _ others: inout Findings
  ) -> Bool {
    guard case .failure(let failure) = answer, Findings.isOfOneFile(failure) else { return false }
    guard leaving.leaveOut.isOffered, leaving.leaveOut.allows(.broken, file: path) else {
      others.offer(leaving.leaveOut)
      return false
    }
    // No stanza lists it, so the snapshot is as whole as one of a tree that never had it.
    leaving.notes.append("left out: \(path): \(failure.reason)")
    return true
  }

  /// Takes what has not been taken yet, and answers the list of all files with notes; every
  /// missing or wrong one is named in the refusal.
  ///
  /// The list is empty when the taker remembers. `indexes` are those that `addTaken` was told.
  mutating func takeAll(
    besides indexes: FileList
  ) throws(Failure) -> (FileList, leftOut: [LeftOut], notes: [Note]) {
    files.beginPoolFiles()
    var done = FileList.Builder()
    try done.add(indexes)
    let rest = others.values.sorted { $0.path < $1.path }
    for (expected, answer) in zip(rest, try files.takeAll(rest)) {
      if let taken = try sort(answer, of: expected) {
        try addTaken(taken)
        try done.add(taken)
      }
    }
    var absent = 0
    let pictures = images.values.sorted { $0.path < $1.path }
    for (expected, answer) in zip(pictures, try files.takeAll(pictures)) {
      // A missing one is no finding: installers list more than a mirror has. One that is left out is missing
      // inside, whatever it was here.
      if case .success(nil) = answer { absent += 1 }
      if case .success(nil) = answer { continue }
      if leaving.passesOver(answer, of: expected.path) { continue }
      if let taken = try sort(answer, of: expected) {
        try addTaken(taken)
        try done.add(taken)
      }
    }
    let taken = try takeKnown(besides: try done.finish())
    try findings.throwIfWrong()
    let list = try leaving.without(taken)
    if absent > 0 {
      leaving.notes.append("\(absent) installer files that are listed are not in the tree")
    }
    let leftOut = leaving.finish()
    return (list, leftOut, leaving.notes)
  }

  /// Takes what the list has and `done` has not; both are sorted, and all of `done` is in the list.
  private mutating func takeKnown(besides done: FileList) throws(Failure) -> FileList {
    let whole = try known.finish()
    try leaving.add(conflicts: known.conflicts ?? [], besides: done)
    try leaving.addFilesThatAreDirectories(in: whole, besides: done)
    let list = try leaving.without(whole)
    try files.willTake(list)
    var next = 0
    for index in 0..<list.count {
      if next < done.count, done.pathBytes(at: next) == list.pathBytes(at: index) {
        next += 1
        continue
      }
      batch.append(
        ExpectedFile(
          path: list.path(at: index),
          size: list.size(at: index),
          sha256: list.digest(at: index)
        )
      )
      if batch.count == files.batchLength { try takeBatch() }
    }
    try takeBatch()
    return list
  }

  private mutating func takeBatch() throws(Failure) {
    for (expected, answer) in zip(batch, try files.takeAll(batch)) {
      _ = try sort(answer, of: expected)
    }
    batch.removeAll(keepingCapacity: true)
  }

  private mutating func sort(
    _ answer: Result<TakenFile?, Failure>,
    of expected: ExpectedFile
  ) throws(Failure) -> TakenFile? {
    if try leaving.accepts(answer, of: expected.path) { return nil }
    if case .success(nil) = answer { findings.addMissing(expected.path) }
    return try findings.sort(answer, of: expected.path)
  }

  private func twoContents(_ path: String) -> Failure {
    Failure(
      .integrity,
      .twoContents,
      "the indexes list this path twice, with different content",
      subject: path
    )
  }
}

extension FileList.Builder {
  /// Takes a file in that the archive's owner stated.
  mutating func add(_ taken: TakenFile) throws(Failure) {
    try add(path: taken.path, size: taken.size, digest: taken.sha256)
  }
}
