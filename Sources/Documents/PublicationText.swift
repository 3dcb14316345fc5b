internal import DebianRepository
package import Depot
package import Publishing
internal import SafeIO

/// How publications are shown.
package enum PublicationText {
  // MARK: what a command did

  package static func json(_ result: PublicationResult) -> JSONText {
    .object([
      ("prefix", .string(result.prefix)),
      ("generation", .count(result.generation)),
      ("unchanged", .bool(result.isUnchanged)),
      ("dryRun", .bool(result.isDryRun)),
      ("restored", result.restored.map { .count($0) } ?? .null),
      ("files", .count(result.files)),
      ("bytes", .count(result.bytes)),
      ("newFiles", .count(result.newFiles)),
      ("newBytes", .count(result.newBytes)),
      ("copies", .count(result.copies)),
      ("listing", .string(result.listing.hex)),
      ("path", .string(result.path)),
      ("suites", .array(result.suites.map { .string($0.distribution) })),
      ("distributions", .array(result.recipe.distributions.map(json))),
      ("notes", JSONDocument.json(result.notes)),
    ])
  }

  package static func lines(_ result: PublicationResult) -> [String] {
    let generation =
      result.isDryRun
      ? (result.isUnchanged ? "none would be made: nothing has changed" : "would be made")
      : "\(result.generation)" + (result.isUnchanged ? " (unchanged)" : "")
    var lines = [
      "prefix:     \(result.prefix)",
      "generation: " + generation
        + (result.restored.map { ", what generation \($0) had" } ?? ""),
      "from:       " + result.snapshots.map(\.name).joined(separator: ", "),
      "content:    \(Counted.text(result.files, "file")), \(ByteSize.text(result.bytes))"
        + (result.copies > 0 ? ", \(result.copies) of them copied" : ""),
    ]
    if !result.isUnchanged {
      lines.append(
        "new:        \(Counted.text(result.newFiles, "file")), \(ByteSize.text(result.newBytes))"
      )
    }
    lines.append(
      "suites:     "
        + result.suites.map(SuiteText.name).joined(separator: ", ")
    )
    for distribution in result.recipe.distributions where distribution.mode != .verbatim {
      lines.append("signed:     " + signature(distribution))
    }
    lines.append("path:       \(result.path)")
    return lines.map { Escaped.line($0) }
  }

  private static func signature(_ distribution: DistributionRecipe) -> String {
    var text = "\(distribution.name) by this site"
    if let date = distribution.release?.date { text += ", \(date)" }
    if let until = distribution.validUntil { text += ", valid until \(until)" }
    if distribution.mode == .both { text += "; the vendor's at \(vendorName)" }
    return text
  }

  private static let vendorName = "PREFIX/vendor"

  // MARK: what there is

  package static func json(_ publication: Publication) -> JSONText {
    .object([
      ("prefix", .string(publication.prefix)),
      ("path", .string(publication.path)),
      ("current", json(publication.current)),
      ("kept", .array(publication.kept.map(json))),
      ("suites", .array(publication.suites.map { .string($0.distribution) })),
      ("distributions", .array(publication.recipe.distributions.map(json))),
      ("keep", .count(UInt64(publication.recipe.kept))),
      ("grace", .number(publication.recipe.grace)),
      ("form", .string(publication.recipe.form.rawValue)),
      ("links", .bool(publication.recipe.hasLinks)),
      (
        "signers",
        .array(
          publication.recipe.signers.map {
            .object([
              ("fingerprint", .string($0.fingerprint)),
              ("home", $0.home.map { .string($0) } ?? .null),
            ])
          }
        )
      ),
      ("url", publication.recipe.url.map { .string($0) } ?? .null),
      ("held", .array(publication.held.map(json))),
      ("leftOut", LeftOutText.json(publication.leftOut)),
    ])
  }

  private static func json(_ held: HeldAddress) -> JSONText { .object(members(held)) }

  /// An address that a command holds, or would hold.
  package static func json(_ held: HeldAddress, isDryRun: Bool) -> JSONText {
    .object(members(held) + [("dryRun", .bool(isDryRun))])
  }

  private static func members(_ held: HeldAddress) -> [(String, JSONText)] {
    [
      ("prefix", .string(held.prefix)),
      ("snapshot", .string(held.snapshot)),
      ("since", .string(held.made.rfc3339)),
      ("reason", held.reason.isEmpty ? .null : .string(held.reason)),
    ]
  }

  package static func json(_ generation: GenerationRecord) -> JSONText {
    .object([
      ("generation", .count(generation.number)),
      ("created", .string(generation.made.rfc3339)),
      ("files", .count(generation.files)),
      ("bytes", .count(generation.bytes)),
      ("listing", .string(generation.listing.hex)),
      ("snapshots", .array(generation.snapshots.map { .string($0.name) })),
      ("action", .string(generation.action.rawValue)),
      ("reason", generation.reason.isEmpty ? .null : .string(generation.reason)),
    ])
  }

  package static func json(_ distribution: DistributionRecipe) -> JSONText {
    .object([
      ("distribution", .string(distribution.name)),
      ("mode", .string(distribution.mode.rawValue)),
      ("snapshot", .string(distribution.snapshot.name)),
      (
        "components",
        .object(distribution.components.map { ($0.component, .string($0.snapshot.name)) })
      ),
      (
        "vendor",
        distribution.vendor.map { vendor in
          .object([
            ("names", .array(vendor.names.map { .string($0) })),
            ("keys", .array(vendor.keys.map { .string($0) })),
            ("unsigned", .bool(vendor.isUnsigned)),
            ("vouchedBy", .array(vendor.vouchers.map { .string($0) })),
          ])
        } ?? .null
      ),
      ("validFor", distribution.validFor.map { .number($0) } ?? .null),
      ("signedBy", .bool(distribution.namesSigners)),
      ("date", distribution.release?.date.map { .string($0.rfc3339) } ?? .null),
      ("validUntil", distribution.validUntil.map { .string($0.rfc3339) } ?? .null),
      ("fields", .object(distribution.fields.sorted { $0.key < $1.key }.map { ($0, .string($1)) })),
    ])
  }

  /// The settings that a publish keeps.
  private static func settings(_ recipe: PublicationRecipe) -> [String] {
    var lines: [String] = []
    if recipe.distributions.contains(where: { $0.mode.hasResigned }) {
      let keys = recipe.signers.map { key in
        key.fingerprint + (key.home.map { " in \($0)" } ?? "")
      }
      lines.append(
        "signers: " + (keys.isEmpty ? "the depot's own key" : keys.joined(separator: ", "))
      )
    }
    for distribution in recipe.distributions where distribution.mode.hasResigned {
      var words: [String] = []
      if let seconds = distribution.validFor {
        words.append("--valid-for \(TimeText.length(seconds))")
      }
      if distribution.namesSigners { words.append("--signed-by") }
      if !words.isEmpty {
        lines.append("setting: \(distribution.name): " + words.joined(separator: " "))
      }
    }
    lines.append(
      "files:   \(recipe.form.rawValue)" + (recipe.hasLinks ? "" : ", no links")
        + "; \(recipe.kept) generation\(recipe.kept == 1 ? "" : "s") kept, each for at least "
        + TimeText.length(recipe.grace)
    )
    return lines
  }

  package static func lines(_ publication: Publication) -> [String] {
    var lines = ["prefix:  \(publication.prefix)", "path:    \(publication.path)"]
    for (suite, distribution) in zip(publication.suites, publication.recipe.distributions) {
      lines.append("suite:   \(SuiteText.name(suite))")
      if !suite.vouchedBy.isEmpty { lines.append("         \(SuiteText.proof(suite))") }
      if let vendor = distribution.vendor, !vendor.names.isEmpty {
        let names = MirrorRecord.shownNames(vendor.names)
        lines.append("         vendor \(names.joined(separator: ", "))")
      }
      lines.append(
        "         \(distribution.mode.rawValue), from \(distribution.snapshot.name)"
          + distribution.components.map { ", \($0.component) from \($0.snapshot.name)" }.joined()
      )
      if distribution.mode.hasResigned { lines.append("         " + signature(distribution)) }
      for (name, value) in distribution.fields.sorted(by: { $0.key < $1.key }) {
        lines.append("         \(name): \(value)")
      }
    }
    lines += LeftOutText.lines(publication.leftOut, prefix: "LACKS:   ")
    if let url = publication.recipe.url { lines.append("url:     \(url)") }
    lines += settings(publication.recipe)
    for held in publication.held {
      lines.append(
        "held:    snapshots/\(held.snapshot) since \(held.made)"
          + (held.reason.isEmpty ? "" : " (\(held.reason))")
      )
    }
    for generation in [publication.current] + publication.kept.reversed() {
      let isCurrent = generation.number == publication.current.number
      lines.append(
        (isCurrent ? "current: " : "kept:    ") + "generation \(generation.number) of "
          + "\(generation.made): \(Counted.text(generation.files, "file")), \(ByteSize.text(generation.bytes)), "
          + generation.snapshots.map(\.name).joined(separator: ", ")
          + (generation.reason.isEmpty
            ? "" : " (\(generation.action.rawValue): \(generation.reason))")
      )
    }
    return lines.map { Escaped.line($0) }
  }
}
