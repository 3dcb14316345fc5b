internal import SafeIO

/// What shows that nobody has written to an object since its bytes were verified.
///
/// The nanoseconds of an object's time of change are set to a number made of its digest when it is
/// admitted; whoever writes to the file leaves others there. So one look, which is needed for the
/// size anyway, tells an object that was changed from one that was not. What a disk changes by
/// itself it does not tell: for that, `depot check` reads everything.
enum ObjectMark {
  /// The nanoseconds of an object that has its mark; never 0.
  static func nanoseconds(_ digest: SHA256Digest) -> UInt32 {
    UInt32(digest.leadingBits % 999_999_999) + 1
  }

  /// Marks a file whose bytes are known to be right, and durable.
  static func set(_ name: String, in directory: Directory, _ digest: SHA256Digest) throws(Failure) {
    guard let status = try directory.statusOfOwnFile(name), !isThere(status, digest) else { return }
    try directory.setModified(
      name,
      seconds: status.modified,
      nanoseconds: nanoseconds(digest)
    )
  }

  /// Marks an open file whose bytes are known to be right; nothing is written to it afterwards.
  static func set(_ file: borrowing OpenFile, _ digest: SHA256Digest) throws(Failure) {
    try file.setModified(
      seconds: try file.status().modified,
      nanoseconds: nanoseconds(digest)
    )
  }

  /// Whether the mark is there.
  ///
  /// No nanoseconds at all are no sign of a change: the file system, or the archive that the depot
  /// was put back from, does not keep them.
  static func isThere(_ status: FileStatus, _ digest: SHA256Digest) -> Bool {
    status.modifiedNanoseconds == 0 || status.modifiedNanoseconds == nanoseconds(digest)
  }
}
