#if Network
internal import Depot
internal import Objects
internal import PublicationTargets
internal import Publishing
internal import SafeIO

/// The files of publications in an object store, for the damage of a depot.
struct StoredPublications: DepotCheck.Source {
  private let objects: TargetObjects
  /// What is fetched at most where nobody here knows how long it has to be, in bytes: the store alone
  /// says its length, and a copy lies on this machine until its digest is known.
  private static let mostUnknown: UInt64 = 1 << 30

  /// The publications that this depot put at an address or below it; nil without one.
  init?(_ place: StorePlace, _ depot: Depot) throws(Failure) {
    let target = place.target
    let prefixes = try depot.catalogue.targetPublications().filter { publication in
      guard publication.target == target.name, publication.published != nil else { return false }
      let isRoot = publication.prefix == PublicationPrefix.root
      let address = target.address + (isRoot ? "" : "/" + publication.prefix)
      return address == place.name || address.hasPrefix(place.name + "/")
    }.map(\.prefix)
    guard !prefixes.isEmpty else { return nil }
    objects = try TargetObjects(target, place.client, prefixes: prefixes)
  }

  func expect(_ wanted: Set<SHA256Digest>) {}

  func file(for digest: SHA256Digest, size: UInt64?) throws(Failure) -> OpenFile? {
    guard let there = try objects.size(of: digest),
      size.map({ $0 == there }) ?? (there <= StoredPublications.mostUnknown)
    else { return nil }
    do throws(Failure) {
      return try objects.open(digest)
    } catch {
      // What is damaged there, too, is looked for elsewhere.
      guard error.name == .damagedObject else { throw error }
      return nil
    }
  }
}
#endif
