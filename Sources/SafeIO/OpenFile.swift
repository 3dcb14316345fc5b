private import CLinux
internal import Glibc

/// An open file that somebody owns: closed when the owner goes, or earlier with `close`, which
/// reports what `close(2)` says.
package struct OpenFile: ~Copyable, Sendable {
  let handle: Handle
  /// What it is called in messages.
  package let name: String

  /// Takes the descriptor over.
  package init(owning descriptor: Int32, name: String) {
    handle = Handle(descriptor: descriptor)
    self.name = name
  }

  /// The descriptor, for calls within this module and for handing to C libraries while borrowed.
  package var descriptor: Int32 { handle.descriptor }

  /// Closes, and reports a late write error that only `close(2)` tells.
  package consuming func close() throws(Failure) {
    let name = self.name
    // After EINTR the descriptor is gone on Linux; it must not be closed again.
    if handle.close() != 0 && errno != EINTR { throw .system("close", name) }
  }

  /// The same open file once more: both share one position.
  package func duplicate() throws(Failure) -> OpenFile {
    let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
    guard copy >= 0 else { throw .system("duplicate", name) }
    return OpenFile(owning: copy, name: name)
  }

  // Not private: with whole-module optimization across modules (Swift 6.3.1) the linker would look
  // for the metadata of a private noncopyable type in vain.
  struct Handle: ~Copyable, Sendable {
    let descriptor: Int32

    deinit { _ = Glibc.close(descriptor) }

    consuming func release() -> Int32 {
      let descriptor = self.descriptor
      discard self
      return descriptor
    }

    consuming func close() -> Int32 {
      let descriptor = self.descriptor
      discard self
      return Glibc.close(descriptor)
    }
  }

  /// The descriptor, which the caller closes from now on.
  package consuming func takeDescriptor() -> Int32 { handle.release() }

  /// Type, size, mode and identity of the file.
  package func status() throws(Failure) -> FileStatus {
    var raw = stat()
    guard unsafe fstat(descriptor, &raw) == 0 else { throw .system("look at", name) }
    return FileStatus(raw)
  }

  /// Reads the next bytes, at most `limit`, into the block's free part; 0 at the end of the file.
  package func read(into block: Block, limit: Int = .max) throws(Failure) -> Int {
    try unsafe block.fill(limit: limit) { (buffer) throws(Failure) in
      let count = retryingCount { unsafe Glibc.read(descriptor, buffer.baseAddress, buffer.count) }
      guard count >= 0 else { throw .system("read", name) }
      return count
    }
  }

  /// Reads at a byte offset, at most `limit`, into the block's free part; 0 at the end.
  package func read(
    into block: Block,
    at offset: UInt64,
    limit: Int = .max
  ) throws(Failure) -> Int {
    guard let position = off_t(exactly: offset) else { throw .system("read", name, errno: EINVAL) }
    return try unsafe block.fill(limit: limit) { (buffer) throws(Failure) in
      let count = retryingCount {
        unsafe pread(descriptor, buffer.baseAddress, buffer.count, position)
      }
      guard count >= 0 else { throw .system("read", name) }
      return count
    }
  }

  /// Writes all the bytes at the current position.
  package func write(_ bytes: RawSpan) throws(Failure) {
    var done = 0
    while done < bytes.byteCount {
      let count = unsafe bytes.withUnsafeBytes { buffer in
        retryingCount {
          unsafe Glibc.write(
            descriptor,
            buffer.baseAddress.unsafelyUnwrapped + done,
            buffer.count - done
          )
        }
      }
      guard count > 0 else { throw .system("write", name) }
      done += count
    }
  }

  /// Writes all the bytes of an array at the current position.
  package func write(_ bytes: [UInt8]) throws(Failure) {
    try unsafe write(bytes.span.bytes)
  }

  /// Makes content and metadata durable.
  ///
  /// After a failure the content may be lost: write it anew, never call this again.
  package func sync() throws(Failure) {
    guard fsync(descriptor) == 0 else { throw .system("fsync", name) }
  }

  /// Makes the whole file system of this file durable.
  package func syncFileSystem() throws(Failure) {
    guard clinux_syncfs(descriptor) == 0 else { throw .system("syncfs", name) }
  }

  /// Makes this empty file share the blocks of another; false where the file system cannot.
  package func cloneContent(of source: borrowing OpenFile) throws(Failure) -> Bool {
    if clinux_copy_reflink(descriptor, source.descriptor) == 0 { return true }
    switch errno {
    case EOPNOTSUPP, EXDEV, EINVAL, ENOTTY, ENOSYS, EPERM, EBADF, EISDIR: return false
    default: throw .system("share the blocks of \(source.name) with", name)
    }
  }

  /// Asks the kernel to begin writing a range out; only a hint.
  package func startWriteback(offset: UInt64, length: UInt64) {
    guard let offset = Int64(exactly: offset), let length = Int64(exactly: length) else { return }
    _ = clinux_start_writeback(descriptor, offset, length)
  }

  /// Reserves disk space without changing the size; false where the file system cannot.
  package func preallocate(_ length: UInt64) throws(Failure) -> Bool {
    guard let length = Int64(exactly: length), length > 0 else { return false }
    if clinux_preallocate(descriptor, length) == 0 { return true }
    if errno == EOPNOTSUPP || errno == ENOSYS || errno == EINTR { return false }
    throw .system("reserve \(length) bytes for", name)
  }

  /// Tells the kernel that the file is read from front to back; only a hint.
  package func adviseSequential() { _ = clinux_advise_sequential(descriptor) }

  /// Has the kernel forget what it keeps of the file in memory, so that it is read from its disk again.
  ///
  /// A hint: what is not written out yet stays.
  package func dropCache() { _ = posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED) }

  /// Has reads go past the kernel's memory, into memory that begins at a page, or no more; false where the
  /// file system cannot.
  package func readDirectly(_ isDirect: Bool) -> Bool {
    clinux_set_direct(descriptor, isDirect ? 1 : 0) == 0
  }

  /// Sets permission bits, whatever the umask.
  package func setMode(_ mode: UInt32) throws(Failure) {
    guard fchmod(descriptor, mode_t(mode)) == 0 else { throw .system("set the mode of", name) }
  }

  /// Sets the time of the last change, and of the last access.
  package func setModified(_ time: UTCTime) throws(Failure) {
    let at = timespec(tv_sec: time_t(clamping: time.seconds), tv_nsec: 0)
    let both = [at, at]
    guard unsafe futimens(descriptor, both) == 0 else { throw .system("set the time of", name) }
  }

  /// Sets the time of the last change, to the nanosecond; that of the last access stays.
  package func setModified(seconds: Int64, nanoseconds: UInt32) throws(Failure) {
    let times = [
      // UTIME_OMIT, which Swift does not see.
      timespec(tv_sec: 0, tv_nsec: (1 << 30) - 2),
      timespec(tv_sec: time_t(clamping: seconds), tv_nsec: Int(nanoseconds)),
    ]
    guard unsafe futimens(descriptor, times) == 0 else { throw .system("set the time of", name) }
  }

  /// Sets the position for the next read or write, in bytes from the start.
  package func seek(to offset: UInt64) throws(Failure) {
    guard let position = off_t(exactly: offset), lseek(descriptor, position, SEEK_SET) >= 0 else {
      throw .system("seek in", name)
    }
  }

  /// Cuts or extends the file to a size in bytes.
  package func truncate(to size: UInt64) throws(Failure) {
    guard let length = off_t(exactly: size), ftruncate(descriptor, length) == 0 else {
      throw .system("cut", name)
    }
  }

  /// The whole content, refused when it is longer than `limit` bytes.
  package func readAll(limit: Int) throws(Failure) -> [UInt8] {
    let block = Block(capacity: 1 << 16)
    var content: [UInt8] = []
    // Doubling would hold a long file twice and more.
    let size = try status().size
    if size <= UInt64(max(0, limit)) { content.reserveCapacity(Int(size)) }
    while true {
      block.clear()
      if try read(into: block) == 0 { return content }
      guard content.count + block.count <= limit else {
        throw Failure(
          .unsafe,
          "too-large",
          "file is longer than the \(limit) bytes that it may have",
          subject: name
        )
      }
      unsafe block.bytes.withUnsafeBytes { unsafe content.append(contentsOf: $0) }
    }
  }
}

/// An open file that several threads use.
package final class SharedFile: Sendable {
  /// The file.
  package let file: OpenFile

  package init(_ file: consuming OpenFile) { self.file = file }
}

/// What `stat(2)` says of a file.
package struct FileStatus: Sendable, Hashable {
  /// What kind of file it is.
  package enum Kind: Sendable, Hashable {
    case regular, directory, symbolicLink, other
  }

  /// The kind of file.
  package let kind: Kind
  /// Size in bytes.
  package let size: UInt64
  /// Device and inode: equal for two names of one file.
  package let device: UInt64
  /// The inode number on its device.
  package let inode: UInt64
  /// How many names the file has.
  package let links: UInt64
  /// Permission bits.
  package let mode: UInt32
  /// The user id of the owner.
  package let owner: UInt32
  /// When the content changed last, in seconds since 1970.
  package let modified: Int64
  /// The part of that second, in nanoseconds.
  package let modifiedNanoseconds: UInt32
  /// The type as the kernel has it.
  private let format: UInt32

  /// What it is, for messages.
  package var noun: String {
    switch format {
    case UInt32(S_IFREG): "a file"
    case UInt32(S_IFDIR): "a directory"
    case UInt32(S_IFLNK): "a symbolic link"
    case UInt32(S_IFIFO): "a pipe"
    case UInt32(S_IFSOCK): "a socket"
    case UInt32(S_IFCHR), UInt32(S_IFBLK): "a device"
    default: "something that is not a file"
    }
  }

  init(_ raw: stat) {
    format = UInt32(raw.st_mode & S_IFMT)
    switch raw.st_mode & S_IFMT {
    case S_IFREG: kind = .regular
    case S_IFDIR: kind = .directory
    case S_IFLNK: kind = .symbolicLink
    default: kind = .other
    }
    size = UInt64(max(0, raw.st_size))
    device = UInt64(raw.st_dev)
    inode = UInt64(raw.st_ino)
    links = UInt64(raw.st_nlink)
    mode = UInt32(raw.st_mode & 0o7777)
    owner = raw.st_uid
    modified = Int64(raw.st_mtim.tv_sec)
    modifiedNanoseconds = UInt32(clamping: raw.st_mtim.tv_nsec)
  }
}
