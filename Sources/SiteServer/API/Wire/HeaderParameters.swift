#if Network
/// The parameters of a header field, as `name=value` behind semicolons (RFC 9110, section 5.6.6).
struct HeaderParameters {
  private var values: [String: String] = [:]

  /// Reads them; what is no parameter is passed over, and of two with one name the first counts.
  init(_ field: Substring) {
    var rest = field[...]
    _ = HeaderParameters.piece(of: &rest)
    while !rest.isEmpty {
      let piece = HeaderParameters.piece(of: &rest)
      guard let equals = piece.firstIndex(of: "=") else { continue }
      let name = piece[..<equals].trimmed.lowercased()
      let value = HeaderParameters.plain(piece[piece.index(after: equals)...].trimmed)
      if values[name] == nil { values[name] = value }
    }
  }

  /// A parameter's value.
  ///
  /// One in the form of RFC 8187 (`name*=UTF-8''percent-encoded`) is preferred.
  subscript(name: String) -> String? {
    guard let extended = values[name + "*"] else { return values[name] }
    let parts = extended.split(separator: "'", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0].lowercased() == "utf-8",
      let decoded = PercentEncoding.decoded(parts[2].utf8)
    else { return values[name] }
    return String(decoding: decoded, as: UTF8.self)
  }

  /// Takes what comes before the next semicolon that is in no quotes.
  private static func piece(of rest: inout Substring) -> Substring {
    var (isQuoted, isEscaped) = (false, false)
    for index in rest.indices {
      let character = rest[index]
      if isEscaped {
        isEscaped = false
      } else if isQuoted, character == "\\" {
        isEscaped = true
      } else if character == "\"" {
        isQuoted.toggle()
      } else if character == ";", !isQuoted {
        defer { rest = rest[rest.index(after: index)...] }
        return rest[..<index]
      }
    }
    defer { rest = "" }
    return rest
  }

  /// A value without its quotes.
  private static func plain(_ text: Substring) -> String {
    guard text.first == "\"" else { return String(text) }
    var value = ""
    var isEscaped = false
    for character in text.dropFirst() {
      if isEscaped {
        value.append(character)
        isEscaped = false
      } else if character == "\\" {
        isEscaped = true
      } else if character == "\"" {
        break
      } else {
        value.append(character)
      }
    }
    return value
  }
}

extension Substring {
  /// Without blanks at the ends.
  fileprivate var trimmed: Substring {
    var text = drop { $0 == " " || $0 == "\t" }
    while let last = text.last, last == " " || last == "\t" { text = text.dropLast() }
    return text
  }
}
#endif
