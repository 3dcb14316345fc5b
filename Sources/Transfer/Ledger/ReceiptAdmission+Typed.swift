internal import BundleFormat
internal import Depot
package import SafeIO

/// Lines that people type.
extension ReceiptAdmission {
  /// Adds a line that a person typed, and vouches for.
  ///
  /// - Throws: `usage` for a typing error, `state` when no bundle made here is the one it is about.
  package func add(typed line: String) throws(Failure) -> Outcome {
    let typed = try TypedReceipt(typed: line)
    let lock = try depot.lock(for: "receipt add")
    let bundles = try depot.catalogue.exports().filter {
      TypedReceipt.matches(typed.stream, $0.stream) && $0.sequence == typed.sequence
    }
    guard let bundle = bundles.first(where: { typed.isAbout($0.manifest) }) else {
      throw Failure(
        .state,
        "unknown-bundle",
        bundles.isEmpty
          ? "this depot has made no such bundle"
          : "the line is about another bundle of that sequence than the one made here",
        subject: "\(typed.stream) \(typed.sequence)",
        hint: "aptferry ledger show lists what was made"
      )
    }
    let site = try siteName(typed.site, bundle)
    let before = try depot.catalogue.acknowledgements(of: site, stream: bundle.stream)
    let isNews = !before.contains { $0.sequence == bundle.sequence }
    if isNews {
      let acknowledgement = Acknowledgement(
        site: site,
        stream: bundle.stream,
        sequence: bundle.sequence,
        manifest: bundle.manifest,
        learned: now,
        means: .typed
      )
      try depot.catalogue.record(nil, acknowledging: [acknowledgement])
      facts.add(.acknowledged(acknowledgement))
    }
    _ = consume lock
    return Outcome(
      site: site,
      number: nil,
      acknowledged: isNews ? [bundle.name] : [],
      isNews: isNews,
      notes: ["nobody has signed this line: the ledger notes that it was typed"]
    )
  }

  /// The site as it is spelled here.
  private func siteName(_ typed: String, _ bundle: ExportRecord) throws(Failure) -> String {
    let pinned = try depot.catalogue.trust(role: .site).map(\.name)
    guard
      bundle.sites.isEmpty
        || bundle.sites.contains(where: { TypedReceipt.matches(typed, $0) })
    else {
      throw Failure(
        .state,
        "other-site",
        "that bundle was made for \(bundle.sites.joined(separator: ", "))",
        subject: typed,
        hint: "check the line with the site"
      )
    }
    let names = (bundle.sites.isEmpty ? pinned : bundle.sites)
      .filter { TypedReceipt.matches(typed, $0) }
    guard Set(names).count <= 1 || names.contains(typed) else {
      throw Failure(
        .usage,
        "typed-receipt",
        "there are sites whose names differ in capitals only: \(names.joined(separator: ", "))",
        subject: typed,
        hint: "type the site exactly as it is spelled"
      )
    }
    return names.contains(typed) ? typed : names.first ?? typed
  }
}
