internal import DebianRepository
internal import Depot
internal import Objects
package import SafeIO

/// What of a mirror is to be changed; nil for what stays.
package struct MirrorEditOrder: Sendable {
  package let name: String
  package var upstream: String?
  package var suites: [String]?
  package var components: [String]?
  package var architectures: [String]?
  package var kinds: [String]?
  package var allowUnsigned: Bool?
  package var filter: MirrorFilterEdit?
  /// Files with the vendor's keys, in place of those that the mirror has.
  package var keyrings: [String] = []

  package init(_ name: String) { self.name = name }

  var subject: AuditSubject {
    func field(_ name: String, _ words: [String]?) -> [AuditField] {
      words.map { [AuditField(name, $0)] } ?? []
    }
    return AuditSubject(
      "mirror edit",
      [AuditField("name", [name])] + field("upstream", upstream.map { [$0] })
        + field("suites", suites) + field("components", components)
        + field("architectures", architectures) + field("kinds", kinds)
        + field("allow-unsigned", allowUnsigned.map { [$0 ? "yes" : "no"] })
        + field("filter", filter?.words) + field("keyring", keyrings.isEmpty ? nil : keyrings)
    )
  }
}

extension Session {
  /// Changes what a mirror selects, where from, or whose keys count; nothing is fetched, and nothing that
  /// was fetched goes.
  package func editMirror(_ order: MirrorEditOrder) throws(Failure) -> MirrorView {
    try perform(order.subject) { (job) throws(Failure) in
      let depot = job.depot
      let before = try depot.catalogue.mirror(order.name)
      let update = try depot.lock(mirror: before, for: "mirror edit \(order.name)")
      let mirror = MirrorRecord(
        name: before.name,
        upstream: order.upstream ?? before.upstream,
        suites: order.suites ?? before.suites,
        components: order.components ?? before.components,
        architectures: order.architectures ?? before.architectures,
        kinds: order.kinds ?? before.kinds,
        allowUnsigned: order.allowUnsigned ?? before.allowUnsigned,
        created: before.created,
        edited: now,
        filter: try order.filter.map { (edit) throws(Failure) in
          try edit.applied(to: before.filter, before.name)
        } ?? before.filter
      )
      let keys = try VendorKeys.pinned(
        for: mirror,
        SourcesEntry(mirror),
        order.keyrings,
        aptConfig: nil,
        now: now
      ) { tell(.progress($0)) }
      job.record("fingerprint", keys.map(\.fingerprint))
      let view = try depot.locked(for: "mirror edit \(order.name)") { () throws(Failure) in
        try depot.catalogue.update(mirror, keys: keys, replacesKeys: !order.keyrings.isEmpty)
        job.facts.add(.mirror(mirror))
        return try depot.view(of: mirror)
      }
      _ = consume update
      return view
    }
  }
}

extension SourcesEntry {
  fileprivate init(_ mirror: MirrorRecord) {
    self.init(
      uri: mirror.upstream,
      suites: mirror.suites,
      components: mirror.components,
      architectures: mirror.architectures,
      hasBinaries: true,
      hasSources: false,
      signedBy: .unstated,
      isTrusted: false
    )
  }
}

extension Depot {
  /// Lets what an unfinished update of a mirror fetched into the depot, where it stays until the next
  /// collection of garbage: another mirror may want the same.
  func keepFetched(of mirror: MirrorRecord) throws(Failure) {
    guard try incoming.names().contains(mirror.stagingName) else { return }
    let staging = try incoming.open(mirror.stagingName)
    for digest in try staging.list() {
      try Interruption.check()
      // Its bytes decide: a power cut may have come between.
      let size = try staging.open(digest).status().size
      _ = try staging.check(digest, size: size)
    }
    try staging.sync()
    try staging.admitAll()
    try staging.discard()
  }
}
