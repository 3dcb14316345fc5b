#if Network
internal import Depot
internal import Publishing
internal import SafeIO

/// Claims the next number at a target, so that no two publishers write the same generation.
struct TargetClaiming {
  let publisher: TargetPublisher
  let takesOver: Bool

  /// A number that is ours.
  struct Claim {
    let plan: TargetState
    /// Before this position of the listing all that lasts is there already.
    var done: UInt64
    /// Whether nobody has written there since what clients get was put there.
    let isAlone: Bool
    /// Claims that nobody brings to their end any more.
    let abandoned: [TargetGeneration]
  }

  /// How old the claim of somebody else must be before it can be taken over, in seconds.
  private static let staleness: Int64 = 3600
  /// How many claims that nobody ended may stand behind each other.
  private static let most: UInt64 = 1000

  func claim(
    _ generation: ShippedGeneration,
    _ listing: SHA256Digest,
    after found: TargetStore.Found?
  ) throws(Failure) -> Claim {
    let store = publisher.store
    let (target, prefix) = (store.record.name, generation.prefix.text)
    let ours = try publisher.depot.catalogue.targetClaims(of: prefix, on: target)
    let first = (found?.state.generation.number ?? 0) + 1
    var abandoned: [TargetGeneration] = []
    for number in first..<(first + TargetClaiming.most) {
      let mine = ours.first { $0.number == number && $0.listing == listing }
      let claim =
        mine ?? TargetClaim(number: number, nonce: TargetClaiming.nonce(), listing: listing)
      // In the journal first: whatever comes of the request, it is known as ours.
      try publisher.depot.catalogue.record(claim, of: prefix, on: target)
      let plan = plan(claim, generation)
      if case .done = try store.create(plan) {
        return Claim(
          plan: plan,
          done: claim.done,
          isAlone: mine == nil && abandoned.isEmpty,
          abandoned: abandoned
        )
      }
      guard let there = try store.plan(number) else { throw vanished(number) }
      if !ours.contains(where: { $0.number == number && $0.nonce == there.nonce }) {
        try refuse(there, found)
      }
      var gone = there.generation
      gone.ended = .now()
      abandoned.append(gone)
    }
    throw vanished(first)
  }

  private func plan(_ claim: TargetClaim, _ generation: ShippedGeneration) -> TargetState {
    TargetState(
      generation: TargetGeneration(
        number: claim.number,
        listing: claim.listing,
        length: generation.list.textLength
      ),
      nonce: claim.nonce,
      made: .now(),
      writer: publisher.writer,
      prefix: generation.prefix.text,
      source: generation.number
    )
  }

  /// Refuses to go past the claim of somebody who may still be at work.
  private func refuse(_ there: TargetState, _ found: TargetStore.Found?) throws(Failure) {
    let store = publisher.store
    let now = try store.current()
    guard now?.state.nonce == found?.state.nonce else {
      throw busy("somebody published there in this moment", now?.state ?? there, "")
    }
    let isStale = there.made.adding(seconds: TargetClaiming.staleness) < .now()
    if isStale, takesOver { return }
    throw busy(
      "somebody publishes there",
      there,
      isStale
        ? "when that run has ended for good, take over: --take-over REASON"
        : "wait for it to end; a claim older than an hour can be taken over with --take-over REASON"
    )
  }

  private func busy(_ what: String, _ who: TargetState, _ hint: String) -> Failure {
    Failure(
      .busy,
      "target-claimed",
      "\(what): site \(Escaped.line(who.writer.site, limit: 60)), number \(who.generation.number) "
        + "since \(who.made), " + Escaped.line(who.writer.run, limit: 300),
      subject: publisher.store.describe(publisher.store.layout.plan(who.generation.number)),
      hint: hint.isEmpty ? "run the same command again" : hint
    )
  }

  private func vanished(_ number: UInt64) -> Failure {
    Failure(
      .busy,
      "target-claimed",
      "claims at the target come and go while this one is made",
      subject: publisher.store.describe(publisher.store.layout.plan(number)),
      hint: "find out who else writes there, and run the same command again"
    )
  }

  private static func nonce() -> String {
    var generator = SystemRandomNumberGenerator()
    return String(generator.next() as UInt64, radix: 16) + "-"
      + String(generator.next() as UInt64, radix: 16)
  }
}

extension TargetClaiming.Claim {
  /// What the target says from the switch on.
  func state(
    after found: TargetStore.Found?,
    _ before: TargetPublisher.Before,
    now: UTCTime
  ) -> TargetState {
    var kept = before.kept.map(\.generation)
    if let found {
      var last = found.state.generation
      last.ended = now
      kept.append(last)
    }
    return TargetState(
      generation: plan.generation,
      nonce: plan.nonce,
      made: now,
      writer: plan.writer,
      prefix: plan.prefix,
      source: plan.source,
      kept: kept + abandoned
    )
  }
}
#endif
