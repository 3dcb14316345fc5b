package import BundleFormat
internal import DebianRepository
internal import OpenPGP
internal import SafeIO

/// How parts of a bundle are shown.
package enum BundleText {
  /// A fingerprint as people compare it; text that is none stays as it is.
  package static func fingerprint(_ text: String) -> String {
    Fingerprint(text)?.grouped ?? Escaped.line(text)
  }

  /// When sites stop taking a bundle in; nothing where it has no end.
  static func end(of manifest: Manifest) -> [String] {
    guard let expires = manifest.expires else { return [] }
    let isOver = expires <= .now()
    return ["expires:   \(expires)" + (isOver ? ", EXPIRED: no site takes it in any more" : "")]
  }

  package static func json(_ snapshot: Manifest.Snapshot) -> JSONText {
    .object([
      ("name", .string(snapshot.name)),
      ("digest", .string(snapshot.digest.hex)),
      ("kind", .string(snapshot.isVerbatim ? "verbatim" : "composed")),
      ("files", .count(snapshot.files)),
      ("bytes", .count(snapshot.bytes)),
      (
        "suites",
        .array(
          snapshot.suites.map { suite in
            .object([
              ("distribution", .string(suite.distribution)),
              ("unsigned", .bool(suite.isUnsigned)),
              ("claimedSigners", .array(suite.signedBy.map { .string($0) })),
              ("date", suite.date.map { .string($0.rfc3339) } ?? .null),
            ])
          }
        )
      ),
      ("leftOut", LeftOutText.json(snapshot.leftOut)),
    ])
  }

  package static func lines(_ snapshot: Manifest.Snapshot) -> [String] {
    [line(snapshot)] + LeftOutText.lines(snapshot.leftOut, prefix: "LACKS:     ")
  }

  private static func line(_ snapshot: Manifest.Snapshot) -> String {
    let unsigned = snapshot.suites.filter(\.isUnsigned).map(\.distribution)
    let warning =
      if !snapshot.isVerbatim {
        ", composed: its packages' vendors are checked one by one at the import"
      } else if !unsigned.isEmpty {
        ", UNSIGNED by its vendor: " + unsigned.joined(separator: ", ")
      } else {
        ""
      }
    return "snapshot:  \(snapshot.name), \(Counted.text(snapshot.files, "file")), "
      + "\(ByteSize.text(snapshot.bytes))\(warning)"
  }
}
