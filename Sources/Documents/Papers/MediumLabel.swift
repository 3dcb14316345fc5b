internal import BundleFormat
internal import QRCode
internal import SafeIO
internal import Transfer

/// The label of one medium.
package struct MediumLabel: Sendable {
  let medium: BundlePapers.Medium
  private let slip: PackingSlip

  init(_ medium: BundlePapers.Medium, of slip: PackingSlip) {
    (self.medium, self.slip) = (medium, slip)
  }

  /// What the medium is called; nil where its number is not known.
  var name: String? { medium.label.map { PaperLine.text($0) } }

  /// Which of how many it is; blank where nobody knows.
  var rank: String {
    let number = medium.number.map { "\($0)" } ?? "____"
    return "\(number) of " + (slip.papers.count.map { "\($0)" } ?? "____")
  }

  /// The same, with the noun.
  var place: String { "medium " + rank }

  /// What a reader of codes gets: stream, sequence, which medium of how many, and the digest, in upper
  /// case, which takes the smallest code.
  var code: String {
    let manifest = slip.papers.manifest
    let number = medium.number.map { "\($0)" } ?? "-"
    let count = slip.papers.count.map { "\($0)" } ?? "-"
    return
      "APTFERRY1 \(manifest.stream) \(manifest.sequence) M\(number)/\(count) \(slip.papers.digest.hex)"
      .uppercased()
  }

  /// The code itself; nil when the text is too long for one, and stands on the label alone.
  var symbol: QRSymbol? {
    do throws(Failure) { return try QRSymbol(code) } catch { return nil }
  }

  /// The chunks and the files of parity on it, as people read them.
  var chunks: String {
    let parity = medium.parity.isEmpty ? [] : ["parity " + MediumLabel.ranges(medium.parity)]
    let parts = (medium.chunks.isEmpty ? [] : [MediumLabel.ranges(medium.chunks)]) + parity
    return parts.isEmpty ? "the lists alone" : parts.joined(separator: ", ")
  }

  /// How many files begin on it, if that is known.
  var files: String { medium.files.map { "\($0)" } ?? "" }

  /// The bytes of its chunks; of parity where it has no chunk.
  var size: String { ByteSize.text(medium.bytes) }

  /// The maker and model of the device; empty where they are not known.
  var model: String { medium.model.map { PaperLine.device($0) } ?? "" }

  /// The serial number of the device; empty where it is not known.
  var serial: String { medium.serial.map { PaperLine.device($0) } ?? "" }

  /// Model and serial number in one line; empty where neither is known.
  var device: String {
    [model, serial.isEmpty ? "" : "serial " + serial].filter { !$0.isEmpty }
      .joined(separator: ", ")
  }

  /// When it was written, or that it is not; empty where nobody knows.
  var written: String { medium.written?.rfc3339 ?? "" }

  /// What the label says below its name, in order.
  var facts: [(name: String, value: String)] {
    let manifest = slip.papers.manifest
    return [
      ("medium", rank), ("bundle", manifest.directory), ("made", manifest.created.rfc3339),
      ("for", manifest.sites.isEmpty ? "any site" : manifest.sites.joined(separator: ", ")),
      ("chunks", "\(chunks); \(size)"), ("device", device),
      ("digest", slip.papers.digest.short),
    ]
      + (slip.papers.signers.isClaimed ? [("note", "NOT VERIFIED: only claimed")] : [])
  }

  /// Numbers as ranges; long lists are cut, and say how many there are.
  static func ranges(_ numbers: [Int]) -> String {
    let text = SpokenRanges.text(numbers)
    guard text.utf8.count > 200 else { return text }
    return text.prefix(200) + "… (\(numbers.count) in all)"
  }
}
