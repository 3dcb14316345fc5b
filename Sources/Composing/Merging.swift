internal import Choosing
internal import DebianRepository
internal import SafeIO

/// Which packages of several sources stay; a pure plan.
enum Merging {
  /// The packages that stay, in the order in which they came.
  static func apply(_ rule: MergeRule, to packages: [ComposedPackage]) -> [ComposedPackage] {
    var groups: [ComposedPackage.Key: [Int]] = [:]
    for (position, package) in packages.enumerated() {
      groups[package.key, default: []].append(position)
    }
    // Most names come once.
    var stays = packages.map { _ in true }
    for positions in groups.values where positions.count > 1 {
      for position in positions { stays[position] = false }
      for position in kept(rule, of: positions, packages) { stays[position] = true }
    }
    return packages.indices.lazy.filter { stays[$0] }.map { packages[$0] }
  }

  /// Those of a group, all packages of one name and architecture, that stay.
  private static func kept(
    _ rule: MergeRule,
    of group: [Int],
    _ packages: [ComposedPackage]
  ) -> [Int] {
    let group = unique(group, packages, prefersLeft: rule == .leftmost)
    switch rule {
    case .all: return group
    case .rightmost:
      let source = group.map { packages[$0].source }.max()
      return group.filter { packages[$0].source == source }
    case .leftmost:
      let source = group.map { packages[$0].source }.min()
      return group.filter { packages[$0].source == source }
    case .latest: return newest(group, packages).map { [$0] } ?? []
    }
  }

  /// The packages of the first source, and what is pulled from the second.
  ///
  /// - Parameters:
  ///   - packages: those of the first source, and those that are wanted of the second.
  ///   - rule: what is taken, and what goes for it.
  ///   - architectures: only packages of these are taken.
  /// - Returns: what stays, that of the first source first.
  static func pull(
    _ packages: [ComposedPackage],
    _ rule: PullRule,
    architectures: Set<String>
  ) -> [ComposedPackage] {
    let wanted = packages.filter { $0.source > 0 && architectures.contains($0.architecture) }
    let taken = apply(rule.takesAll ? .all : .latest, to: wanted)
    let names = Set(taken.map(\.key))
    let base = packages.filter {
      $0.source == 0 && (rule.keepsOld || !names.contains($0.key))
    }
    return apply(.all, to: base + taken)
  }

  /// Of several with one version and other bytes the right one stays, or the left one.
  private static func unique(
    _ group: [Int],
    _ packages: [ComposedPackage],
    prefersLeft: Bool
  ) -> [Int] {
    var versions: [[UInt8]: Int] = [:]
    for position in group {
      let package = packages[position]
      if let other = versions[package.version].map({ packages[$0] }),
        prefersLeft ? other.source < package.source : other.source > package.source
      {
        continue
      }
      versions[package.version] = position
    }
    return Array(versions.values)
  }

  private static func newest(_ group: [Int], _ packages: [ComposedPackage]) -> Int? {
    group.max { left, right in
      let (left, right) = (packages[left], packages[right])
      let (version, other) = (left.version, right.version)
      return switch DebianVersion.orderOfAny(version.span, other.span) {
      case .earlier: true
      case .later: false
      // Two spellings of one version: the right one, and then always the same.
      case .same:
        left.source == right.source
          ? left.version.lexicographicallyPrecedes(right.version) : left.source < right.source
      }
    }
  }
}
