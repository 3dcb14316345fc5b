internal import DebianRepository
internal import SafeIO

/// Collects what is wrong with many files, so that one report names all of them.
struct Findings {
  /// What the files are, for the sentence: "listed by the Release file".
  let what: String
  /// How many lines of each kind a report has at most.
  var limit = 1000

  private(set) var missing: [String] = []
  // A file that several indexes list is told once.
  private var told: Set<[UInt8]> = []
  private(set) var wrong: [String] = []
  private var firstWrong: Failure?
  private var moreMissing = 0
  private var moreWrong = 0

  private var leaveOut: LeaveOut?

  /// `leaveOut` is what may be left out of such files, where any of them may.
  init(what: String, leaving leaveOut: LeaveOut? = nil) {
    self.what = what
    self.leaveOut = leaveOut
  }

  /// Has the refusal name the option that leaves such files out.
  mutating func offer(_ leaveOut: LeaveOut) { self.leaveOut = leaveOut }

  /// Whether a failure is about one file, so that the next one is worth taking.
  static func isOfOneFile(_ failure: Failure) -> Bool {
    [.integrity, .trust, .unsafe, .incomplete].contains(failure.kind)
  }

  /// The taken file; nil when it is absent or not what it should be, which is remembered.
  ///
  /// - Throws: failures that are not about this one file (a full disk, a dying medium).
  mutating func sort(
    _ answer: Result<TakenFile?, Failure>,
    of path: String
  ) throws(Failure) -> TakenFile? {
    switch answer {
    case .success(let taken): return taken
    case .failure(let failure):
      guard Findings.isOfOneFile(failure) else { throw failure }
      // What is wrong outranks what could not be had.
      if firstWrong == nil || firstWrong?.kind == .incomplete && failure.kind != .incomplete {
        firstWrong = failure
      }
      if told.contains(Array(path.utf8)) { return nil }
      if wrong.count < limit {
        told.insert(Array(path.utf8))
        wrong.append("\(failure.subject ?? path): \(failure.reason)")
      } else {
        moreWrong += 1
      }
      return nil
    }
  }

  /// Remembers a file that should be there.
  mutating func addMissing(_ path: String) {
    if told.contains(Array(path.utf8)) { return }
    guard missing.count < limit else {
      moreMissing += 1
      return
    }
    told.insert(Array(path.utf8))
    missing.append(path)
  }

  /// Refuses when any file was wrong or missing.
  ///
  /// Wrong outranks missing: damage is reported even when the tree is also incomplete.
  func throwIfWrong() throws(Failure) {
    let missingCount = missing.count + moreMissing
    var details = wrong
    if moreWrong > 0 { details.append("and \(moreWrong) more that are wrong") }
    details += missing.map { "\($0): missing" }
    if moreMissing > 0 { details.append("and \(moreMissing) more that are missing") }
    if let first = firstWrong {
      let wrongCount = wrong.count + moreWrong
      throw Failure(
        first.kind,
        first.name,
        wrongCount == 1
          ? first.reason
          : first.kind == .incomplete
            ? "\(wrongCount) files \(what) could not be had"
            : "\(wrongCount) files \(what) are not what is listed",
        subject: first.subject,
        hint: first.kind == .incomplete
          ? first.name == .forbidden ? first.hint.map { hint($0, .missing) } : first.hint
          : hint(
            first.hint
              ?? "mirror the tree again; a second copy shows whether the vendor is wrong",
            .broken
          ),
        details: details
      )
    }
    guard missingCount > 0 else { return }
    throw Failure(
      .incomplete,
      "missing-files",
      "\(missingCount) \(missingCount == 1 ? "file" : "files") \(what) \(missingCount == 1 ? "is" : "are") not there",
      subject: missing.first,
      hint: hint(
        "complete the mirror, or select what is there (aptferry mirror edit), and run the command again",
        .missing
      ),
      details: details
    )
  }

  private func hint(_ hint: String, _ reason: LeftOut.Reason) -> String {
    leaveOut?.hint(hint, reason) ?? hint
  }
}
