internal import Glibc

/// Runs a system call that answers -1 on failure, again after EINTR.
func retrying(_ call: () -> Int32) -> Int32 {
  while true {
    let result = call()
    if result != -1 || errno != EINTR { return result }
  }
}

/// Like `retrying`, for calls that answer a byte count.
func retryingCount(_ call: () -> Int) -> Int {
  while true {
    let result = call()
    if result != -1 || errno != EINTR { return result }
  }
}

extension Failure {
  /// The failure of a system call: the class follows from errno (full disk is `resource`, a
  /// symbolic link or a climbing path is `unsafe`, anything else `io`).
  package static func system(
    _ action: String,
    _ subject: String,
    errno number: Int32 = errno
  ) -> Failure {
    let text = unsafe String(cString: strerror(number).unsafelyUnwrapped)
    switch number {
    case ENOSPC, EDQUOT:
      return Failure(
        .resource,
        "no-space",
        "could not \(action): \(text)",
        subject: subject,
        hint: "free space or inodes on that file system and run the same command again"
      )
    case EMFILE, ENFILE, ENOMEM, EFBIG:
      return Failure(.resource, "limit", "could not \(action): \(text)", subject: subject)
    case ELOOP, EXDEV:
      return Failure(
        .unsafe,
        "path",
        "could not \(action): a symbolic link or a way out of the directory is in the path",
        subject: subject
      )
    case ENOENT:
      return Failure(.io, .notFound, "could not \(action): \(text)", subject: subject)
    case EACCES:
      return Failure(.io, .permission, "could not \(action): \(text)", subject: subject)
    default:
      return Failure(.io, "system", "could not \(action): \(text)", subject: subject)
    }
  }
}

extension Failure {
  /// Whether it says something of the file or the medium it lies on, not of this process or host:
  /// another copy elsewhere may do.
  package var isOfMedium: Bool { (kind == .io || kind == .unsafe) && !isOfServer }

  /// Whether a server far away did not answer, or not as it should: that says nothing of what lies there.
  package var isOfServer: Bool { kind == .io && Failure.serverNames.contains(name) }

  private static let serverNames: Set<Failure.Name> = [
    "store-unreachable", "store-refused", "store-answer",
  ]
}
