#if Network

/// One request to the API, with its path and query read.
struct APICall: Sendable {
  let method: String
  /// The decoded parts of the path behind `/api/`; each is one name, whatever is in it.
  let path: [String]
  /// The fields of the query, decoded as a form is, in their order.
  let query: [(name: String, value: String)]
  /// The body as JSON; nil where there is none.
  var body: JSONValue?
  /// Whether the body is said to be JSON, and has nothing.
  var isBodyEmpty = false
  /// Who asks.
  let caller: Caller

  /// The first value of a field of the query.
  func value(_ name: String) -> String? { query.first { $0.name == name }?.value }

  /// Whether a flag is set: only by `1`.
  func flag(_ name: String) -> Bool { value(name) == "1" }

  /// Whether the client wants a task instead of waiting: anything but a word for no.
  var isAsynchronous: Bool {
    guard let word = value("_async")?.lowercased() else { return false }
    return !["n", "no", "f", "false", "0", "off"].contains(word)
  }

  /// The parts of a raw path, each decoded once; nil for what is not encoded rightly.
  ///
  /// One slash at the end means nothing; an empty part inside stays.
  static func parts(_ path: Substring) -> [String]? {
    var pieces = path.split(separator: "/", omittingEmptySubsequences: false)
    if pieces.last == "" { pieces.removeLast() }
    var parts: [String] = []
    for piece in pieces {
      guard let part = decoded(piece.utf8, isForm: false) else { return nil }
      parts.append(part)
    }
    return parts
  }

  /// The fields of a query; one that cannot be read is not passed over, since a filter that is lost shows all.
  static func fields(_ query: String) throws(APIRefusal) -> [(name: String, value: String)] {
    try query.split(separator: "&").map { (field) throws(APIRefusal) in
      let pair = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = decoded(pair[0].utf8, isForm: true),
        let value = pair.count > 1 ? decoded(pair[1].utf8, isForm: true) : ""
      else { throw APIRefusal(400, "the query is not encoded as it should be") }
      return (name, value)
    }
  }

  private static func decoded(_ text: Substring.UTF8View, isForm: Bool) -> String? {
    var bytes: [UInt8] = []
    var rest = text[...]
    while let byte = rest.popFirst() {
      if byte == 0x2b, isForm {
        bytes.append(0x20)
      } else if byte == 0x25 {
        guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit)
        else { return nil }
        bytes.append(high << 4 | low)
      } else {
        bytes.append(byte)
      }
    }
    return bytes.contains(0) ? nil : String(validating: bytes, as: UTF8.self)
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte - 0x30
    case 0x41...0x46: byte - 0x37
    case 0x61...0x66: byte - 0x57
    default: nil
    }
  }
}

extension APICall {
  /// A field of the body that must be a string; nil where it lacks.
  func string(_ name: String) throws(APIRefusal) -> String? { try body?.string(at: name) }

  /// A field of the body that must be there and not be empty.
  func required(_ name: String) throws(APIRefusal) -> String {
    guard !isBodyEmpty else { throw APIRefusal(400, "EOF") }
    guard let text = try string(name), !text.isEmpty else { throw APIRefusal.missing(name) }
    return text
  }

  /// A field of the body that must be a boolean; nil where it lacks.
  func bool(_ name: String) throws(APIRefusal) -> Bool? { try body?.bool(at: name) }

  /// A field of the body that must be a list of strings; nil where it lacks.
  func strings(_ name: String) throws(APIRefusal) -> [String]? {
    guard let values = try body?.list(at: name) else { return nil }
    var found: [String] = []
    for value in values {
      guard let text = value.string else { throw APIRefusal.wrongType(name, "string") }
      found.append(text)
    }
    return found
  }

  /// A field of the body that must be a list of components with the names of their sources; nil where
  /// it lacks.
  func sources(_ name: String) throws(APIRefusal) -> [NamedSource]? {
    try body?.list(at: name).map { (list) throws(APIRefusal) in try NamedSource.list(list, name) }
  }
}

/// A component, and the snapshot or repository that is to be published in it.
struct NamedSource: Sendable {
  let component: String?
  let name: String

  static func list(_ values: [JSONValue], _ field: String) throws(APIRefusal) -> [NamedSource] {
    var found: [NamedSource] = []
    for value in values {
      guard value.isObject else { throw APIRefusal.wrongType(field, "[]object") }
      found.append(
        NamedSource(
          component: try value.string(at: "Component").flatMap { $0.isEmpty ? nil : $0 },
          name: try value.string(at: "Name") ?? ""
        )
      )
    }
    return found
  }
}

extension JSONValue {
  /// A field that must be a string; nil where it lacks.
  func string(at name: String) throws(APIRefusal) -> String? {
    guard let value = self[name] else { return nil }
    guard let text = value.string else { throw APIRefusal.wrongType(name, "string") }
    return text
  }

  /// A field that must be a boolean; nil where it lacks.
  func bool(at name: String) throws(APIRefusal) -> Bool? {
    guard let value = self[name] else { return nil }
    guard case .bool(let flag) = value else { throw APIRefusal.wrongType(name, "bool") }
    return flag
  }

  /// A field that must be a list; nil where it lacks.
  func list(at name: String) throws(APIRefusal) -> [JSONValue]? {
    guard let value = self[name] else { return nil }
    guard let values = value.array else { throw APIRefusal.wrongType(name, "[]") }
    return values
  }
}
#endif
