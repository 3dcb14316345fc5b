package import DebianRepository
package import SafeIO

/// A depot's record of one upstream: what is mirrored of it.
package struct MirrorRecord: Hashable, Sendable {
  /// The name, unique in the depot; of the form of a snapshot's name.
  package let name: String
  /// The upstream's address without credentials, with no slash at its end.
  package let upstream: String
  /// The suites, as `apt` names them, each once.
  package let suites: [String]
  /// The components; empty for all that a suite lists.
  package let components: [String]
  /// The architectures; empty for all that a suite lists.
  package let architectures: [String]
  /// What kinds of files are taken, by the names that `mirror create --with` has.
  package let kinds: [String]
  /// Whether a suite without a signature is taken.
  package let allowUnsigned: Bool
  /// When the mirror was created.
  package let created: UTCTime
  /// When what it selects was last changed; what it has from before may be another selection.
  package let edited: UTCTime?
  /// Which packages are taken; nil for all that the indexes list.
  package let filter: MirrorFilter?

  package init(
    name: String,
    upstream: String,
    suites: [String],
    components: [String],
    architectures: [String],
    kinds: [String],
    allowUnsigned: Bool,
    created: UTCTime,
    edited: UTCTime? = nil,
    filter: MirrorFilter? = nil
  ) {
    self.name = name
    self.upstream = upstream
    self.suites = suites
    self.components = components
    self.architectures = architectures
    self.kinds = kinds
    self.allowUnsigned = allowUnsigned
    self.created = created
    self.edited = edited
    self.filter = filter
  }

  /// The name that keys pinned for this mirror only have in the trust table.
  package var trustName: String { MirrorRecord.trustPrefix + name }

  private static let trustPrefix = "mirror:"

  /// Whether keys of this name count for one mirror only.
  package static func isTrustName(_ name: String) -> Bool { name.hasPrefix(trustPrefix) }

  /// The names of a key for people: those that it was pinned by; of a key that is pinned for mirrors
  /// alone these, of many the first three.
  package static func shownNames(_ names: some Sequence<String>) -> [String] {
    let all = Set(names).filter { !$0.isEmpty }.sorted()
    let own = all.filter { !isTrustName($0) }
    if !own.isEmpty { return own }
    return all.count <= 3 ? all : all.prefix(3) + ["\(all.count - 3) more mirrors"]
  }

  /// The directory in `incoming` that an update fills.
  package var stagingName: String { MirrorRecord.stagingPrefix + name }

  /// The directory in `incoming` that a dry run fills; never gone on with.
  ///
  /// No mirror's name has a comma: it is never the directory of another mirror's update.
  package var dryRunStagingName: String { stagingName + ",dry-run" }

  /// How the directories in `incoming` of all mirrors begin.
  static let stagingPrefix = "mirror-"
}

/// The last verified state of one suite of a mirror: all of it is in the depot.
package struct MirrorState: Hashable, Sendable {
  /// The suite, its signers and its Date.
  package let suite: SuiteRecord
  /// What the Release file calls itself, for noticing that another release took its place.
  package let names: ReleaseNames
  /// `Valid-Until`, when it has one.
  package let validUntil: UTCTime?
  /// The digest of InRelease, or of Release where there is none.
  package let release: SHA256Digest
  /// Whether it came as InRelease.
  package let isInRelease: Bool
  /// What the server said of InRelease's last change, to be asked with; empty for nothing.
  package let lastModified: String
  /// The digest of the listing of the suite's files.
  package let listing: SHA256Digest
  /// How many files.
  package let files: UInt64
  /// The sum of their sizes, in bytes.
  package let bytes: UInt64
  /// When this state was taken.
  package let updated: UTCTime
  /// What each index lists.
  package let indexes: [MirrorIndex]
  /// What the indexes list and the mirror does not have, in order.
  package let leftOut: [LeftOut]
  /// Which packages of the indexes it has; nil for all.
  package let filter: MirrorFilter?

  package init(
    suite: SuiteRecord,
    names: ReleaseNames,
    validUntil: UTCTime?,
    release: SHA256Digest,
    isInRelease: Bool,
    lastModified: String,
    listing: SHA256Digest,
    files: UInt64,
    bytes: UInt64,
    updated: UTCTime,
    indexes: [MirrorIndex],
    leftOut: [LeftOut] = [],
    filter: MirrorFilter? = nil
  ) {
    self.suite = suite
    self.names = names
    self.validUntil = validUntil
    self.release = release
    self.isInRelease = isInRelease
    self.lastModified = lastModified
    self.listing = listing
    self.files = files
    self.bytes = bytes
    self.updated = updated
    self.indexes = indexes
    self.leftOut = leftOut
    self.filter = filter
  }
}

/// What a Release file calls its suite.
package struct ReleaseNames: Hashable, Sendable {
  /// `Suite`, or empty.
  package let suite: String
  /// `Codename`, or empty.
  package let codename: String

  package init(suite: String, codename: String) {
    self.suite = suite
    self.codename = codename
  }
}

/// An index of a mirrored suite.
package struct MirrorIndex: Hashable, Sendable {
  /// The path of the plain index below the archive's root.
  package let path: String
  /// Whether it lists source packages.
  package let isSources: Bool
  /// How many packages it lists; of these the filter's, where the mirror has one.
  package let packages: UInt64
  /// The sum of the sizes that it states of them, in bytes.
  package let bytes: UInt64

  package init(path: String, isSources: Bool, packages: UInt64, bytes: UInt64) {
    self.path = path
    self.isSources = isSources
    self.packages = packages
    self.bytes = bytes
  }
}
