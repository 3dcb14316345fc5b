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
}
