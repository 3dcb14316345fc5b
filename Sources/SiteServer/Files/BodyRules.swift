#if Network
internal import NIOHTTP1

/// How long a body may be that nobody reads: one that comes with a question, or for a file.
///
/// Some clients of aptly send a few fields with GET; whatever is longer is there to do harm.
enum BodyRules {
  /// The longest that is passed over.
  static let longestUnread = 64 << 10

  /// The most that may come; nil where whoever answers has a limit of its own.
  static func limit(_ head: HTTPRequestHead, isForFile: Bool) -> Int? {
    isForFile || isQuestion(head.method) ? longestUnread : nil
  }

  /// Whether the length that a header announces is within a limit.
  static func hold(_ head: HTTPRequestHead, within limit: Int?) -> Bool {
    guard let limit else { return true }
    return head.headers["Content-Length"].allSatisfy { length in
      // What is too long for a number is too long.
      Int(length.filter { $0 != " " && $0 != "\t" }).map { $0 <= limit } ?? false
    }
  }

  private static func isQuestion(_ method: HTTPMethod) -> Bool {
    method == .GET || method == .HEAD || method == .OPTIONS
  }
}
#endif
