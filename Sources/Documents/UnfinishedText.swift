internal import BundleFormat
package import Depot

/// How it is shown what an interrupted command left.
package enum UnfinishedText {
  /// What it is, and what is missing of it; with the directory, for whoever may want to remove it.
  static func placed(_ work: UnfinishedWork) -> String {
    work.bundle == nil ? work.staging : line(work) + " (incoming/\(work.staging))"
  }

  /// What it is, and what is missing of it.
  package static func line(_ work: UnfinishedWork) -> String {
    guard let bundle = work.bundle else { return work.staging }
    let missing =
      bundle.missing.isEmpty
      ? "all chunks have arrived, import it again"
      : "waits for chunks \(SpokenRanges.text(bundle.missing)) of \(bundle.chunks)"
    return "\(bundle.bundle) \(missing)"
  }

  /// The bundles that wait for media.
  package static func imports(_ work: [UnfinishedWork]) -> JSONText {
    .array(
      work.compactMap(\.bundle).map { bundle in
        .object([
          ("bundle", .string(bundle.bundle)), ("chunks", .number(Int64(bundle.chunks))),
          ("missingChunks", .array(bundle.missing.map { .number(Int64($0)) })),
        ])
      }
    )
  }
}
