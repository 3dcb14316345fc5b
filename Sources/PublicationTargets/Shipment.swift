#if Network
internal import Depot
internal import Objects
internal import ObjectStoreClient
internal import Publishing
internal import SafeIO
private import Synchronization

/// Writes the files of a plan, many at a time, kind after kind.
struct Shipment: Sendable {
  let publisher: TargetPublisher
  let generation: ShippedGeneration
  let plan: ShippingPlan
  let claim: TargetClaiming.Claim
  private let sent = Sent()

  init(
    publisher: TargetPublisher,
    generation: ShippedGeneration,
    plan: ShippingPlan,
    claim: TargetClaiming.Claim
  ) {
    (self.publisher, self.generation, self.plan, self.claim) = (publisher, generation, plan, claim)
  }

  /// Seconds between two notes of how far it came.
  private static let noteInterval = 2.0

  /// Writes all files of these kinds, one kind after the other.
  func send(_ kinds: [TargetLayout.Kind]) throws(Failure) {
    for kind in kinds {
      var positions = plan.positions[kind.rawValue]
      // What an earlier run of this claim had answers for.
      if kind == .lasting { positions.removeAll { UInt64($0) < claim.done } }
      let journal = kind == .lasting ? Journal(positions) : nil
      let fixed = positions
      try Threads.forEach(count: fixed.count, width: publisher.store.client.settings.width) {
        (number) throws(Failure) in
        try send(fixed[number], kind)
        if let done = journal?.finish(number) { try note(done) }
      }
    }
  }

  private func send(_ position: Int, _ kind: TargetLayout.Kind) throws(Failure) {
    let list = generation.list
    let (digest, size) = (list.digest(at: position), list.size(at: position))
    let objects = publisher.depot.objects
    let source = StoreSource(size: size, digest: digest) { (offset, limit, block) throws(Failure) in
      try objects.read(digest, at: offset, limit: limit, into: block)
    }
    let path = list.path(at: position)
    do throws(Failure) {
      try publisher.store.client.put(
        source,
        at: publisher.store.layout.key(path),
        StoreHeaders(contentType: Shipment.contentType(path), cacheControl: kind.cacheControl)
      )
    } catch  where error.name == "store-digest" {
      throw Failure(
        .integrity,
        .damagedObject,
        "an object of the depot is damaged: the store refused what was read of it",
        subject: objects.describe(digest),
        hint: "run: aptferry depot check --repair-from DIR"
      )
    }
    report(size)
  }

  static func contentType(_ path: String) -> String {
    if path.hasSuffix(".deb") || path.hasSuffix(".udeb") {
      return "application/vnd.debian.binary-package"
    }
    return path.hasSuffix("Release") ? "text/plain; charset=utf-8" : "application/octet-stream"
  }

  private func note(_ done: Int) throws(Failure) {
    var known = TargetClaim(
      number: claim.plan.generation.number,
      nonce: claim.plan.nonce,
      listing: claim.plan.generation.listing
    )
    known.done = UInt64(done)
    try publisher.depot.catalogue.record(
      known,
      of: generation.prefix.text,
      on: publisher.store.record.name
    )
  }

  private func report(_ size: UInt64) {
    let (files, bytes) = sent.add(size)
    publisher.progress?(
      ProgressReport(
        phase: "to \(publisher.store.record.name)",
        filesDone: files,
        filesTotal: plan.files,
        bytesDone: bytes,
        bytesTotal: plan.bytes
      )
    )
  }

  private final class Sent: Sendable {
    private let state = Mutex((files: UInt64(0), bytes: UInt64(0)))

    func add(_ size: UInt64) -> (UInt64, UInt64) {
      state.withLock { state in
        state.files += 1
        state.bytes += size
        return (state.files, state.bytes)
      }
    }
  }

  /// Up to where all files are there, though they end in any order.
  private final class Journal: Sendable {
    private struct State {
      var finished: Set<Int> = []
      var next = 0
      var watch = Stopwatch()
    }

    private let positions: [Int]
    private let state = Mutex(State())

    init(_ positions: [Int]) { self.positions = positions }

    /// The position to be noted now; nil as long as the last note is young.
    func finish(_ number: Int) -> Int? {
      state.withLock { state in
        state.finished.insert(number)
        while state.finished.remove(state.next) != nil { state.next += 1 }
        guard state.watch.seconds >= Shipment.noteInterval, state.next > 0 else { return nil }
        state.watch = Stopwatch()
        return positions[state.next - 1] + 1
      }
    }
  }
}
#endif
