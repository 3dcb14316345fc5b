package import DebianRepository
internal import SafeIO

extension PackageQuery {
  /// Whether a package is one that is asked for.
  package func matches(_ stanza: PackageStanza) -> Bool {
    switch self {
    case .all(let queries): queries.allSatisfy { $0.matches(stanza) }
    case .any(let queries): queries.contains { $0.matches(stanza) }
    case .not(let query): !query.matches(stanza)
    case .field(let field, let condition): field.matches(stanza, condition)
    case .dependency(let name, let condition, let architecture):
      (architecture.map { PackageQuery.isOf($0, stanza) } ?? true)
        && (PackageQuery.isCalled(name, condition, stanza)
          || PackageQuery.provides(name, condition, stanza))
    case .reference(let name, let version, let architecture):
      stanza.packageBytes.isEqual(to: name) && stanza.version == version
        && stanza.architecture == architecture
    }
  }

  /// Whether a package is for an architecture: what is for all of them is, and sources are for none.
  private static func isOf(_ architecture: String, _ stanza: PackageStanza) -> Bool {
    if stanza.kind == .sources { return architecture == "source" }
    return stanza.architectureBytes.isEqual(to: architecture)
      || (stanza.architectureBytes.isEqual(to: "all") && architecture != "source")
  }

  private static func isCalled(
    _ name: String,
    _ condition: QueryCondition?,
    _ stanza: PackageStanza
  ) -> Bool {
    stanza.packageBytes.isEqual(to: name) && condition?.holds(stanza.versionBytes) ?? true
  }

  /// Whether a package provides a name; without a version it satisfies no relation that wants one
  /// (Debian policy, section 7.5).
  private static func provides(
    _ name: String,
    _ condition: QueryCondition?,
    _ stanza: PackageStanza
  ) -> Bool {
    // Fifty roots ask each package: text is made of those alone that have the name somewhere.
    guard stanza.bytes(of: .provides).holds(name) else { return false }
    return Relation.all(in: stanza.bytes(of: .provides)).contains { relation in
      guard relation.name == name else { return false }
      guard let condition else { return true }
      return relation.version.map { condition.holds($0) } ?? false
    }
  }
}

extension QueryField {
  fileprivate func matches(_ stanza: PackageStanza, _ condition: QueryCondition?) -> Bool {
    switch self {
    case .name: QueryField.holds(condition, stanza.packageBytes)
    case .version: QueryField.holds(condition, stanza.versionBytes)
    case .architecture:
      if let condition {
        condition.holds(stanza.architecture)
          || (stanza.architecture == "all" && !condition.holds("source") && isEquality(condition))
      } else {
        true
      }
    case .source: QueryField.holds(condition, stanza.kind == .sources ? "" : stanza.source)
    case .sourceVersion: QueryField.holds(condition, QueryField.sourceVersion(stanza))
    case .packageType: QueryField.holds(condition, QueryField.packageType(stanza))
    case .control(let name): control(name, stanza, condition)
    }
  }

  /// Only whoever asks for one architecture means what is for all too.
  private func isEquality(_ condition: QueryCondition) -> Bool {
    if case .compared(.same, _) = condition { return true }
    return false
  }

  /// What says where a package's files are is no property of the package.
  private static let files: Set<String> = [
    "Filename", "Size", "MD5sum", "SHA1", "SHA256", "SHA512", "Files", "Package",
  ]

  private func control(
    _ name: String,
    _ stanza: PackageStanza,
    _ condition: QueryCondition?
  ) -> Bool {
    guard !QueryField.files.contains(name), !name.hasPrefix("Checksums-"), !name.hasPrefix("$")
    else { return QueryField.holds(condition, "") }
    return QueryField.holds(condition, stanza.bytes(of: FieldName(name)))
  }

  private static func holds(_ condition: QueryCondition?, _ text: Span<UInt8>) -> Bool {
    condition?.holds(text) ?? !text.isEmpty
  }

  private static func holds(_ condition: QueryCondition?, _ text: String) -> Bool {
    condition?.holds(text) ?? !text.isEmpty
  }

  /// The version in the parentheses of `Source`, or else the package's.
  private static func sourceVersion(_ stanza: PackageStanza) -> String {
    guard stanza.kind != .sources else { return "" }
    let text = stanza.string(of: FieldName("Source")) ?? ""
    guard let start = text.firstIndex(of: "("), let end = text.lastIndex(of: ")"), start < end
    else { return stanza.version }
    return text[text.index(after: start)..<end].trimmed
  }

  private static func packageType(_ stanza: PackageStanza) -> String {
    if stanza.kind == .sources { return "source" }
    let isInstallers = (stanza.string(of: FieldName("Filename")) ?? "").hasSuffix(".udeb")
    return isInstallers ? "udeb" : "deb"
  }
}

extension Span<UInt8> {
  /// Whether these are the bytes of a text.
  fileprivate func isEqual(to text: String) -> Bool {
    guard count == text.utf8.count else { return false }
    var index = 0
    for byte in text.utf8 {
      if self[index] != byte { return false }
      index += 1
    }
    return true
  }
}

extension Span<UInt8> {
  /// Whether these bytes are in it somewhere, as they stand.
  fileprivate func holds(_ text: String) -> Bool {
    let wanted = Array(text.utf8)
    guard let first = wanted.first, count >= wanted.count else { return false }
    next: for start in 0...(count - wanted.count) where self[start] == first {
      for offset in wanted.indices where self[start + offset] != wanted[offset] { continue next }
      return true
    }
    return false
  }
}
