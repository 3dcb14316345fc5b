private import Glibc

/// Files of this machine by their paths, as its user or administrator names them: symbolic links in
/// such a path are their business.
package enum NamedPath {
  /// The content of a file, refused above `limit` bytes; nil when there is none.
  package static func contents(_ path: String, limit: Int) throws(Failure) -> [UInt8]? {
    guard let resolved = unsafe realpath(path, nil) else {
      if errno == ENOENT || errno == ENOTDIR { return nil }
      throw .system("open", path)
    }
    defer { unsafe free(resolved) }
    let (directory, name) = split(unsafe String(cString: resolved))
    return try Directory(opening: directory).contents(of: name, limit: limit)
  }

  /// Whether this user may not read a file that is there.
  package static func isForbidden(_ path: String) -> Bool {
    unsafe access(path, R_OK) != 0 && errno == EACCES
  }

  /// The directory of a path, and its last part.
  package static func split(_ path: String) -> (directory: String, name: String) {
    guard let slash = path.lastIndex(of: "/") else { return (".", path) }
    let directory = path[..<slash]
    return (directory.isEmpty ? "/" : String(directory), String(path[path.index(after: slash)...]))
  }

  /// Refuses a path to write to whose directory is not there, or that names a directory.
  package static func check(_ path: String) throws(Failure) {
    let (directory, name) = split(path)
    guard !name.isEmpty, kind(of: path, followsLinks: true) != .directory else {
      throw Failure(.usage, "no-file", "name a file, not a directory", subject: path)
    }
    _ = try Directory(opening: directory)
  }

  /// Writes a file durably, replacing one that is there at once or not at all.
  ///
  /// A link, a device or a pipe is written through and stays what it is.
  package static func write(_ bytes: [UInt8], to path: String) throws(Failure) {
    try check(path)
    switch kind(of: path, followsLinks: false) {
    case nil, .regular: break
    default: return try writeThrough(bytes, to: path)
    }
    let (parent, name) = split(path)
    let directory = try Directory(opening: parent)
    // Not `name.part`: that may be a file of the user's. Always the same name: what a killed run left
    // is used again.
    let temporary = ".\(name).aptferry"
    do {
      try DurableFile.write(bytes, as: name, in: directory, temporary: temporary)
    } catch {
      // What went wrong first is what has to be told.
      do { _ = try directory.removeFile(temporary) } catch {}
      throw error
    }
  }

  private static func writeThrough(_ bytes: [UInt8], to path: String) throws(Failure) {
    let opened = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0o644)
    guard opened >= 0 else { throw .system("open", path) }
    let file = OpenFile(owning: opened, name: path)
    try file.write(bytes)
    if try file.status().kind == .regular { try file.sync() }
    try file.close()
  }

  private static func kind(of path: String, followsLinks: Bool) -> FileStatus.Kind? {
    var raw = stat()
    let result = unsafe followsLinks ? stat(path, &raw) : lstat(path, &raw)
    return result == 0 ? FileStatus(raw).kind : nil
  }
}
