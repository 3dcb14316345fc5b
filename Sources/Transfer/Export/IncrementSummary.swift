internal import BundleFormat
internal import Depot
internal import SafeIO

extension IncrementSummary {
  /// What a plan leaves out, and for whom.
  init(
    plan: BundlePlan,
    held: HeldObjects,
    knowledge: [SiteKnowledge],
    objects: ObjectStore
  ) throws(Failure) {
    self.init()
    let files = plan.table.files
    var isPlaced = [Bool](repeating: false, count: plan.table.count)
    for place in plan.table.placements { isPlaced[Int(place.entry)] = true }
    // Every content once, in the order of digests.
    var carried: [(digest: SHA256Digest, size: UInt64)] = []
    var left: [SHA256Digest] = []
    for index in files.indicesByDigest() {
      let (entry, digest) = (Int(index), files.digest(at: Int(index)))
      if !isPlaced[entry] {
        relied += 1
        if left.last != digest { left.append(digest) }
      } else if carried.last?.digest != digest {
        carried.append((digest, files.size(at: entry)))
      }
    }
    bases = held.bases(of: left)
    for site in knowledge {
      let receiver = held.receivers.first { $0.site == site.site }
      let lacking = carried.filter { !(receiver?.holds($0.digest) ?? false) }
      sites.append(
        Site(
          site: site.site,
          files: lacking.count,
          bytes: lacking.reduce(0) { $0 &+ $1.size },
          snapshots: site.snapshots.count
        )
      )
      repeated += try IncrementSummary.repeated(lacking, site, objects)
    }
  }

  /// What was carried to a site before, by bundle; each content counts for the first that had it.
  private static func repeated(
    _ lacking: [(digest: SHA256Digest, size: UInt64)],
    _ site: SiteKnowledge,
    _ objects: ObjectStore
  ) throws(Failure) -> [Repeated] {
    var rest = lacking
    var result: [Repeated] = []
    for bundle in site.open {
      var bytes: UInt64 = 0
      for snapshot in bundle.snapshots where try objects.size(of: snapshot.digest) != nil {
        let before = try objects.digests(ofListing: snapshot.digest, snapshot: snapshot.name)
        rest.removeAll { content in
          guard before.hasSorted(content.digest) else { return false }
          bytes &+= content.size
          return true
        }
      }
      if bytes > 0 {
        result.append(Repeated(bundle: bundle.name, site: site.site, bytes: bytes))
      }
    }
    return result
  }
}
