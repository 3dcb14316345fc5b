internal import DebianRepository
internal import SafeIO

/// The files that the indexes of all suites list, held compactly, each once.
struct WantedFiles {
  private var known = FileList.Builder()
  // Those that cannot stand in a list yet: without SHA-256, or without size.
  private var others: [String: ExpectedFile] = [:]
  private var images: [String: ExpectedFile] = [:]
  private var nextCompaction = 1 << 18

  /// Takes in what a Packages or Sources stanza lists.
  ///
  /// With a SHA-256 a SHA-512 beside it is not checked: it could say nothing more.
  mutating func add(_ file: ListedFile) throws(Failure) {
    guard let sha256 = file.sha256 else {
      let path = file.path.text
      let expected = ExpectedFile(
        path: path,
        size: file.size,
        sha256: nil,
        sha512: file.sha512
      )
      guard others.updateValue(expected, forKey: path).map({ $0 == expected }) ?? true else {
        throw twoContents(path)
      }
      return
    }
    try known.add(path: file.path.bytes.span, size: file.size, digest: sha256)
    // Packages for all architectures stand in the index of each one.
    if known.count >= nextCompaction {
      let list = try known.finish()
      known = FileList.Builder()
      try known.add(list)
      nextCompaction = max(1 << 18, list.count * 2)
    }
  }

  /// Takes in an installer's image, which is listed without a size and may be absent.
  mutating func addImage(path: String, sha256: SHA256Digest) throws(Failure) {
    guard RelativePath(path) != nil else {
      throw Failure(.unsafe, "path", "this path may not be used", subject: path)
    }
    let expected = ExpectedFile(path: path, size: nil, sha256: sha256)
    guard images.updateValue(expected, forKey: path).map({ $0 == expected }) ?? true else {
      throw twoContents(path)
    }
  }

  /// Takes all of them, and answers the list with notes; every missing or wrong one is named in
  /// the refusal.
  consuming func take(
    from files: some ArchiveFiles
  ) throws(Failure) -> (FileList, notes: [String]) {
    let list = try known.finish()
    var findings = Findings(what: "listed by the indexes")
    var further = FileList.Builder()
    try WantedFiles.inBatches(count: list.count) { (range) throws(Failure) in
      let batch = range.map {
        ExpectedFile(path: list.path(at: $0), size: list.size(at: $0), sha256: list.digest(at: $0))
      }
      for (expected, answer) in zip(batch, try files.takeAll(batch)) {
        if case .success(nil) = answer { findings.addMissing(expected.path) }
        _ = try findings.sort(answer, of: expected.path)
      }
    }
    let rest = others.values.sorted { $0.path < $1.path }
    for (expected, answer) in zip(rest, try files.takeAll(rest)) {
      if case .success(nil) = answer { findings.addMissing(expected.path) }
      if let taken = try findings.sort(answer, of: expected.path) { try further.add(taken) }
    }
    var absent = 0
    let pictures = images.values.sorted { $0.path < $1.path }
    for (expected, answer) in zip(pictures, try files.takeAll(pictures)) {
      if case .success(nil) = answer { absent += 1 }
      if let taken = try findings.sort(answer, of: expected.path) { try further.add(taken) }
    }
    try findings.throwIfWrong()
    let notes =
      absent == 0 ? [] : ["\(absent) installer files that are listed are not in the tree"]
    guard further.count > 0 else { return (list, notes) }
    try further.add(list)
    return (try further.finish(), notes)
  }

  private static func inBatches(
    count: Int,
    _ body: (Range<Int>) throws(Failure) -> Void
  ) throws(Failure) {
    var start = 0
    while start < count {
      let end = min(count, start + 1024)
      try body(start..<end)
      start = end
    }
  }

  private func twoContents(_ path: String) -> Failure {
    Failure(
      .integrity,
      "two-contents",
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
