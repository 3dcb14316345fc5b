internal import Depot
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

  /// Whether the path names a directory, or a link to one.
  static func isDirectory(_ path: String) -> Bool {
    var status = stat()
    return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// Whether the name stands for standard output.
  static func isStandardOutput(_ path: String?) -> Bool { path == "-" }

  /// Refuses a path that `write` could not write to, as far as that is to be seen.
  static func check(_ path: String, outside depot: Depot) throws(Failure) {
    if !isStandardOutput(path) { _ = try file(path, outside: depot) }
  }

  /// Writes durably, a file at once or not at all, and never one of the depot; `-` is standard
  /// output.
  static func write(_ bytes: [UInt8], to path: String, outside depot: Depot) throws(Failure) {
    if isStandardOutput(path) { return Output.text(bytes) }
    try file(path, outside: depot).write(bytes)
  }

  private static func file(_ path: String, outside depot: Depot) throws(Failure) -> OutsideFile {
    try OutsideFile(path) { (directory, present) throws(Failure) in
      try depot.requireOutside(directory, replacing: present)
    }
  }
}
