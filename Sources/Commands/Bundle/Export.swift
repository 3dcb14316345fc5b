internal import ArgumentParser
internal import BundleFormat
internal import Depot
internal import OpenPGP
internal import SafeIO
internal import Transfer

/// `aptferry export`.
struct Export: ParsableCommand, Promising, Audited {
  static let afterRefusal =
    "the ledger has no new bundle; a directory that ends in .partial is none either"

  static let configuration = CommandConfiguration(
    abstract: "Write snapshots as a signed bundle of chunked archives.",
    discussion: """
      Examples:
        aptferry export bookworm-1 --to /media/stick
        aptferry export bookworm-1 security-1 --to out --chunk-size 4.3GB
        aptferry export bookworm-1 --to /media/stick --dry-run

      The bundle's directory is <stream>-<sequence>. Interrupted, it ends in
      .partial; run the same command again and finished chunks are checked and
      used again.

      Exit statuses: 11 an object of the depot is damaged (depot check), 15 the
      medium is too small (it says by how much), 17 another command holds the
      depot, 18 a directory of the bundle's name is there already.
      """
  )

  @OptionGroup var location: DepotOptions
  @OptionGroup var output: OutputOptions

  @Argument(help: "The snapshots.")
  var snapshots: [String]

  @Option(
    name: .customLong("to"),
    help: ArgumentHelp("The medium: the directory that gets the bundle's one.", valueName: "dir")
  )
  var destination: String

  @Option(help: "The stream, instead of the site's name.")
  var stream: String?

  @Option(help: ArgumentHelp("The largest chunk file, as 700M, 4.3GB, 1GiB.", valueName: "size"))
  var chunkSize = ByteSize(bytes: BundleLimits.standardChunkSize)

  @Flag(help: "Allow chunks of 4 GiB and more, which FAT32 cannot hold.")
  var largeFiles = false

  @Option(
    help: ArgumentHelp(
      "The time in the manifest, as 2026-11-22T21:00:00Z; else SOURCE_DATE_EPOCH or now.",
      valueName: "time"
    )
  )
  var created: String?

  @Flag(help: "Show what would be written, and write nothing.")
  var dryRun = false

  var audit: AuditSubject? {
    dryRun
      ? nil
      : AuditSubject(
        "export",
        [
          AuditField("snapshots", snapshots), AuditField("to", [absolutePath(destination)]),
          AuditField("stream", stream.map { [$0] } ?? []),
        ]
      )
  }

  func run() throws {
    let depot = try location.open()
    let exporter = try Exporter(
      ExportRequest(
        snapshots: snapshots,
        destination: absolutePath(destination),
        stream: stream,
        chunkSize: chunkSize.bytes,
        allowsLargeChunks: largeFiles,
        created: try time()
      ),
      depot: depot
    )
    if dryRun {
      let summary = try exporter.plan()
      output.show(
        Export.json(summary, []),
        Export.lines(summary) + ["needed:   \(ByteSize.text(summary.needed)) on the medium"]
      )
      return
    }
    let key = try DepotIdentity.load(from: depot)
    let line = output.progress
    defer { line.end() }
    let result = try exporter.export(signingWith: key, progress: line.sink)
    line.end()
    AuditTrail.add("bundle", "\(result.summary.stream) \(result.summary.sequence)")
    AuditTrail.add("digest", result.digest.hex)
    AuditTrail.add("signed-by", key.fingerprint.text)
    if result.reusedChunks > 0 {
      output.note("\(result.reusedChunks) finished chunks of an interrupted run were used again")
    }
    if result.wasFinishedBefore {
      output.note("an interrupted run had completed this bundle; it is in the ledger now")
    }
    output.show(
      Export.json(
        result.summary,
        [
          ("digest", .string(result.digest.hex)), ("short", .string(result.digest.short)),
          ("bytes", .count(result.bytes)), ("reusedChunks", .number(Int64(result.reusedChunks))),
        ]
      ),
      Export.lines(result.summary) + [
        "size:     \(ByteSize.text(result.bytes))",
        "digest:   \(result.digest.short)   (read it to the other side)",
      ]
    )
  }

  private func time() throws -> UTCTime {
    if let created {
      guard let time = UTCTime(rfc3339: created) else {
        throw Failure(
          .usage,
          "arguments",
          "--created takes a time like 2026-11-22T21:00:00Z",
          subject: created
        )
      }
      return time
    }
    guard let epoch = environment("SOURCE_DATE_EPOCH") else { return .now() }
    guard let seconds = DecimalNumber.read(epoch), seconds <= UInt64(UTCTime.latest.seconds) else {
      throw Failure(
        .usage,
        "arguments",
        "SOURCE_DATE_EPOCH is not a number of seconds",
        subject: epoch,
        hint: "unset it, or give --created"
      )
    }
    return UTCTime(seconds: Int64(seconds))
  }

  private static func json(_ summary: ExportSummary, _ more: [(String, JSONText)]) -> JSONText {
    .object(
      [
        ("stream", .string(summary.stream)), ("sequence", .count(summary.sequence)),
        ("bundle", .string(summary.place)), ("chunks", .number(Int64(summary.chunks))),
        ("files", .number(Int64(summary.files))), ("plainBytes", .count(summary.chunkBytes)),
        ("needed", .count(summary.needed)), ("free", .count(summary.free)),
      ] + more
    )
  }

  private static func lines(_ summary: ExportSummary) -> [String] {
    [
      "bundle:   \(Escaped.line(summary.place))",
      "content:  \(summary.files) files in \(summary.chunks) chunks",
    ]
  }
}
