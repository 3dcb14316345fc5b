package import DebianRepository
internal import SafeIO

/// Several queries, of which one has to ask for a package; plain names among them are looked up, however
/// many they are.
package struct PackageQueries {
  // Of queries that are a name alone.
  private var names: Set<[UInt8]> = []
  private var others: [PackageQuery] = []

  package init(_ queries: [PackageQuery]) {
    for query in queries {
      if case .dependency(let name, nil, architecture: nil) = query {
        names.insert(Array(name.utf8))
      } else {
        others.append(query)
      }
    }
  }

  /// Whether one of them asks for a package.
  package func matches(_ stanza: PackageStanza) -> Bool {
    isNamed(stanza) || others.contains { $0.matches(stanza) }
  }

  /// Whether a package is called, or provides, one of the names.
  private func isNamed(_ stanza: PackageStanza) -> Bool {
    guard !names.isEmpty else { return false }
    if names.contains(Array(copying: stanza.packageBytes)) { return true }
    let provided = stanza.bytes(of: .provides)
    guard !provided.isEmpty else { return false }
    return Relation.all(in: provided).contains { names.contains(Array($0.name.utf8)) }
  }
}
