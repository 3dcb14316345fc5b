internal import Objects
internal import SafeIO

/// The objects that a backup of one catalogue has to hold.
struct BackupNeeds {
  /// An object, and its size; nil where only a look at the object says it.
  struct Object: Sendable {
    let digest: SHA256Digest
    let size: UInt64?
  }

  /// Each once.
  private(set) var objects: [Object] = []

  /// All that is recorded, or the least.
  ///
  /// Without `hasObjects` that is listings, the vendors' Release files, and what no snapshot has: the
  /// Release files and keys of this site's publications. None of it can be fetched or imported again.
  ///
  /// Of a listing that is missing or damaged nobody can say what it names: it is told of itself, as
  /// an object that cannot be copied.
  init(of depot: Depot, hasObjects: Bool) throws(Failure) {
    let generations = Set(try depot.catalogue.generations().map(\.listing))
    var seen: Set<SHA256Digest> = []
    var fromOutside: Set<SHA256Digest> = []
    var vendors: [Object] = []
    if !hasObjects {
      let snapshots = try depot.catalogue.snapshots().map(\.digest)
      for digest in snapshots + (try depot.catalogue.mirrorListings().map(\.listing)) {
        let list = try BackupNeeds.list(digest, depot)
        for index in 0..<list.count {
          // No upstream has the Release file of a state that has passed.
          if BackupNeeds.isRelease(list.path(at: index)) {
            vendors.append(Object(digest: list.digest(at: index), size: list.size(at: index)))
          } else {
            fromOutside.insert(list.digest(at: index))
          }
        }
      }
    }
    for object in vendors where seen.insert(object.digest).inserted { objects.append(object) }
    for listing in try depot.recordedListings() where seen.insert(listing.digest).inserted {
      objects.append(Object(digest: listing.digest, size: nil))
      guard hasObjects || generations.contains(listing.digest) else { continue }
      let list = try BackupNeeds.list(listing.digest, depot)
      for index in 0..<list.count {
        let digest = list.digest(at: index)
        guard !fromOutside.contains(digest), seen.insert(digest).inserted else { continue }
        objects.append(Object(digest: digest, size: list.size(at: index)))
      }
    }
  }

  private static func isRelease(_ path: String) -> Bool {
    ["InRelease", "Release", "Release.gpg"].contains { path == $0 || path.hasSuffix("/" + $0) }
  }

  /// The listings alone.
  static func lists(of depot: Depot) throws(Failure) -> [Object] {
    Set(try depot.recordedListings().map(\.digest)).sorted().map { Object(digest: $0, size: nil) }
  }

  private static func list(_ digest: SHA256Digest, _ depot: Depot) throws(Failure) -> FileList {
    guard try depot.objects.size(of: digest) != nil else { return .empty }
    do throws(Failure) {
      return try depot.catalogue.fileList(digest, name: "a listing")
    } catch  where error.kind == .integrity {
      return .empty
    }
  }
}
