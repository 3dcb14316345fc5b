#if Network
package import Depot
internal import Objects
package import ObjectStoreClient
package import Publishing
package import SafeIO

/// Puts a generation to a target: a claim on the next number, what lasts, what changes, the Release
/// files with InRelease last, then the record of what clients get.
///
/// The order makes the promise: each suite switches with the one PUT of its InRelease, and killed
/// anywhere, the next run goes on with its own claim. One lock of the depot for each publication and
/// target keeps two runs of one depot apart; claims keep depots apart.
package struct TargetPublisher: Sendable {
  let depot: Depot
  let store: TargetStore
  let writer: TargetWriter
  let now: UTCTime
  let progress: ProgressSink?

  package init(
    _ depot: Depot,
    _ target: TargetRecord,
    _ client: StoreClient,
    at prefix: String,
    command: String,
    now: UTCTime,
    progress: ProgressSink? = nil
  ) throws(Failure) {
    self.depot = depot
    self.now = now
    self.progress = progress
    writer = try TargetWriter(of: depot, command: command)
    store = TargetStore(
      record: target,
      layout: TargetLayout(client.settings.address, try PublicationPrefix(prefix)),
      client: client
    )
  }

  /// Refuses, as `publish` would, a target that cannot be reached, that another depot publishes to, that is ahead of
  /// this one, or that lacks its own listing; changes nothing.
  package func check(_ prefix: String, takesOver: Bool) throws(Failure) {
    let found = try store.current()
    try refuseOtherDepot(found, takesOver)
    try refuseForgotten(found, prefix, takesOver)
    _ = try Before(of: found, in: store)
  }

  /// Puts what clients of the depot see to the target; nothing where it is there.
  ///
  /// `takesOver` says that the claim of a run that has gone, and the place of another depot, are taken.
  package func publish(
    _ generation: ShippedGeneration,
    takesOver: Bool = false
  ) throws(Failure) -> TargetResult {
    let prefix = generation.prefix.text
    var result = TargetResult(target: store.record.name, prefix: prefix, source: generation.number)
    let found = try store.current()
    try refuseOtherDepot(found, takesOver)
    try refuseForgotten(found, prefix, takesOver)
    let digest = generation.list.listDigest
    if let state = found?.state, state.generation.listing == digest, state.writer.id == writer.id,
      try store.plan(state.generation.number + 1) == nil
    {
      try settle(state.generation.number, generation, since: state.made)
      result.number = state.generation.number
      result.isUnchanged = true
      result.requests = store.client.requests
      return result
    }
    let before = try Before(of: found, in: store)
    // Refused before anything is claimed.
    _ = try ShippingPlan(
      generation.list,
      current: before.current,
      kept: before.lists,
      isCertain: true
    )
    let claim = try TargetClaiming(publisher: self, takesOver: takesOver)
      .claim(generation, digest, after: found)
    let plan = try ShippingPlan(
      generation.list,
      current: before.current,
      kept: before.lists,
      isCertain: claim.isAlone
    )
    try store.write(generation.list, claim.plan.generation)
    let shipment = Shipment(publisher: self, generation: generation, plan: plan, claim: claim)
    try shipment.send([.lasting, .changing])
    try refuseOvertaken(found, claim)
    try shipment.send([.release])
    try shipment.send([.switching])
    let state = claim.state(after: found, before, now: .now())
    guard case .done = try store.swap(state, for: found) else { throw overtaken() }
    try settle(state.generation.number, generation, since: state.made)
    result.removed = try TargetSweep(store: store, state: state, generation: generation)
      .run(before, now: now)
    result.number = state.generation.number
    (result.files, result.bytes) = (plan.files, plan.bytes)
    result.requests = store.client.requests
    return result
  }

  /// What a target has of a publication before something is put there.
  struct Before {
    /// The listing of what clients get; nil before the first one.
    let current: FileList?
    /// What they got before, with its listing, as far as it is there.
    let kept: [(generation: TargetGeneration, list: FileList)]

    var lists: [FileList] { kept.map(\.list) }

    init(of found: TargetStore.Found?, in store: TargetStore) throws(Failure) {
      guard let found else {
        (current, kept) = (nil, [])
        return
      }
      guard let current = try store.listing(found.state.generation) else {
        throw Failure(
          .integrity,
          "target-listing",
          "the target lacks the listing of what clients get",
          subject: store.describe(store.layout.files(found.state.generation.number)),
          hint: "put it back: aptferry target check \(store.record.name) --repair"
        )
      }
      self.current = current
      var kept: [(generation: TargetGeneration, list: FileList)] = []
      for generation in found.state.kept {
        // One whose listing has gone was swept to its end.
        if let list = try store.listing(generation) { kept.append((generation, list)) }
      }
      self.kept = kept
    }
  }

  /// Records what clients of the target get.
  private func settle(
    _ number: UInt64,
    _ generation: ShippedGeneration,
    since: UTCTime
  ) throws(Failure) {
    var known = TargetPublication(target: store.record.name, prefix: generation.prefix.text)
    (known.number, known.generation, known.published) = (number, generation.number, since)
    try depot.catalogue.record(known)
  }

  // MARK: refusals

  private func refuseOtherDepot(_ found: TargetStore.Found?, _ takesOver: Bool) throws(Failure) {
    guard let state = found?.state, state.writer.id != writer.id, !takesOver else { return }
    throw Failure(
      .state,
      "target-writer",
      "another depot publishes there: site \(Escaped.line(state.writer.site, limit: 60)), number "
        + "\(state.generation.number) since \(state.made), by "
        + Escaped.line(state.writer.run, limit: 300),
      subject: store.describe(store.layout.current),
      hint:
        "publish to another prefix; or, when that depot publishes there no more, take its place: "
        + "--take-over REASON"
    )
  }

  /// A depot that was put back from a backup knows nothing of what it put there since: clients of the target would
  /// go back without a word.
  private func refuseForgotten(
    _ found: TargetStore.Found?,
    _ prefix: String,
    _ takesOver: Bool
  ) throws(Failure) {
    guard let state = found?.state, state.writer.id == writer.id, !takesOver else { return }
    let target = store.record.name
    let known = try depot.catalogue.targetPublications().first {
      $0.target == target && $0.prefix == prefix
    }
    if let known, known.number >= state.generation.number { return }
    let claims = try depot.catalogue.targetClaims(of: prefix, on: target)
    if claims.contains(where: { $0.nonce == state.nonce }) { return }
    if try depot.catalogue.generations(at: prefix).contains(where: { $0.number == state.source }) {
      return
    }
    throw Failure(
      .state,
      "target-ahead",
      "the target has generation \(state.source) of this depot's, number \(state.generation.number) since "
        + "\(state.made), of which the depot knows nothing: was it put back from a backup?",
      subject: store.describe(store.layout.current),
      hint:
        "publish first what clients are to get, as new as that or newer; when they may go back: "
        + "--take-over REASON"
    )
  }

  /// Somebody who took over must not be mixed with.
  private func refuseOvertaken(
    _ found: TargetStore.Found?,
    _ claim: TargetClaiming.Claim
  ) throws(Failure) {
    guard try store.current()?.state.nonce == found?.state.nonce,
      try store.plan(claim.plan.generation.number + 1) == nil
    else { throw overtaken() }
  }

  private func overtaken() -> Failure {
    Failure(
      .busy,
      "target-overtaken",
      "somebody else published there meanwhile, or took over",
      subject: store.describe(store.layout.current),
      hint:
        "look at what clients get, aptferry target show \(store.record.name), then publish again"
    )
  }
}
#endif
