internal import Documents
internal import Operations
internal import SafeIO
internal import Transfer

/// Chunks that are written once more.
extension Export {
  func runResend(_ request: String) throws {
    let line = output.progress
    defer { line.end() }
    var order = ResendOrder(.path(absolutePath(request)), to: absolutePath(destinations[0]))
    (order.discardsPartial, order.isDryRun) = (discardPartial, dryRun)
    let result = try location.session(output, line).resend(order)
    line.end()
    output.show(
      ExportText.json(
        dryRun ? .planned : .resent,
        [
          ("dryRun", .bool(dryRun)), ("bundle", .string(result.place)),
          ("name", .string(result.bundle)), ("digest", .string(result.digest.hex)),
          ("short", .string(result.digest.short)), ("chunks", .number(Int64(result.chunks))),
          ("files", .number(Int64(result.files))), ("bytes", .count(result.bytes)),
        ]
      ),
      [
        "bundle:   \(Escaped.line(result.place))",
        (dryRun ? "would be: " : "again:    ")
          + "\(Counted.text(result.chunks, "chunk")) and \(Counted.text(result.files, "file")), "
          + ByteSize.text(result.bytes),
        "digest:   \(result.digest.short)   (the same as before)",
      ]
    )
  }
}
