private import CLinux
private import Glibc

extension Directory {
  /// Removes a file or link; false when nothing was there.
  package func removeFile(_ name: String) throws(Failure) -> Bool {
    if unsafe unlinkat(descriptor, name, 0) == 0 { return true }
    guard errno == ENOENT else { throw .system("remove", describe(name)) }
    return false
  }

  /// Removes an empty directory; false when nothing was there.
  package func removeDirectory(_ name: String) throws(Failure) -> Bool {
    if unsafe unlinkat(descriptor, name, AT_REMOVEDIR) == 0 { return true }
    guard errno == ENOENT else { throw .system("remove", describe(name)) }
    return false
  }

  /// Removes a directory with everything in it, never through a link; false when it was not there.
  package func removeTree(_ name: String) throws(Failure) -> Bool {
    try unsafe name.utf8CString.withUnsafeBufferPointer { (raw) throws(Failure) in
      try unsafe removeTree(raw: raw.baseAddress.unsafelyUnwrapped)
    }
  }

  /// The same by a name that need not be UTF-8.
  private func removeTree(raw name: UnsafePointer<CChar>) throws(Failure) -> Bool {
    if unsafe unlinkat(descriptor, name, 0) == 0 { return true }
    if errno == ENOENT { return false }
    let shown = unsafe describe(String(cString: name))
    // Whether it is a directory, opening says: of unlinking one, each file system says something else.
    let number = errno
    let opened = unsafe clinux_openat_beneath(descriptor, name, O_RDONLY | O_DIRECTORY, 0)
    guard opened >= 0 else {
      throw .system("remove", shown, errno: errno == ENOTDIR || errno == ELOOP ? number : errno)
    }
    let tree = Directory(owning: opened, path: shown)
    while true {
      var hasRemoved = false
      try unsafe tree.forEachRawEntry { (entry, _) throws(Failure) in
        hasRemoved = try unsafe tree.removeTree(raw: entry) || hasRemoved
      }
      if unsafe unlinkat(descriptor, name, AT_REMOVEDIR) == 0 { return true }
      if errno == ENOENT { return false }
      // A file system may skip names while others are removed: once more, as long as it helps.
      guard hasRemoved, errno == ENOTEMPTY || errno == EEXIST else {
        throw .system("remove", shown)
      }
    }
  }
}
