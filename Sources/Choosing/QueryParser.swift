internal import SafeIO

/// Reads a query by its grammar.
///
///     Query = And | And "|" Query
///     And   = Not | Not "," And
///     Not   = Term | "!" Not
///     Term  = "(" Query ")" | Word [ "(" [Comparison] Value ")" ] [ "{" Architecture "}" ]
struct QueryParser {
  private let text: String
  private var tokens: QueryTokens
  private var depth = 0
  private var expressions = 0

  /// How deep parentheses and negations may lie in each other.
  private static let deepest = 200
  /// How many patterns and regular expressions: each may take 256 KiB.
  private static let mostExpressions = 1000

  init(_ text: String) {
    self.text = text
    tokens = QueryTokens(text)
  }

  /// The whole query.
  mutating func parse() throws(Failure) -> PackageQuery {
    let query = try either()
    guard tokens.current == .end else { throw unexpected("end of query") }
    return query
  }

  private func unexpected(_ expected: String) -> Failure {
    refuse("unexpected token \(tokens.current.text): expecting \(expected)", at: tokens.column)
  }

  private func refuse(_ what: String, at column: Int) -> Failure {
    Failure(
      .usage,
      "query",
      "column \(column): \(what)",
      subject: text,
      hint: "a query is, for example, nginx (>= 1.22) | Name (% postgresql-*); quote what has "
        + "parentheses or bars in it"
    )
  }

  private mutating func take(_ sign: String) -> Bool {
    guard tokens.current == .sign(sign) else { return false }
    tokens.advance()
    return true
  }

  private mutating func either() throws(Failure) -> PackageQuery {
    var queries = [try both()]
    while take("|") { queries.append(try both()) }
    return queries.count == 1 ? queries[0] : .any(queries)
  }

  private mutating func both() throws(Failure) -> PackageQuery {
    var queries = [try not()]
    while take(",") { queries.append(try not()) }
    return queries.count == 1 ? queries[0] : .all(queries)
  }

  private mutating func not() throws(Failure) -> PackageQuery {
    depth += 1
    defer { depth -= 1 }
    guard depth <= QueryParser.deepest else {
      throw refuse("parentheses lie too deep in each other", at: tokens.column)
    }
    if take("!") { return .not(try not()) }
    if take("(") {
      let query = try either()
      guard take(")") else { throw unexpected("')'") }
      return query
    }
    return try term()
  }

  private mutating func term() throws(Failure) -> PackageQuery {
    guard case .word(let word) = tokens.current else { throw unexpected("field or package name") }
    tokens.advance()
    let isField =
      word.hasPrefix("$")
      || word.first.map { $0.isASCII && $0.isUppercase } ?? false
        && !word.contains("_")
    if isField { return .field(QueryField(word), try condition()) }
    if tokens.current != .sign("("), let reference = QueryParser.reference(word) {
      return reference
    }
    let condition = try condition()
    return .dependency(name: word, condition, architecture: try architecture())
  }

  /// `name_version_architecture`, cut at the first and the last mark.
  private static func reference(_ word: String) -> PackageQuery? {
    guard let first = word.firstIndex(of: "_"), let last = word.lastIndex(of: "_"), first < last
    else { return nil }
    return .reference(
      name: String(word[..<first]),
      version: String(word[word.index(after: first)..<last]),
      architecture: String(word[word.index(after: last)...])
    )
  }

  private mutating func condition() throws(Failure) -> QueryCondition? {
    guard take("(") else { return nil }
    var comparison = "="
    if case .sign(let sign) = tokens.current, QueryCondition.isComparison(sign) {
      comparison = sign
      tokens.advance()
    }
    let column = tokens.column
    expressions += comparison == "%" || comparison == "~" ? 1 : 0
    guard expressions <= QueryParser.mostExpressions else {
      throw refuse(
        "more than \(QueryParser.mostExpressions) patterns and regular expressions",
        at: column
      )
    }
    guard case .word(let value) = tokens.current else { throw unexpected("value") }
    tokens.advance()
    guard take(")") else { throw unexpected("')'") }
    guard let condition = QueryCondition(comparison, value) else {
      throw refuse("regexp compile failed: \(value)", at: column)
    }
    return condition
  }

  private mutating func architecture() throws(Failure) -> String? {
    guard take("{") else { return nil }
    guard case .word(let word) = tokens.current else { throw unexpected("architecture") }
    tokens.advance()
    guard take("}") else { throw unexpected("'}'") }
    return word
  }
}
