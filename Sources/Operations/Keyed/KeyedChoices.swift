package import Choosing
internal import DebianRepository

/// Lists of packages made of others, as aptly's users know it; pure plans.
package enum KeyedChoices {
  /// Which of several packages with one name and architecture stay in a merge.
  package enum MergeRule: Sendable {
    /// Those of the rightmost list that has some.
    case rightmost
    /// The newest.
    case latest
    /// All.
    case all
  }

  /// Lists put together, from the left to the right.
  ///
  /// Of two packages with one name, version and architecture the right one stays, in every mode.
  package static func merge(_ lists: [[KeyedPackage]], _ rule: MergeRule) -> [KeyedPackage] {
    var kept: [String: KeyedPackage] = [:]
    for list in lists {
      if rule == .rightmost {
        let groups = Set(list.map(\.group))
        kept = kept.filter { !groups.contains($0.value.group) }
      }
      for package in list { kept[package.shortKey] = package }
    }
    let all = kept.values.sorted { $0.key < $1.key }
    return rule == .latest ? newest(all) : all
  }

  /// The newest of each name and architecture.
  package static func newest(_ packages: [KeyedPackage]) -> [KeyedPackage] {
    var found: [String: KeyedPackage] = [:]
    for package in packages {
      if let other = found[package.group], package.compareVersion(to: other) != .later { continue }
      found[package.group] = package
    }
    return found.values.sorted { $0.key < $1.key }
  }

  /// How a pull is made.
  package struct Pull: Sendable {
    package var takesAll = false
    package var keepsOld = false
    package var followsNeeds = true
    package var architectures: [String] = []

    package init() {}
  }

  /// What a pull makes of a list, with what came and what went; what is in both was found and is there already.
  package static func pull(
    into base: [KeyedPackage],
    from source: [KeyedPackage],
    _ queries: [PackageQuery],
    _ rule: Pull
  ) -> (result: [KeyedPackage], added: [KeyedPackage], removed: [KeyedPackage]) {
    let machines = Set(NeedsClosure.architectures(of: base) + rule.architectures)
    let wanted = machines.union(["all", "source"])
    let present = source.filter { wanted.contains($0.architecture) }
    var found = present.filter { package in
      queries.contains { $0.matches(package.stanza) }
    }
    if rule.followsNeeds {
      // What the base has already satisfies what the packages need.
      let closure = NeedsClosure(in: present)
      let chosen = rule.takesAll ? found : newest(found)
      found = chosen + closure.needs(of: chosen, beside: base, on: machines.sorted())
    }
    let taken = rule.takesAll ? found : newest(found)
    let groups = Set(taken.map(\.group))
    let removed = rule.keepsOld ? [] : base.filter { groups.contains($0.group) }
    let gone = Set(removed.map(\.key))
    // What stays of the base is not replaced by other bytes under its name.
    let result = merge([taken, base.filter { !gone.contains($0.key) }], .all)
    return (result, unique(taken), removed)
  }

  private static func unique(_ packages: [KeyedPackage]) -> [KeyedPackage] {
    merge([packages], .all)
  }

  /// What two lists have of one name and architecture, where that differs.
  package static func difference(
    _ left: [KeyedPackage],
    _ right: [KeyedPackage]
  ) -> [(left: KeyedPackage?, right: KeyedPackage?)] {
    let (leftKeys, rightKeys) = (Set(left.map(\.key)), Set(right.map(\.key)))
    var groups: [String: ([KeyedPackage], [KeyedPackage])] = [:]
    for package in left where !rightKeys.contains(package.key) {
      groups[package.group, default: ([], [])].0.append(package)
    }
    for package in right where !leftKeys.contains(package.key) {
      groups[package.group, default: ([], [])].1.append(package)
    }
    var found: [(left: KeyedPackage?, right: KeyedPackage?)] = []
    for (_, (ones, others)) in groups.sorted(by: { $0.key < $1.key }) {
      let (ones, others) = (
        ones.sorted(by: KeyedPackage.precedes), others.sorted(by: KeyedPackage.precedes)
      )
      for number in 0..<max(ones.count, others.count) {
        found.append(
          (
            number < ones.count ? ones[number] : nil, number < others.count ? others[number] : nil
          )
        )
      }
    }
    return found
  }
}
