internal import DebianRepository
internal import SafeIO

/// Collects what is left out while files are taken.
struct LeavingOut {
  /// What may be left out.
  let leaveOut: LeaveOut
  private var found: [LeftOut.Place: LeftOut] = [:]
  /// What people should know of it.
  var notes: [Note] = []

  init(_ leaveOut: LeaveOut) { self.leaveOut = leaveOut }

  /// How many files notes name.
  private static let named = 10

  /// Takes in something that is left out.
  mutating func add(_ leftOut: LeftOut) throws(Failure) {
    found[leftOut.place] = leftOut
    try checkCount()
  }

  /// Takes in paths that the indexes list with different content; none of them may be an index.
  mutating func add(conflicts: Set<[UInt8]>, besides indexes: FileList) throws(Failure) {
    for bytes in conflicts.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
      let path = String(decoding: bytes, as: UTF8.self)
      guard leaveOut.allows(.conflicting, file: path), indexes.index(of: path) == nil else {
        throw Failure(
          .integrity,
          .twoContents,
          "the indexes list this path twice, with different content",
          subject: path,
          hint: leaveOut.hint("tell the vendor", .conflicting)
        )
      }
      try add(LeftOut(.conflicting, .file(path), text: "listed twice, with different content"))
    }
  }

  /// Takes in files that are listed as directories too.
  ///
  /// No tree has both: what is called as a package is the file, and an index is one; of anything else the
  /// directory stays.
  mutating func addFilesThatAreDirectories(
    in list: FileList,
    besides indexes: FileList
  ) throws(Failure) {
    try list.forEachFileThatIsDirectory { (file, firstBelow) throws(Failure) in
      let path = String(decoding: file, as: UTF8.self)
      let isFile = path.hasSuffix(".deb") || indexes.index(of: path) != nil
      var gone = [path]
      if isFile {
        let below = file + [0x2f]
        gone = (firstBelow..<list.count).prefix { list.pathBytes(at: $0).starts(with: below) }
          .map { list.path(at: $0) }
      }
      for path in gone {
        guard leaveOut.allows(.conflicting, file: path), indexes.index(of: path) == nil else {
          throw FileList.fileAndDirectory(path, leaveOut.hint("tell the vendor", .conflicting))
        }
        let text = "listed as a file and as a directory"
        try add(LeftOut(.conflicting, .file(path), text: text))
      }
    }
  }

  /// Whether a file that could not be taken may be left out; it is remembered then.
  mutating func accepts(
    _ answer: Result<TakenFile?, Failure>,
    of path: String
  ) throws(Failure) -> Bool {
    switch answer {
    case .success(.some): return false
    case .success(.none):
      // Whatever the reason was at first, inside the file is just absent.
      for reason in LeftOut.Reason.allCases where leaveOut.allows(reason, file: path) {
        guard reason == .missing || !leaveOut.isOffered else { continue }
        try add(
          LeftOut(reason, .file(path), text: leaveOut.isOffered ? "the file is not there" : "")
        )
        return true
      }
      return false
    case .failure(let failure):
      guard let reason = LeavingOut.reason(for: failure), leaveOut.isOffered,
        leaveOut.allows(reason, file: path)
      else { return false }
      try add(LeftOut(reason, .file(path), text: failure.reason))
      return true
    }
  }

  /// Whether a file that may be absent anyway is left out as the operator allowed; only told, for inside
  /// nobody can see why it is absent.
  mutating func passesOver(_ answer: Result<TakenFile?, Failure>, of path: String) -> Bool {
    guard case .failure(let failure) = answer, let reason = LeavingOut.reason(for: failure),
      leaveOut.isOffered, leaveOut.allows(reason, file: path)
    else { return false }
    notes.append("left out: \(path): \(failure.reason)")
    return true
  }

  /// Why a file that could not be taken may be left out.
  ///
  /// A server that forbids it may mean that it is not there; one that is in trouble does not.
  private static func reason(for failure: Failure) -> LeftOut.Reason? {
    switch (failure.kind, failure.name) {
    case (.integrity, _): .broken
    case (.incomplete, .forbidden): .missing
    default: nil
    }
  }

  /// A list without the files that are left out.
  func without(_ list: FileList) throws(Failure) -> FileList {
    var gone: Set<[UInt8]> = []
    for case .file(let path) in found.keys where list.index(of: path) != nil {
      gone.insert(Array(path.utf8))
    }
    guard !gone.isEmpty else { return list }
    var builder = FileList.Builder()
    for index in 0..<list.count {
      let path = list.path(at: index)
      if gone.contains(Array(path.utf8)) { continue }
      try builder.add(path: path, size: list.size(at: index), digest: list.digest(at: index))
    }
    return try builder.finish()
  }

  /// All of it, in order.
  mutating func finish() -> [LeftOut] {
    let all = found.values.sorted(by: LeftOut.precedes)
    if leaveOut.isOffered { noteFiles(all) }
    return all
  }

  private func checkCount() throws(Failure) {
    guard found.count > LeftOut.most else { return }
    throw Failure(
      .resource,
      "too-many-left-out",
      "more than \(LeftOut.most) files and stanzas would be left out, and no more can be recorded",
      hint: "mirror the tree again, or choose fewer suites"
    )
  }

  private mutating func noteFiles(_ all: [LeftOut]) {
    let files = all.filter {
      if case .file = $0.place { return true }
      return false
    }
    for file in files.prefix(LeavingOut.named) {
      notes.append(.note("left out: \(file.label): \(file.text)"))
    }
    if files.count > LeavingOut.named {
      notes.append(.note("left out: \(files.count - LeavingOut.named) more files"))
    }
  }
}
