internal import BundleFormat
internal import Comparison
internal import Depot
internal import OpenPGP
internal import SafeIO
package import Transfer

/// How the review before an import is shown.
package enum ReviewText {
  /// So many packages of what is new altogether are listed on a terminal.
  private static let listed = 500

  package static func json(_ review: BundleReview) -> JSONText {
    .object([
      ("site", .string(review.site)),
      ("signers", .array(review.signers.map { .string($0.text) })),
      ("newFiles", .count(review.newFiles)),
      ("newBytes", .count(review.newBytes)),
      ("lacking", .number(Int64(review.lacking))),
      (
        "refusal",
        review.refusal.map {
          .object([
            ("code", .string($0.code)), ("message", .string($0.reason)),
            ("hint", $0.hint.map { .string($0) } ?? .null),
          ])
        } ?? .null
      ),
      ("suites", .array(review.suites.map(SuiteText.json))),
      ("imported", .bool(review.isTaken)),
      ("notes", JSONDocument.json(review.notes)),
      ("retired", .array(review.retired.map { .string($0) })),
      ("incoming", .array(review.incoming.map(json))),
      ("publications", .array(review.publications.map(json))),
    ])
  }

  private static func json(_ step: BundleReview.Step) -> JSONText {
    .object([
      ("snapshot", .string(step.snapshot)),
      ("before", step.before.map { .string($0) } ?? .null),
      ("publication", step.published.map { .string($0.prefix) } ?? .null),
      ("generation", step.published.map { .count($0.generation) } ?? .null),
      ("distribution", step.published.map { .string($0.name) } ?? .null),
      ("vendorChange", vendorChange(step).map { .string($0) } ?? .null),
      ("composed", step.published.map { .bool($0.isComposed) } ?? .null),
      ("vanished", .array(step.vanished.map { .string($0) })),
      (
        "newSources",
        .array(newSources(step).map { .string($0) })
      ),
      ("differences", DifferenceText.json(step.differences)),
    ])
  }

  /// What the ledger and the log say of the bundle itself; bad is what an import refuses for.
  package static func standing(_ review: BundleReview) -> [(text: String, isBad: Bool)] {
    var lines: [(text: String, isBad: Bool)] = []
    if let refusal = review.refusal {
      lines.append(("an import would refuse it: \(refusal.reason)", true))
      lines += refusal.details.map { ($0, false) }
    }
    if review.isTaken { lines.append(("this bundle was imported here before", false)) }
    lines += review.notes.map { ($0.entry, false) }
    if !review.retired.isEmpty {
      let names = review.retired.joined(separator: ", ")
      lines.append(("the exporter has removed: \(names)", false))
    }
    return lines
  }

  /// Source packages that were not there in any version: as the source indexes say, or where there
  /// are none, as the packages do.
  package static func newSources(_ step: BundleReview.Step) -> [String] {
    Set(step.differences.flatMap(\.newSources)).sorted()
  }

  /// What a step is about, for a heading.
  package static func heading(_ step: BundleReview.Step) -> String {
    guard let suite = step.published else {
      return step.before.map { "\(step.snapshot) against \($0)" }
        ?? "\(step.snapshot): this stream has brought none of its suites before"
    }
    return "publication \(suite.prefix), \(suite.name) (generation \(suite.generation) from "
      + "\(step.before ?? ""))" + (suite.isComposed ? ", whose other components stay" : "")
  }

  /// That a publication has another vendor, when it has.
  package static func vendorChange(_ step: BundleReview.Step) -> String? {
    guard let vendor = step.otherVendor, let suite = step.published else { return nil }
    return
      "clients have \(suite.vendor.text), the bundle has \(vendor.text): publish would refuse it "
      + "(--change-vendor)"
  }

  package static func lines(_ review: BundleReview) -> [String] {
    var lines = [
      "here:      \(review.site); \(ByteSize.text(review.newBytes)) in \(Counted.text(review.newFiles, "file")) "
        + "would be new"
    ]
    for suite in review.suites {
      let (text, isBad) = SuiteText.standing(suite)
      let name = "\(suite.snapshot)/\(suite.claimed.distribution)"
      lines.append((isBad ? "REFUSED:   " : "trust:     ") + "\(name): \(text)")
    }
    lines += standing(review).map { "\($0.isBad ? "REFUSED:   " : "note:      ")\($0.text)" }
    if review.lacking > 0 {
      lines.append(
        "LACKING:   \(review.lacking) files that it relies on are not here: "
          + "aptferry receipt request"
      )
    }
    for step in review.incoming {
      lines += ["", heading(step)]
      lines += step.vanished.map { "GONE:      \($0) (refused without --allow-removal)" }
      // Of a whole distribution that is new, the numbers say enough; the page and --json list all.
      let isShort = step.differences.reduce(0) { $0 + $1.changes.count } <= listed
      lines += DifferenceText.lines(
        step.differences,
        withPackages: step.before != nil || isShort
      )
      let sources = newSources(step)
      if step.before != nil || isShort, !sources.isEmpty {
        lines.append("new source packages: \(sources.joined(separator: " "))")
      }
    }
    for step in review.publications {
      lines += ["", heading(step)]
      if let change = vendorChange(step) { lines.append("VENDOR:    \(change)") }
      let isTold = review.incoming.contains {
        $0.snapshot == step.snapshot && $0.before == step.before
      }
      if isTold { lines.append("  as above:") }
      lines += DifferenceText.lines(step.differences, withPackages: !isTold)
    }
    return lines + [""]
  }
}
