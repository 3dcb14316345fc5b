internal import BundleFormat
package import Operations
internal import SafeIO
package import Transfer

/// How an export on several media is shown.
package enum ExportSetText {
  /// The plan of a dry run.
  package static func json(_ summary: MediaSetSummary) -> JSONText {
    ExportText.json(
      .planned,
      about(summary) + [
        ("dryRun", .bool(true)), ("media", .number(Int64(summary.media.count + summary.lacking))),
        (
          "set",
          set(
            summary.media,
            chunkSize: summary.chunkSize,
            left: summary.left,
            [
              ("unplacedBytes", .count(summary.unplacedBytes)),
              ("lacking", .number(Int64(summary.lacking))),
              ("spare", .number(Int64(summary.spare))),
            ]
          )
        ),
      ]
    )
  }

  /// What was written.
  package static func json(_ result: ExportSetResult) -> JSONText {
    ExportText.json(
      .made,
      (result.summary.map(about) ?? [("name", .string(result.record.bundle))]) + [
        ("dryRun", .bool(false)), ("digest", .string(result.digest.hex)),
        ("short", .string(result.digest.short)),
        ("bytes", .count(result.record.media.reduce(0) { $0 &+ $1.bytes })),
        ("media", .number(Int64(result.record.media.count))),
        (
          "set",
          set(
            result.record.media,
            chunkSize: result.record.chunkSize,
            left: nil,
            [
              ("unplacedBytes", .count(0)), ("lacking", .number(0)), ("spare", .number(0)),
            ]
          )
        ),
      ]
    )
  }

  private static func about(_ summary: MediaSetSummary) -> [(String, JSONText)] {
    [
      ("name", .string(summary.bundle)), ("stream", .string(summary.stream)),
      ("sequence", .count(summary.sequence)), ("chunks", .number(Int64(summary.chunks))),
      ("files", .number(Int64(summary.files))), ("plainBytes", .count(summary.chunkBytes)),
      ("relied", .count(summary.increment.relied)),
      ("parity", summary.parity.map { ParityText.json($0) } ?? .null),
      ("bases", .array(summary.increment.bases.map { .string($0.hex) })),
      ("notes", JSONDocument.json(summary.increment.notes)),
    ]
  }

  private static func set(
    _ media: [MediaSetRecord.Medium],
    chunkSize: UInt64,
    left: [UInt64]?,
    _ more: [(String, JSONText)]
  ) -> JSONText {
    let list = media.enumerated().map { index, medium in
      JSONText.object([
        ("number", .number(Int64(medium.number))), ("label", .string(medium.label)),
        ("kind", .string(medium.kind)), ("capacity", .count(medium.capacity)),
        ("chunks", .string(SpokenRanges.text(medium.chunks))),
        ("parity", .string(SpokenRanges.text(medium.parity))), ("bytes", .count(medium.bytes)),
        ("files", .number(Int64(medium.files))), ("left", left.map { .count($0[index]) } ?? .null),
        ("written", medium.written.map { .string($0.at.rfc3339) } ?? .null),
        ("place", medium.written.map { .string($0.place) } ?? .null),
        ("model", medium.written?.model.map { .string($0) } ?? .null),
        ("serial", medium.written?.serial.map { .string($0) } ?? .null),
        ("readBack", medium.written.map { .string($0.readBack.rawValue) } ?? .null),
      ])
    }
    return .object([("chunkSize", .count(chunkSize)), ("media", .array(list))] + more)
  }

  /// The plan, for people.
  package static func lines(_ summary: MediaSetSummary) -> [String] {
    [
      "bundle:   \(Escaped.line(summary.bundle))",
      "content:  \(Counted.text(summary.files, "file")) in "
        + "\(Counted.text(summary.chunks, "chunk")), \(ByteSize.text(summary.chunkBytes))"
        + (summary.increment.relied == 0
          ? "" : "; \(summary.increment.relied) files are at the receiver already"),
      "chunks:   filled to \(ByteSize.text(summary.chunkSize)); --chunk-size \(summary.chunkSize) "
        + "makes the same ones again",
    ]
      + zip(summary.media, summary.left).map { medium, left in
        // How much a store has left, nobody knows.
        line(medium, of: summary.media.count)
          + (StoreAddress.isOne(medium.kind) ? "" : "; \(ByteSize.text(left)) left")
      } + ends(summary)
  }

  private static func ends(_ summary: MediaSetSummary) -> [String] {
    if summary.unplacedBytes > 0 {
      let more =
        summary.lacking > 0
        ? "; \(Counted.text(summary.lacking, "medium", "media")) more like the last would do"
        : ""
      return ["no place: \(ByteSize.text(summary.unplacedBytes))" + more]
    }
    let parity = summary.parity.map { [ParityText.line($0), loss(summary)] } ?? []
    guard summary.spare > 0 else { return parity }
    return parity + [
      "spare:    \(Counted.text(summary.spare, "medium is", "media are")) not needed"
    ]
  }

  private static func line(_ medium: MediaSetRecord.Medium, of count: Int) -> String {
    "medium:   \(medium.number) of \(count), \(medium.label), \(Escaped.line(medium.kind)): "
      + content(medium)
  }

  private static func content(_ medium: MediaSetRecord.Medium) -> String {
    var parts: [String] = []
    if !medium.chunks.isEmpty { parts.append("chunks \(SpokenRanges.text(medium.chunks))") }
    if !medium.parity.isEmpty { parts.append("parity \(SpokenRanges.text(medium.parity))") }
    return parts.isEmpty
      ? "the lists alone" : parts.joined(separator: ", ") + ", " + ByteSize.text(medium.bytes)
  }

  /// Which media may be lost.
  private static func loss(_ summary: MediaSetSummary) -> String {
    if summary.losable.isEmpty { return "loss:     no medium may be lost as a whole" }
    return summary.losable.count == summary.media.count
      ? "loss:     any one of the media may be lost"
      : "loss:     one of the media \(SpokenRanges.text(summary.losable)) may be lost"
  }

  /// What was written, for people.
  package static func lines(_ result: ExportSetResult) -> [String] {
    let record = result.record
    return ["bundle:   \(Escaped.line(record.bundle))"]
      + record.media.map { medium in
        line(medium, of: record.media.count)
          + (medium.written.map { "; written to \(Escaped.line($0.place))" } ?? "; MISSING")
      } + ["digest:   \(result.digest.short)   (read it to the other side)"]
  }
}
