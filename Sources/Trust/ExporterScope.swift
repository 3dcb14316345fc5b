package import Depot
package import SafeIO

/// What the exporters that signed a bundle may do here: which streams they may fill, and which
/// unsigned suites they may vouch for.
///
/// An exporter carries what vendors signed. It vouches for nothing unless an operator said so.
package struct ExporterScope: Sendable {
  /// The exporters that signed, with what each of them is pinned for.
  private let records: [TrustRecord]
  private let depot: String

  /// Reads what the signers of a bundle are pinned for.
  package init(of signers: [String], in depot: Depot) throws(Failure) {
    records = try depot.catalogue.trust(role: .exporter).filter { signers.contains($0.fingerprint) }
    self.depot = depot.root.path
  }

  /// Refuses a stream that none of the signers may fill.
  ///
  /// - Throws: `trust` with the command that allows it.
  package func check(stream: String) throws(Failure) {
    guard !records.isEmpty,
      !records.contains(where: { $0.streams.isEmpty || Pattern.anyMatches($0.streams, stream) })
    else { return }
    let pinned = records.flatMap(\.streams).joined(separator: ", ")
    throw Failure(
      .trust,
      "other-stream",
      "the exporter's key is pinned for other streams than \(stream): \(pinned)",
      subject: records[0].fingerprint,
      hint: "if it may fill this one: aptferry trust edit \(records[0].fingerprint) --add "
        + "--stream \(stream) --reason TEXT --depot \(Escaped.shellWord(depot))"
    )
  }

  /// The signers that may vouch for an unsigned suite; each by its fingerprint, sorted.
  package func vouchers(forSuite suite: String, of snapshot: String) -> [String] {
    let allowed = records.filter { record in
      record.mayVouch.contains { Pattern.matches($0, snapshot: snapshot, suite: suite) }
    }
    return Set(allowed.map(\.fingerprint)).sorted()
  }

  /// Refuses unsigned suites that none of the signers may vouch for.
  ///
  /// - Throws: `trust` with every such suite, and the command that allows it.
  package func checkUnsigned(_ suites: [(snapshot: String, suite: String)]) throws(Failure) {
    let refused = suites.filter { vouchers(forSuite: $0.suite, of: $0.snapshot).isEmpty }
      .map { "\($0.snapshot)/\($0.suite)" }
    guard let first = refused.first else { return }
    throw Failure(
      .trust,
      "may-not-vouch",
      "a suite is not signed by its vendor, and the exporter may not vouch for it",
      subject: first,
      hint:
        "have the suite carried with its vendor's signature; or, if the exporter's word is enough "
        + "here: " + allowing(refused),
      details: refused.map { "unsigned: \($0)" }
    )
  }

  /// The refusal of packages that no vendor vouches for, in suites for which none of the signers may.
  package func unvouched(
    _ suites: [(snapshot: String, suite: String)],
    first: String,
    packages: [String]
  ) -> Failure {
    Failure(
      .trust,
      "unvouched-package",
      "no vendor whose key is pinned here vouches for \(packages.count) packages of the snapshot, and "
        + "the exporter may not: \(first)",
      subject: suites.first.map { "\($0.snapshot)/\($0.suite)" },
      hint: "ask the exporter whose they are; if they are its own, and its word is enough here: "
        + allowing(suites.map { "\($0.snapshot)/\($0.suite)" }),
      details: packages.prefix(1000).map { "unvouched: \($0)" }
    )
  }

  /// The command that lets the exporter vouch for these suites.
  private func allowing(_ suites: [String]) -> String {
    let options = suites.map { "--may-vouch " + Escaped.shellWord($0) }.joined(separator: " ")
    return "aptferry trust edit \(records.first?.fingerprint ?? "FPR") --add \(options) "
      + "--reason TEXT --depot \(Escaped.shellWord(depot))"
  }
}
