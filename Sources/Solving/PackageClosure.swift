/// What is wanted of a universe: packages, and how far what they need is followed.
package struct ClosureRequest: Sendable {
  /// A system that is to be built from what is chosen, as `debootstrap` and `mmdebstrap` build it.
  package enum System: String, Sendable, CaseIterable {
    /// What is essential or protected, and apt.
    case essential
    /// The same, and what has the priority `required`.
    case required
    /// The same, and `important`.
    case important
    /// The same, and `standard`.
    case standard
  }

  /// Names of packages, `name` or `name:architecture`, besides those that were added as roots.
  package var names: [String] = []
  /// Whether what they recommend is wanted, as `apt` installs it by default.
  package var recommends = false
  /// Whether what the roots suggest is wanted.
  package var suggests = false
  /// Whether every package that could satisfy a dependency is wanted, and not the preferred one alone.
  package var allAlternatives = false
  /// Whether the source packages of what is chosen are wanted.
  package var sources = false
  /// Whether newer versions of what is installed are wanted, as `apt` upgrades: with what is new in
  /// their dependencies, and nothing removed.
  package var upgrades = false
  /// Whether a whole system is wanted.
  package var system: System?

  package init(names: [String] = []) { self.names = names }
}

/// What a request needs: a set of packages that can be installed together, or several such sets when
/// the roots exclude each other.
package struct PackageClosure: Sendable {
  /// Why a package is in.
  package enum Reason: Hashable, Sendable {
    /// It was asked for.
    case root
    /// It belongs to the system that is to be built.
    case system
    /// It is newer than what is installed.
    case upgrade
    /// A package needs it: which, by what relation, and its position among the alternatives, from 1.
    case relation(of: PackageLabel, RelationField, String, alternative: Int)
    /// It could satisfy a dependency that another one satisfies.
    case alternative(of: PackageLabel, RelationField, String)
    /// It is the source of a package that is in.
    case source(of: PackageLabel)
  }

  /// One package that is in.
  package struct Member: Sendable {
    package let label: PackageLabel
    package let place: StanzaPlace
    package let reason: Reason
  }

  /// Something that is merely recommended or suggested, and that cannot be had.
  package struct Missed: Hashable, Sendable {
    package let package: PackageLabel
    package let field: RelationField
    package let relation: String
  }

  /// What is chosen, by name, architecture and version; without what the base has.
  package internal(set) var members: [Member] = []
  /// The sources of these, when they were asked for.
  package internal(set) var sources: [Member] = []
  /// The roots that cannot be had, and why; with none of them all is well.
  package internal(set) var problems: [DependencyProblem] = []
  /// Upgrades that cannot be had without removing something, and why: no failure.
  package internal(set) var keptBack: [DependencyProblem] = []
  /// Lists of roots that can be installed together: more than one when some exclude each other.
  package internal(set) var groups: [[PackageLabel]] = []
  /// What is recommended or suggested and cannot be had: no failure.
  package internal(set) var missed: [Missed] = []
  /// Binary packages whose source is in no index that was read.
  package internal(set) var withoutSource: [PackageLabel] = []
}
