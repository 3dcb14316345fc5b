internal import DebianRepository
internal import SafeIO

/// How a package of one state differs from the other state.
package struct PackageChange: Hashable, Sendable {
  /// What happened to it.
  package enum Kind: String, Sendable, CaseIterable {
    /// It was not there, or not in this version beside others.
    case new
    /// A later version took its place.
    case upgraded
    /// An earlier version took its place.
    case downgraded
    /// It is not there any more.
    case removed
    /// The same version has other content: a vendor must not do that.
    case changed
  }

  /// What happened to it.
  package let kind: Kind
  /// The package's name.
  package let name: String
  /// The version before; nil for a new one.
  package let before: String?
  /// The version now; nil for a removed one.
  package let after: String?
}

/// The differences of one suite and architecture.
package struct PackageDifference: Hashable, Sendable {
  /// The suite, as `apt` names it.
  package let suite: String
  /// The architecture, `source` for source packages, with `/udeb` for the installer's packages,
  /// and empty in a flat repository.
  package let architecture: String
  /// Packages before.
  package let before: Int
  /// Packages now.
  package let after: Int
  /// The changes, sorted by name.
  package let changes: [PackageChange]
  /// The source packages of these that no package of the suite was made from before, sorted.
  package let newSources: [String]

  /// How many changes of a kind there are.
  package func count(_ kind: PackageChange.Kind) -> Int { changes.count { $0.kind == kind } }
}

extension PackageDifference {
  /// Compares two sorted lists.
  static func changes(_ old: PackageList, _ new: PackageList) -> [PackageChange] {
    var changes: [PackageChange] = []
    var (left, right) = (0, 0)
    while left < old.count || right < new.count {
      let isOld =
        left < old.count
        && (right == new.count
          || !new.name(at: right).lexicographicallyPrecedes(old.name(at: left)))
      let isNew =
        right < new.count
        && (left == old.count || !old.name(at: left).lexicographicallyPrecedes(new.name(at: right)))
      let leftEnd = isOld ? old.end(ofNameAt: left) : left
      let rightEnd = isNew ? new.end(ofNameAt: right) : right
      compare(old, left..<leftEnd, new, right..<rightEnd, &changes)
      (left, right) = (leftEnd, rightEnd)
    }
    return changes
  }

  /// Compares all versions of one name: what both have apart, the highest of the rest take each
  /// other's place, anything else came or went.
  private static func compare(
    _ old: PackageList,
    _ oldRange: Range<Int>,
    _ new: PackageList,
    _ newRange: Range<Int>,
    _ changes: inout [PackageChange]
  ) {
    var before = Array(oldRange)
    var after: [Int] = []
    func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }
    func add(_ kind: PackageChange.Kind, _ old: String?, _ new: String?, _ name: ArraySlice<UInt8>)
    {
      changes.append(PackageChange(kind: kind, name: text(name), before: old, after: new))
    }
    // The same files first: what another file of the version takes the place of is never one of them.
    let others = newRange.filter { index in
      let same = before.firstIndex {
        old.version(at: $0) == new.version(at: index)
          && old.content(at: $0) == new.content(at: index)
      }
      if let same { before.remove(at: same) }
      return same == nil
    }
    for index in others {
      let version = new.version(at: index)
      guard let place = before.firstIndex(where: { old.version(at: $0) == version }) else {
        after.append(index)
        continue
      }
      add(.changed, text(version), text(version), new.name(at: index))
      before.remove(at: place)
    }
    if let highestOld = before.last, let highestNew = after.last {
      let (from, to) = (old.version(at: highestOld), new.version(at: highestNew))
      let isEarlier = DebianVersion.order(Array(to).span, Array(from).span) == .earlier
      add(isEarlier ? .downgraded : .upgraded, text(from), text(to), new.name(at: highestNew))
      before.removeLast()
      after.removeLast()
    }
    for index in before { add(.removed, text(old.version(at: index)), nil, old.name(at: index)) }
    for index in after { add(.new, nil, text(new.version(at: index)), new.name(at: index)) }
  }
}
