package import SafeIO

/// Names of streams, sites and snapshots, and the directory name of a bundle
/// (`docs/formats/bundle-format.md`, section "Names").
package enum BundleName {
  /// Whether the text can name a stream, a site or a snapshot: 1 to 100 of `a`–`z`, `A`–`Z`,
  /// `0`–`9`, `.`, `_`, `+`, `~`, `-`, beginning with a letter or digit, not ending in a dot.
  package static func isValid(_ name: some StringProtocol) -> Bool {
    let bytes = Array(name.utf8)
    guard let first = bytes.first, let last = bytes.last, bytes.count <= BundleLimits.nameLength
    else { return false }
    return isAlphanumeric(first) && last != 0x2e
      && bytes.allSatisfy { isAlphanumeric($0) || [0x2e, 0x5f, 0x2b, 0x7e, 0x2d].contains($0) }
  }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
  }

  /// Refuses a name that `isValid` does not accept; `what` says what it was to name.
  package static func check(_ name: String, _ what: String) throws(Failure) {
    guard isValid(name) else {
      throw Failure(
        .usage,
        "name",
        "this cannot name a \(what)",
        subject: name,
        hint: "use 1 to 100 letters, digits, dots, hyphens, underscores, plus or tilde signs, "
          + "beginning with a letter or digit"
      )
    }
  }

  /// The directory of a bundle on a medium: stream, hyphen, sequence in at least six digits.
  package static func directory(stream: String, sequence: UInt64) -> String {
    "\(stream)-\(padded(sequence, 6))"
  }

  /// A number in at least `width` digits.
  package static func padded(_ number: UInt64, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
  }
}
