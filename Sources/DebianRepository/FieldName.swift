/// The name of a field, prepared for looking for it in many stanzas.
package struct FieldName: Hashable, Sendable {
  private let lowered: [UInt8]

  /// A name in any case.
  package init(_ name: some StringProtocol) { lowered = name.utf8.map(Stanza.lowercased) }

  var count: Int { lowered.count }

  /// Whether a name of the same length is this one, in any case.
  func isSame(_ name: Span<UInt8>) -> Bool {
    let lowered = lowered.span
    for index in name.indices where lowered[index] != Stanza.lowercased(name[index]) {
      return false
    }
    return true
  }

  /// The fields by which a package has to do with others, binary packages first.
  package static let relations: [FieldName] = [
    .preDepends, .depends, .recommends, .suggests, .enhances, .conflicts, .breaks, .replaces,
    .provides, .builtUsing, .staticBuiltUsing,
  ]

  package static let preDepends = FieldName("Pre-Depends")
  package static let depends = FieldName("Depends")
  package static let recommends = FieldName("Recommends")
  package static let suggests = FieldName("Suggests")
  package static let enhances = FieldName("Enhances")
  package static let conflicts = FieldName("Conflicts")
  package static let breaks = FieldName("Breaks")
  package static let replaces = FieldName("Replaces")
  package static let provides = FieldName("Provides")
  package static let builtUsing = FieldName("Built-Using")
  package static let staticBuiltUsing = FieldName("Static-Built-Using")
  package static let multiArch = FieldName("Multi-Arch")
  package static let essential = FieldName("Essential")
  package static let packageList = FieldName("Package-List")
  package static let description = FieldName("Description")
  package static let descriptionMD5 = FieldName("Description-md5")
  package static let status = FieldName("Status")
}
