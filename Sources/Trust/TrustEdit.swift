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
    let rest = try depot.catalogue.trust(role: old.role).filter {
      $0.fingerprint == fingerprint && $0.name != old.name
    }
    // Under its new name it may be pinned already: that pin is the same now.
    let others = rest.filter { $0.name != new.name }
    try depot.catalogue.replaceTrust(
      fingerprint: fingerprint,
      role: old.role,
      with: others + [new]
    )
    return Outcome(key: new, vendor: try changeVendor(of: new, depot))
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
    let base = cleared.contains(scope) || !new.isEmpty && !isAdding ? [] : old
    return base + new.filter { !base.contains($0) }
  }

  private func changeVendor(
    of key: TrustRecord,
    _ depot: Depot
  ) throws(Failure) -> VendorRecord? {
    guard key.role == .upstream, !key.name.isEmpty else { return nil }
    let vendors = try Vendors(depot)
    let old = vendors.record(of: key.name)
    var wanted = scope
    if isAsSeen {
      let seen = vendors.suites(of: key.name)
      guard !seen.isEmpty else {
        throw Failure(
          .state,
          "nothing-seen",
          "no suite of this vendor has come here yet",
          subject: key.name,
          hint: "say what its suites may call themselves: --origin, --suite"
        )
      }
      wanted.origins += seen.map(\.names.origin).filter { !$0.isEmpty }
      wanted.suites += seen.map { suite in
        [suite.names.codename, suite.names.suite].first { !$0.isEmpty } ?? suite.distribution
      }
    }
    let record = VendorRecord(
      name: key.name,
      suites: patterns(old?.suites ?? [], Set(wanted.suites).sorted(), .suites),
      origins: patterns(old?.origins ?? [], Set(wanted.origins).sorted(), .origins),
      labels: patterns(old?.labels ?? [], Set(wanted.labels).sorted(), .labels)
    )
    if record != old ?? VendorRecord(name: key.name) { try depot.catalogue.record(record) }
    return record.isUnbound ? nil : record
  }
}
