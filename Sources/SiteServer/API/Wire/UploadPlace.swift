#if Network
internal import SafeIO

/// Where uploaded files wait until a repository takes them: `uploads` in the depot.
struct UploadPlace: Sendable {
  private let depot: String

  init(depot: String) { self.depot = depot }

  /// Files that are not complete; no upload can name it.
  static let unfinished = ".unfinished"

  private func root() throws(Failure) -> Directory {
    let depot = try Directory(opening: depot)
    _ = try depot.makeDirectory("uploads", mode: 0o700)
    return try depot.directory("uploads")
  }

  /// The path of a directory, for messages and for use cases.
  func path(_ directory: String) -> String { "\(depot)/uploads/\(directory)" }

  /// Refuses what is no name for a directory of uploads.
  static func check(_ directory: String) throws(APIRefusal) {
    let parts = directory.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.allSatisfy({ isName($0) }), RelativePath(directory) != nil, parts[0] != unfinished
    else {
      throw APIRefusal(400, "wrong dir")
    }
  }

  /// Refuses what is no name for a file.
  static func check(file: String) throws(APIRefusal) {
    guard isName(file[...]) else { throw APIRefusal(400, "wrong file") }
  }

  private static func isName(_ name: Substring) -> Bool {
    (1...255).contains(name.utf8.count) && name != "." && name != ".." && !name.contains("/")
      && !name.unicodeScalars.contains(where: Escaped.isDangerous)
  }

  /// The directories, sorted; not those inside others.
  func directories() throws(Failure) -> [String] {
    try root().list().filter { $0.kind == .directory && $0.name != UploadPlace.unfinished }
      .map(\.name).sorted()
  }

  /// The names of the files of a directory, sorted; nil when it is not there.
  func files(_ name: String) throws(Failure) -> [String]? {
    guard let directory = try root().directoryIfPresent(name) else { return nil }
    return try directory.list().filter { $0.kind == .regular }.map(\.name).sorted()
  }

  /// The files of a directory and of those inside it, by their paths in it, sorted.
  func tree(_ name: String) throws(Failure) -> [String]? {
    guard let top = try root().directoryIfPresent(name) else { return nil }
    var found: [String] = []
    func look(_ directory: Directory, _ path: String) throws(Failure) {
      for entry in try directory.list() {
        let inner = path + entry.name
        if entry.kind == .directory {
          try look(try directory.directory(entry.name), inner + "/")
        } else if entry.kind == .regular {
          found.append(inner)
        }
      }
    }
    try look(top, "")
    return found.sorted()
  }

  /// Removes a directory with all in it, or one file; what is not there is removed.
  func remove(_ directory: String, file: String? = nil) throws(Failure) {
    let root = try root()
    if let file {
      if let inner = try root.directoryIfPresent(directory) { _ = try inner.removeFile(file) }
      return
    }
    let (above, name) = UploadPlace.split(directory)
    guard let place = above.isEmpty ? root : try root.directoryIfPresent(above) else { return }
    if try place.status(name) != nil { _ = try place.removeTree(name) }
  }

  /// Removes files of a directory, and what directories are empty then.
  func remove(_ directory: String, files: [String]) throws(Failure) {
    guard let top = try root().directoryIfPresent(directory) else { return }
    var emptied: Set<String> = []
    for file in files {
      let (above, name) = UploadPlace.split(file)
      guard let place = above.isEmpty ? top : try top.directoryIfPresent(above) else { continue }
      _ = try place.removeFile(name)
      if !above.isEmpty { emptied.insert(above) }
    }
    for above in emptied.sorted(by: >) {
      if let place = try top.directoryIfPresent(above), try place.list().isEmpty {
        _ = try top.removeTree(above)
      }
    }
    if try top.list().isEmpty { try remove(directory) }
  }

  private static func split(_ path: String) -> (above: String, name: String) {
    guard let slash = path.lastIndex(of: "/") else { return ("", path) }
    return (String(path[..<slash]), String(path[path.index(after: slash)...]))
  }

  /// Begins a file that nobody sees before it is complete.
  func begin() throws(Failure) -> (file: SharedFile, token: String) {
    let root = try root()
    _ = try root.makeDirectory(UploadPlace.unfinished, mode: 0o700)
    let token = APIFact.newID()
    let file = try root.directory(UploadPlace.unfinished).createFile(token, mode: 0o600)
    return (SharedFile(file), token)
  }

  /// Puts a complete file into its directory, in place of one of its name.
  func finish(_ token: String, _ directory: String, _ name: String) throws(Failure) {
    let root = try root()
    guard let relative = RelativePath(directory) else {
      throw Failure(
        .usage,
        "arguments",
        "this cannot be the name of a directory",
        subject: directory
      )
    }
    let place = try root.makePath(relative, mode: 0o700)
    try root.directory(UploadPlace.unfinished).rename(token, to: place, as: name)
    try place.sync()
  }

  /// Drops a file that is not complete.
  func drop(_ token: String) throws(Failure) {
    guard let place = try root().directoryIfPresent(UploadPlace.unfinished) else { return }
    _ = try place.removeFile(token)
  }

  /// Drops what a killed server left.
  func dropUnfinished() throws(Failure) {
    let root = try root()
    if try root.status(UploadPlace.unfinished) != nil {
      _ = try root.removeTree(UploadPlace.unfinished)
    }
  }
}
#endif
