internal import Comparison
internal import OpenPGP
internal import SafeIO
internal import Transfer

/// How the review before an import is shown.
enum ReviewText {
  static func json(_ review: BundleReview) -> JSONText {
    .object([
      ("site", .string(review.site)),
      ("signers", .array(review.signers.map { .string($0.text) })),
      ("newFiles", .count(review.newFiles)),
      ("newBytes", .count(review.newBytes)),
      ("lacking", .number(Int64(review.lacking))),
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
      ("composed", step.published.map { .bool($0.isComposed) } ?? .null),
      ("vanished", .array(step.vanished.map { .string($0) })),
      (
        "newSources",
        .array(newSources(step).map { .string($0) })
      ),
      ("differences", DifferenceText.json(step.differences)),
    ])
  }

  /// Source packages that were not there in any version.
  static func newSources(_ step: BundleReview.Step) -> [String] {
    step.differences.filter { $0.architecture == "source" }
      .flatMap { $0.changes.filter { $0.kind == .new }.map(\.name) }
  }

  /// What a step is about, for a heading.
  static func heading(_ step: BundleReview.Step) -> String {
    guard let suite = step.published else {
      return step.before.map { "\(step.snapshot) against \($0)" }
        ?? "\(step.snapshot): this stream has brought none of its suites before"
    }
    return "publication \(suite.prefix), \(suite.name) (generation \(suite.generation) from "
      + "\(step.before ?? ""))" + (suite.isComposed ? ", whose other components stay" : "")
  }

  static func lines(_ review: BundleReview) -> [String] {
    var lines = [
      "here:      \(review.site); \(ByteSize.text(review.newBytes)) in \(review.newFiles) files "
        + "would be new"
    ]
    if review.lacking > 0 {
      lines.append(
        "LACKING:   \(review.lacking) files that it relies on are not here: "
          + "aptferry receipt request"
      )
    }
    for step in review.incoming {
      lines += ["", heading(step)]
      lines += step.vanished.map { "GONE:      \($0) (refused without --allow-removal)" }
      // Of what is new altogether, the numbers say enough.
      lines += DifferenceText.lines(step.differences, withPackages: step.before != nil)
      let sources = newSources(step)
      if step.before != nil, !sources.isEmpty {
        lines.append("new source packages: \(sources.joined(separator: " "))")
      }
    }
    for step in review.publications {
      lines += ["", heading(step)]
      let isTold = review.incoming.contains {
        $0.snapshot == step.snapshot && $0.before == step.before
      }
      if isTold { lines.append("  as above:") }
      lines += DifferenceText.lines(step.differences, withPackages: !isTold)
    }
    return lines + [""]
  }
}
