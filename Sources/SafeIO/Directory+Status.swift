private import CLinux
private import Glibc

extension Directory {
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

  /// Refuses a directory in which nothing can be made: no right to, or a file system for reading only.
  package func requireWritable() throws(Failure) {
    guard unsafe faccessat(descriptor, ".", W_OK, AT_EACCESS) != 0 else { return }
    let failure = Failure.system("write to", path)
    throw Failure(
      failure.kind,
      failure.name,
      failure.reason,
      subject: failure.subject,
      hint: "mount it for writing, and as one who may write there, or name another place"
    )
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

  /// The unit in which the file system gives out space, in bytes (`f_frsize`).
  package func spaceUnit() throws(Failure) -> UInt64 {
    var raw = statvfs()
    guard unsafe fstatvfs(descriptor, &raw) == 0 else { throw .system("ask for space on", path) }
    return max(1, UInt64(raw.f_frsize))
  }

  /// The kernel's number of the type of file system (statfs(2)).
  package var fileSystemMagic: Int64 { clinux_filesystem_magic(descriptor) }

  /// Whether a program gives the file system (FUSE): what lies between it and the medium cannot be seen.
  package var isFUSE: Bool { fileSystemMagic == 0x6573_5546 }

  /// Whether the file system is FAT (`vfat`, `msdos`), where a file stays below 4 GiB.
  package var isFAT: Bool { clinux_filesystem_magic(descriptor) == 0x4d44 }

  /// Whether the file system is one of discs (`iso9660`, `udf`).
  package var isOptical: Bool {
    [0x9660, 0x1501_3346].contains(clinux_filesystem_magic(descriptor))
  }
}
