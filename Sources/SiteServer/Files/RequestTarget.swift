internal import SafeIO

/// The path of a request: what its target says, decoded once.
struct RequestTarget: Equatable, Sendable {
  /// Why a target is refused.
  enum Refusal: Error {
    /// It is no target, or one that leaves the tree.
    case bad
    /// It is longer than any path can be.
    case long
  }

  /// The parts between the slashes; none is empty or `.`.
  let components: [String]
  /// Whether it ends in a slash.
  let isDirectory: Bool

  /// The longest target, in bytes: three for each byte of the longest path, and room for a query.
  static let longest = 8192

  /// Reads a target in origin form, or in the absolute form that clients of proxies send
  /// (RFC 9112, section 3.2).
  ///
  /// apt asks for a file as the vendor's stanza spells it: `.` and an empty part mean nothing, `..` goes
  /// one up, as for nginx, but never out of the tree. NUL and what is no UTF-8 are refused, and so are such
  /// spellings of what is no published file: a proxy in front may have read them in another way.
  init(_ target: String) throws(Refusal) {
    guard target.utf8.count <= RequestTarget.longest else { throw .long }
    var rest = Substring(target)
    if !rest.hasPrefix("/") {
      guard let scheme = rest.firstRange(of: "://"),
        ["http", "https"].contains(rest[..<scheme.lowerBound].lowercased())
      else { throw .bad }
      rest = rest[scheme.upperBound...]
      guard let slash = rest.firstIndex(of: "/"), slash > rest.startIndex else { throw .bad }
      rest = rest[slash...]
    }
    let path = rest.utf8.prefix { $0 != 0x3f && $0 != 0x23 }
    var parts: [String] = []
    var isPlain = true
    var last = ""
    let pieces = path.dropFirst().split(separator: 0x2f, omittingEmptySubsequences: false)
    for (index, piece) in pieces.enumerated() {
      last = try RequestTarget.decoded(piece)
      switch last {
      case "": isPlain = isPlain && index == pieces.count - 1
      case ".": break
      case "..":
        guard parts.popLast() != nil else { throw .bad }
        isPlain = false
      default: parts.append(last)
      }
    }
    guard isPlain || !RequestTarget.reserved.contains(parts.first ?? "") else { throw .bad }
    components = parts
    isDirectory = ["", ".", ".."].contains(last)
  }

  /// What stands below these names is no published file.
  private static let reserved = ["-", "api", ""]

  /// One part with its percent signs decoded; a slash that was one of them is no name.
  private static func decoded(_ piece: Substring.UTF8View.SubSequence) throws(Refusal) -> String {
    guard let bytes = PercentEncoding.decoded(piece) else { throw .bad }
    guard !bytes.contains(0), !bytes.contains(0x2f),
      let text = String(validating: bytes, as: UTF8.self)
    else { throw .bad }
    return text
  }

  private init(_ components: [String], isDirectory: Bool) {
    (self.components, self.isDirectory) = (components, isDirectory)
  }

  /// The same path behind `/repos/-/`, as aptly's server has published files; nil for another one.
  var behindStorage: RequestTarget? {
    guard components.count > 1, components[0] == "repos", components[1] == "-" else { return nil }
    return RequestTarget(Array(components.dropFirst(2)), isDirectory: isDirectory)
  }
}
