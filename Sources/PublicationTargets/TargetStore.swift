#if Network
internal import Archives
internal import Depot
internal import ObjectStoreClient
internal import SafeIO

/// The records of one publication at a target, read and written.
struct TargetStore: Sendable {
  let record: TargetRecord
  let layout: TargetLayout
  let client: StoreClient

  /// What stands in `current.json`, with its entity tag.
  struct Found {
    let state: TargetState
    let tag: String
  }

  /// For messages.
  func describe(_ key: String) -> String { "s3://\(client.settings.address.bucket)/\(key)" }

  /// What clients get now; nil before the first publish.
  func current() throws(Failure) -> Found? {
    guard let answer = try client.get(layout.current, limit: TargetState.longest) else {
      return nil
    }
    let state = try TargetState(reading: answer.body, name: describe(layout.current))
    return Found(state: state, tag: answer.tag ?? "")
  }

  /// Who claimed a number; nil when nobody did.
  func plan(_ number: UInt64) throws(Failure) -> TargetState? {
    let key = layout.plan(number)
    guard let answer = try client.get(key, limit: TargetState.longest) else { return nil }
    return try TargetState(reading: answer.body, name: describe(key))
  }

  // MARK: listings

  /// The listing of a generation; nil when it has gone.
  func listing(_ generation: TargetGeneration) throws(Failure) -> FileList? {
    let key = layout.files(generation.number)
    let limit = Int(clamping: generation.length) + (1 << 20)
    guard let answer = try client.get(key, limit: limit) else { return nil }
    var text = FileList.Reader(name: describe(key))
    var hasher = SHA256Hasher()
    var reader = try ZstdReader(expectedSize: generation.length, name: describe(key))
    let packed = answer.body
    try reader.read(unsafe packed.span.bytes) { (bytes) throws(Failure) in
      hasher.update(bytes)
      let block = unsafe bytes.withUnsafeBytes { unsafe Array($0) }
      try text.read(block.span)
    }
    try reader.finish()
    guard hasher.finish() == generation.listing else {
      throw Failure(
        .integrity,
        "target-listing",
        "a listing at the target is not the one that its record names",
        subject: describe(key),
        hint: "somebody else wrote there: aptferry target check says what is wrong"
      )
    }
    return try text.finish()
  }

  /// Writes the listing of a generation.
  func write(_ list: FileList, _ generation: TargetGeneration) throws(Failure) {
    var packed: [UInt8] = []
    func take(_ bytes: RawSpan) {
      unsafe bytes.withUnsafeBytes { unsafe packed.append(contentsOf: $0) }
    }
    var writer = try ZstdWriter(level: 3, contentSize: generation.length)
    try list.forEachTextBlock { (text) throws(Failure) in
      try writer.write(unsafe text.span.bytes, take)
    }
    try writer.finish(take)
    try client.put(packed, at: layout.files(generation.number))
  }

  // MARK: what only one may write

  /// What came of trying to write something that only one may.
  enum Outcome {
    case done
    /// Somebody else was first.
    case lost
  }

  /// Creates the claim on a number, once; the status alone is never believed.
  func create(_ plan: TargetState) throws(Failure) -> Outcome {
    let key = layout.plan(plan.generation.number)
    var last: StoreAnswer?
    for attempt in 1...client.settings.attempts {
      if !record.createsOnce, let there = try self.plan(plan.generation.number) {
        return there.nonce == plan.nonce ? .done : .lost
      }
      last = try client.tryPut(plan.text, at: key, record.createsOnce ? .absent : .none)
      if let there = try self.plan(plan.generation.number) {
        return there.nonce == plan.nonce ? .done : .lost
      }
      if let last, !last.isTransient { break }
      try StoreClient.pause(after: attempt)
    }
    throw last?.failure("did not take a claim", at: describe(key)) ?? unanswered(key)
  }

  /// Replaces `current.json` as long as it is what was found; reads back before it says that it is done.
  func swap(_ new: TargetState, for found: Found?) throws(Failure) -> Outcome {
    var last: StoreAnswer?
    for attempt in 1...client.settings.attempts {
      if record.swap == .none, try current()?.state.nonce != found?.state.nonce { return .lost }
      last = try client.tryPut(
        new.text,
        at: layout.current,
        condition(found),
        StoreHeaders(contentType: "application/json", cacheControl: "no-cache")
      )
      let now = try current()
      if now?.state.nonce == new.nonce { return .done }
      if now?.state.nonce != found?.state.nonce { return .lost }
      if let last, !last.isTransient, last.status != 412 { break }
      try StoreClient.pause(after: attempt)
    }
    throw last?.failure("did not take the switch", at: describe(layout.current))
      ?? unanswered(layout.current)
  }

  private func condition(_ found: Found?) -> StoreCondition {
    guard let found else { return record.createsOnce ? .absent : .none }
    switch record.swap {
    case .none: return .none
    case .quoted: return .tag(StoreProbe.Swap.quoted.written(found.tag))
    case .bare: return .tag(StoreProbe.Swap.bare.written(found.tag))
    }
  }

  private func unanswered(_ key: String) -> Failure {
    Failure(
      .io,
      "store-unreachable",
      "the object store gave no answer, \(client.settings.attempts) times",
      subject: describe(key),
      hint: "run the same command again when it answers; what was done is used again"
    )
  }
}
#endif
