package import DebianRepository
package import Depot
package import Mirroring
internal import Objects
internal import OpenPGP
package import SafeIO
package import Solving
internal import Trust
internal import VendorChain

/// Upstreams that are to become mirrors.
package struct MirrorOrder: Sendable {
  /// A record to be, and where it comes from.
  package struct Wanted: Sendable {
    package let mirror: MirrorRecord
    package let source: SourcesEntry

    package init(_ mirror: MirrorRecord, from source: SourcesEntry) {
      self.mirror = mirror
      self.source = source
    }
  }

  /// The name that was given, of which several mirrors have theirs.
  package let name: String
  package var wanted: [Wanted] = []
  /// Files with the vendor's keys; else what the sources' Signed-By names.
  package var keyrings: [String] = []
  /// apt's configuration file, where the keys are apt's own.
  package var aptConfig: String?
  /// Whether keys are pinned that have expired, for what they signed before.
  package var takesExpired = false
  /// What is asked for, for the audit log.
  package var about: [AuditField] = []

  package init(_ name: String) { self.name = name }
}

/// An update of a mirror.
package struct MirrorUpdateOrder: Sendable {
  package let name: String
  /// Whether a suite may be taken that another vendor signs than before.
  package var changesVendor = false
  /// Why, for the audit log.
  package var reason: String?
  package var isDryRun = false
  /// Whether keys may have expired since they signed.
  package var allowsExpiredKeys = false
  /// What may be left out, as `LeaveOut` reads it.
  package var leaveOut: [String] = []
  /// Says why a package that a filter asks for cannot be had.
  package var explain: @Sendable (DependencyProblem) -> [String] = { [$0.root] }
  /// Whether all is fetched when something that a filter's packages need cannot be had; else that is
  /// refused.
  package var takesAllWhereNeedsLack = false
  package var allowsReleaseInfoChange = false
  package var connections = 8
  /// The most to receive a second, in bytes.
  package var limitRate: UInt64?
  package var retries = 3
  /// Seconds without data after which a connection is given up.
  package var timeout = 30.0
  /// The least that must come, in bytes a second; 0 waits for ever.
  package var leastRate: UInt64 = 1024
  /// Over how many seconds `leastRate` is measured.
  package var leastRateWindow = 60.0
  /// What servers are told.
  package var userAgent: String
  /// Proxies and apt's configuration, by the names of environment variables.
  package var environment: [String: String] = [:]

  package init(_ name: String, userAgent: String) {
    self.name = name
    self.userAgent = userAgent
  }

  var subject: AuditSubject? {
    guard !isDryRun else { return nil }
    return AuditSubject(
      "mirror update",
      [AuditField("name", [name])]
        + (allowsReleaseInfoChange ? [AuditField("allow-releaseinfo-change", ["yes"])] : [])
        + (allowsExpiredKeys ? [AuditField("allow-expired-key", ["yes"])] : [])
        + (leaveOut.isEmpty ? [] : [AuditField("leave-out", leaveOut)])
        + (changesVendor ? [AuditField("change-vendor", ["yes"])] : []),
      reason: reason
    )
  }
}

/// A mirror with what there is of it.
package struct MirrorView: Sendable {
  package let mirror: MirrorRecord
  package let states: [MirrorState]
  /// The keys that count for it.
  package let keys: [TrustRecord]
}

extension Session {
  /// Records upstreams, with the keys that count for them; nothing is fetched.
  package func createMirrors(_ order: MirrorOrder) throws(Failure) -> [MirrorView] {
    let subject = AuditSubject("mirror create", [AuditField("name", [order.name])] + order.about)
    return try perform(subject) { (job) throws(Failure) in
      var keys: [TrustRecord] = []
      for wanted in order.wanted { try wanted.mirror.filter?.check() }
      for wanted in order.wanted {
        keys += try VendorKeys.pinned(
          for: wanted.mirror,
          wanted.source,
          order.keyrings,
          aptConfig: order.aptConfig,
          takesExpired: order.takesExpired,
          now: now
        ) { tell(.progress($0)) }
      }
      job.record("fingerprint", keys.map(\.fingerprint))
      let records = order.wanted.map(\.mirror)
      try job.depot.locked(for: "mirror create \(order.name)") { () throws(Failure) in
        try job.depot.catalogue.insert(records, keys: keys)
      }
      job.facts.add(records.map { .mirror($0) })
      return try records.map { (mirror) throws(Failure) in try job.depot.view(of: mirror) }
    }
  }

  /// Fetches what is new upstream; all of it is verified, and all or nothing counts.
  package func updateMirror(_ order: MirrorUpdateOrder) throws(Failure) -> MirrorReport {
    try perform(order.subject) { (job) throws(Failure) in
      let depot = job.depot
      let mirror = try depot.catalogue.mirror(order.name)
      var request = MirrorRequest(
        mirror: mirror,
        keys: try MirrorKeys.read(of: mirror, depot),
        now: now,
        facts: job.facts
      )
      let vendors = try Vendors(depot)
      request.judge = vendors.judge(for: depot, mirror: mirror)
      request.goesOn = vendors.goesOn(isAllowed: order.changesVendor)
      request.isDryRun = order.isDryRun
      request.allowsExpiredKeys = order.allowsExpiredKeys
      request.leaveOut = try LeaveOut(words: order.leaveOut)
      request.allowsReleaseInfoChange = order.allowsReleaseInfoChange
      request.connections = order.connections
      request.limitRate = order.limitRate
      request.retries = order.retries
      request.timeout = order.timeout
      request.leastRate.bytesPerSecond = order.leastRate
      request.leastRate.window = order.leastRateWindow
      request.choosing = try mirror.filter?.choosing(for: mirror, order)
      request.userAgent = order.userAgent
      request.environment = order.environment
      return try MirrorUpdate.run(request, depot: depot, progress: progress)
    }
  }

  /// Forgets a mirror and the keys that were pinned for it only; snapshots stay.
  package func removeMirror(_ name: String) throws(Failure) -> MirrorView {
    let subject = AuditSubject("mirror remove", [AuditField("name", [name])])
    return try perform(subject) { (job) throws(Failure) in
      let depot = job.depot
      let mirror = try depot.catalogue.mirror(name)
      let update = try depot.lock(mirror: mirror, for: "mirror remove \(name)")
      let view = try depot.locked(for: "mirror remove \(name)") { () throws(Failure) in
        let view = try depot.view(of: mirror)
        try depot.catalogue.removeMirror(mirror)
        job.facts.add(.mirrorRemoved(mirror))
        try depot.keepFetched(of: mirror)
        _ = try depot.incoming.discard(mirror.dryRunStagingName)
        try depot.removeLock(ofMirror: mirror)
        return view
      }
      _ = consume update
      return view
    }
  }

  /// One mirror, as it is.
  package func mirror(_ name: String) throws(Failure) -> MirrorView {
    let depot = try depot()
    return try depot.view(of: try depot.catalogue.mirror(name))
  }
}

extension Depot {
  func view(of mirror: MirrorRecord) throws(Failure) -> MirrorView {
    MirrorView(
      mirror: mirror,
      states: try catalogue.states(ofMirror: mirror.name),
      keys: try MirrorKeys.records(of: mirror, catalogue)
    )
  }
}
