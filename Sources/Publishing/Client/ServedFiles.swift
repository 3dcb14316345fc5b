internal import DebianRepository
internal import Objects
internal import SafeIO

/// The files of one distribution as they lie in the published tree.
struct ServedFiles {
  let publicRoot: Directory
  let directory: String
  let release: ReleaseFile
  private var good: Set<String> = []
  private var goodByHash: Set<String> = []
  private var damaged: [String: String] = [:]
  /// What kept a file from being read.
  private(set) var failure: Failure?

  init(_ publicRoot: Directory, _ directory: String, _ release: ReleaseFile) {
    (self.publicRoot, self.directory, self.release) = (publicRoot, directory, release)
  }

  /// Whether a client that asks for a listed form gets it.
  mutating func has(_ file: ListedFile) -> Bool {
    do throws(Failure) {
      return try look(at: file)
    } catch {
      if error.kind == .unsafe { damaged[file.path.text] = file.path.text } else { failure = error }
      return false
    }
  }

  /// By its strongest hash first, then by its name; a file that is there is taken, right or wrong.
  private mutating func look(at file: ListedFile) throws(Failure) -> Bool {
    let plain = file.path.text
    let byHash = ListedHash.allCases.first { file.value(of: $0) != nil }.flatMap { hash in
      file.value(of: hash).map { ByHashPath(besides: plain, hash, $0).text }
    }
    for name in [byHash, plain].compactMap({ $0 }) {
      guard let opened = try publicRoot.fileThroughInsideLinks(directory + name) else { continue }
      let content = try ContentHash.of(opened)
      guard content.size == file.size, file.sha256.map({ $0 == content.digest }) ?? true else {
        damaged[plain] = name
        return false
      }
      if name == plain || release.acquireByHash {
        good.insert(plain)
      } else {
        goodByHash.insert(plain)
      }
    }
    return good.contains(plain) || goodByHash.contains(plain)
  }

  func outcome(of question: ClientReach.Question) -> ServedReport.Outcome {
    let forms = question.forms.map(\.path.text)
    if let path = forms.compactMap({ damaged[$0] }).first { return .damaged(path: path) }
    if let form = forms.first(where: good.contains) { return .found(form) }
    return forms.first(where: goodByHash.contains).map { .foundByHash($0) } ?? .absent
  }
}
