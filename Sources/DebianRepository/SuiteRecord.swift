package import SafeIO

/// What was found of one suite when a snapshot was made: the part of an upstream's statement that
/// travels in a manifest, so that the other side can show and check it.
package struct SuiteRecord: Hashable, Sendable {
  /// The distribution as `apt` names it: `bookworm`, `bookworm/updates`, or a flat repository's
  /// path with its final slash (`./` for the root).
  package let distribution: String
  /// Primary fingerprints of the pinned keys that signed the Release file; empty for a suite that
  /// was taken unsigned because the operator said so.
  package let signedBy: [String]
  /// The `Date` of the Release file, when it has one.
  package let date: UTCTime?

  package init(distribution: String, signedBy: [String], date: UTCTime?) {
    self.distribution = distribution
    self.signedBy = signedBy
    self.date = date
  }

  /// Whether the suite has no verified signature.
  package var isUnsigned: Bool { signedBy.isEmpty }

  /// Whether the repository is flat: no `dists`, no components.
  package var isFlat: Bool { distribution.hasSuffix("/") }

  /// The directory of the Release file below the archive root, with a final slash, or empty for
  /// the root itself: `dists/bookworm/`, `packages/`.
  package var directory: String {
    guard isFlat else { return "dists/\(distribution)/" }
    return distribution == "./" || distribution == "/" ? "" : distribution
  }

  /// One line: `bookworm signed FPR,FPR 2026-11-22T08:00:00Z`, with `unsigned -` and `-` for what
  /// is not there.
  package var line: String {
    let signers = signedBy.isEmpty ? "unsigned -" : "signed " + signedBy.joined(separator: ",")
    return "\(distribution) \(signers) \(date?.rfc3339 ?? "-")"
  }

  /// How many keys can have signed a suite: a Release file has at most so many signatures.
  package static let mostSigners = 16

  /// Exactly a line as `line` writes it; nil for anything else.
  package init?(line: some StringProtocol) {
    let parts = line.split(separator: " ", maxSplits: 4, omittingEmptySubsequences: false)
    guard parts.count == 4, SuiteRecord.isDistribution(parts[0]) else { return nil }
    let signers: [String]
    switch (parts[1], parts[2]) {
    case ("unsigned", "-"): signers = []
    case ("signed", let list):
      signers = list.split(
        separator: "," as Character,
        maxSplits: SuiteRecord.mostSigners,
        omittingEmptySubsequences: false
      )
      .map { String($0) }
      guard signers.count <= SuiteRecord.mostSigners, signers.allSatisfy(SuiteRecord.isFingerprint), Set(signers).count == signers.count
      else { return nil }
    default: return nil
    }
    var date: UTCTime?
    if parts[3] != "-" {
      guard let read = UTCTime(rfc3339: parts[3]) else { return nil }
      date = read
    }
    self.init(distribution: String(parts[0]), signedBy: signers, date: date)
  }

  /// 40 (v4) upper-case hexadecimal digits.
  private static func isFingerprint(_ text: String) -> Bool {
    text.utf8.count == 40
      && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x41...0x46).contains($0) }
  }

  /// Whether this can be the name of a distribution, or a flat repository's path.
  package static func isDistribution(_ text: some StringProtocol) -> Bool {
    if text == "./" || text == "/" { return true }
    let name = text.hasSuffix("/") ? String(text.dropLast()) : String(text)
    return !name.contains(" ") && RelativePath(name) != nil
  }
}
