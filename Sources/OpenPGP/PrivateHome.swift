private import Glibc
internal import SafeIO

/// A private directory with a short path that lives as long as the scope that made it.
///
/// Short, because the agent's socket has to lie in it and a socket's path has 107 bytes at most.
struct PrivateDirectory {
  /// Where it is.
  let path: String
  /// The directory, opened.
  let directory: Directory

  /// Makes the directory, runs `body`, and removes it with everything in it, also after a failure.
  static func with<Result>(
    _ body: (PrivateDirectory) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let base = try base()
    let name = try make(in: base)
    let result: Result
    do {
      let path = base.describe(name)
      result = try body(PrivateDirectory(path: path, directory: try base.directory(name)))
    } catch {
      // What went wrong first is what has to be told.
      do { _ = try base.removeTree(name) } catch {}
      throw error
    }
    _ = try base.removeTree(name)
    return result
  }

  /// The user's run-time directory when it is really theirs, else /tmp.
  private static func base() throws(Failure) -> Directory {
    if let path = unsafe getenv("XDG_RUNTIME_DIR").map({ unsafe String(cString: $0) }),
      path.hasPrefix("/"), path.utf8.count <= 40, unsafe access(path, W_OK | X_OK) == 0
    {
      let directory = try Directory(opening: path)
      let status = try directory.status()
      if status.owner == geteuid() && status.mode & 0o077 == 0 { return directory }
    }
    return try Directory(opening: "/tmp")
  }

  private static func make(in base: Directory) throws(Failure) -> String {
    for _ in 0..<100 {
      let name = "aptferry-" + String(UInt64.random(in: .min ... .max), radix: 36)
      if try base.makeDirectory(name, mode: 0o700) { return name }
    }
    throw Failure(.io, "temporary", "could not make a temporary directory", subject: base.path)
  }
}

/// A GnuPG home of our own with nothing in it but the keys we put there.
enum PrivateHome {
  /// What every gpg in a private home is told; nothing is fetched, learned, started or trusted.
  private static let settings = """
    batch
    no-greeting
    no-tty
    no-autostart
    disable-dirmngr
    no-auto-key-retrieve
    no-auto-key-import
    no-auto-key-locate
    no-auto-check-trustdb
    no-random-seed-file
    exit-on-status-write-error
    trust-model always
    import-options self-sigs-only

    """

  /// Further settings for checking signatures.
  ///
  /// They do not stand there while a key is read: vendors' keys whose own signature is SHA-1 exist
  /// (and apt takes them); what is pinned is the fingerprint, and signatures over data stay strict.
  private static let strictDigests = """
    weak-digest SHA1
    weak-digest RIPEMD160
    weak-digest MD5

    """

  /// The time for reading keys of which the newest says it was made at `newest`.
  ///
  /// A key from the future must be readable, so that the clock can be blamed and not the key; its
  /// signature of its own may be a little younger than itself.
  static func readingTime(now: UTCTime, newest: UTCTime) -> UTCTime {
    newest > now.adding(seconds: -86_400) ? max(now, newest.adding(seconds: 86_400)) : now
  }

  /// Writes gpg.conf for reading keys or, strictly, for checking signatures, at a fixed time.
  ///
  /// One moment decides for the whole command, however long it runs and whatever the wall clock
  /// does meanwhile; the exclamation mark stops gpg's clock.
  static func configure(
    _ home: PrivateDirectory,
    now: UTCTime,
    isStrict: Bool
  ) throws(Failure) {
    let time = min(max(now.seconds, 1), Int64(UInt32.max) - 1)
    let text = settings + (isStrict ? strictDigests : "") + "faked-system-time \(time)!\n"
    _ = try home.directory.removeFile("gpg.conf")
    let file = try home.directory.createFile("gpg.conf", mode: 0o600)
    try file.write(Array(text.utf8))
    try file.close()
  }
}
