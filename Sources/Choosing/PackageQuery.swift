package import SafeIO

/// A question about packages in the syntax that aptly's users know; docs/reference/queries.md has it.
package indirect enum PackageQuery {
  case all([PackageQuery])
  case any([PackageQuery])
  case not(PackageQuery)
  /// A field's text, or whether there is some.
  case field(QueryField, QueryCondition?)
  /// A package's name, or what it provides.
  case dependency(name: String, QueryCondition?, architecture: String?)
  /// One package: name, version and architecture, exactly.
  case reference(name: String, version: String, architecture: String)

  /// The packages of exactly this name, in all versions or in one.
  package static func package(_ name: String, version: String?) -> PackageQuery {
    let named = PackageQuery.field(.name, .exactly(name))
    return version.map { .all([named, .field(.version, .exactly($0))]) } ?? named
  }

  /// The longest query, in bytes.
  private static let longest = 1 << 16

  /// Reads a query.
  ///
  /// - Throws: `usage` with the column of what cannot be understood.
  package init(_ text: String) throws(Failure) {
    guard text.utf8.count <= PackageQuery.longest else {
      throw Failure(
        .usage,
        "query",
        "a query has \(PackageQuery.longest) bytes at most, not \(text.utf8.count)",
        hint: "ask in several queries: a package that one of them asks for is taken"
      )
    }
    var parser = QueryParser(text)
    self = try parser.parse()
  }
}

/// What a field term asks for.
package enum QueryField: Sendable {
  case name
  case version
  case architecture
  case source
  case sourceVersion
  case packageType
  /// A field of the stanza.
  case control(String)

  init(_ word: String) {
    self =
      switch word {
      case "Name": .name
      case "$Version": .version
      case "$Architecture": .architecture
      case "$Source": .source
      case "$SourceVersion": .sourceVersion
      case "$PackageType": .packageType
      default: .control(word)
      }
  }
}
