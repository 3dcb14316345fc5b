package import Archives
package import Choosing
package import Depot
package import SafeIO
package import Solving

/// What a composed snapshot is to be made of.
package struct ComposingOrder {
  /// What of the sources is taken.
  package enum Selection {
    /// Everything, as a rule for what several sources have.
    case merge(MergeRule)
    /// What any of these queries asks for.
    case filter([PackageQuery])
    /// What any of these queries asks for, with what that needs.
    case closure([PackageQuery], ClosureOptions)
    /// The first source, with the packages of the second that any of these queries asks for in the
    /// place of those that have their name and architecture.
    case pull([PackageQuery], PullRule)
    /// All packages of a repository of this site, which is the only source.
    case repo
    /// All packages that states of a mirror have, which is the only source.
    case mirror(() throws(Failure) -> [MirrorState])
    /// These packages, wherever they are listed, for these architectures at least; `origin` is what the
    /// record says of where they come from.
    case chosen([ChosenPackage], architectures: [String], origin: String)
  }

  /// The name of the new snapshot.
  package let name: String
  /// Names of snapshots, from the left to the right.
  package let sources: [String]
  package let selection: Selection
  /// What the only suite of the snapshot is called; nil for what the first source calls its first.
  package var suite: String?
  /// Says why a package cannot be had.
  package var explain: (DependencyProblem) -> [String] = { [$0.root] }
  /// How the indexes are compressed.
  package var compressions: [Compression] = [.xz]

  package init(_ name: String, from sources: [String], _ selection: Selection) {
    (self.name, self.sources, self.selection) = (name, sources, selection)
  }

  /// What the record says of where it comes from: `filter of bookworm-1, security-1`.
  package var origin: String {
    switch selection {
    case .merge: ComposingOrder.mergeOrigin(sources)
    case .filter, .closure: ComposingOrder.filterOrigin(sources)
    case .pull: ComposingOrder.pullOrigin(sources)
    case .chosen(_, _, let origin): origin
    case .repo: RepoRecord.origin(sources.first ?? "")
    case .mirror: ComposingOrder.mirrorOrigin(sources)
    }
  }

  /// What the record of a merge of these sources says.
  package static func mergeOrigin(_ sources: [String]) -> String {
    "merge of " + sources.joined(separator: ", ")
  }

  /// What the record of a pull says: into the first of the sources, from the second.
  package static func pullOrigin(_ sources: [String]) -> String {
    "pull of " + sources.joined(separator: ", ")
  }

  /// What the record of the states of a mirror says.
  package static func mirrorOrigin(_ sources: [String]) -> String {
    "mirror " + sources.joined(separator: ", ")
  }

  /// What the record of a filter of these sources says.
  package static func filterOrigin(_ sources: [String]) -> String {
    "filter of " + sources.joined(separator: ", ")
  }
}

/// A package with the component that it is to come in.
package struct ChosenPackage: Sendable {
  package let package: PackageEntry
  package let component: String

  package init(_ package: PackageEntry, component: String? = nil) {
    (self.package, self.component) = (package, component ?? package.component)
  }
}

/// What a composition made.
package struct ComposingOutcome: Sendable {
  package let snapshot: SnapshotRecord
  /// Whether it was made now; false when the same snapshot was there already.
  package let isNew: Bool
  /// How many packages it has, source packages among them.
  package let packages: Int
  /// How many of them no vendor vouches for.
  package let ownPackages: Int
  /// What was wanted and cannot be had, where that was allowed.
  package let problems: [DependencyProblem]
  package let notes: [Note]
}
