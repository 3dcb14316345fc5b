package import Depot
package import OpenPGP
internal import Publishing
package import SafeIO
internal import Transfer
package import Trust

/// What `init` makes.
package struct NewDepot: Sendable {
  package var site: String
  package var publicDirectory: String?
  package var upstream = DepotConfiguration.UpstreamPolicy.pinned
  /// A key that the operator has; nil to make one.
  package var existing: DepotIdentity.Existing?

  package init(site: String) { self.site = site }
}

/// What a collection of garbage did, or would do.
package struct CollectedGarbage {
  package let collection: GarbageCollection
  /// Generations that went first.
  package let generations: [GenerationRecord]
}

extension Session {
  /// Makes a depot with a signing key of its own, or goes on where an interruption left it.
  package func createDepot(
    _ new: NewDepot
  ) throws(Failure) -> (depot: Depot, key: SigningKey) {
    let about: [(String, String?)] = [
      ("public", new.publicDirectory), ("signing-key", new.existing?.fingerprint.text),
      ("gnupg-home", new.existing?.home),
    ]
    let subject = AuditSubject(
      "init",
      [
        AuditField("site", [new.site]), AuditField("depot", [path]),
        AuditField("upstream-policy", [new.upstream.rawValue]),
      ] + about.compactMap { name, value in value.map { AuditField(name, [$0]) } }
    )
    return try perform(subject) { (trail) throws(Failure) in
      let depot = try Depot.create(
        at: path,
        configuration: try DepotConfiguration(
          site: new.site,
          publicDirectory: new.publicDirectory,
          upstream: new.upstream
        ),
        recordBeginning: trail.begin(in:)
      )
      try trail.attach(depot)
      return depot
    } _: { (job) throws(Failure) in
      let key = try DepotIdentity.establish(in: job.depot, existing: new.existing)
      job.record("fingerprint", [key.fingerprint.text])
      return (job.depot, key)
    }
  }

  /// Hashes every object and compares every snapshot and publication with them; takes what is
  /// damaged or missing from directory trees, from bundles on media, and from what lies in object
  /// stores, where such places are named.
  package func checkDepot(
    repairingFrom places: [String] = [],
    _ around: StoreSurroundings = StoreSurroundings()
  ) throws(Failure) -> CheckReport {
    let subject =
      places.isEmpty ? nil : AuditSubject("depot check", [AuditField("repair-from", places)])
    return try perform(subject) {
      do throws(Failure) { try $0.requireClean() } catch { return error }
      return nil
    } _: { (job) throws(Failure) in
      try job.changing(for: "depot check") { () throws(Failure) in
        try job.begin(AuditSubject("depot check"))
      } _: { () throws(Failure) in
        var report = try job.check(repairingFrom: places, around)
        // Trees that lacked what is there now.
        if !report.repaired.isEmpty { try Publisher.recover(job.depot, facts: job.facts) }
        try PublicationCheck(job.depot).run(into: &report, repairing: !places.isEmpty)
        // A tree may have had to be repaired too.
        var seen: Set<SHA256Digest> = []
        report.repaired = report.repaired.filter { seen.insert($0).inserted }
        job.record("repaired", report.repaired.map(\.hex))
        return report
      }
    }
  }

  /// Removes what nothing needs any more; with `keep`, first all generations but the newest so many
  /// of each publication and those whose grace has not ended.
  package func collectGarbage(
    keep: Int? = nil,
    isDryRun: Bool = false
  ) throws(Failure) -> CollectedGarbage {
    let subject = AuditSubject("depot gc", [AuditField("keep", keep.map { ["\($0)"] } ?? [])])
    return try perform(isDryRun ? nil : subject) { (job) throws(Failure) in
      let lock = try CollectionLock(job.depot, for: "depot gc")
      if !isDryRun { try job.recover() }
      let doomed = try keep.map { (count) throws(Failure) in
        try job.publisher().generations(beyond: count, now: now)
      }
      let collection = try job.collect(without: doomed ?? [], isDryRun)
      withExtendedLifetime(lock) {}
      return CollectedGarbage(collection: collection, generations: doomed ?? [])
    }
  }
}

extension Job {
  /// The check of objects and lists, with what media and trees have for the damage.
  fileprivate func check(
    repairingFrom places: [String],
    _ around: StoreSurroundings
  ) throws(Failure) -> CheckReport {
    guard !places.isEmpty else { return try DepotCheck(depot).run() }
    let far = try session.farMedia(places, around)
    let stored = try depot.storedPublications(places, around)
    // A place with publications is not searched for bundles.
    let places = places.filter { stored[$0] == nil }
    var trees: [any DepotCheck.Source] = Array(stored.values)
    var noTree: Failure?
    for place in places where !StoreAddress.isOne(place) {
      do throws(Failure) {
        trees.append(try RepairSource(try Directory(opening: place)))
      } catch {
        // An image of a disc is not a tree.
        guard error.name == .noDirectory else { throw error }
        noTree = error
      }
    }
    let own = ownKeys()
    let media = try MediaRepair.find(for: depot, on: places, among: far, own: own, now: now)
    if media == nil, let noTree { throw noTree }
    for note in media?.passedOver ?? [] { session.tell(note) }
    let source = TreesAndMedia(trees: trees, media: media)
    let report = try DepotCheck(depot).run(repairingFrom: source)
    try media?.finish()
    return report
  }

  /// The depot's own keys; none where they are gone: a check is for depots with damage.
  private func ownKeys() -> [PublicKey] {
    do throws(Failure) {
      return try signingKeys().all.map { (key) throws(Failure) in try key.publicKey() }
    } catch {
      session.tell(.note("bundles of this depot's own do not count: \(error.reason)"))
      return []
    }
  }

  /// What lies in trees, on media and in publications as files, else what lies in the chunks of
  /// bundles.
  private struct TreesAndMedia: DepotCheck.Source {
    let trees: [any DepotCheck.Source]
    let media: MediaRepair?

    func expect(_ wanted: Set<SHA256Digest>) { media?.expect(wanted) }

    func file(for digest: SHA256Digest, size: UInt64?) throws(Failure) -> OpenFile? {
      for tree in trees {
        if let file = try tree.file(for: digest, size: size) { return file }
      }
      return try media?.file(for: digest, size: size)
    }
  }

  fileprivate func collect(
    without doomed: [GenerationRecord],
    _ isDryRun: Bool
  ) throws(Failure) -> GarbageCollection {
    if !isDryRun, !doomed.isEmpty {
      session.tell(.progress("to be dropped: \(Counted.text(doomed.count, "generation"))"))
      try publisher().forget(doomed)
    }
    let collection = try GarbageCollection(of: depot, without: doomed, progress: session.progress)
    guard !isDryRun else { return collection }
    let garbage = collection.garbage
    let text = "\(Counted.text(garbage.objects, "object")), \(ByteSize.text(garbage.bytes))"
    if !garbage.isEmpty { session.tell(.progress("to be removed: \(text)")) }
    // Before the first goes: a refusal half-way must not say that nothing was to be removed.
    record("to be removed", [text])
    record("leftovers", garbage.leftovers)
    try collection.remove()
    try ExportedLists.collect(in: depot)
    return collection
  }
}
