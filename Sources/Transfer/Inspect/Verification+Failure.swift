internal import BundleFormat
internal import BundleMedium
package import SafeIO

extension Verification {
  /// What a verification comes to: what is damaged is graver than what is only missing, in whichever
  /// bundle it is; the details name all of it.
  package var failure: Failure? {
    if let alarm { return alarm }
    let failures = reports.filter { !$0.isComplete }.map(\.failure)
    let order: [FailureClass] = [.unsafe, .integrity, .incomplete]
    let first = order.lazy.compactMap { kind in failures.first { $0.kind == kind } }.first
    guard let first, failures.count > 1 else { return first }
    return Failure(
      first.kind,
      first.name,
      first.reason,
      subject: first.subject,
      hint: first.hint,
      details: failures.flatMap { failure in
        let place = failure.subject ?? ""
        return failure.details.isEmpty
          ? ["\(place): \(failure.reason)"] : failure.details.map { "\(place): \($0)" }
      }
    )
  }
}

extension VerificationReport {
  fileprivate var failure: Failure {
    if let unread { return unread }
    let damaged = findings.damagedChunks + findings.damagedResentFiles
    let what = findings.damagedChunks.isEmpty ? "resent files" : "chunks"
    return Failure(
      damaged.isEmpty ? .incomplete : .integrity,
      damaged.isEmpty ? .chunksMissing : .chunksDamaged,
      damaged.isEmpty ? "chunks are missing" : "\(what) are damaged",
      subject: manifest.directory,
      hint: "only what is named must be copied or exported again; everything else is good",
      details: damaged.map { "damaged: \($0)" }
        + findings.missingChunks.map { "missing: \($0)" }
    )
  }
}
