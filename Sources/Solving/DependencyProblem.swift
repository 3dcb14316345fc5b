/// Why a package cannot be installed: where each way to it ends.
package struct DependencyProblem: Hashable, Sendable {
  /// A package on the way, and what it needs.
  package struct Link: Hashable, Sendable {
    package let package: PackageLabel
    package let field: RelationField
    /// The relation as its stanza has it: `libssl3 (>= 3.0) | libssl1.1`.
    package let relation: String

    package init(package: PackageLabel, field: RelationField, relation: String) {
      (self.package, self.field, self.relation) = (package, field, relation)
    }
  }

  /// What a way ends with.
  package enum Cause: Hashable, Sendable {
    /// There is no such package; these have similar names.
    case unknown(similar: [String])
    /// Nothing satisfies the relation of the last link; these have the name, in another version or
    /// for another architecture, and these would if they were not for one architecture alone.
    case missing(present: [PackageLabel])
    /// Two packages exclude each other: the left one by this relation.
    case conflict(PackageLabel, RelationField, String, PackageLabel)
    /// Two versions, or two architectures, of one package.
    case twoOfOne(PackageLabel, PackageLabel)
    /// The machine holds this package in its version (dpkg's hold), and the other one cannot be beside it.
    case held(PackageLabel, against: PackageLabel)
    /// What the solver found and nothing above says.
    case other
  }

  /// One way from the root down.
  package struct End: Hashable, Sendable {
    /// From the root down; the last one is what `cause` is about.
    package let links: [Link]
    package let cause: Cause
    /// The way to the other side, where two exclude each other.
    package let against: [Link]

    package init(links: [Link], cause: Cause, against: [Link] = []) {
      (self.links, self.cause, self.against) = (links, cause, against)
    }
  }

  /// What was asked for: `nginx`, `nginx 1.22.1-9 amd64`.
  package let root: String
  /// Nil when there is no such package.
  package let package: PackageLabel?
  /// At least one; the shortest first.
  package let ends: [End]

  package init(root: String, package: PackageLabel?, ends: [End]) {
    (self.root, self.package, self.ends) = (root, package, ends)
  }
}

/// Which packages of a universe cannot be installed from it.
package struct InstallabilityReport: Sendable {
  /// A clause that no package satisfies.
  package struct Unsatisfied: Hashable, Sendable {
    package let package: PackageLabel
    package let field: RelationField
    package let relation: String
    /// What has the name, in another version or for another architecture.
    package let present: [PackageLabel]
  }

  /// The native architecture.
  package internal(set) var architecture = ""
  /// How many packages were looked at, and how many of their clauses.
  package internal(set) var packages = 0
  package internal(set) var clauses = 0
  /// Every clause of a hard dependency that nothing satisfies, by package.
  package internal(set) var unsatisfied: [Unsatisfied] = []
  /// Every package that cannot be installed, those of `unsatisfied` among them, and why.
  package internal(set) var uninstallable: [DependencyProblem] = []

  package init() {}
}
