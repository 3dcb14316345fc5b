internal import Choosing
internal import DebianRepository
internal import SafeIO

/// Which packages of several sources stay; a pure plan.
enum Merging {
  /// The packages that stay, in no order.
  static func apply(_ rule: MergeRule, to packages: [ComposedPackage]) -> [ComposedPackage] {
    var groups: [ComposedPackage.Key: [Int]] = [:]
    for (position, package) in packages.enumerated() {
      groups[package.key, default: []].append(position)
    }
    var kept: [ComposedPackage] = []
    for positions in groups.values {
      let group = unique(positions.map { packages[$0] }, prefersLeft: rule == .leftmost)
      switch rule {
      case .all: kept += group
      case .rightmost:
        let source = group.map(\.source).max()
        kept += group.filter { $0.source == source }
      case .leftmost:
        let source = group.map(\.source).min()
        kept += group.filter { $0.source == source }
      case .latest: kept += newest(group).map { [$0] } ?? []
      }
    }
    return kept
  }

  /// The packages of the first source, and what is pulled from the second.
  ///
  /// - Parameters:
  ///   - packages: those of the first source, and those that are wanted of the second.
  ///   - rule: what is taken, and what goes for it.
  ///   - architectures: only packages of these are taken.
  /// - Returns: what stays, in no order.
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
    _ group: [ComposedPackage],
    prefersLeft: Bool
  ) -> [ComposedPackage] {
    guard group.count > 1 else { return group }
    var versions: [[UInt8]: ComposedPackage] = [:]
    for package in group {
      if let other = versions[package.version],
        prefersLeft ? other.source < package.source : other.source > package.source
      {
        continue
      }
      versions[package.version] = package
    }
    return Array(versions.values)
  }

  private static func newest(_ group: [ComposedPackage]) -> ComposedPackage? {
    group.max { left, right in
      switch DebianVersion.orderOfAny(left.version.span, right.version.span) {
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
