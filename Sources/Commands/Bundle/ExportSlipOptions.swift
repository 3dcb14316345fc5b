internal import ArgumentParser
internal import Documents
internal import Operations
internal import SafeIO
internal import Transfer

/// The papers that an export writes.
struct ExportSlipOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Write a packing slip with labels to this file: .html, .json, else text (aptferry slip).",
      valueName: "file"
    ),
    completion: .file()
  )
  var slip: String?

  @OptionGroup var remarks: RemarkOptions

  /// Refuses what does not go together; papers are about media that are written.
  func check(isPlanned: Bool, isResend: Bool) throws {
    guard slip == nil || !isPlanned else {
      throw ValidationError("--dry-run writes no media: --slip has nothing to say of them.")
    }
    guard slip == nil || !isResend else {
      throw ValidationError("--resend has no slip: aptferry slip --bundle BUNDLE makes one.")
    }
    guard slip != nil || remarks.marking == nil && remarks.purpose == nil else {
      throw ValidationError("--marking and --purpose need --slip.")
    }
  }

  /// Refuses, before anything is written, a slip that could not be.
  func check(_ session: Session, _ output: OutputOptions) throws(Failure) {
    guard let slip else { return }
    try output.check(file: slip)
    _ = try remarks.remarks()
    if !Output.isStandard(slip) { try session.checkPaper(absolutePath(slip)) }
  }

  /// Writes the slip of a bundle that was made.
  func write(_ bundle: String, _ session: Session, _ output: OutputOptions) throws(Failure) {
    guard let slip else { return }
    let paper = PackingSlip(
      try session.papers(ofBundle: bundle),
      try remarks.remarks(),
      program: Version.program,
      made: session.now
    )
    guard !Output.isStandard(slip) else { return Output.text(SlipForm.text.bytes([paper])) }
    try session.writePaper(SlipForm(file: slip).bytes([paper]), to: absolutePath(slip))
    output.note("the packing slip is written: \(absolutePath(slip))")
  }
}
