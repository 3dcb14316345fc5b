private import CLinux
private import Glibc

/// An open directory; every path below it is resolved by the kernel so that no symbolic link is
/// followed and nothing outside is reached (`openat2` with RESOLVE_BENEATH and
/// RESOLVE_NO_SYMLINKS).
///
/// The path that was used to open it is for messages only. Shared freely between threads: the
/// descriptor never changes.
package final class Directory: Sendable {
  /// Where it is, for messages.
  package let path: String
  /// The descriptor, for handing to C while this value lives.
  package let descriptor: Int32

  init(owning descriptor: Int32, path: String) {
    self.descriptor = descriptor
    self.path = path
  }

  deinit { _ = close(descriptor) }

  /// Opens a directory that the user named; symbolic links in this path are the user's business.
  package init(opening path: String) throws(Failure) {
    guard !path.isEmpty else { throw Directory.emptyPath() }
    let opened = retrying { unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
    guard opened >= 0 else {
      if errno == ENOENT {
        throw Failure(
          .usage,
          .noDirectory,
          "there is no such directory",
          subject: path,
          hint: "check the path, and that its medium is mounted"
        )
      }
      if errno == ENOTDIR {
        throw Failure(.usage, .noDirectory, "this is not a directory", subject: path)
      }
      throw .system("open the directory", path)
    }
    descriptor = opened
    self.path = path
  }

  private static func emptyPath() -> Failure {
    Failure(
      .usage,
      .noDirectory,
      "an empty path names no directory",
      hint: "name one; “.” is the current directory"
    )
  }

  /// Makes a directory that the user named (and what lacks above it), then opens it.
  package convenience init(creating path: String, mode: UInt32 = 0o755) throws(Failure) {
    // Not the current directory, whatever a script forgot to fill in.
    guard !path.isEmpty else { throw Directory.emptyPath() }
    var made = path.hasPrefix("/") ? "" : "."
    for component in path.split(separator: "/") {
      made += "/" + component
      if unsafe mkdir(made, mode_t(mode)) != 0 && errno != EEXIST {
        throw .system("make the directory", made)
      }
    }
    try self.init(opening: path)
  }

  /// A path below this directory, for messages.
  package func describe(_ relative: String) -> String {
    relative.isEmpty || relative == "." ? path : (path == "/" ? path : path + "/") + relative
  }

  /// The descriptor of what is below this directory, or -1.
  func openBeneath(_ relative: String, _ flags: Int32, mode: UInt32 = 0) -> Int32 {
    unsafe clinux_openat_beneath(descriptor, relative, flags, mode)
  }

  /// Opens a directory below this one.
  package func directory(_ relative: String) throws(Failure) -> Directory {
    let opened = openBeneath(relative, O_RDONLY | O_DIRECTORY)
    guard opened >= 0 else { throw .system("open the directory", describe(relative)) }
    return Directory(owning: opened, path: describe(relative))
  }

  /// Opens a directory below this one, or nil when nothing of that name is there.
  package func directoryIfPresent(_ relative: String) throws(Failure) -> Directory? {
    let opened = openBeneath(relative, O_RDONLY | O_DIRECTORY)
    if opened < 0 && errno == ENOENT { return nil }
    guard opened >= 0 else { throw .system("open the directory", describe(relative)) }
    return Directory(owning: opened, path: describe(relative))
  }

  /// Opens a regular file for reading; anything else (FIFO, device, directory, link) is refused.
  package func file(_ relative: String) throws(Failure) -> OpenFile {
    // O_NONBLOCK so that a FIFO on a hostile medium cannot hold us.
    let opened = openBeneath(relative, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY)
    guard opened >= 0 else { throw .system("open", describe(relative)) }
    let file = OpenFile(owning: opened, name: describe(relative))
    guard try file.status().kind == .regular else {
      throw Failure(
        .unsafe,
        "not-regular",
        "this is not a regular file",
        subject: describe(relative)
      )
    }
    return file
  }

  /// The whole content of a small file, refused above `limit` bytes.
  package func contents(of relative: String, limit: Int) throws(Failure) -> [UInt8] {
    try file(relative).readAll(limit: limit)
  }

  /// Makes a file that must not exist yet, opened for writing and reading, with exactly this mode.
  package func createFile(_ relative: String, mode: UInt32 = 0o644) throws(Failure) -> OpenFile {
    let opened = openBeneath(relative, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, mode: mode)
    guard opened >= 0 else { throw .system("create", describe(relative)) }
    let file = OpenFile(owning: opened, name: describe(relative))
    try file.setMode(mode)
    return file
  }

  /// Opens a file for writing and reading, making it when it lacks; never cuts it.
  package func openOrCreateFile(_ relative: String, mode: UInt32) throws(Failure) -> OpenFile {
    let opened = openBeneath(relative, O_RDWR | O_CREAT | O_NOFOLLOW, mode: mode)
    guard opened >= 0 else { throw .system("open", describe(relative)) }
    return OpenFile(owning: opened, name: describe(relative))
  }

  /// Opens a regular file to which every write is appended, making it when it lacks; the name of
  /// one that is empty may not be durable yet.
  package func openToAppend(_ relative: String, mode: UInt32) throws(Failure) -> OpenFile {
    let flags = O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY
    let opened = openBeneath(relative, flags, mode: mode)
    guard opened >= 0 else { throw .system("open", describe(relative)) }
    let file = OpenFile(owning: opened, name: describe(relative))
    guard try file.status().kind == .regular else {
      throw Failure(.unsafe, "not-regular", "this is not a regular file", subject: file.name)
    }
    return file
  }

  /// A file without a name on this file system: private, and gone when it is closed.
  package func unnamedFile() throws(Failure) -> OpenFile {
    let opened = openBeneath(".", O_RDWR | clinux_O_TMPFILE, mode: 0o600)
    guard opened >= 0 else { throw .system("create a temporary file in", path) }
    return OpenFile(owning: opened, name: describe("(temporary file)"))
  }
}
