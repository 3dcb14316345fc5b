private import CGPGME
private import Glibc
internal import SafeIO

/// A GnuPG home with secret keys, reached so that gpg's agent can work in it.
struct SigningHome {
  /// Where it is, absolute.
  let path: String
  /// Whether it belongs to this program alone: then its agent ends with each use.
  let isOwn: Bool

  /// The longest home whose agent sockets (`/S.gpg-agent.browser` and a zero) fit 108 bytes.
  private static let pathLimit = 86

  init(path: String, isOwn: Bool) throws(Failure) {
    self.path = try SigningHome.absolute(path)
    self.isOwn = isOwn
  }

  private static func absolute(_ path: String) throws(Failure) -> String {
    if path.hasPrefix("/") { return path }
    guard let current = unsafe getcwd(nil, 0) else {
      throw .system("ask for the current directory", path)
    }
    defer { unsafe free(current) }
    return unsafe String(cString: current) + "/" + path
  }

  /// Runs `body` with a path of this home that is short enough for the agent.
  ///
  /// A path too long is reached by a short link; the agent that was started through the link is
  /// ended before the link goes. An agent that somebody else runs is left alone.
  func with<Result>(_ body: (String) throws(Failure) -> Result) throws(Failure) -> Result {
    guard isOwn else {
      if path.utf8.count <= SigningHome.pathLimit { return try body(path) }
      return try withLink(body)
    }
    let lock = try lock()
    let result = try withLink(body)
    _ = consume lock
    return result
  }

  /// Holds the home, so that no second process ends the agent that the first one needs.
  private func lock() throws(Failure) -> FileLock {
    let directory = try SigningHome.openOwn(path)
    let clock = Stopwatch()
    while true {
      do {
        return try FileLock("aptferry.lock", in: directory, holder: "process \(getpid())")
      } catch {
        guard error.kind == .busy, clock.seconds < 30 else { throw error }
        usleep(20_000)
      }
    }
  }

  /// Opens this program's own home, which must be there.
  static func openOwn(_ path: String) throws(Failure) -> Directory {
    do throws(Failure) {
      return try Directory(opening: path)
    } catch {
      guard error.name == .noDirectory || error.name == .notFound else { throw error }
      throw Failure(
        .state,
        "signing-key",
        "the GnuPG home with the secret key is gone",
        subject: path,
        hint: "put the GnuPG home back from a backup; no other key is made in its place"
      )
    }
  }

  private func withLink<Result>(
    _ body: (String) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let wasRunning = try isAgentListening()
    return try PrivateDirectory.with { (place) throws(Failure) in
      try place.directory.makeSymbolicLink("h", target: path)
      let link = place.path + "/h"
      let result: Result
      do throws(Failure) {
        result = try body(link)
      } catch {
        if isOwn || !wasRunning {
          do { try endAgent(link) } catch {}
        }
        throw error
      }
      if isOwn || !wasRunning { try endAgent(link) }
      return result
    }
  }

  private func isAgentListening() throws(Failure) -> Bool {
    try Directory(opening: path).status("S.gpg-agent") != nil
  }

  /// Ends the agent of this home and waits until its sockets are gone.
  private func endAgent(_ link: String) throws(Failure) {
    guard try isAgentListening() else { return }
    // What gpgconf --kill gpg-agent does, without gpgconf between.
    try Engine.spawn(
      "/usr/bin/gpg-connect-agent",
      ["--homedir", link, "--no-autostart", "KILLAGENT", "/bye"],
      mark: link
    )
    let clock = Stopwatch()
    while try isAgentListening() {
      guard clock.seconds < 5 else {
        throw Failure(
          .io,
          "agent",
          "the gpg-agent of this home does not end",
          subject: path,
          hint: "end it by hand: gpgconf --homedir \(path) --kill gpg-agent"
        )
      }
      usleep(2_000)
    }
  }
}

extension Engine {
  /// Runs a program by its absolute path and waits until it has closed its output.
  ///
  /// `mark` is one of the arguments that no other process has.
  static func spawn(
    _ program: String,
    _ arguments: [String],
    mark: String
  ) throws(Failure) {
    try check()
    var created: gpgme_ctx_t?
    guard unsafe gpgme_new(&created) == 0, let context = unsafe created else {
      throw Failure(.internal, "gpgme", "gpgme gave no context")
    }
    defer { unsafe gpgme_release(context) }
    guard unsafe gpgme_set_protocol(context, GPGME_PROTOCOL_SPAWN) == 0 else {
      throw Failure(.internal, "gpgme", "gpgme cannot start programs")
    }
    let output = try Octets([])
    var words = unsafe ([program] + arguments).map { unsafe UnsafePointer(strdup($0)) } + [nil]
    defer { unsafe words.forEach { unsafe free(UnsafeMutablePointer(mutating: $0)) } }
    let error = unsafe try TimeLimit.run(seconds: Context.patience, mark: mark, program: program) {
      unsafe gpgme_op_spawn(context, program, &words, nil, output.handle, nil, 0)
    }
    guard error == 0 else { throw .gnupg("run", error, subject: program) }
  }
}
