internal import BundleFormat
package import Comparison
package import Depot
package import OpenPGP
internal import Publishing
package import SafeIO
package import Transfer
internal import Trust

extension Session {
  /// Says what is on media; against the depot also what it would change there, and what an import
  /// would refuse.
  package func inspect(
    _ media: [String],
    againstDepot: Bool,
    around: StoreSurroundings = StoreSurroundings()
  ) throws(Failure) -> [InspectionReport] {
    let request = againstDepot ? try review() : nil
    return try interruption.govern { () throws(Failure) in
      try MediaInspector.inspect(media, among: try farMedia(media, around), against: request)
    }
  }

  /// Checks media in full with these keys; nil takes the exporters that the depot pins, if any.
  ///
  /// A strict check refuses whatever is on them besides. `file` is where the keys came from, for the
  /// commands that are proposed.
  package func verify(
    _ media: [String],
    with keys: [PublicKey]?,
    from file: String? = nil,
    isStrict: Bool = false,
    around: StoreSurroundings = StoreSurroundings()
  ) throws(Failure) -> Verification {
    let verifier = MediaVerifier(
      keys: keys == nil ? try exporters(for: media) : keys ?? [],
      now: now,
      keyring: file,
      isStrict: isStrict,
      revoked: try root() == nil ? [] : try depot().catalogue.revokedKeys()
    )
    return try interruption.govern { () throws(Failure) in
      try verifier.verify(
        media,
        among: try farMedia(media, around),
        progress: progress ?? { _ in }
      )
    }
  }

  /// Makes damaged and lost chunks of media again from parity, into a directory; keys as for `verify`.
  package func repair(
    _ media: [String],
    to destination: String,
    with keys: [PublicKey]?,
    around: StoreSurroundings = StoreSurroundings()
  ) throws(Failure) -> [RepairReport] {
    let repair = BundleRepair(
      keys: keys == nil ? try exporters(for: media) : keys ?? [],
      now: now
    )
    if try root() != nil { try depot().requireOutside(try Directory(opening: destination)) }
    return try interruption.govern { () throws(Failure) in
      try repair.run(
        media,
        among: try farMedia(media, around),
        to: destination,
        progress: progress ?? { _ in }
      )
    }
  }

  private func exporters(for media: [String]) throws(Failure) -> [PublicKey] {
    let keys = try root() == nil ? [] : try PinnedKeys.read(try depot(), role: .exporter)
    guard keys.isEmpty else { return keys }
    throw Failure(
      .trust,
      "no-exporter",
      "there is no key to verify the signature with: no --keyring was given, and no depot at "
        + "\(path) pins an exporter",
      subject: media.first,
      hint: "give the exporter's key: --keyring exporter.asc"
    )
  }

  /// What differs between two generations of a publication; nil stands for the current one and the
  /// one before it.
  package func compareGenerations(
    of prefix: String,
    _ before: UInt64?,
    _ after: UInt64?
  ) throws(Failure) -> (
    before: GenerationRecord, after: GenerationRecord, differences: [PackageDifference]
  ) {
    let depot = try depot()
    let (old, new) = try Publications.pair(prefix, before, after, in: depot)
    func state(_ generation: GenerationRecord) throws(Failure) -> SnapshotComparison.State {
      SnapshotComparison.State(
        files: try depot.catalogue.fileList(
          generation.listing,
          name: "the listing of \(prefix), generation \(generation.number)"
        ),
        suites: try PublicationRecipe(of: generation, in: depot).distributions.map(\.name)
      )
    }
    return (old, new, try depot.compare(try state(old), try state(new)))
  }

  /// The depot, with what its clients see now.
  private func review() throws(Failure) -> BundleReview.Request {
    let depot = try depot()
    let vendors = try Vendors(depot)
    var published: [BundleReview.PublishedSuite] = []
    for publication in try Publications.list(depot) {
      for distribution in publication.recipe.distributions {
        published.append(
          BundleReview.PublishedSuite(
            prefix: publication.prefix,
            generation: publication.current.number,
            name: distribution.name,
            source: distribution.source,
            snapshot: distribution.snapshot,
            isComposed: distribution.snapshots.count > 1,
            vendor: try vendor(of: distribution, vendors, depot)
          )
        )
      }
    }
    return BundleReview.Request(depot: depot, published: published, now: now)
  }

  /// Who stands behind a distribution that clients have, as remembered, else as its snapshot says.
  private func vendor(
    of distribution: DistributionRecipe,
    _ vendors: Vendors,
    _ depot: Depot
  ) throws(Failure) -> VendorIdentity {
    if let vendor = distribution.vendor { return vendor }
    let suite = try depot.catalogue.findSnapshot(distribution.snapshot.name)?.suites
      .first { $0.distribution == distribution.source }
    return suite.map(vendors.identity(of:)) ?? VendorIdentity()
  }
}
