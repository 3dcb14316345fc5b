internal import Objects
package import SafeIO
private import Synchronization

/// `depot gc`: removes the objects that nothing needs.
///
/// It holds nothing but names: killed anywhere, the next run finds what is left. Whoever makes one
/// holds a `CollectionLock`, and `neededListings()` says what must stay.
package struct GarbageCollection {
  /// What nothing needs.
  package struct Garbage: Hashable, Sendable {
    /// How many objects.
    package var objects: UInt64 = 0
    /// The space that removing them gives back, in bytes.
    package var bytes: UInt64 = 0
    /// Bytes that stay, since their files have other names elsewhere.
    package var shared: UInt64 = 0
    /// Stagings that nobody goes on with.
    package var leftovers: [String] = []
    /// What lies in them, in bytes.
    package var leftoverBytes: UInt64 = 0

    /// Whether there is nothing to remove.
    package var isEmpty: Bool { objects == 0 && leftovers.isEmpty }
  }

  private let depot: Depot
  private let progress: ProgressSink?
  private let census: ObjectCensus
  /// What can go.
  package let garbage: Garbage
  /// How many objects something needs.
  package let needed: UInt64
  /// How many objects something needs and the depot has not: a matter for `depot check`.
  package let missing: UInt64
  /// Imports and mirror updates that are not finished; what they need stays.
  package let unfinished: [UnfinishedWork]

  /// Looks for what nothing needs; removes nothing.
  ///
  /// Generations that are `doomed` count as gone.
  /// - Throws: `state` or `integrity` when a listing is missing or damaged: what cannot be read may
  ///   need anything.
  package init(
    of depot: Depot,
    without doomed: [GenerationRecord] = [],
    progress: ProgressSink? = nil
  ) throws(Failure) {
    self.depot = depot
    self.progress = progress
    // An index that lacks a row would have what that row needs removed.
    try depot.catalogue.checkWhole()
    var census = try ObjectCensus(depot.objects)
    missing = try GarbageCollection.markNeeded(in: &census, depot, without: doomed, progress)
    needed = UInt64(census.marked)
    self.census = census
    var garbage = try GarbageCollection.measure(census, depot.objects, progress)
    var unfinished: [String] = []
    for staging in try depot.incoming.names() {
      guard try depot.isLeftover(staging) else {
        unfinished.append(staging)
        continue
      }
      garbage.leftovers.append(staging)
      garbage.leftoverBytes &+= try depot.incoming.size(of: staging)
    }
    self.garbage = garbage
    self.unfinished = try depot.unfinishedWork(unfinished)
  }

  /// The objects that can go.
  var unneeded: [SHA256Digest] {
    census.buckets.flatMap { bucket in
      bucket.digests.indices.filter { !bucket.isMarked(at: $0) }.map { bucket.digests[$0] }
    }
  }

  /// Removes what was found.
  package func remove() throws(Failure) {
    for staging in garbage.leftovers { _ = try depot.incoming.discard(staging) }
    let objects = depot.objects
    let report = Count(of: garbage.objects, "removing objects", progress)
    try GarbageCollection.forEachBucket(of: census) { (bucket) throws(Failure) in
      for index in bucket.digests.indices where !bucket.isMarked(at: index) {
        try Interruption.check()
        _ = try objects.remove(bucket.digests[index])
        report.add(1)
      }
    }
  }
}

extension GarbageCollection {
  /// Marks all that a listing names, and the listings themselves; answers how much of it is not
  /// here.
  private static func markNeeded(
    in census: inout ObjectCensus,
    _ depot: Depot,
    without doomed: [GenerationRecord],
    _ progress: ProgressSink?
  ) throws(Failure) -> UInt64 {
    let listings = try depot.neededListings(without: doomed)
    let report = Count(of: UInt64(listings.count), "reading lists", progress)
    var seen: Set<SHA256Digest> = []
    var missing: UInt64 = 0
    for listing in listings {
      try Interruption.check()
      switch listing.place {
      case .object:
        // A generation of one snapshot has the snapshot's listing.
        if seen.insert(listing.digest).inserted {
          if !census.mark(listing.digest) { throw unusable(listing, "is missing") }
          missing &+= try mark(listing, try depot.objects.open(listing.digest), &census)
        }
      case .staging(let name):
        // Killed while it admitted, it has put the listing into the depot already.
        _ = census.mark(listing.digest)
        let file = try depot.incoming.openNotedListing(listing.digest, in: name)
        do {
          _ = try mark(listing, file, &census)
        } catch  where error.kind == .integrity {
          throw depot.unusable(name, "the list of what it needs is damaged")
        }
      }
      report.add(1)
    }
    return missing
  }

  /// Marks the files of one listing, hashing it again while it is read.
  private static func mark(
    _ listing: NeededListing,
    _ file: borrowing OpenFile,
    _ census: inout ObjectCensus
  ) throws(Failure) -> UInt64 {
    var lines = FileList.Lines(name: "the listing of \(listing.user)")
    var hasher = SHA256Hasher()
    var missing: UInt64 = 0
    let block = Block(capacity: 1 << 16)
    do throws(Failure) {
      while true {
        block.clear()
        if try file.read(into: block) == 0 { break }
        hasher.update(block.bytes)
        try lines.read(unsafe block.bytes._unsafeView(as: UInt8.self)) { _, _, digest in
          if !census.mark(digest) { missing &+= 1 }
        }
      }
      try lines.finish()
    } catch  where error.kind == .integrity {
      throw unusable(listing, "is damaged: \(error.reason)")
    }
    guard hasher.finish() == listing.digest else { throw unusable(listing, "is damaged") }
    return missing
  }

  /// Without the list there is no telling what its owner needs.
  private static func unusable(_ listing: NeededListing, _ what: String) -> Failure {
    Failure(
      .integrity,
      "listing",
      "the listing of \(listing.user) \(what), so nobody can say what it needs",
      subject: listing.digest.hex,
      hint: "run: aptferry depot check --repair-from DIR"
    )
  }

  private static func measure(
    _ census: ObjectCensus,
    _ objects: any ObjectStore,
    _ progress: ProgressSink?
  ) throws(Failure) -> Garbage {
    let total = Shared(Garbage())
    let unmarked = census.count - census.marked
    let report = Count(of: UInt64(unmarked), "measuring what nothing needs", progress)
    try forEachBucket(of: census) { (bucket) throws(Failure) in
      var found = Garbage()
      for index in bucket.digests.indices where !bucket.isMarked(at: index) {
        try Interruption.check()
        guard let object = try footprint(of: bucket.digests[index], in: objects) else { continue }
        found.objects += 1
        if object.isShared { found.shared &+= object.size } else { found.bytes &+= object.size }
        report.add(1)
      }
      total.value.withLock { total in
        total.objects += found.objects
        total.bytes &+= found.bytes
        total.shared &+= found.shared
      }
    }
    return total.value.withLock { $0 }
  }

  private static func footprint(
    of digest: SHA256Digest,
    in objects: any ObjectStore
  ) throws(Failure) -> ObjectFootprint? {
    if let links = objects.links { return try links.footprint(of: digest) }
    return try objects.size(of: digest).map { ObjectFootprint(size: $0, isShared: false) }
  }

  /// Gives every bucket with something unmarked in it to `body`, on all processors.
  private static func forEachBucket(
    of census: ObjectCensus,
    _ body: @escaping @Sendable (ObjectCensus.Bucket) throws(Failure) -> Void
  ) throws(Failure) {
    try Threads.forEach(count: ObjectCensus.bucketCount) { (number) throws(Failure) in
      let bucket = census.buckets[number]
      if bucket.marked < bucket.digests.count { try body(bucket) }
    }
  }
}

/// Counts on several threads, and tells now and then how far it is.
private final class Count: Sendable {
  private let done = Mutex<UInt64>(0)
  private let total: UInt64
  private let phase: String
  private let sink: ProgressSink?

  private static let interval: UInt64 = 1000

  init(of total: UInt64, _ phase: String, _ sink: ProgressSink?) {
    self.total = total
    self.phase = phase
    self.sink = sink
  }

  func add(_ count: UInt64) {
    done.withLock { done in
      done += count
      guard let sink, done % Count.interval == 0 || done == total else { return }
      sink(
        ProgressReport(
          phase: phase,
          filesDone: done,
          filesTotal: total,
          bytesDone: 0,
          bytesTotal: 0
        )
      )
    }
  }
}
