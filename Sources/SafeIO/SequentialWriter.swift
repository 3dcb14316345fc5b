private import CLinux
private import Glibc

/// Writes a long file from front to back, block by block, past the page cache where the file system
/// can.
///
/// What goes through the page cache is copied once more by the kernel, takes the place of what others
/// need there, and is only on its way when the last byte was written. Elsewhere the kernel is asked
/// again and again to begin writing out. Either way little is left for the fsync, which is for the
/// caller.
package struct SequentialWriter: Sendable {
  private var isDirect: Bool
  private var length: UInt64 = 0
  // Up to where the kernel was asked to write out.
  private var hinted: UInt64 = 0

  /// Writes past the cache begin and end here, in the file and in memory: no file system asks for more.
  private static let alignment = 4096
  /// How often the kernel is asked to begin writing out, in bytes.
  private static let writebackStep: UInt64 = 8 << 20

  /// For a new, empty file.
  package init(for file: borrowing OpenFile) {
    isDirect = clinux_set_direct(file.descriptor, 1) == 0
  }

  /// The block size that suits the file, in bytes: past the cache each write waits for the disk,
  /// else the copy should find the block in the processor's own cache.
  package var blockSize: Int { isDirect ? 1 << 19 : 1 << 18 }

  /// Writes the bytes behind those that were written before.
  ///
  /// They go past the cache while they begin at the beginning of a `Block`, or a page into it.
  package mutating func write(_ bytes: RawSpan, to file: borrowing OpenFile) throws(Failure) {
    var done = 0
    if isDirect {
      done = try writeDirectly(bytes, to: file)
      if done < bytes.byteCount { leaveDirect(file) }
    }
    if done < bytes.byteCount { try file.write(bytes.extracting(done..<bytes.byteCount)) }
    length += UInt64(bytes.byteCount)
    guard !isDirect, length - hinted >= SequentialWriter.writebackStep else { return }
    file.startWriteback(offset: hinted, length: length - hinted)
    hinted = length
  }

  /// Writes as much as can go past the cache; answers how many bytes did.
  private func writeDirectly(
    _ bytes: RawSpan,
    to file: borrowing OpenFile
  ) throws(Failure) -> Int {
    let whole = bytes.byteCount - bytes.byteCount % SequentialWriter.alignment
    let descriptor = file.descriptor
    var done = 0
    while done < whole {
      let count = unsafe bytes.withUnsafeBytes { buffer in
        retryingCount {
          unsafe Glibc.write(
            descriptor,
            buffer.baseAddress.unsafelyUnwrapped + done,
            whole - done
          )
        }
      }
      // EINVAL: the file system takes the flag and no such writes, or a short one ended unaligned.
      if count < 0, errno == EINVAL { return done }
      guard count > 0 else { throw .system("write", file.name) }
      done += count
    }
    return done
  }

  /// From here on through the cache: the end of a file is seldom aligned.
  private mutating func leaveDirect(_ file: borrowing OpenFile) {
    isDirect = false
    hinted = length
    _ = clinux_set_direct(file.descriptor, 0)
  }
}
