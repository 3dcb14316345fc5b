#if Network
package import SafeIO

/// What a store really does, found by trying: documents promise more than engines keep.
package struct StoreProbe: Hashable, Sendable {
  /// How an entity tag stands in `If-Match`.
  package enum Swap: String, Sendable, CaseIterable {
    /// The store replaces under no condition.
    case none
    case quoted
    case bare
  }

  /// Whether something is written only where nothing is.
  package let createsOnce: Bool
  /// Whether something is replaced only where it is what it was.
  package let swap: Swap
  /// What a client without credentials hears of something that is not there.
  package let missingStatus: Int
  /// Whether a client without credentials may read.
  package let isPublic: Bool

  package init(createsOnce: Bool, swap: Swap, missingStatus: Int, isPublic: Bool) {
    (self.createsOnce, self.swap) = (createsOnce, swap)
    (self.missingStatus, self.isPublic) = (missingStatus, isPublic)
  }

  /// Whether of several writers one wins, whatever happens.
  package var isAtomic: Bool { createsOnce && swap != .none }

  /// Tries it out at a key that nothing else uses, and removes what was written.
  package init(_ client: StoreClient, at key: String) throws(Failure) {
    let first = try StoreProbe.put(client, "1", key, .absent)
    if !first.isSuccess {
      // Some refuse the condition itself, and anything else is told by the next attempt.
      try client.put(Array("1".utf8), at: key)
    }
    let second = try StoreProbe.put(client, "2", key, .absent)
    createsOnce = first.isSuccess && second.status == 412
    swap = try StoreProbe.findSwap(client, key)
    isPublic = try client.getAnonymously(key).isSuccess
    missingStatus = try client.getAnonymously(key + "-missing").status
    try client.delete(key)
  }

  private static func findSwap(_ client: StoreClient, _ key: String) throws(Failure) -> Swap {
    for style in [Swap.quoted, .bare] {
      guard let tag = try client.head(key)?.tag else { return .none }
      let wrong = String(repeating: "0", count: 32)
      let refused = try put(client, "3", key, .tag(style.written(wrong)))
      // One that takes a wrong tag takes every tag.
      if refused.isSuccess { return .none }
      guard refused.status == 412 else { continue }
      if try put(client, "4", key, .tag(style.written(tag))).isSuccess { return style }
    }
    return .none
  }

  private static func put(
    _ client: StoreClient,
    _ text: String,
    _ key: String,
    _ condition: StoreCondition
  ) throws(Failure) -> StoreAnswer {
    var last: StoreAnswer?
    for attempt in 1...client.settings.attempts {
      if let answer = try client.tryPut(Array(text.utf8), at: key, condition) {
        last = answer
        if !StoreClient.mayPass(answer) { return answer }
      }
      try StoreClient.pause(after: attempt)
    }
    guard let last else { throw client.unreachable("no answer", client.settings.attempts) }
    return last
  }
}

extension StoreProbe.Swap {
  /// An entity tag as this store wants it.
  package func written(_ tag: String) -> String {
    let bare = tag.filter { $0 != "\"" }
    return self == .quoted ? "\"\(bare)\"" : bare
  }
}
#endif
