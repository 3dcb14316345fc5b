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
  ///
  /// - Throws: `unsafe` when another file has the lock's name; it stays as it is.
  package init(
    _ name: String,
    in directory: Directory,
    holder: String,
    mode: UInt32 = 0o600,
    within seconds: Double = 0
  ) throws(Failure) {
    try FileLock.requireOwn(name, in: directory)
    let file = try directory.lockFile(name, mode: mode)
    // Once more, of what was opened: the name may have changed hands meanwhile.
    try FileLock.requireOwn(try file.status(), file.name)
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

  /// Refuses a name that cannot be a lock's: the file is cut when it is locked, and a link, or
  /// another name of the same file, would have that done to somebody's content.
  package static func requireOwn(_ name: String, in directory: Directory) throws(Failure) {
    guard let status = try directory.status(name) else { return }
    try requireOwn(status, directory.describe(name))
  }

  private static func requireOwn(_ status: FileStatus, _ place: String) throws(Failure) {
    guard status.kind != .regular || status.links > 1 else { return }
    let what = status.kind == .regular ? "a file that has other names too" : status.noun
    throw Failure(
      .unsafe,
      "lock-file",
      "\(what) lies where a lock is to be: it is not written to",
      subject: place,
      hint: "find out who made it, and remove this name; aptferry makes the lock anew"
    )
  }
}

extension Directory {
  /// Opens the file of a lock, or makes it; never cuts it, and waits for nobody.
  fileprivate func lockFile(_ name: String, mode: UInt32) throws(Failure) -> OpenFile {
    let flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY
    let opened = openBeneath(name, flags, mode: mode)
    guard opened >= 0 else { throw .system("open", describe(name)) }
    return OpenFile(owning: opened, name: describe(name))
  }
}
