#if Network
package import Depot
internal import ObjectStoreClient
package import PublicationTargets
internal import Publishing
package import SafeIO

/// A target that somebody wants.
package struct TargetOrder: Sendable {
  package let name: String
  /// `s3://bucket/prefix`.
  package let address: String
  package let endpoint: String
  package var region = "us-east-1"
  package var isVirtualHosted = false
  package var authorities: String?
  package var credentials: String?
  package var url: String?

  package init(_ name: String, address: String, endpoint: String) {
    (self.name, self.address, self.endpoint) = (name, address, endpoint)
  }
}

/// A target with what lives there.
package struct TargetReport: Sendable {
  package let target: TargetRecord
  package let publications: [TargetPublication]
  /// The generations that clients of the depot see, by prefix.
  package let generations: [String: UInt64]
}

extension Session {
  /// Tries out what a store does, and keeps it under a name.
  package func createTarget(
    _ order: TargetOrder,
    _ around: StoreSurroundings
  ) throws(Failure) -> TargetRecord {
    guard TargetRecord.isName(order.name) else {
      throw Failure(
        .usage,
        "target-name",
        "a target's name is 1 to 40 lower-case letters, digits and hyphens, with a letter or digit "
          + "first",
        subject: order.name
      )
    }
    let about = [
      AuditField("name", [order.name]), AuditField("address", [order.address]),
      AuditField("endpoint", [order.endpoint]), AuditField("region", [order.region]),
      AuditField("credentials", order.credentials.map { [$0] } ?? []),
    ]
    return try perform(AuditSubject("target create", about)) { (job) throws(Failure) in
      if try job.depot.catalogue.targets().contains(where: { $0.name == order.name }) {
        // Told before anything is asked.
        try job.depot.catalogue.add(order.record(StoreProbe.untried, now: now))
      }
      let client = try order.record(StoreProbe.untried, now: now).client(around)
      let key = client.settings.address.key(
        ".aptferry/probe-\(try job.depot.catalogue.targetWriter())"
      )
      let probe = try StoreProbe(client, at: key)
      let record = order.record(probe, now: now)
      try job.depot.catalogue.add(record)
      job.record("conditions", [record.isAtomic ? "yes" : "no"])
      return record
    }
  }

  /// All targets with what lives there, by name.
  package func targets() throws(Failure) -> [TargetReport] {
    let depot = try depot()
    return try reading { () throws(Failure) in
      let placed = try depot.catalogue.targetPublications()
      var generations: [String: UInt64] = [:]
      for generation in try depot.catalogue.generations() where generation.state == .current {
        generations[generation.prefix] = generation.number
      }
      return try depot.catalogue.targets().map { target in
        TargetReport(
          target: target,
          publications: placed.filter { $0.target == target.name },
          generations: generations
        )
      }
    }
  }

  /// Where clients find a publication that lives at a target.
  package func targetAddress(_ name: String, of prefix: String) throws(Failure) -> String {
    let depot = try depot()
    return try reading { () throws(Failure) in
      let target = try depot.catalogue.target(name)
      let isThere = try depot.catalogue.targetPublications().contains {
        $0.target == name && $0.prefix == prefix
      }
      guard isThere else { throw Session.elsewhere(prefix, name) }
      return target.clientAddress + (prefix == PublicationPrefix.root ? "" : "/" + prefix)
    }
  }

  private static func elsewhere(_ prefix: String, _ target: String) -> Failure {
    Failure(
      .usage,
      "no-publication",
      "this publication does not live there",
      subject: "\(prefix) on \(target)",
      hint: "aptferry target show \(target) shows those that do"
    )
  }

  /// Forgets a target, or that one publication lives there; what lies there stays.
  package func removeTarget(_ name: String, prefix: String?) throws(Failure) -> TargetRecord {
    let about = [AuditField("name", [name]), AuditField("prefix", prefix.map { [$0] } ?? [])]
    return try perform(AuditSubject("target remove", about)) { (job) throws(Failure) in
      let catalogue = job.depot.catalogue
      let target = try catalogue.target(name)
      let lock = try job.depot.lock(target: name, for: "target remove")
      if let prefix {
        guard try catalogue.removePublication(at: prefix, from: name) else {
          throw Session.elsewhere(prefix, name)
        }
      } else {
        try catalogue.removeTarget(name)
        try job.depot.removeLock(ofTarget: name)
      }
      _ = consume lock
      return target
    }
  }

  /// Compares what lies at a target with what was put there.
  package func checkTarget(
    _ name: String,
    prefixes: [String],
    whole: Bool,
    repairing: Bool,
    _ around: StoreSurroundings
  ) throws(Failure) -> [TargetCheck.Report] {
    let about = [AuditField("name", [name]), AuditField("prefixes", prefixes)]
    let subject = repairing ? AuditSubject("target check", about) : nil
    return try perform(subject) { (job) throws(Failure) in
      let target = try job.depot.catalogue.target(name)
      let client = try target.client(around)
      let lock = repairing ? Held(try job.depot.lock(target: name, for: "target check")) : nil
      defer { lock?.keep() }
      let placed = try job.depot.catalogue.targetPublications().filter { $0.target == name }
        .map(\.prefix)
      if let stranger = prefixes.first(where: { !placed.contains($0) }) {
        throw Session.elsewhere(stranger, name)
      }
      return try (prefixes.isEmpty ? placed : prefixes).map { (prefix) throws(Failure) in
        try TargetCheck(job.depot, target, client, at: prefix, now: now, progress: progress)
          .run(at: prefix, whole: whole, repairing: repairing)
      }
    }
  }
}

/// A lock that an optional can hold.
final class Held: Sendable {
  private let lock: FileLock

  init(_ lock: consuming FileLock) { self.lock = lock }

  /// Keeps it until here.
  func keep() {}
}

extension StoreProbe {
  fileprivate static let untried = StoreProbe(
    createsOnce: false,
    swap: .none,
    missingStatus: 404,
    isPublic: false
  )
}

extension TargetOrder {
  fileprivate func record(_ probe: StoreProbe, now: UTCTime) -> TargetRecord {
    TargetRecord(
      name: name,
      address: address,
      endpoint: endpoint,
      region: region,
      isVirtualHosted: isVirtualHosted,
      authorities: authorities,
      credentials: credentials,
      url: url,
      createsOnce: probe.createsOnce,
      swap: TargetRecord.Swap(rawValue: probe.swap.rawValue) ?? .none,
      missingStatus: probe.missingStatus,
      isPublic: probe.isPublic,
      created: now
    )
  }
}

extension TargetRecord {
  /// A client of the store, as whoever the surroundings say.
  func client(_ around: StoreSurroundings) throws(Failure) -> StoreClient {
    var settings = StoreClient.Settings(
      address: try BucketAddress(address),
      endpoint: try StoreEndpoint(endpoint),
      region: region
    )
    settings.isVirtualHosted = isVirtualHosted
    settings.authorities = authorities
    settings.userAgent = around.userAgent
    return try StoreClient(
      settings,
      try StoreCredentials.find(file: credentials, target: name, environment: around.environment)
    )
  }
}
#endif
