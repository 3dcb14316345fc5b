package import Depot
package import SafeIO

extension Publisher {
  /// Has the address `snapshots/NAME` of a publication stay until it is released, whatever is
  /// published there meanwhile.
  ///
  /// - Throws: `usage` when there is no such publication, or no such address any more.
  package func hold(_ snapshot: String, _ change: PublicationChange) throws(Failure) -> HeldAddress
  {
    let current = try requireCurrent(change)
    let generations = try depot.catalogue.generations(at: current.prefix)
      .filter { $0.state != .prepared }
    let served = try SnapshotAddresses.choose(among: generations, in: depot)
    guard served[snapshot] != nil else {
      throw Failure(
        .usage,
        "no-address",
        "this publication has no such address",
        subject: "\(current.prefix)/snapshots/\(snapshot)",
        hint: "it has: " + served.keys.sorted().joined(separator: ", ")
      )
    }
    let known = try depot.catalogue.heldAddresses(at: current.prefix)
      .first { $0.snapshot == snapshot }
    let address = HeldAddress(
      prefix: current.prefix,
      snapshot: snapshot,
      made: known?.made ?? change.now,
      reason: change.reason
    )
    if change.isDryRun { return address }
    try depot.catalogue.hold(address, event(.hold, snapshot, change, current))
    return address
  }

  /// Lets an address end when its generations go, as any other does.
  package func release(_ snapshot: String, _ change: PublicationChange) throws(Failure) {
    let current = try requireCurrent(change)
    let held = try depot.catalogue.heldAddresses(at: current.prefix)
    guard held.contains(where: { $0.snapshot == snapshot }) else {
      throw Failure(
        .usage,
        "no-address",
        "this address is not held",
        subject: "\(current.prefix)/snapshots/\(snapshot)",
        hint: held.isEmpty
          ? "none of this publication is"
          : "held are: " + held.map(\.snapshot).joined(separator: ", ")
      )
    }
    if change.isDryRun { return }
    _ = try depot.catalogue.release(event(.release, snapshot, change, current))
  }

  private func requireCurrent(_ change: PublicationChange) throws(Failure) -> GenerationRecord {
    let prefix = try PublicationPrefix(change.prefix)
    try check(change.reason)
    guard let current = try current(at: prefix) else { throw Publications.none(change.prefix) }
    return current
  }

  private func event(
    _ action: PublicationEvent.Action,
    _ snapshot: String,
    _ change: PublicationChange,
    _ current: GenerationRecord
  ) -> PublicationEvent {
    PublicationEvent(
      prefix: current.prefix,
      number: current.number,
      action: action,
      made: change.now,
      snapshots: [snapshot],
      reason: change.reason
    )
  }

  /// The generations that serve the held addresses of their publication.
  func heldGenerations(among present: [GenerationRecord]) throws(Failure) -> Set<UInt64> {
    guard let prefix = present.first?.prefix else { return [] }
    let held = try depot.catalogue.heldAddresses(at: prefix)
    if held.isEmpty { return [] }
    let served = try SnapshotAddresses.choose(among: present, in: depot)
    return Set(held.compactMap { served[$0.snapshot]?.number })
  }

  /// Says which addresses of snapshots end with a generation.
  func addressesLost(by generation: Generation) -> [Note] {
    func names(_ generations: [GenerationRecord]) -> Set<String> {
      Set(generations.flatMap { $0.snapshots.map(\.name) })
    }
    let lost = names(generation.retention.doomed).subtracting(names(generation.retention.retained))
      .subtracting(generation.recipe.snapshots.map(\.name))
    let prefix = generation.order.prefix.text
    let verb = generation.order.isDryRun ? "would end" : "ends"
    return lost.sorted().map { name in
      Note(
        .warning,
        "address-ends",
        "the address \(prefix)/snapshots/\(name) \(verb): whoever is pinned to it finds nothing; what "
          + "must stay is held before: aptferry publication hold \(prefix) NAME"
      )
    }
  }
}
