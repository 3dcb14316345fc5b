private import CLinux
private import Glibc

extension Directory {
  /// Makes one directory; false when something with that name was there.
  package func makeDirectory(_ name: String, mode: UInt32 = 0o755) throws(Failure) -> Bool {
    if unsafe mkdirat(descriptor, name, mode_t(mode)) == 0 {
      // The umask must not decide what the world may read.
      guard unsafe fchmodat(descriptor, name, mode_t(mode), 0) == 0 else {
        throw .system("set the mode of", describe(name))
      }
      return true
    }
    guard errno == EEXIST else { throw .system("make the directory", describe(name)) }
    return false
  }

  /// Makes one directory of a tree of our own by its path, with the mode that the umask leaves of
  /// 0755; false when something with that name was there.
  ///
  /// For trees that only we write: a symbolic link above the last component would be followed.
  package func makeOwnDirectory(_ path: String) throws(Failure) -> Bool {
    if unsafe mkdirat(descriptor, path, 0o755) == 0 { return true }
    guard errno == EEXIST else { throw .system("make the directory", describe(path)) }
    return false
  }

  /// Makes a directory and everything above it that lacks, and opens it.
  package func makePath(_ relative: RelativePath, mode: UInt32 = 0o755) throws(Failure) -> Directory
  {
    var current = self
    for component in relative.components {
      _ = try current.makeDirectory(component, mode: mode)
      current = try current.directory(component)
    }
    return current
  }

  /// Renames within or between directories of one file system, replacing what was there.
  package func rename(_ old: String, to other: Directory, as new: String) throws(Failure) {
    guard unsafe renameat(descriptor, old, other.descriptor, new) == 0 else {
      throw .system("rename to", other.describe(new))
    }
  }

  /// Renames unless something of the new name exists; false when it does.
  ///
  /// File systems without RENAME_NOREPLACE (exFAT) get a check and a plain rename.
  package func renameWithoutReplacing(
    _ old: String,
    to other: Directory,
    as new: String
  ) throws(Failure) -> Bool {
    if unsafe clinux_renameat2(descriptor, old, other.descriptor, new, clinux_RENAME_NOREPLACE) == 0
    {
      return true
    }
    if errno == EEXIST { return false }
    guard errno == EINVAL || errno == ENOSYS else {
      throw .system("rename to", other.describe(new))
    }
    if try other.status(new) != nil { return false }
    try rename(old, to: other, as: new)
    return true
  }

  /// Lets two names of one file system change places, at once.
  package func exchange(
    _ name: String,
    with other: Directory,
    _ otherName: String
  ) throws(Failure) {
    let result = unsafe clinux_renameat2(
      descriptor,
      name,
      other.descriptor,
      otherName,
      clinux_RENAME_EXCHANGE
    )
    guard result == 0 else { throw .system("change places with", other.describe(otherName)) }
  }

  /// Gives a file of this directory another name in a directory of the same file system.
  package func link(_ name: String, to other: Directory, as new: String) throws(Failure) {
    guard unsafe linkat(descriptor, name, other.descriptor, new, 0) == 0 else {
      throw .system("link to", other.describe(new))
    }
  }

  /// Like `link`, but answers errno instead of throwing, for callers that have another way.
  package func tryLink(_ name: String, to other: Directory, as new: String) -> Int32 {
    unsafe linkat(descriptor, name, other.descriptor, new, 0) == 0 ? 0 : errno
  }

  /// Gives an open file a name in this directory of the same file system; 0 or errno.
  package func tryLink(_ file: borrowing OpenFile, as name: String) -> Int32 {
    unsafe clinux_link_descriptor(file.descriptor, descriptor, name) == 0 ? 0 : errno
  }

  /// Makes a symbolic link.
  package func makeSymbolicLink(_ name: String, target: String) throws(Failure) {
    guard unsafe symlinkat(target, descriptor, name) == 0 else {
      throw .system("make the symbolic link", describe(name))
    }
  }

  /// Where a symbolic link points; nil when there is nothing with that name.
  package func symbolicLinkTarget(_ name: String) throws(Failure) -> String? {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = unsafe buffer.withUnsafeMutableBytes { bytes in
      unsafe readlinkat(
        descriptor,
        name,
        bytes.bindMemory(to: CChar.self).baseAddress.unsafelyUnwrapped,
        bytes.count
      )
    }
    if count < 0 && errno == ENOENT { return nil }
    guard count >= 0 else { throw .system("read the link", describe(name)) }
    return String(decoding: buffer[0..<count], as: UTF8.self)
  }
}
