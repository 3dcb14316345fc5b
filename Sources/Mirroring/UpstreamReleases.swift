internal import DebianRepository
internal import Depot
internal import Objects
internal import SafeIO
private import Synchronization

/// The Release files of an upstream: what nothing lists, and everything else hangs on.
final class UpstreamReleases: Sendable {
  /// What the upstream said when it was asked for a Release file.
  struct Answer: Sendable {
    var bytes: [UInt8]?
    var lastModified = ""
    /// Why there are none, when the server forbids it: it may be absent, and another one there.
    var refusal: Failure?
  }

  private let fetcher: Fetcher
  private let depot: Depot
  /// The states that the mirror has, to be asked with, by the directory of their suite.
  private let known: [String: MirrorState]
  private let answers = Mutex<[String: Answer]>([:])

  init(fetcher: Fetcher, depot: Depot, known: [MirrorState]) {
    self.fetcher = fetcher
    self.depot = depot
    var byDirectory: [String: MirrorState] = [:]
    for state in known { byDirectory[state.suite.directory] = state }
    self.known = byDirectory
  }

  /// InRelease where there is one, else Release and Release.gpg, as `apt` asks.
  ///
  /// Also where the last state had no InRelease: a vendor that goes over to it may leave the old ones behind.
  func contents(of path: String, limit: Int) throws(Failure) -> [UInt8]? {
    let (directory, name) = UpstreamReleases.split(path)
    if name == "InRelease" { return try release(path, limit: limit) }
    if try release(directory + "InRelease", limit: limit, asks: false) != nil { return nil }
    let bytes = try release(path, limit: limit)
    if bytes == nil, name == "Release",
      let refusal = answer(for: directory + "InRelease")?.refusal ?? answer(for: path)?.refusal
    {
      throw refusal
    }
    return bytes
  }

  private static func split(_ path: String) -> (directory: String, name: String) {
    guard let slash = path.lastIndex(of: "/") else { return ("", path) }
    return (String(path[...slash]), String(path[path.index(after: slash)...]))
  }

  private func release(_ path: String, limit: Int, asks: Bool = true) throws(Failure) -> [UInt8]? {
    if let answer = answers.withLock({ $0[path] }) { return answer.bytes }
    guard asks else { return nil }
    let answer = try askForRelease(path, limit: limit)
    answers.withLock { $0[path] = answer }
    return answer.bytes
  }

  /// The answers that were given for Release files, by their paths.
  func answer(for path: String) -> Answer? { answers.withLock { $0[path] } }

  /// Whether a Release file is still what it was when it was asked for.
  func isUnchanged(_ path: String, limit: Int) throws(Failure) -> Bool {
    let before = answers.withLock { $0[path]?.bytes }
    return try askForRelease(path, limit: limit).bytes == before
  }

  private func askForRelease(_ path: String, limit: Int) throws(Failure) -> Answer {
    let (directory, name) = UpstreamReleases.split(path)
    let sink = MemorySink()
    let last = known[directory].flatMap { state in
      (name == "InRelease") == state.isInRelease && name != "Release.gpg" ? state : nil
    }
    let condition = last?.lastModified ?? ""
    let outcome = try fetcher.fetch(
      path,
      size: nil,
      limit: UInt64(limit),
      ifModifiedSince: condition,
      isFresh: true,
      into: sink
    )
    switch outcome {
    case .done(let head):
      // It is sent back as it is: nothing long and nothing odd.
      let date = head.lastModified ?? ""
      let isPlain = date.utf8.count <= 64 && date.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7f }
      return Answer(bytes: sink.bytes, lastModified: isPlain ? date : "")
    case .absent: return Answer()
    case .notModified:
      guard let last else { break }
      let bytes = try depot.objects.open(last.release).readAll(limit: limit)
      guard SHA256Digest.of(bytes) == last.release else { break }
      return Answer(bytes: bytes, lastModified: condition)
    case .forbidden(let reason):
      return Answer(refusal: UpstreamReleases.notFetched(reason, path))
    case .refused(let reason), .otherSize(let reason):
      throw UpstreamReleases.notFetched(reason, path)
    case .unanswered(let reason): throw unreachable(reason)
    }
    throw UpstreamReleases.notFetched(
      "the server says that it is unchanged, but it is not here",
      path
    )
  }

  private func unreachable(_ reason: String) -> Failure {
    Failure(
      .io,
      "upstream-unreachable",
      "the upstream does not answer: \(reason)",
      subject: fetcher.root.text,
      hint: "check address, network and proxy, and run the same command again"
    )
  }

  static func notFetched(
    _ reason: String,
    _ path: String,
    _ name: Failure.Name = "not-fetched"
  ) -> Failure {
    Failure(
      .incomplete,
      name,
      reason,
      subject: path,
      hint: name == .forbidden
        ? "a server that lets only apt in lets in who calls himself so: Acquire::http::User-Agent "
          + "\"Debian APT-HTTP/1.3\"; in apt.conf; else ask its owner"
        : "run the same command again; what was fetched is kept"
    )
  }
}
