internal import ArgumentParser
internal import Depot
internal import OpenPGP
internal import Publishing
internal import SafeIO
internal import Transfer

/// `aptferry import`.
struct Import: ParsableCommand, Promising {
  static let afterRefusal =
    "no snapshot of the refused bundle was added; the media were only read"

  static let configuration = CommandConfiguration(
    abstract: "Take bundles from media into the depot.",
    discussion: """
      Examples:
        aptferry import /media/stick
        aptferry import /media/disc1 /media/disc2     in any order
        aptferry import /media/disc1                  then the next disc

      The exporter's signature, every chunk, every file, and the vendor's own
      chain (InRelease, indexes, packages) are checked with the keys pinned here.
      Media are only read. What has arrived is kept when other media are missing.

      Exit statuses: 0 imported, or the same bundle was imported before; 10 a key
      is not pinned or a signature is bad; 11 damaged, 12 something is missing
      (both name every chunk); 13 older than what was accepted, or the clock is
      behind; 14 links, devices or the like on the medium; 15 not enough space;
      17 another command holds the depot.
      """
  )

  @OptionGroup var location: DepotOptions
  @OptionGroup var output: OutputOptions

  @Argument(help: "Bundles, or media that hold some, in any order.")
  var media: [String]

  @Flag(help: "Check signature and acceptance, say what is new or missing, and change nothing.")
  var dryRun = false

  func run() throws {
    let now = UTCTime.now()
    let depot = try location.open()
    let line = output.progress
    defer { line.end() }
    let results = try Importer(
      ImportRequest(media: media, now: now, isDryRun: dryRun),
      depot: depot
    ).run(progress: line.sink)
    line.end()
    for result in results {
      for note in result.notes { output.note("note: \(result.name): \(note)") }
    }
    output.show(.array(results.map(Import.json)), results.flatMap(Import.lines))
  }

  private static func json(_ result: ImportResult) -> JSONText {
    .object([
      ("bundle", .string(result.name)),
      ("outcome", .string(result.outcome.rawValue)),
      ("digest", .string(result.digest.hex)),
      ("short", .string(result.digest.short)),
      ("signers", .array(result.signers.map { .string($0.text) })),
      ("newBytes", .count(result.newBytes)),
      ("snapshots", .array(result.snapshots.map(BundleText.json))),
      ("notes", .array(result.notes.map { .string($0) })),
    ])
  }

  private static func lines(_ result: ImportResult) -> [String] {
    var lines = ["bundle:    \(result.name): \(result.outcome.rawValue)"]
    lines += result.signers.map { "signed by: \($0.grouped)" }
    lines += result.snapshots.map(BundleText.line)
    if result.outcome != .alreadyImported {
      lines.append("new:       \(ByteSize.text(result.newBytes))")
    }
    lines.append("digest:    \(result.digest.short)")
    return lines.map { Escaped.line($0) }
  }
}
