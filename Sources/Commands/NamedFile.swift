private import Glibc
internal import SafeIO

/// Files that the user names on the command line.
enum NamedFile {
  /// The content, refused above `limit` bytes; symbolic links are the user's business.
  static func read(_ path: String, limit: Int) throws(Failure) -> [UInt8] {
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
  static func exists(_ path: String) -> Bool {
    guard let resolved = unsafe realpath(path, nil) else { return false }
    unsafe free(resolved)
    return true
  }

  /// Writes durably.
  static func write(_ bytes: [UInt8], to path: String) throws(Failure) {
    let (directory, name) = NamedPath.split(path)
    guard !name.isEmpty else {
      throw Failure(.usage, "no-file", "name a file, not a directory", subject: path)
    }
    try DurableFile.write(bytes, as: name, in: try Directory(opening: directory))
  }
}
