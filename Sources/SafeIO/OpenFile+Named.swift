private import Glibc

extension OpenFile {
  /// Opens a file or a block device that the user named, for reading; nil when the path names
  /// anything else, or nothing.
  ///
  /// Symbolic links in this path are the user's business, as they are in that of a directory.
  package static func namedFileOrDevice(_ path: String) throws(Failure) -> OpenFile? {
    var found = stat()
    guard unsafe stat(path, &found) == 0 else { return nil }
    let kind = found.st_mode & S_IFMT
    guard kind == S_IFREG || kind == S_IFBLK else { return nil }
    // O_NONBLOCK for a FIFO that took its place since; a drive opened with it may not look for its disc.
    let flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | (kind == S_IFREG ? O_NONBLOCK : 0)
    let opened = retrying { unsafe open(path, flags) }
    guard opened >= 0 else { throw .system("open", path) }
    let file = OpenFile(owning: opened, name: path)
    guard unsafe fstat(opened, &found) == 0, found.st_mode & S_IFMT == kind else { return nil }
    return file
  }

  /// The length in bytes, also of a block device.
  package func length() throws(Failure) -> UInt64 {
    let end = lseek(descriptor, 0, SEEK_END)
    guard end >= 0 else { throw .system("look for the end of", name) }
    return UInt64(end)
  }
}
