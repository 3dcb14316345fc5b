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

  /// Makes a directory that the user named (and what lacks above it), then opens it.
  package convenience init(creating path: String, mode: UInt32 = 0o755) throws(Failure) {
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

  private func openBeneath(_ relative: String, _ flags: Int32, mode: UInt32 = 0) -> Int32 {
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

  /// What is at a path, without following a link in its last component; nil when nothing is.
  package func status(_ relative: String) throws(Failure) -> FileStatus? {
    let opened = openBeneath(relative, clinux_O_PATH | O_NOFOLLOW)
    guard opened >= 0 else {
      if errno == ENOENT || errno == ENOTDIR { return nil }
      throw .system("look at", describe(relative))
    }
    let file = OpenFile(owning: opened, name: describe(relative))
    return try file.status()
  }

  /// Makes one directory; false when something of that name was there.
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
  /// 0755; false when something of that name was there.
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

  /// The size of a regular file in bytes, by one system call; nil when no such file is there.
  ///
  /// For directories of our own: a symbolic link above the last component would be followed.
  package func sizeOfOwnFile(_ name: String) throws(Failure) -> UInt64? {
    try statusOfOwnFile(name)?.size
  }

  /// What a regular file is, by one system call; nil when no such file is there.
  ///
  /// For directories of our own: a symbolic link above the last component would be followed.
  package func statusOfOwnFile(_ name: String) throws(Failure) -> FileStatus? {
    var raw = stat()
    if unsafe fstatat(descriptor, name, &raw, AT_SYMLINK_NOFOLLOW) != 0 {
      guard errno == ENOENT || errno == ENOTDIR else { throw .system("look at", describe(name)) }
      return nil
    }
    let status = FileStatus(raw)
    return status.kind == .regular ? status : nil
  }

  /// Sets the time of the last change of a file, to the nanosecond.
  package func setModified(
    _ name: String,
    seconds: Int64,
    nanoseconds: UInt32
  ) throws(Failure) {
    // UTIME_OMIT, which Swift does not see: the time of the last access stays.
    let times = [
      timespec(tv_sec: 0, tv_nsec: (1 << 30) - 2),
      timespec(tv_sec: time_t(clamping: seconds), tv_nsec: Int(nanoseconds)),
    ]
    guard unsafe utimensat(descriptor, name, times, AT_SYMLINK_NOFOLLOW) == 0 else {
      throw .system("set the time of", describe(name))
    }
  }

  /// Makes a symbolic link.
  package func makeSymbolicLink(_ name: String, target: String) throws(Failure) {
    guard unsafe symlinkat(target, descriptor, name) == 0 else {
      throw .system("make the symbolic link", describe(name))
    }
  }

  /// Where a symbolic link points; nil when there is nothing of that name.
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

  /// One name in a directory.
  package struct Entry: Sendable {
    /// The name.
    package let name: String
    /// What kind of file it is.
    package let kind: FileStatus.Kind
  }

  /// The names in this directory, sorted by bytes.
  ///
  /// Names that are no UTF-8 are left out, since
  /// nothing that this program looks for has such a name.
  package func list() throws(Failure) -> [Entry] {
    var entries: [Entry] = []
    try forEachEntry { entries.append($0) }
    return entries.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }

  /// Hands out the names that `list` answers, in no order and without keeping them.
  ///
  /// `body` may remove or rename what it is handed; names that are added meanwhile may come or not.
  package func forEachEntry(_ body: (Entry) throws(Failure) -> Void) throws(Failure) {
    try unsafe forEachRawEntry { (raw, kind) throws(Failure) in
      guard let name = unsafe String(validatingCString: raw) else { return }
      let known = kind != .other ? kind : try status(name)?.kind ?? .other
      try body(Entry(name: name, kind: known))
    }
  }

  /// The names that are no UTF-8, as they can be shown; `list` leaves them out.
  package func unreadableNames() throws(Failure) -> [String] {
    var names: [String] = []
    try unsafe forEachRawEntry { (raw, _) throws(Failure) in
      if unsafe String(validatingCString: raw) == nil { names.append(unsafe String(cString: raw)) }
    }
    return names.sorted()
  }

  /// Every name but `.` and `..`; the kind is `other` also where the file system does not tell it.
  func forEachRawEntry(
    _ body: (UnsafePointer<CChar>, FileStatus.Kind) throws(Failure) -> Void
  ) throws(Failure) {
    let copy = openBeneath(".", O_RDONLY | O_DIRECTORY)
    guard copy >= 0 else { throw .system("list", path) }
    guard let stream = unsafe fdopendir(copy) else {
      let number = errno
      _ = close(copy)
      throw .system("list", path, errno: number)
    }
    defer { unsafe closedir(stream) }
    while true {
      errno = 0
      guard let raw = unsafe readdir(stream) else {
        guard errno == 0 else { throw .system("list", path) }
        break
      }
      let kind: FileStatus.Kind =
        switch unsafe Int32(raw.pointee.d_type) {
        case Int32(DT_REG): .regular
        case Int32(DT_DIR): .directory
        case Int32(DT_LNK): .symbolicLink
        default: .other
        }
      try unsafe withUnsafePointer(to: &raw.pointee.d_name) { (pointer) throws(Failure) in
        try unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) {
          (name) throws(Failure) in
          if unsafe strcmp(name, ".") != 0 && strcmp(name, "..") != 0 {
            try unsafe body(name, kind)
          }
        }
      }
    }
  }

  /// Makes the names in this directory durable.
  package func sync() throws(Failure) {
    // Some file systems (FUSE, some network ones) cannot fsync a directory and say EINVAL.
    guard fsync(descriptor) == 0 || errno == EINVAL else {
      throw .system("fsync the directory", path)
    }
  }

  /// Makes everything on this directory's file system durable.
  package func syncFileSystem() throws(Failure) {
    guard clinux_syncfs(descriptor) == 0 else { throw .system("syncfs", path) }
  }

  /// Sets permission bits of this directory, whatever the umask.
  package func setMode(_ mode: UInt32) throws(Failure) {
    guard fchmod(descriptor, mode_t(mode)) == 0 else { throw .system("set the mode of", path) }
  }

  /// Type and identity of this directory itself.
  package func status() throws(Failure) -> FileStatus {
    var raw = stat()
    guard unsafe fstat(descriptor, &raw) == 0 else { throw .system("look at", path) }
    return FileStatus(raw)
  }

  /// Free space for us, in bytes, and free inodes (nil where the file system does not count them).
  package func freeSpace() throws(Failure) -> (bytes: UInt64, inodes: UInt64?) {
    var raw = statvfs()
    guard unsafe fstatvfs(descriptor, &raw) == 0 else { throw .system("ask for space on", path) }
    let (bytes, overflow) = UInt64(raw.f_bavail).multipliedReportingOverflow(
      by: UInt64(raw.f_frsize)
    )
    return (overflow ? .max : bytes, raw.f_files == 0 ? nil : UInt64(raw.f_favail))
  }

  /// Whether the file system is FAT (`vfat`, `msdos`), where a file stays below 4 GiB.
  package var isFAT: Bool { clinux_filesystem_magic(descriptor) == 0x4d44 }
}
