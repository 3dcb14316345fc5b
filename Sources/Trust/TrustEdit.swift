internal import DebianRepository
package import Depot
package import SafeIO

/// A change of what a pinned key is pinned for.
package struct TrustEdit: Sendable {
  /// What is emptied before anything is set.
  package enum Scope: String, Sendable, CaseIterable {
    case suites, origins, labels, streams, vouching
  }

  /// The key.
  package var fingerprint: String
  /// Only in this role; nil where the key has one role only.
  package var role: TrustRecord.Role?
  /// Only where it is pinned under this name.
  package var oldName: String?
  /// The name that it is to have.
  package var name: String?
  /// What it is to be pinned for.
  package var scope = KeyScope()
  /// Whether that is added to what it is pinned for; else it takes its place.
  package var isAdding = false
  /// What is emptied.
  package var cleared: Set<Scope> = []
  /// Whether a vendor is pinned for what its suites have called themselves so far.
  package var isAsSeen = false

  package init(fingerprint: String) { self.fingerprint = fingerprint }

  /// What the change came to.
  package struct Outcome: Sendable {
    /// The key as it is pinned now.
    package let key: TrustRecord
    /// What is said of its vendor now; nil where nothing is, or it is no vendor's.
    package let vendor: VendorRecord?
  }

  /// Makes the change.
  ///
  /// - Throws: `usage` when the key is not pinned, or is pinned in several ways and it was not said
  ///   which one is meant.
  package func apply(to depot: Depot) throws(Failure) -> Outcome {
    let records = try depot.catalogue.trust().filter { record in
      record.fingerprint == fingerprint && role.map { $0 == record.role } ?? true
        && oldName.map { $0 == record.name } ?? true && !MirrorRecord.isTrustName(record.name)
    }
    guard let old = records.first else {
      throw Failure(
        .usage,
        "no-such-key",
        "this key is not pinned",
        subject: fingerprint,
        hint: "aptferry trust list shows those that are"
      )
    }
    guard records.count == 1 else {
      throw Failure(
        .usage,
        "several-pins",
        "this key is pinned in \(records.count) ways",
        subject: fingerprint,
        hint: "say which one is meant: --role ROLE, --of NAME",
        details: records.map { "\($0.role.rawValue) \($0.name.isEmpty ? "(any)" : $0.name)" }
      )
    }
    try scope.check(for: old.role)
    try check(old)
    let new = changed(old)
    // All of it is known before anything is written.
    let vendor = try vendorRecord(of: new, formerly: old, depot)
    let others = try depot.catalogue.trust(role: old.role).filter {
      $0.fingerprint == fingerprint && $0.name != old.name && $0.name != new.name
    }
    try depot.catalogue.replaceTrust(
      fingerprint: fingerprint,
      role: old.role,
      with: others + [new]
    )
    if let vendor { try depot.catalogue.record(vendor) }
    if old.role == .upstream { try Vendors.dropWithoutKeys(in: depot) }
    return Outcome(key: new, vendor: vendor.flatMap { $0.isUnbound ? nil : $0 })
  }

  private func check(_ old: TrustRecord) throws(Failure) {
    guard let name, old.role == .upstream, !KeyScope.isVendorName(name) else { return }
    throw Failure(
      .usage,
      "vendor-name",
      "a vendor's name is 1 to 40 letters, digits and ._+- with a letter or digit first",
      subject: Escaped.line(name, limit: 100)
    )
  }

  private func changed(_ old: TrustRecord) -> TrustRecord {
    var new = old
    if let name { new.name = name }
    new.streams = patterns(old.streams, scope.streams, .streams)
    new.mayVouch = patterns(old.mayVouch, scope.mayVouch, .vouching)
    return new
  }

  private func patterns(_ old: [String], _ new: [String], _ scope: Scope) -> [String] {
    if cleared.contains(scope) { return new }
    guard isAdding else { return new.isEmpty ? old : new }
    // Without a pattern an exporter vouches for nothing; all the others mean anything then.
    if scope == .vouching && old.isEmpty { return new }
    return KeyScope.adding(new, to: old)
  }

  /// What is to be said of the key's vendor; nil where nothing is.
  private func vendorRecord(
    of key: TrustRecord,
    formerly old: TrustRecord,
    _ depot: Depot
  ) throws(Failure) -> VendorRecord? {
    guard key.role == .upstream, !key.name.isEmpty else { return nil }
    let vendors = try Vendors(depot)
    var wanted = scope
    let seen = vendors.suites(of: key.name) + vendors.suites(of: old.name)
    if isAsSeen {
      guard !seen.isEmpty else {
        throw Failure(
          .state,
          "nothing-seen",
          "no suite of this vendor has come here yet",
          subject: key.name,
          hint: "say what its suites may call themselves: --origin, --suite"
        )
      }
      wanted.take(seen)
    }
    let known = vendors.record(of: key.name) ?? vendors.record(of: old.name)
    var base = VendorRecord(
      name: key.name,
      suites: known?.suites ?? [],
      origins: known?.origins ?? [],
      labels: known?.labels ?? []
    )
    // To add to what nobody has said yet begins with what has come.
    if isAdding, base.isUnbound {
      var begun = KeyScope()
      begun.take(seen)
      (base.suites, base.origins) = (begun.suites, begun.origins)
    }
    return VendorRecord(
      name: key.name,
      suites: patterns(base.suites, Set(wanted.suites).sorted(), .suites),
      origins: patterns(base.origins, Set(wanted.origins).sorted(), .origins),
      labels: patterns(base.labels, Set(wanted.labels).sorted(), .labels)
    )
  }
}

extension KeyScope {
  /// Takes in what suites have called themselves, each name for itself alone.
  mutating func take(_ seen: [SeenSuite]) {
    origins += seen.map(\.names.origin).filter { !$0.isEmpty }.map(Pattern.literal)
    suites += seen.map { suite in
      let names = [suite.names.suite, suite.names.codename]
      // The name that clients use, when the vendor signed it: it stays through releases.
      if names.contains(suite.distribution) { return Pattern.literal(suite.distribution) }
      let signed = [suite.names.codename, suite.names.suite].first { !$0.isEmpty }
      return Pattern.literal(signed ?? suite.distribution)
    }
    origins = Set(origins).sorted()
    suites = Set(suites).sorted()
  }
}
