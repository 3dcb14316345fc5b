internal import SafeIO

/// One entry of a field such as `Provides`: a name, and the version in its parentheses.
struct Relation {
  let name: String
  let version: String?

  /// The entries of a field, in its order.
  static func all(in field: Span<UInt8>) -> [Relation] {
    String(decoding: Array(copying: field), as: UTF8.self).split(separator: ",").map { entry in
      guard let start = entry.firstIndex(of: "("), let end = entry.lastIndex(of: ")"), start < end
      else { return Relation(name: entry[...].trimmed, version: nil) }
      let inside = entry[entry.index(after: start)..<end].drop { "=<> ".contains($0) }
      return Relation(name: entry[..<start].trimmed, version: inside.trimmed)
    }
  }
}

extension Substring {
  /// Without the white space around it.
  var trimmed: String {
    let start = drop(while: \.isWhitespace)
    let end = start.lastIndex { !$0.isWhitespace }
    return end.map { String(start[...$0]) } ?? ""
  }
}
