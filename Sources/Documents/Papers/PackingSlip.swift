internal import BundleFormat
internal import OpenPGP
package import SafeIO
package import Transfer

/// The papers that go with a bundle: a packing slip for the set and a label for each medium.
///
/// Text, page and document are written from the same values.
package struct PackingSlip: Sendable {
  /// What people add.
  package struct Remarks: Sendable {
    /// The handling mark, such as a classification; on the slip, and on each label.
    package var marking: String?
    /// What the transfer is for.
    package var purpose: String?

    package init(marking: String? = nil, purpose: String? = nil) {
      (self.marking, self.purpose) = (marking, purpose)
    }

    /// The longest marking, in characters: it must stand on a label as a whole.
    package static let longestMarking = 80
    /// The longest purpose, in characters.
    package static let longestPurpose = 200
  }

  let papers: BundlePapers
  let remarks: Remarks
  /// The program and its version.
  let program: String
  let made: UTCTime

  package init(
    _ papers: BundlePapers,
    _ remarks: Remarks = Remarks(),
    program: String,
    made: UTCTime
  ) {
    (self.papers, self.remarks, self.program, self.made) = (papers, remarks, program, made)
  }

  /// The handling mark as it is printed; empty without one.
  var marking: String { remarks.marking.map { PaperLine.text($0) } ?? "" }

  /// The label of each medium.
  var labels: [MediumLabel] { papers.media.map { MediumLabel($0, of: self) } }

  /// The digest in groups of four digits, eight groups a line.
  var groups: [String] {
    let digits = Array(papers.digest.hex.utf8)
    let groups = stride(from: 0, to: digits.count, by: 4).map { start in
      String(decoding: digits[start..<min(start + 4, digits.count)], as: UTF8.self)
    }
    return stride(from: 0, to: groups.count, by: 8).map { start in
      groups[start..<min(start + 8, groups.count)].joined(separator: " ")
    }
  }

  /// Who signed, and who says so.
  var signature: [String] {
    func grouped(_ text: String) -> String { Fingerprint(text)?.grouped ?? PaperLine.text(text) }
    switch papers.signers {
    case .verified(let keys):
      return keys.map { $0.grouped + " (verified here)" }
    case .own(let keys):
      return keys.map { grouped($0) + " (made by this depot, as its ledger says)" }
    case .claimed(let keys):
      return ["NOT VERIFIED: what this slip says is only claimed by the media"]
        + keys.map { grouped($0) + " (claimed)" }
    }
  }

  /// What the slip says of the transfer; an empty value is a line to be filled in.
  var facts: [(name: String, values: [String])] {
    let manifest = papers.manifest
    let sites = manifest.sites.map { PaperLine.text($0) }.joined(separator: ", ")
    let snapshots = manifest.snapshots.map { PaperLine.text($0.name) }.joined(separator: ", ")
    let purpose = remarks.purpose.map { PaperLine.text($0) } ?? ""
    var facts: [(name: String, values: [String])] = []
    func add(_ name: String, _ values: String...) { facts.append((name, values)) }
    add("Bundle", manifest.directory)
    add("Stream", manifest.stream)
    add("Sequence", "\(manifest.sequence)")
    add("Made", manifest.created.rfc3339)
    if let expires = manifest.expires { add("Expires", expires.rfc3339) }
    add("For", sites.isEmpty ? "any site" : sites)
    add("Purpose", purpose)
    add("Handling", marking)
    add("Digest", papers.digest.hex)
    facts.append(("To read out", groups))
    facts.append(("Signed by", signature))
    add("Snapshots", snapshots)
    add("Content", content)
    add("Media", extent)
    add("Slip made", "\(made.rfc3339) by \(program)")
    return facts
  }

  private var content: String {
    let manifest = papers.manifest
    return
      "\(ByteSize.text(manifest.chunkBytes)) in \(Counted.text(manifest.chunks.count, "chunk"))"
  }

  /// How many of the media the slip is for.
  private var extent: String {
    let here = papers.media.count
    guard let count = papers.count else {
      return "\(here) of a set; chunks on others: " + MediumLabel.ranges(papers.missing)
    }
    guard !papers.missing.isEmpty else { return "\(count), all of the bundle" }
    return "\(here) of \(count); chunks on others: " + MediumLabel.ranges(papers.missing)
  }
}
