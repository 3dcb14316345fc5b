private import Glibc

/// An exclusive lock on a file, released by the kernel when the process ends in any way.
///
/// The file holds a line about its holder, for the message that the next one gets.
package struct FileLock: ~Copyable {
  private let file: OpenFile

  // Closing is not enough: a child that another thread has just forked (for gpg) holds the same
  // open file until its exec, and with it the lock.
  deinit { _ = flock(file.descriptor, LOCK_UN) }

  /// How long a wait sleeps between two looks, in microseconds.
  private static let pause: UInt32 = 50_000

  /// Takes the lock, waiting for it up to so many seconds, or throws `busy` with what the holder wrote
  /// about itself.
  package init(
    _ name: String,
    in directory: Directory,
    holder: String,
    mode: UInt32 = 0o600,
    within seconds: Double = 0
  ) throws(Failure) {
    let file = try directory.openOrCreateFile(name, mode: mode)
    let watch = Stopwatch()
    while retrying({ flock(file.descriptor, LOCK_EX | LOCK_NB) }) != 0 {
      guard errno == EWOULDBLOCK else { throw .system("lock", file.name) }
      if watch.seconds < seconds {
        try Interruption.check()
        usleep(FileLock.pause)
        continue
      }
      let about = String(decoding: try file.readAll(limit: 4096), as: UTF8.self)
      throw Failure(
        .busy,
        "locked",
        "another aptferry is at work here: "
          + (about.isEmpty ? "(starting)" : Escaped.line(about, limit: 200)),
        subject: directory.path,
        hint: "wait for it to end and run the same command again, or have this one wait: --wait 10m"
      )
    }
    // Whoever had it may have removed the file: then the lock is on nothing that others see.
    let status = try file.status()
    let shown = try directory.status(name)
    guard let shown, shown.inode == status.inode, shown.device == status.device else {
      throw Failure(
        .busy,
        "locked",
        "another aptferry has just ended here",
        subject: directory.path,
        hint: "run the same command again"
      )
    }
    try file.truncate(to: 0)
    try file.write(Array(holder.utf8))
    self.file = file
  }
}
