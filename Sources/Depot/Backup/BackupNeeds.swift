internal import Objects
internal import SafeIO

/// The objects that a backup of one catalogue has to hold.
struct BackupNeeds {
  /// An object, and its size; nil where only a look at the object says it.
  struct Object: Sendable {
    let digest: SHA256Digest
    let size: UInt64?
    /// Whether it is kept for auditors, and no object of the depot (any more).
    var isEvidence = false
  }

  /// Each once.
  private(set) var objects: [Object] = []
  /// Listings that the depot lacks or has damaged.
  private(set) var damaged: Set<SHA256Digest> = []
  /// Those of them that the backup lacks too: nobody can say what they name.
  private(set) var unreadable: Set<SHA256Digest> = []

  private var seen: Set<SHA256Digest> = []

  /// All that is recorded, or the least.
  ///
  /// Without `hasObjects` that is listings, the vendors' Release files, and what no snapshot has: the
  /// Release files and keys of this site's publications. None of it can be fetched or imported again.
  ///
  /// A listing that the depot lacks is read from `spare`, the same catalogue over the objects that
  /// the backup has.
  init(
    of depot: Depot,
    or spare: Catalogue? = nil,
    evidence: [Object] = [],
    hasObjects: Bool
  ) throws(Failure) {
    let catalogues = [depot.catalogue] + (spare.map { [$0] } ?? [])
    let fromOutside = hasObjects ? [] : try takeReleases(of: depot, catalogues)
    let generations = Set(try depot.catalogue.generations().map(\.listing))
    for listing in try depot.recordedListings() {
      guard add(Object(digest: listing.digest, size: nil)) else { continue }
      // Whether its files are needed or not: a list that nobody can read is told of.
      let list = try list(listing.digest, catalogues)
      guard hasObjects || generations.contains(listing.digest) else { continue }
      for index in 0..<list.count where !fromOutside.contains(list.digest(at: index)) {
        add(Object(digest: list.digest(at: index), size: list.size(at: index)))
      }
    }
    for object in evidence { add(object) }
  }

  /// Takes the vendors' Release files; answers what else of snapshots and mirrors is left out.
  private mutating func takeReleases(
    of depot: Depot,
    _ catalogues: [Catalogue]
  ) throws(Failure) -> Set<SHA256Digest> {
    var fromOutside: Set<SHA256Digest> = []
    var releases: [Object] = []
    let snapshots = try depot.catalogue.snapshots().map(\.digest)
    for digest in snapshots + (try depot.catalogue.mirrorListings().map(\.listing)) {
      let list = try list(digest, catalogues)
      for index in 0..<list.count {
        // No upstream has the Release file of a state that has passed.
        if BackupNeeds.isRelease(list.path(at: index)) {
          releases.append(Object(digest: list.digest(at: index), size: list.size(at: index)))
        } else {
          fromOutside.insert(list.digest(at: index))
        }
      }
    }
    for object in releases { add(object) }
    return fromOutside
  }

  /// False when it was added before.
  @discardableResult private mutating func add(_ object: Object) -> Bool {
    guard seen.insert(object.digest).inserted else { return false }
    objects.append(object)
    return true
  }

  private static func isRelease(_ path: String) -> Bool {
    ["InRelease", "Release", "Release.gpg"].contains { path == $0 || path.hasSuffix("/" + $0) }
  }

  /// The listings alone.
  static func lists(of depot: Depot) throws(Failure) -> [Object] {
    Set(try depot.recordedListings().map(\.digest)).sorted().map { Object(digest: $0, size: nil) }
  }

  /// A listing from the first catalogue whose objects have it whole.
  private mutating func list(
    _ digest: SHA256Digest,
    _ catalogues: [Catalogue]
  ) throws(Failure) -> FileList {
    for catalogue in catalogues {
      if try catalogue.objects.size(of: digest) != nil {
        do throws(Failure) {
          return try catalogue.fileList(digest, name: "a listing")
        } catch  where error.kind == .integrity {}
      }
      damaged.insert(digest)
    }
    unreadable.insert(digest)
    return .empty
  }
}
