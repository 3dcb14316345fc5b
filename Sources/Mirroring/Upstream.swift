internal import DebianRepository
internal import SafeIO

/// Something that answers requests for files: a web server, or a directory.
protocol Upstream: Sendable {
  /// Sends a request and waits for the head of the answer.
  ///
  /// - Throws: `UpstreamTrouble` when there was none.
  func send(_ request: UpstreamRequest) throws(UpstreamTrouble) -> any UpstreamAnswer
}

/// What is asked of an upstream.
struct UpstreamRequest: Sendable {
  var address: UpstreamAddress
  /// The first byte that is wanted: a file half fetched goes on there.
  var offset: UInt64 = 0
  /// Only if changed since: what the server said of the last change; empty for in any case.
  var ifModifiedSince = ""
  /// Whether a cache on the way must ask the upstream.
  var isFresh = false
}

/// The head of an answer, and its body to be read once.
protocol UpstreamAnswer: AnyObject {
  var head: AnswerHead { get }

  /// Waits for more of the body: true when `body` was given some, false at its end.
  ///
  /// - Throws: `UpstreamTrouble` when the connection broke or nothing came in time, and what
  ///   `body` throws.
  func read(
    _ body: (RawSpan) throws(Failure) -> Void
  ) throws(ReadError) -> Bool

  /// Ends the answer; the rest of the body does not matter.
  func abandon()
}

/// What the first lines of an answer say.
struct AnswerHead: Sendable {
  var status: Int
  var contentLength: UInt64?
  /// The first byte of a 206 answer, and the size of the whole file when it is said.
  var range: (start: UInt64, size: UInt64?)?
  var location: String?
  /// Seconds.
  var retryAfter: UInt64?
  var contentEncoding: String?
  var contentType: String?
  var lastModified: String?

  init(status: Int) { self.status = status }

  /// How long to wait, in seconds: `Retry-After` is a number, or a date by the server's clock, which
  /// `Date` tells; nil for anything else.
  static func seconds(ofRetryAfter text: String, date: String?, now: UTCTime) -> UInt64? {
    if let seconds = UInt64(text) { return seconds }
    guard let until = ArchiveDate.parse(text) else { return nil }
    let start = date.flatMap { ArchiveDate.parse($0) } ?? now
    return UInt64(max(0, until.seconds - start.seconds))
  }

  /// Reads `bytes 100-199/200`; nil for anything else.
  static func range(_ text: String) -> (start: UInt64, size: UInt64?)? {
    guard text.lowercased().hasPrefix("bytes ") else { return nil }
    let parts = text.dropFirst("bytes ".count).split(separator: "/" as Character)
    guard parts.count == 2 else { return nil }
    let ends = parts[0].split(separator: "-" as Character)
    guard ends.count == 2, let start = UInt64(ends[0]), let end = UInt64(ends[1]), end >= start
    else { return nil }
    return (start, UInt64(parts[1]))
  }
}

/// A request that got no whole answer, for a reason that may be gone soon.
struct UpstreamTrouble: Error {
  /// What happened, for people.
  let reason: String
  /// Whether something comes, but so slowly that waiting is of no use.
  let isSlow: Bool

  init(_ reason: String, isSlow: Bool = false) {
    self.reason = reason
    self.isSlow = isSlow
  }
}

/// Why a body could not be read.
enum ReadError: Error {
  case trouble(UpstreamTrouble)
  case failure(Failure)
}
