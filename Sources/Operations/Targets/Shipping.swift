#if Network
internal import Depot
internal import ObjectStoreClient
package import PublicationTargets
internal import Publishing
package import SafeIO

/// What is to be put to targets.
package struct ShippingOrder: Sendable {
  /// The publications; empty for all that live on the targets.
  package var prefixes: [String] = []
  /// Where they are to live from now on, too.
  package var targets: [String] = []
  /// Why the place of another depot, or the claim of a run that has gone, is taken; nil for not.
  package var takeOver: String?
  /// Whether the targets are only looked at.
  package var isDryRun = false
  package var around = StoreSurroundings()

  package init() {}
}

extension Session {
  /// Puts what clients of this depot see to the targets where it lives; what is there already stays.
  ///
  /// A target that refuses does not keep the others from getting it; the first refusal is thrown in
  /// the end.
  package func ship(_ order: ShippingOrder) throws(Failure) -> [TargetResult] {
    let places = try places(of: order)
    guard !places.isEmpty else { return [] }
    guard !order.isDryRun else {
      return try perform(nil) { (job) throws(Failure) in
        for place in places {
          try job.targetPublisher(place, order).check(
            place.prefix,
            takesOver: order.takeOver != nil
          )
        }
        return []
      }
    }
    let about = [
      AuditField("targets", Set(places.map(\.target)).sorted()),
      AuditField("prefixes", Set(places.map(\.prefix)).sorted()),
      AuditField("take-over", order.takeOver == nil ? [] : ["yes"]),
    ]
    return try perform(AuditSubject("target update", about, reason: order.takeOver)) {
      (job) throws(Failure) in
      for name in order.targets {
        for prefix in order.prefixes {
          try job.depot.catalogue.placePublication(at: prefix, on: name)
        }
      }
      return try job.ship(places, order)
    }
  }

  /// Where something is to be put, each place once.
  private func places(of order: ShippingOrder) throws(Failure) -> [TargetPublication] {
    let depot = try depot()
    return try reading { () throws(Failure) in
      for name in order.targets { _ = try depot.catalogue.target(name) }
      var places = try depot.catalogue.targetPublications().filter { place in
        order.prefixes.isEmpty
          ? order.targets.contains(place.target) : order.prefixes.contains(place.prefix)
      }
      for name in order.targets {
        for prefix in order.prefixes
        where !places.contains(where: { $0.target == name && $0.prefix == prefix }) {
          places.append(TargetPublication(target: name, prefix: prefix))
        }
      }
      return places
    }
  }
}

extension Job {
  fileprivate func ship(
    _ places: [TargetPublication],
    _ order: ShippingOrder
  ) throws(Failure) -> [TargetResult] {
    var results: [TargetResult] = []
    var refused: [(place: TargetPublication, failure: Failure)] = []
    for place in places {
      do throws(Failure) {
        let result = try ship(place, order)
        record("to \(place.target)", ["\(place.prefix) \(result.source) as \(result.number)"])
        results.append(result)
      } catch {
        if error.kind == .interrupted || error.kind == .terminated { throw error }
        refused.append((place, error))
      }
    }
    guard let first = refused.first else { return results }
    throw Failure(
      first.failure.kind,
      first.failure.name,
      "\(first.place.prefix) did not come to the target \(first.place.target): \(first.failure.reason)",
      subject: first.failure.subject,
      hint: (first.failure.hint.map { $0 + "; then: " } ?? "")
        + "aptferry target update \(first.place.target) \(first.place.prefix)",
      details: first.failure.details
        + refused.dropFirst().map {
          "\($0.place.prefix) to \($0.place.target): \($0.failure.reason)"
        }
        + results.map { "\($0.prefix) is at \($0.target)" }
    )
  }

  private func ship(
    _ place: TargetPublication,
    _ order: ShippingOrder
  ) throws(Failure) -> TargetResult {
    let lock = Held(try depot.lock(target: place.target, for: "target update"))
    defer { lock.keep() }
    return try targetPublisher(place, order).publish(
      try ShippedGeneration(at: place.prefix, in: depot),
      takesOver: order.takeOver != nil
    )
  }

  fileprivate func targetPublisher(
    _ place: TargetPublication,
    _ order: ShippingOrder
  ) throws(Failure) -> TargetPublisher {
    let target = try depot.catalogue.target(place.target)
    return try TargetPublisher(
      depot,
      target,
      try target.client(order.around),
      at: place.prefix,
      command: "target update",
      now: now,
      progress: session.progress
    )
  }
}
#endif
