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

  /// Removes a directory with everything in it, never through a link or into what is mounted there;
  /// false when it was not there.
  ///
  /// - Throws: `unsafe` where something is mounted in it; nothing is removed then.
  package func removeTree(_ name: String) throws(Failure) -> Bool {
    try unsafe name.utf8CString.withUnsafeBufferPointer { (buffer) throws(Failure) -> Bool in
      let raw = unsafe buffer.baseAddress.unsafelyUnwrapped
      try unsafe refuseMounts(raw: raw)
      return try unsafe removeTree(raw: raw)
    }
  }

  /// Looks at all directories of a tree, before the first of its files goes.
  private func refuseMounts(raw name: UnsafePointer<CChar>) throws(Failure) {
    let shown = unsafe describe(String(cString: name))
    let opened = unsafe clinux_openat_same_mount(descriptor, name, O_RDONLY | O_DIRECTORY)
    guard opened >= 0 else {
      // Whatever else is wrong with it, the removal says.
      if errno == EXDEV { throw Directory.otherMount(shown) }
      return
    }
    let tree = Directory(owning: opened, path: shown)
    try unsafe tree.forEachRawEntry { (entry, kind) throws(Failure) in
      // Not every file system says what a name is.
      guard kind == .directory || kind == .other else { return }
      try unsafe tree.refuseMounts(raw: entry)
    }
  }

  /// Removes it by a name that need not be UTF-8.
  private func removeTree(raw name: UnsafePointer<CChar>) throws(Failure) -> Bool {
    if unsafe unlinkat(descriptor, name, 0) == 0 { return true }
    if errno == ENOENT { return false }
    let shown = unsafe describe(String(cString: name))
    // Whether it is a directory, opening says: of unlinking one, each file system says something else.
    let number = errno
    let opened = unsafe clinux_openat_same_mount(descriptor, name, O_RDONLY | O_DIRECTORY)
    guard opened >= 0 else {
      if errno == EXDEV { throw Directory.otherMount(shown) }
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

  /// What is mounted belongs to somebody else, be it a part of this very file system.
  private static func otherMount(_ place: String) -> Failure {
    Failure(
      .unsafe,
      "other-mount",
      "something else is mounted in what is to be removed: nothing of it is touched",
      subject: place,
      hint: "find out who mounted it there; unmount it, then run the same command again"
    )
  }
}
