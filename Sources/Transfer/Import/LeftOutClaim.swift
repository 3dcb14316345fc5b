internal import BundleFormat
internal import DebianRepository
internal import SafeIO

/// Compares what MANIFEST says that a snapshot leaves out with what it really lacks.
enum LeftOutClaim {
  /// Refuses a claim that is not true, and what lacks without being claimed.
  static func check(
    _ snapshot: Manifest.Snapshot,
    against found: [LeftOut]
  ) throws(Failure) {
    let (claimed, real) = (Set(snapshot.leftOut), Set(found.map(\.bare)))
    guard claimed != real else { return }
    let different = claimed.symmetricDifference(real).sorted(by: LeftOut.precedes)
    throw Failure(
      .integrity,
      "false-claim",
      "MANIFEST leaves out other files and stanzas than the snapshot lacks",
      subject: "\(snapshot.name), \(different[0].label)",
      hint: "ask the exporter who made this bundle; do not import it until that is explained",
      details: different.prefix(100).map {
        (claimed.contains($0) ? "claimed, but there: " : "lacking, but not claimed: ") + $0.line
      }
    )
  }

  /// What people are told of it.
  static func notes(on snapshot: String, _ found: [LeftOut]) -> [Note] {
    guard !found.isEmpty else { return [] }
    return [
      .note(
        "\(snapshot): \(found.count) \(found.count == 1 ? "thing" : "things") that the vendor's indexes "
          + "list \(found.count == 1 ? "is" : "are") not in it: snapshot show \(snapshot)"
      )
    ]
  }
}
