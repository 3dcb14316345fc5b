internal import Depot
private import Glibc
package import SafeIO

/// A file that somebody gave, read once the job is recorded.
package enum GivenFile: Hashable, Sendable {
  /// The path of a file outside the depot.
  case path(String)
  /// The content, and a name for messages.
  case content([UInt8], name: String)

  /// What it is called.
  package var name: String {
    switch self {
    case .path(let path): path
    case .content(_, let name): name
    }
  }

  /// The content, refused above `limit` bytes.
  func read(limit: Int) throws(Failure) -> [UInt8] {
    switch self {
    case .path(let path): return try NamedFile.read(path, limit: limit)
    case .content(let bytes, let name):
      guard bytes.count <= limit else {
        throw Failure(.integrity, "too-long", "this has more than \(limit) bytes", subject: name)
      }
      return bytes
    }
  }
}

/// Files outside the depot that somebody named.
package enum NamedFile {
  /// The content, refused above `limit` bytes; symbolic links are the user's business.
  package static func read(_ path: String, limit: Int) throws(Failure) -> [UInt8] {
    guard let bytes = try NamedPath.contents(path, limit: limit) else {
      throw Failure(
        .usage,
        "no-file",
        "there is no such file",
        subject: path,
        hint: "check the path, and that its medium is mounted"
      )
    }
    return bytes
  }

  /// Whether there is something of this name.
  package static func exists(_ path: String) -> Bool {
    guard let resolved = unsafe realpath(path, nil) else { return false }
    unsafe free(resolved)
    return true
  }

  /// Whether the path names a directory, or a link to one.
  package static func isDirectory(_ path: String) -> Bool {
    var status = stat()
    return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }
}

extension Session {
  /// Refuses a path that a file could not be written to, as far as that is to be seen.
  package func checkDestination(_ path: String) throws(Failure) {
    try depot().checkDestination(path)
  }

  /// Writes durably, a file at once or not at all, and never one of the depot.
  package func write(_ bytes: [UInt8], to path: String) throws(Failure) {
    try depot().write(bytes, to: path)
  }

  /// The same with something that its owner alone may read.
  package func writeSecret(_ bytes: [UInt8], to path: String) throws(Failure) {
    try checkDestination(path)
    let (parent, name) = NamedPath.split(path)
    let directory = try Directory(opening: parent)
    let temporary = ".\(name).aptferry"
    do {
      try DurableFile.write(bytes, as: name, in: directory, mode: 0o600, temporary: temporary)
    } catch {
      // What went wrong first is what has to be told.
      do { _ = try directory.removeFile(temporary) } catch {}
      throw error
    }
  }
}

extension Depot {
  func checkDestination(_ path: String) throws(Failure) { _ = try file(path) }

  func write(_ bytes: [UInt8], to path: String) throws(Failure) { try file(path).write(bytes) }

  private func file(_ path: String) throws(Failure) -> OutsideFile {
    try OutsideFile(path) { (directory, present) throws(Failure) in
      try requireOutside(directory, replacing: present)
    }
  }
}
