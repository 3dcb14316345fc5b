internal import DebianRepository
package import Depot
package import SafeIO

/// Which signature the clients of a distribution check.
package enum PublicationMode: String, Sendable, CaseIterable {
  /// The vendor's: its InRelease and indexes, byte for byte.
  case verbatim
  /// This site's: the same indexes below a Release of this site.
  case resigned
  /// This site's at the prefix, the vendor's at `vendor/` below it.
  case both

  /// Whether a view with this site's signature is there.
  package var hasResigned: Bool { self != .verbatim }
  /// Whether a view with the vendor's signature is there.
  var hasVerbatim: Bool { self != .resigned }
}

/// What the files of a tree are.
package enum FileForm: String, Sendable, CaseIterable {
  /// Other names of the objects themselves, mode 0444.
  case links
  /// Files of their own that share the objects' blocks, where the file system can; mode 0644.
  case reflinks
  /// Copies, mode 0644.
  case copies

  /// Whether the objects must be files of this machine.
  var needsLinks: Bool { self == .links }
}

/// A key that signs what is resigned.
package struct RecipeSigner: Hashable, Sendable {
  /// Its fingerprint, or that of the subkey that signs.
  package let fingerprint: String
  /// The GnuPG home that has it; nil for the depot's own.
  package let home: String?

  package init(fingerprint: String, home: String?) {
    self.fingerprint = fingerprint
    self.home = home
  }

  /// The same with the home that is known of this key already, where none is given.
  func found(in known: [RecipeSigner]) -> RecipeSigner {
    guard home == nil else { return self }
    return known.first { $0.fingerprint == fingerprint } ?? self
  }
}

/// What a generation is made from: with the objects, all that is needed to make it again.
package struct PublicationRecipe: Hashable, Sendable {
  /// The distributions, sorted by name.
  package var distributions: [DistributionRecipe] = []
  /// How many generations are kept at least, the current one among them.
  package var kept = PublicationRecipe.standardKept
  /// For how long a generation is kept after the next one came, in seconds.
  package var grace = PublicationRecipe.standardGrace
  /// What the files are.
  package var form: FileForm = .links
  /// Whether the tree has symbolic links; without, it can be copied to any file system.
  package var hasLinks = true
  /// Where clients reach the prefix, as `http://apt.example/debian`; for the Snapshots field.
  package var url: String?
  /// The keys that sign; the depot's own when none is named.
  package var signers: [RecipeSigner] = []

  /// How many generations are kept unless the operator says otherwise.
  package static let standardKept = 3
  /// For how long they are kept unless the operator says otherwise: 24 hours.
  package static let standardGrace: Int64 = 86_400

  package init() {}

  /// The snapshots, each once, in the order of their mention.
  package var snapshots: [SnapshotReference] {
    var found: [SnapshotReference] = []
    for distribution in distributions {
      for reference in distribution.snapshots where !found.contains(reference) {
        found.append(reference)
      }
    }
    return found
  }

  /// The distribution of that name.
  package func distribution(_ name: String) -> DistributionRecipe? {
    distributions.first { $0.name == name }
  }

  /// Puts a distribution in, in place of one of the same name.
  package mutating func put(_ distribution: DistributionRecipe) {
    distributions.removeAll { $0.name == distribution.name }
    distributions.append(distribution)
    distributions.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }

  /// Whether a tree of this recipe is another than one of the other; when it was made, and who stands
  /// behind it, is no matter.
  package func differs(from other: PublicationRecipe) -> Bool {
    var (left, right) = (self, other)
    for index in left.distributions.indices { left.distributions[index].dropNotes() }
    for index in right.distributions.indices { right.distributions[index].dropNotes() }
    return left != right
  }
}

/// One distribution of a publication: from which snapshots, and how it presents itself.
package struct DistributionRecipe: Hashable, Sendable {
  /// The name that clients give as suite: `bookworm`; a flat one ends with a slash.
  package var name: String
  /// What it is called in the snapshots.
  package var source: String
  /// Whose signature clients check.
  package var mode: PublicationMode
  /// Where it comes from, save for single components.
  package var snapshot: SnapshotReference
  /// Who stands behind it, as was known when it was published; nil where an older program did that.
  package var vendor: VendorIdentity?
  /// Components that come from other snapshots, sorted by component.
  package var components: [ComponentSource] = []
  /// Whether it has these components alone, and nothing else of its snapshot.
  package var hasOnlyItsComponents = false
  /// Fields of Release that are not as the vendor has them, by name; empty for none.
  package var fields: [String: String] = [:]
  /// For how long a Release of this site is valid, in seconds; nil for no end.
  package var validFor: Int64?
  /// Whether Release says which keys sign the next one.
  package var namesSigners = false
  /// When its Release files were written; nil before.
  package var release: ReleaseTimes?

  /// A component of a distribution from a snapshot of its own.
  package struct ComponentSource: Hashable, Sendable {
    /// The component, as in `Components`.
    package let component: String
    /// Where it comes from.
    package let snapshot: SnapshotReference
    /// Who stands behind it; nil where an older program published it.
    package var vendor: VendorIdentity?

    package init(component: String, snapshot: SnapshotReference, vendor: VendorIdentity? = nil) {
      self.vendor = vendor
      self.component = component
      self.snapshot = snapshot
    }
  }

  /// The times of the Release files of a distribution.
  package struct ReleaseTimes: Hashable, Sendable {
    /// `Date` of this site's Release; nil when there is none.
    package let date: UTCTime?
    /// The modification time of the files, which only ever grows: servers and clients compare it.
    package let modified: UTCTime
    /// The newest `Date` that clients have seen here: apt takes no older one.
    package let newest: UTCTime?

    package init(date: UTCTime?, modified: UTCTime, newest: UTCTime? = nil) {
      self.date = date
      self.modified = modified
      self.newest = newest
    }
  }

  /// The fields of Release that can be set.
  static let settableFields = [
    "Origin", "Label", "Suite", "Codename", "Version", "Description",
  ]

  package init(name: String, source: String, mode: PublicationMode, snapshot: SnapshotReference) {
    self.name = name
    self.source = source
    self.mode = mode
    self.snapshot = snapshot
  }

  /// Drops what is only noted: when its Release was written, and who stands behind it.
  mutating func dropNotes() {
    (release, vendor) = (nil, nil)
    for index in components.indices { components[index].vendor = nil }
  }

  /// All its snapshots, each once.
  package var snapshots: [SnapshotReference] {
    var found = [snapshot]
    for component in components where !found.contains(component.snapshot) {
      found.append(component.snapshot)
    }
    return found
  }

  /// Whether the repository is flat: no `dists`, no components.
  package var isFlat: Bool { name.hasSuffix("/") }

  /// The directory of its Release below the prefix, with a final slash; empty for the prefix itself.
  package var directory: String {
    Distribution.directory(of: name)
  }

  /// Whether it is exactly what the vendor signed.
  var isAsSigned: Bool { components.isEmpty && fields.isEmpty && name == source }

  /// When a Release of this site ends to be valid.
  package var validUntil: UTCTime? {
    guard mode.hasResigned, let validFor, let date = release?.date else { return nil }
    return date.adding(seconds: validFor)
  }
}
