internal import SafeIO

/// What a request for a file says, as far as the answer depends on it.
struct FileRequest: Sendable {
  /// Whether only the header is wanted.
  var isHead = false
  /// The fields, as they stand; nil without one.
  var range: String?
  var ifRange: String?
  var ifMatch: String?
  var ifNoneMatch: String?
  var ifModifiedSince: String?
  var ifUnmodifiedSince: String?
}

/// What is asked for, as far as the answer depends on it.
struct FileFacts: Sendable {
  /// In bytes.
  let size: UInt64
  /// When it changed last.
  let modified: UTCTime
  /// The strong entity tag, with its quotes.
  let tag: String
}

/// The answer to a request for a file: a plan, without a byte of the file.
enum FileAnswer: Equatable, Sendable {
  /// All of it.
  case whole
  /// A part, as an offset and a length of at least one byte.
  case part(ClosedRange<UInt64>)
  /// The client has it already.
  case notModified
  /// A condition of the client does not hold.
  case preconditionFailed
  /// The file has no such part.
  case unsatisfiable

  /// Plans the answer, in the order of RFC 9110, section 13.2.2.
  ///
  /// A date counts when it is equal, as with nginx and not only when it is later: after a rollback
  /// the right file is older than what the client has.
  init(to request: FileRequest, _ facts: FileFacts) {
    if let tags = request.ifMatch {
      guard EntityTags(tags).match(facts.tag, weakly: false) else {
        self = .preconditionFailed
        return
      }
    } else if let since = request.ifUnmodifiedSince.flatMap(HTTPDate.time), facts.modified > since {
      self = .preconditionFailed
      return
    }
    if let tags = request.ifNoneMatch {
      if EntityTags(tags).match(facts.tag, weakly: true) {
        self = .notModified
        return
      }
    } else if let since = request.ifModifiedSince.flatMap(HTTPDate.time), facts.modified == since {
      self = .notModified
      return
    }
    guard let range = request.range, FileAnswer.holds(request.ifRange, facts) else {
      self = .whole
      return
    }
    self = ByteRange.answer(range, size: facts.size)
  }

  /// Whether a part may be sent, as `If-Range` wants it: a tag strongly, or the date exactly.
  private static func holds(_ condition: String?, _ facts: FileFacts) -> Bool {
    guard let condition else { return true }
    if condition.hasPrefix("\"") || condition.hasPrefix("W/") { return condition == facts.tag }
    return HTTPDate.time(condition) == facts.modified
  }
}

/// The list of an `If-Match` or `If-None-Match` field.
struct EntityTags {
  private let text: String

  init(_ text: String) { self.text = text }

  /// Whether a tag is in the list; weakly, `W/` does not matter.
  func match(_ tag: String, weakly: Bool) -> Bool {
    if text.trimmingSpaces == "*" { return true }
    var rest = Substring(text)
    while let quote = rest.firstIndex(of: "\"") {
      let isWeak = rest[..<quote].hasSuffix("W/")
      let after = rest[rest.index(after: quote)...]
      guard let end = after.firstIndex(of: "\"") else { return false }
      if "\"\(after[..<end])\"" == tag, weakly || !isWeak { return true }
      rest = after[after.index(after: end)...]
    }
    return false
  }
}

/// The field `Range` (RFC 9110, section 14.2).
enum ByteRange {
  /// Several parts are answered with all of it, which the RFC allows; what is no range of bytes is
  /// as good as none.
  static func answer(_ field: String, size: UInt64) -> FileAnswer {
    guard field.prefix(6).lowercased() == "bytes=" else { return .whole }
    let text = field.dropFirst(6).trimmingSpaces
    guard !text.contains(","), let dash = text.firstIndex(of: "-") else { return .whole }
    let (first, last) = (text[..<dash], text[text.index(after: dash)...])
    if first.isEmpty { return suffix(last, size) }
    guard let start = number(first) else { return .whole }
    let end = last.isEmpty ? UInt64.max : number(last)
    guard let end, start <= end else { return .whole }
    guard start < size else { return .unsatisfiable }
    return .part(start...min(end, size - 1))
  }

  private static func suffix(_ text: Substring, _ size: UInt64) -> FileAnswer {
    guard let length = number(text) else { return .whole }
    guard length > 0, size > 0 else { return .unsatisfiable }
    return .part((size - min(length, size))...(size - 1))
  }

  /// Digits; more than fit mean the end.
  private static func number(_ text: Substring) -> UInt64? {
    guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    return UInt64(text) ?? .max
  }
}

extension StringProtocol {
  /// Without spaces and tabs at both ends.
  var trimmingSpaces: SubSequence {
    var rest = self[...]
    while let first = rest.first, first == " " || first == "\t" { rest.removeFirst() }
    while let last = rest.last, last == " " || last == "\t" { rest.removeLast() }
    return rest
  }
}
