internal import DebianRepository
package import Depot
package import SafeIO
package import VendorChain

/// The vendors that this site knows.
///
/// It knows whose keys are pinned, and what the suites of a vendor may call themselves.
///
/// A vendor's key speaks for its vendor's suites only. A key that an earlier version pinned without
/// a name speaks for any suite.
package struct Vendors: Sendable {
  private let names: [String: Set<String>]
  private let bound: [String: VendorRecord]
  private let seen: [String: [SeenSuite]]

  /// Reads what the depot knows.
  package init(_ depot: Depot) throws(Failure) {
    var names: [String: Set<String>] = [:]
    for record in try depot.catalogue.trust(role: .upstream) {
      names[record.fingerprint, default: []].insert(record.name)
    }
    self.names = names
    bound = Dictionary(uniqueKeysWithValues: try depot.catalogue.vendors().map { ($0.name, $0) })
    var seen: [String: [SeenSuite]] = [:]
    for (vendor, suite) in try depot.catalogue.suitesOfVendors() {
      seen[vendor, default: []].append(suite)
    }
    self.seen = seen
  }

  /// The names of the vendors that a key is pinned for.
  ///
  /// Empty for a key that is not pinned, or is pinned without a name, or for one mirror only.
  package func names(of fingerprint: String) -> [String] {
    (names[fingerprint] ?? []).filter { !$0.isEmpty && !MirrorRecord.isTrustName($0) }.sorted()
  }

  /// Whether a key is pinned for some upstream.
  package func isPinned(_ fingerprint: String) -> Bool {
    (names[fingerprint] ?? []).contains { !MirrorRecord.isTrustName($0) }
  }

  /// The keys of the vendors that a key is pinned for, that key too.
  package func keysOfSameVendor(as fingerprint: String) -> Set<String> {
    let wanted = Set(names(of: fingerprint))
    var keys: Set<String> = [fingerprint]
    for (key, names) in names where !names.isDisjoint(with: wanted) { keys.insert(key) }
    return keys
  }

  /// What is said of a vendor; nil while nobody has said anything.
  package func record(of name: String) -> VendorRecord? { bound[name] }

  /// What the suites of a vendor have called themselves, oldest first.
  package func suites(of name: String) -> [SeenSuite] { seen[name] ?? [] }

  /// Who stands behind a suite.
  package func identity(of suite: SuiteRecord) -> VendorIdentity {
    let keys = suite.signedBy + suite.composedOf
    var identity = VendorIdentity(
      names: keys.flatMap { names[$0] ?? [] }.filter { !$0.isEmpty },
      keys: keys,
      // What a site adds to a vendor's packages does not make it another one's.
      isUnsigned: suite.isUnsigned || keys.isEmpty && suite.hasOwnPackages,
      vouchers: suite.vouchedBy
    )
    identity.isComposed = suite.isComposed
    return identity
  }

  /// Who stands behind a suite that was just verified.
  package func identity(of suite: VerifiedSuite) -> VendorIdentity {
    identity(of: SuiteRecord(suite))
  }

  /// The vendors whose keys signed a suite, as they are to be noted with what it calls itself.
  package func sightings(of suite: VerifiedSuite) -> [(vendor: String, suite: SeenSuite)] {
    let sight = SeenSuite(distribution: suite.distribution, names: suite.names)
    return Set(suite.signedBy.flatMap(names(of:))).sorted()
      .filter { !suites(of: $0).contains(sight) }.map { ($0, sight) }
  }

  /// Refuses a suite that none of its signers is pinned for.
  ///
  /// - Parameters:
  ///   - suite: the suite, whose signatures have been verified.
  ///   - depot: the depot's path, for the commands that settle it.
  ///   - mirror: the mirror that is updated, for which keys of its own may be pinned.
  /// - Returns: what people should know: what an unbound vendor's suite calls itself for the first
  ///   time.
  /// - Throws: `trust` with the vendor that signed it, what it calls itself, and whose it would be.
  package func judge(
    _ suite: VerifiedSuite,
    depot: String,
    mirror: MirrorRecord? = nil
  ) throws(Failure) -> [Note] {
    let signers = suite.signedBy
    guard !signers.isEmpty else { return [] }
    var refusal: Failure?
    for signer in signers {
      let pins = (names[signer] ?? [""]).filter {
        !MirrorRecord.isTrustName($0) || $0 == mirror?.trustName
      }
      for name in pins.sorted() {
        guard let reason = objection(to: suite, signedBy: signer, of: name, depot) else {
          return proposal(for: suite, by: name, signer, depot)
        }
        refusal = refusal ?? reason
      }
    }
    if let refusal { throw refusal }
    return []
  }

  /// Why a vendor may not sign the suite; nil when it may.
  private func objection(
    to suite: VerifiedSuite,
    signedBy signer: String,
    of name: String,
    _ depot: String
  ) -> Failure? {
    guard !name.isEmpty else { return nil }
    let record = bound[name] ?? VendorRecord(name: name)
    let names = suite.names
    let isOwn = record.origins.contains(Pattern.literal(names.origin))
    if !isOwn, let other = owner(ofOrigin: names.origin, but: name) {
      return refusal(
        "other-vendor",
        "the key of \(name) signed a suite whose Origin belongs to \(other): \(names.text)",
        suite,
        signer,
        "to allow this: ",
        ["--origin " + Escaped.shellWord(Pattern.literal(names.origin))],
        name,
        depot
      )
    }
    var missing: [String] = []
    if !record.origins.isEmpty, !Pattern.anyMatches(record.origins, names.origin) {
      missing.append("--origin " + Escaped.shellWord(Pattern.literal(names.origin)))
    }
    if !record.labels.isEmpty, !Pattern.anyMatches(record.labels, names.label) {
      missing.append("--label " + Escaped.shellWord(Pattern.literal(names.label)))
    }
    let calls = Vendors.suiteNames(suite)
    if !record.suites.isEmpty, !calls.contains(where: { Pattern.anyMatches(record.suites, $0) }) {
      missing.append(
        "--suite " + Escaped.shellWord(Pattern.literal(calls.last ?? suite.distribution))
      )
    }
    guard !missing.isEmpty else { return nil }
    let owner = owner(ofOrigin: names.origin, but: name).map { ", as \($0)'s do" } ?? ""
    return refusal(
      owner.isEmpty ? "other-suite" : "other-vendor",
      "the key of \(name) is not pinned for this suite, which calls itself \(names.text)\(owner)",
      suite,
      signer,
      "to allow this: ",
      missing,
      name,
      depot
    )
  }

  private func refusal(
    _ code: Failure.Name,
    _ reason: String,
    _ suite: VerifiedSuite,
    _ signer: String,
    _ condition: String,
    _ options: [String],
    _ name: String,
    _ depot: String
  ) -> Failure {
    Failure(
      .trust,
      code,
      reason,
      subject: suite.distribution,
      hint: condition + "aptferry trust edit \(signer) --role upstream --of \(name) --add "
        + "\(options.joined(separator: " ")) "
        + "--reason TEXT --depot \(Escaped.shellWord(depot))"
    )
  }

  /// The names by which a suite is found in `--suite`: what its vendor signed; where it signed none,
  /// or for a flat repository, the distribution too.
  private static func suiteNames(_ suite: VerifiedSuite) -> [String] {
    let signed = [suite.names.suite, suite.names.codename].filter { !$0.isEmpty }
    let isByPath = signed.isEmpty || Distribution.isFlat(suite.distribution)
    return isByPath ? signed + [suite.distribution] : signed
  }

  /// The other vendor that an operator said the Origin is of; upper and lower case are one.
  private func owner(ofOrigin origin: String, but name: String) -> String? {
    guard !origin.isEmpty else { return nil }
    let wanted = origin.lowercased()
    return bound.values.filter { $0.name != name }.sorted { $0.name < $1.name }
      .first { Pattern.anyMatches($0.origins.map { $0.lowercased() }, wanted) }?.name
  }

  /// What an unbound vendor's suite calls itself, said once, with the command that makes it a rule.
  private func proposal(
    for suite: VerifiedSuite,
    by name: String,
    _ signer: String,
    _ depot: String
  ) -> [Note] {
    let sight = SeenSuite(distribution: suite.distribution, names: suite.names)
    guard !name.isEmpty, !MirrorRecord.isTrustName(name), bound[name]?.isUnbound ?? true,
      !suites(of: name).contains(sight)
    else { return [] }
    var notes: [Note] = [
      .note(
        "\(suite.distribution): \(name) may sign any suite for now; this one calls itself "
          + "\(suite.names.text). To pin its keys for what it has signed: aptferry trust edit "
          + "\(signer) --role upstream --of \(name) --as-seen --reason TEXT --depot \(Escaped.shellWord(depot))"
      )
    ]
    let others = seen.filter { $0.key != name }.sorted { $0.key < $1.key }
      .filter { $0.value.contains { Vendors.isAlike($0.names, suite.names) } }.map(\.key)
    if !others.isEmpty {
      notes.append(
        .alarm(
          "same-origin",
          "\(suite.distribution), signed by \(name), uses the same Origin as "
            + "suites from \(others.joined(separator: ", ")): \(suite.names.origin). Check whose it is"
        )
      )
    }
    return notes
  }

  private static func isAlike(_ left: SuiteNames, _ right: SuiteNames) -> Bool {
    !left.origin.isEmpty && left.origin.lowercased() == right.origin.lowercased()
  }

  /// The question whether a suite's signers are pinned for it, for whoever follows its chain.
  package func judge(for depot: Depot, mirror: MirrorRecord? = nil) -> UpstreamTrust.Judge {
    let path = depot.root.path
    return { (suite) throws(Failure) in try judge(suite, depot: path, mirror: mirror) }
  }

  /// The question whether the vendor of a mirror's suite is still the same.
  ///
  /// - Parameter isAllowed: whether an operator said that it changes.
  /// - Returns: the question; it answers what was allowed.
  package func goesOn(
    isAllowed: Bool
  ) -> @Sendable (SuiteRecord, VerifiedSuite) throws(Failure) -> [Note] {
    { (known, suite) throws(Failure) in
      let (before, after) = (identity(of: known), identity(of: suite))
      guard !before.isUnknown, !before.isSame(as: after) else { return [] }
      let change = "\(suite.distribution) was signed by \(before.text), now by \(after.text)"
      guard isAllowed else {
        throw Failure(
          .trust,
          "other-vendor",
          "another vendor signed a suite of this mirror: \(change)",
          subject: suite.distribution,
          hint: "find out who answers at the mirror's address; if the vendor has changed: aptferry "
            + "mirror update NAME --change-vendor --reason TEXT"
        )
      }
      return ["the vendor of \(suite.distribution) changes, as allowed: \(change)"]
    }
  }

  /// Forgets what was said of vendors of whom no key is pinned any more: a name that comes back later
  /// must not inherit it.
  package static func dropWithoutKeys(in depot: Depot) throws(Failure) {
    let names = Set(try depot.catalogue.trust(role: .upstream).map(\.name))
    for vendor in try depot.catalogue.vendors() where !names.contains(vendor.name) {
      try depot.catalogue.removeVendor(vendor.name)
    }
    for vendor in Set(try depot.catalogue.suitesOfVendors().map(\.vendor))
    where !names.contains(vendor) {
      try depot.catalogue.removeVendor(vendor)
    }
  }
}
