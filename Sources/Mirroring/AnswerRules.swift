internal import SafeIO

/// What an upstream's answer means for one file: values in, a decision out.
enum AnswerRules {
  /// What is to be done.
  enum Decision {
    /// The body is the file from this byte on.
    case take(from: UInt64)
    /// The upstream has no such file.
    case absent
    /// The file is what it was when it was asked for last.
    case notModified
    /// Ask another address.
    case redirect(UpstreamAddress)
    /// Ask again later; the seconds are what the server wants.
    case again(reason: String, after: UInt64?)
    /// What was fetched so far is of no use: ask for the whole file.
    case restart(reason: String)
    /// No further asking helps.
    case refuse(reason: String)
    /// The same, and perhaps it is not there: object stores say so of absent files.
    case forbid(reason: String)
    /// What the upstream has is not what is listed.
    case otherSize(reason: String)
  }

  /// What is known of the file that was asked for.
  struct Question {
    let address: UpstreamAddress
    /// The first byte that was asked for.
    var offset: UInt64 = 0
    /// The size that a signed list states, in bytes.
    var size: UInt64?
    /// The most that may come, in bytes.
    var limit: UInt64 = .max
    /// Whether the request was conditional.
    var isConditional = false
  }

  static func decide(_ head: AnswerHead, _ question: Question) -> Decision {
    // Where size and hash are known they decide: some servers call a .gz file "encoded".
    if question.size == nil, let encoding = head.contentEncoding?.lowercased(),
      encoding != "identity", head.status < 300
    {
      return .refuse(
        reason: "the server sent it with a Content-Encoding that nobody asked for ("
          + Escaped.line(encoding, limit: 40) + ")"
      )
    }
    switch head.status {
    // As for apt: what a proxy has changed is judged by its hash.
    case 200, 203: return whole(head, question)
    case 206: return part(head, question)
    case 304:
      return question.isConditional
        ? .notModified : .refuse(reason: "the server says 304 to a question without a condition")
    case 301, 302, 303, 307, 308: return redirect(head, question)
    case 404, 410: return .absent
    case 416:
      return question.offset > 0
        ? .restart(reason: "the server cannot go on in the middle of it")
        : .refuse(reason: "the server says 416 to a question without a Range")
    case 408, 425, 429, 500, 502, 503, 504:
      return .again(reason: "the server says \(head.status)", after: head.retryAfter)
    case 401:
      return .refuse(reason: "the server wants credentials (401)")
    case 403: return .forbid(reason: "the server forbids it (403)")
    case 407: return .refuse(reason: "the proxy wants credentials (407)")
    default: return .refuse(reason: "the server says \(head.status)")
    }
  }

  private static func whole(_ head: AnswerHead, _ question: Question) -> Decision {
    guard let length = head.contentLength else { return .take(from: 0) }
    if let size = question.size, length != size {
      return .otherSize(reason: "the server has \(length) bytes of it, not \(size)" + page(head))
    }
    guard length <= question.limit else {
      return .refuse(
        reason: "the server has \(length) bytes of it, more than the \(question.limit) that it may "
          + "have"
      )
    }
    return .take(from: 0)
  }

  /// What a page in place of a file may be.
  private static func page(_ head: AnswerHead) -> String {
    (head.contentType ?? "").lowercased().hasPrefix("text/html")
      ? ": an HTML page in place of the file" : ""
  }

  private static func part(_ head: AnswerHead, _ question: Question) -> Decision {
    guard question.offset > 0 else {
      return .refuse(reason: "the server says 206 to a question without a Range")
    }
    guard let range = head.range, range.start == question.offset else {
      return .restart(reason: "the server sent another range than it was asked for")
    }
    if let size = question.size {
      if let told = range.size, told != size {
        return .restart(reason: "the server has \(told) bytes of it, not \(size)")
      }
      let rest = size > question.offset ? size - question.offset : 0
      if let length = head.contentLength, length != rest {
        return .restart(reason: "the server sent \(length) bytes of a range of \(rest)")
      }
    }
    return .take(from: range.start)
  }

  private static func redirect(_ head: AnswerHead, _ question: Question) -> Decision {
    guard let location = head.location, let target = question.address.redirected(to: location)
    else { return .refuse(reason: "the server redirects (\(head.status)) to no usable address") }
    // As apt: from http to https, never back.
    guard
      target.scheme == question.address.scheme
        || question.address.scheme == .http && target.scheme == .https
    else {
      return .refuse(
        reason: "the server redirects from \(question.address.scheme.rawValue) to "
          + "\(target.scheme.rawValue), which only you may decide: mirror that address instead"
      )
    }
    return .redirect(target)
  }
}
