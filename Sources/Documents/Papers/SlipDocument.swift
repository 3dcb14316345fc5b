internal import BundleFormat
internal import OpenPGP
internal import SafeIO
internal import Transfer

/// A packing slip and its labels as a document for programs.
package enum SlipDocument {
  /// The slips of some bundles.
  package static func json(_ slips: [PackingSlip]) -> JSONText {
    .object([("slips", .array(slips.map(json)))])
  }

  private static func json(_ slip: PackingSlip) -> JSONText {
    let (papers, manifest) = (slip.papers, slip.papers.manifest)
    let (standing, keys): (String, [String]) =
      switch papers.signers {
      case .verified(let keys): ("verified", keys.map(\.text))
      case .own(let keys): ("own", keys)
      case .claimed(let keys): ("claimed", keys)
      }
    return .object([
      ("bundle", .string(manifest.directory)), ("stream", .string(manifest.stream)),
      ("sequence", .count(manifest.sequence)), ("created", .string(manifest.created.rfc3339)),
      ("expires", manifest.expires.map { .string($0.rfc3339) } ?? .null),
      ("sites", strings(manifest.sites)),
      ("purpose", slip.remarks.purpose.map { .string($0) } ?? .null),
      ("marking", slip.remarks.marking.map { .string($0) } ?? .null),
      ("digest", .string(papers.digest.hex)), ("short", .string(papers.digest.short)),
      ("groups", .string(slip.groups.joined(separator: " "))),
      ("standing", .string(standing)), ("signers", strings(keys)),
      ("snapshots", strings(manifest.snapshots.map(\.name))),
      ("chunks", .number(Int64(manifest.chunks.count))), ("bytes", .count(manifest.chunkBytes)),
      ("count", papers.count.map { .number(Int64($0)) } ?? .null),
      ("media", .array(slip.labels.map(json))),
      ("elsewhere", .array(papers.missing.map { .number(Int64($0)) })),
      ("made", .string(slip.made.rfc3339)), ("program", .string(slip.program)),
    ])
  }

  private static func json(_ label: MediumLabel) -> JSONText {
    let medium = label.medium
    return .object([
      ("number", medium.number.map { .number(Int64($0)) } ?? .null),
      ("label", text(medium.label)), ("chunks", numbers(medium.chunks)),
      ("parity", numbers(medium.parity)),
      ("bytes", .count(medium.bytes)),
      ("files", medium.files.map { .number(Int64($0)) } ?? .null), ("model", text(medium.model)),
      ("serial", text(medium.serial)), ("written", text(medium.written?.rfc3339)),
      ("place", text(medium.place)), ("readBack", text(medium.readBack?.rawValue)),
      ("image", text(medium.image?.hex)), ("code", .string(label.code)),
    ])
  }

  private static func numbers(_ values: [Int]) -> JSONText {
    .array(values.map { .number(Int64($0)) })
  }

  private static func text(_ value: String?) -> JSONText { value.map { .string($0) } ?? .null }

  private static func strings(_ values: [String]) -> JSONText { .array(values.map { .string($0) }) }
}
