internal import Documents
internal import Operations
internal import SafeIO
internal import Transfer

/// An export on several media.
extension Export {
  /// On several media.
  func runSet() throws {
    let line = output.progress
    defer { line.end() }
    let session = location.session(output, line)
    try slip.check(session, output)
    let choice = media.choice(destinations)
    let ask = { (call: MediumCall) throws(Failure) -> MediumAnswer in
      line.end()
      return try media.ask(call)
    }
    if !dryRun { try media.requireTerminal() }
    if let bundle = media.continued {
      if dryRun { return try show(try session.mediaSet(bundle), session, line) }
      return try show(
        try session.continueSet(
          bundle,
          again: media.again,
          on: choice,
          program: withProgram.map(absolutePath),
          ask: ask
        ),
        session,
        line
      )
    }
    var order = ExportSetOrder(try self.order(), on: choice)
    order.hasChunkSize =
      chunkSize != nil || Surroundings.current.configuration.chunkSize != nil
    order.first = media.first
    if dryRun {
      guard let summary = try session.planExportSet(order) else { return showNothingToCarry() }
      line.end()
      output.show(ExportSetText.json(summary), ExportSetText.lines(summary))
      return try summary.requireRoom()
    }
    guard case .set(let result) = try session.exportSet(order, ask: ask) else {
      return showNothingToCarry()
    }
    try show(result, session, line)
  }

  private func show(
    _ result: ExportSetResult,
    _ session: Session,
    _ line: ProgressLine
  ) throws {
    line.end()
    output.show(ExportSetText.json(result), ExportSetText.lines(result), file: slip.slip)
    if !dryRun { try slip.write(result.record.bundle, session, output) }
    if let failure = result.verdict { throw failure }
  }
}
