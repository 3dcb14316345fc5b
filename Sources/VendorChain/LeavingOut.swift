internal import DebianRepository
internal import SafeIO

/// Collects what is left out while files are taken.
struct LeavingOut {
  private let leaveOut: LeaveOut
  private var found: [LeftOut.Place: LeftOut] = [:]
  /// What people should know of it.
  var notes: [Note] = []

  init(_ leaveOut: LeaveOut) { self.leaveOut = leaveOut }

  /// How many stanzas of an index a note names.
  private static let named = 10

  private mutating func add(_ leftOut: LeftOut) { found[leftOut.place] = leftOut }

  /// Takes in stanzas that nobody could use.
  ///
  /// - Throws: the first failure where all of the index is of no use, or a path leaves the tree, and
  ///   that was not allowed.
  mutating func add(
    _ unusable: [PackageIndexReader.Unusable],
    of index: String,
    among count: Int
  ) throws(Failure) {
    for one in unusable {
      let place = LeftOut.Place.stanza(one.number, of: index)
      let isAllowed = leaveOut.allows(stanza: place, of: one.package)
      guard isAllowed || one.failure.kind != .unsafe && unusable.count < count else {
        throw refusal(one.failure)
      }
      add(LeftOut(.broken, place, text: one.failure.reason))
    }
    guard !unusable.isEmpty else { return }
    for one in unusable.prefix(LeavingOut.named) {
      notes.append(
        .note("\(index): \(one.failure.reason); it is left out, apt cannot install it either")
      )
    }
    if unusable.count > LeavingOut.named {
      let more = unusable.count - LeavingOut.named
      notes.append(.note("\(index): \(more) more stanzas are left out"))
    }
  }

  private func refusal(_ failure: Failure) -> Failure {
    Failure(
      failure.kind,
      failure.name,
      failure.reason,
      subject: failure.subject,
      hint: failure.hint
        ?? leaveOut.hint("mirror the tree again; if it stays so, ask the archive's owner", .broken),
      details: failure.details
    )
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
      add(LeftOut(.conflicting, .file(path), text: "listed twice, with different content"))
    }
  }

  /// Whether a file that could not be taken may be left out; it is remembered then.
  mutating func accepts(_ answer: Result<TakenFile?, Failure>, of path: String) -> Bool {
    switch answer {
    case .success(.some): return false
    case .success(.none):
      // Whatever the reason was at first, inside the file is just absent.
      for reason in LeftOut.Reason.allCases where leaveOut.allows(reason, file: path) {
        guard reason == .missing || !leaveOut.isOffered else { continue }
        add(LeftOut(reason, .file(path), text: leaveOut.isOffered ? "the file is not there" : ""))
        return true
      }
      return false
    case .failure(let failure):
      guard leaveOut.isOffered, failure.kind == .integrity,
        leaveOut.allows(.broken, file: path)
      else { return false }
      add(LeftOut(.broken, .file(path), text: failure.reason))
      return true
    }
  }

  /// A list without the files that are left out.
  func without(_ list: FileList) throws(Failure) -> FileList {
    var gone: Set<String> = []
    for case .file(let path) in found.keys where list.index(of: path) != nil { gone.insert(path) }
    guard !gone.isEmpty else { return list }
    var builder = FileList.Builder()
    for index in 0..<list.count {
      let path = list.path(at: index)
      if gone.contains(path) { continue }
      try builder.add(path: path, size: list.size(at: index), digest: list.digest(at: index))
    }
    return try builder.finish()
  }

  /// All of it, in order.
  mutating func finish() throws(Failure) -> [LeftOut] {
    guard found.count <= LeftOut.most else {
      throw Failure(
        .resource,
        "too-many-left-out",
        "\(found.count) files and stanzas would be left out; at most \(LeftOut.most) can be recorded",
        hint: "mirror the tree again, or choose fewer suites"
      )
    }
    let all = found.values.sorted(by: LeftOut.precedes)
    if leaveOut.isOffered { noteFiles(all) }
    return all
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
