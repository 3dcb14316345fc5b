package import Depot
internal import OpenPGP
package import Publishing
package import SafeIO
internal import Trust

/// What is to be published, as somebody asked for it.
package struct PublishOrder: Sendable {
  package var snapshots: [String]
  package let prefix: String
  /// Only this distribution, or the name for the only one of the snapshots.
  package var distribution: String?
  /// Components that come from other snapshots.
  package var components: [(component: String, snapshot: String)] = []
  package var mode: PublicationMode?
  package var settings = PublicationSettings()
  /// What a new publication begins with where the settings say nothing.
  package var defaults = RecipeChange()
  /// Whether another vendor than the one that clients have may take its place; that wants a reason.
  package var changesVendor = false
  /// Why, for the audit log and the publication's history; empty for no reason.
  package var reason = ""
  package var isDryRun = false

  package init(_ snapshots: [String], at prefix: String) {
    self.snapshots = snapshots
    self.prefix = prefix
  }

  var subject: AuditSubject? {
    guard !isDryRun else { return nil }
    return AuditSubject(
      "publish",
      [
        AuditField("snapshots", snapshots), AuditField("at", [prefix]),
        AuditField("distribution", distribution.map { [$0] } ?? []),
        AuditField("components", components.map { "\($0.component)=\($0.snapshot)" }),
        AuditField("mode", mode.map { [$0.rawValue] } ?? []),
      ] + settings.about
        + (changesVendor ? [AuditField("change-vendor", ["yes"])] : []),
      reason: reason.isEmpty ? nil : reason
    )
  }
}

/// A change of what is published at a prefix.
package struct PublicationOrder: Sendable {
  package let prefix: String
  /// Only this distribution.
  package var distribution: String?
  /// Why, for the audit log and the publication's history; empty for no reason.
  package var reason = ""
  package var isDryRun = false

  package init(_ prefix: String) { self.prefix = prefix }

  func subject(_ command: String, _ about: [AuditField]) -> AuditSubject? {
    guard !isDryRun else { return nil }
    let all = [AuditField("prefix", [prefix])] + about
    return AuditSubject(command, all, reason: reason.isEmpty ? nil : reason)
  }
}

extension Session {
  /// Publishes snapshots: a complete tree, then one atomic switch.
  package func publish(_ order: PublishOrder) throws(Failure) -> PublicationResult {
    try perform(order.subject) { (job) throws(Failure) in
      var request = PublishRequest(order.snapshots, at: order.prefix, now: now)
      request.distribution = order.distribution
      request.components = order.components
      request.mode = order.mode
      request.isDryRun = order.isDryRun
      (request.changesVendor, request.reason) = (order.changesVendor, order.reason)
      request.change = try job.change(order.settings)
      request.defaults = order.defaults
      return try job.publishing("publish", isDryRun: order.isDryRun) {
        (publisher) throws(Failure) in
        try publisher.publish(request)
      }
    }
  }

  /// Gives clients an earlier generation back; the one before, when none is named.
  package func rollBack(
    _ order: PublicationOrder,
    to number: UInt64?,
    mode: PublicationMode?
  ) throws(Failure) -> PublicationResult {
    let about = [
      AuditField("to", number.map { [String($0)] } ?? []),
      AuditField("mode", mode.map { [$0.rawValue] } ?? []),
    ]
    return try change("publication rollback", order, about) { (publisher, change) throws(Failure) in
      try publisher.rollBack(change, to: number, mode: mode)
    }
  }

  /// Signs generations anew with the keys that sign now; all that are there, when none is named.
  package func signPublication(
    _ order: PublicationOrder,
    only numbers: [UInt64]
  ) throws(Failure) -> SigningResult {
    let about = [AuditField("generation", numbers.map { String($0) })]
    return try change("publication sign", order, about) { (publisher, change) throws(Failure) in
      try publisher.sign(change, only: numbers)
    }
  }

  /// Changes how a publication presents itself, with the snapshots that it has.
  package func editPublication(
    _ order: PublicationOrder,
    mode: PublicationMode?,
    settings: PublicationSettings
  ) throws(Failure) -> PublicationResult {
    let about =
      [
        AuditField("distribution", order.distribution.map { [$0] } ?? []),
        AuditField("mode", mode.map { [$0.rawValue] } ?? []),
      ] + settings.about
    return try perform(order.subject("publication edit", about)) { (job) throws(Failure) in
      let change = try job.change(settings)
      return try job.publishing("publication edit", isDryRun: order.isDryRun) {
        (publisher) throws(Failure) in
        try publisher.edit(self.change(order), mode: mode, settings: change)
      }
    }
  }

  /// Takes one distribution away from clients.
  package func removeDistribution(
    _ distribution: String,
    _ order: PublicationOrder
  ) throws(Failure) -> PublicationResult {
    let about = [AuditField("distribution", [distribution])]
    return try change("publication remove", order, about) { (publisher, change) throws(Failure) in
      try publisher.removeDistribution(change, distribution)
    }
  }

  /// Takes a publication away from clients; answers how many generations it had.
  ///
  /// - Throws: `state` while it lives on targets, whose clients would go on getting it.
  package func removePublication(_ order: PublicationOrder) throws(Failure) -> Int {
    try change("publication remove", order, []) { (publisher, change) throws(Failure) in
      try refuseOnTargets(order.prefix)
      return try publisher.remove(change)
    }
  }

  private func refuseOnTargets(_ prefix: String) throws(Failure) {
    let targets = try depot().catalogue.targetPublications().filter { $0.prefix == prefix }
      .map(\.target)
    guard let first = targets.first else { return }
    throw Failure(
      .state,
      "publication-on-targets",
      "the publication lives on \(targets.joined(separator: ", ")), too, whose clients would go on getting it",
      subject: prefix,
      hint: "take it away there with the means of the store, then: aptferry target remove \(first) "
        + "--publication \(prefix)"
    )
  }

  /// Has the address of a snapshot stay until it is released.
  package func holdAddress(
    of snapshot: String,
    _ order: PublicationOrder
  ) throws(Failure) -> HeldAddress {
    let about = [AuditField("snapshot", [snapshot])]
    return try change("publication hold", order, about) { (publisher, change) throws(Failure) in
      try publisher.hold(snapshot, change)
    }
  }

  /// Lets the address of a snapshot end with its generations.
  package func releaseAddress(
    of snapshot: String,
    _ order: PublicationOrder
  ) throws(Failure) {
    let about = [AuditField("snapshot", [snapshot])]
    try change("publication release", order, about) { (publisher, change) throws(Failure) in
      try publisher.release(snapshot, change)
    }
  }

  /// What a machine needs to take a publication.
  package func clientFacts(
    of prefix: String,
    _ selection: ClientFacts.Selection
  ) throws(Failure) -> ClientFacts {
    let (depot, now) = (try depot(), now)
    if let snapshot = selection.snapshot {
      let held = try depot.catalogue.heldAddresses(at: prefix)
      if !held.contains(where: { $0.snapshot == snapshot }) {
        tell(
          .note(
            "the address \(prefix)/snapshots/\(snapshot) ends when later publishes have replaced what it "
              + "leads to; to keep it: aptferry publication hold \(prefix) \(snapshot)"
          )
        )
      }
    }
    return try reading { () throws(Failure) in
      try ClientFacts.read(prefix, selection, in: depot) { () throws(Failure) in
        try DepotIdentity.keys(of: depot, now: now).all
      }
    }
  }

  private func change<Value>(
    _ command: String,
    _ order: PublicationOrder,
    _ about: [AuditField],
    _ body: (Publisher, PublicationChange) throws(Failure) -> Value
  ) throws(Failure) -> Value {
    try perform(order.subject(command, about)) { (job) throws(Failure) in
      try job.publishing(command, isDryRun: order.isDryRun) { (publisher) throws(Failure) in
        try body(publisher, change(order))
      }
    }
  }

  private func change(_ order: PublicationOrder) -> PublicationChange {
    var change = PublicationChange(prefix: order.prefix, now: now)
    change.isDryRun = order.isDryRun
    change.reason = order.reason
    change.distribution = order.distribution
    return change
  }
}

extension Job {
  /// Runs `body` with a publisher: behind the lock and the recovery, unless it only looks.
  func publishing<Value>(
    _ command: String,
    isDryRun: Bool,
    within seconds: Double = 0,
    _ body: (Publisher) throws(Failure) -> Value
  ) throws(Failure) -> Value {
    if isDryRun { return try body(try publisher()) }
    return try changing(for: command, within: seconds) { () throws(Failure) in
      try body(try publisher())
    }
  }

  /// What settings change, with the depot's own key where it is asked for.
  func change(_ settings: PublicationSettings) throws(Failure) -> RecipeChange {
    try settings.change { () throws(Failure) in try signingKeys().current.fingerprint.text }
  }
}
