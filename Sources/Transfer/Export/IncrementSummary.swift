internal import BundleFormat
internal import Depot
internal import Objects
internal import SafeIO

extension IncrementSummary {
  /// What a plan leaves out, and for whom.
  init(
    plan: BundlePlan,
    held: HeldObjects,
    knowledge: [SiteKnowledge],
    base: ExportBase,
    snapshots: [SnapshotReference],
    objects: any ObjectStore
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
      } else if !knowledge.isEmpty, carried.last?.digest != digest {
        // Only for what is told of each site.
        carried.append((digest, files.size(at: entry)))
      }
    }
    bases = held.bases(of: left)
    for site in knowledge {
      let lacking = carried.filter { !held.holds($0.digest, site: site.site) }
      sites.append(
        Site(
          site: site.site,
          files: lacking.count,
          bytes: lacking.reduce(0) { $0 &+ $1.size },
          snapshots: site.snapshots.count
        )
      )
      // A complete bundle carries everything again, whatever was acknowledged.
      if base != .full { repeated += try IncrementSummary.repeated(lacking, site, objects) }
      for snapshot in site.receipt?.snapshots ?? []
      where snapshots.contains(where: { $0.name == snapshot.name && $0.digest != snapshot.digest })
      {
        notes.append(
          .note(
            "\(site.site) has another snapshot called \(snapshot.name), by its receipt: it will refuse "
              + "this bundle until that is removed there, or this one is frozen under another name"
          )
        )
      }
    }
    if base == .delivered, knowledge.isEmpty, relied == 0 {
      notes.append(
        .note(
          "--assume-delivered left nothing out: without --site it counts only bundles that were made "
            + "for any site"
        )
      )
    }
  }

  /// What was carried to a site before, by bundle; each content counts for the first that had it.
  private static func repeated(
    _ lacking: [(digest: SHA256Digest, size: UInt64)],
    _ site: SiteKnowledge,
    _ objects: any ObjectStore
  ) throws(Failure) -> [Repeated] {
    let digests = lacking.map(\.digest)
    var isOpen = [Bool](repeating: true, count: lacking.count)
    var rest = lacking.count
    var seen: Set<SHA256Digest> = []
    var result: [Repeated] = []
    for bundle in site.open where rest > 0 {
      var bytes: UInt64 = 0
      for snapshot in bundle.snapshots where seen.insert(snapshot.digest).inserted {
        guard try objects.size(of: snapshot.digest) != nil else { continue }
        try objects.forEachFile(ofListing: snapshot.digest, snapshot: snapshot.name) {
          (_, _, digest) throws(Failure) in
          guard let index = digests.sortedIndex(of: digest), isOpen[index] else { return }
          isOpen[index] = false
          rest -= 1
          bytes &+= lacking[index].size
        }
      }
      if bytes > 0 {
        result.append(Repeated(bundle: bundle.name, site: site.site, bytes: bytes))
      }
    }
    return result
  }
}
