package import DebianRepository

extension PackageQuery {
  /// What satisfies a relation as control files have it: a name, perhaps with a version.
  package static func relation(
    _ name: String,
    _ comparison: RelationCursor.Comparison?,
    _ version: String
  ) -> PackageQuery {
    let wanted: QueryCondition.Comparison? =
      switch comparison {
      case .earlier: .earlier
      case .notLater: .notLater
      case .same: .same
      case .notEarlier: .notEarlier
      case .later: .later
      case nil: nil
      }
    return .dependency(
      name: name,
      wanted.map { .compared($0, Array(version.utf8)) },
      architecture: nil
    )
  }
}
