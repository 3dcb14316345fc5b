internal import Documents
internal import SafeIO
internal import Transfer

/// What an export on one medium came to, for people and for scripts.
extension Export {
  func showNothingToCarry() {
    output.show(
      ExportText.json(.nothing, [("dryRun", .bool(dryRun))]),
      [
        "nothing to carry: \(sites.joined(separator: ", ")) acknowledged these snapshots already",
        "(use --full to write a complete bundle anyway)",
      ]
    )
  }

  func show(_ summary: ExportSummary) {
    let media = summary.needed <= summary.free ? 1 : summary.media(for: summary.chunkBytes)
    output.show(
      ExportText.json(
        .planned,
        summary,
        [
          ("dryRun", .bool(true)), ("media", media.map { .count($0) } ?? .null),
          ("parity", summary.parity.map { ParityText.json($0) } ?? .null),
        ]
      ),
      ExportText.lines(summary, withMedia: true)
        + (summary.parity.map { [ParityText.line($0)] } ?? [])
        + [
          "needed:   \(ByteSize.text(summary.needed)) on the medium: "
            + (media == 1 ? "it fits" : ExportText.media(media))
        ]
    )
  }

  func show(_ result: ExportResult) {
    if result.reusedChunks > 0 {
      let count = Counted.text(result.reusedChunks, "finished chunk")
      output.note("\(count) of an interrupted run used again")
    }
    if result.replacedChunks > 0 {
      let count = Counted.text(result.replacedChunks, "finished chunk")
      output.note("note: replaced \(count) of an interrupted run that had other content")
    }
    if result.wasFinishedBefore {
      output.note("an interrupted run had completed this bundle; it is in the ledger now")
    }
    output.show(
      ExportText.json(result),
      ExportText.lines(result.summary) + [
        "size:     \(ByteSize.text(result.bytes))"
      ] + (result.parity.map { [ParityText.line($0)] } ?? []) + [
        "digest:   \(result.digest.short)   (read it to the other side)"
      ],
      file: slip.slip
    )
  }
}
