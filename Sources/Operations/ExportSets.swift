internal import BundleFormat
internal import Depot
package import SafeIO
package import Transfer

/// A bundle that is to be made on several media.
package struct ExportSetOrder: Sendable {
  /// What the bundle gets; its destination is not looked at.
  package let export: ExportOrder
  /// The media.
  package let media: MediaChoice
  /// Whether the chunk size was asked for; else the smallest medium decides it.
  package var hasChunkSize = false
  /// What lies on the first media, class by class.
  package var first: [String] = []

  package init(_ export: ExportOrder, on media: MediaChoice) {
    (self.export, self.media) = (export, media)
  }

  var subject: AuditSubject {
    AuditSubject(
      "export",
      export.subject.about.filter { $0.name != "to" } + [
        AuditField("media", media.texts), AuditField("first", first),
        AuditField("unmount", media.isUnmounted ? ["yes"] : []),
      ]
    )
  }
}

/// A person is asked for a medium.
package struct MediumCall: Sendable {
  package let number: Int
  package let count: Int
  package let label: String
  /// How many bytes of chunks it gets.
  package let bytes: UInt64
  /// Where it is to be mounted.
  package let place: String
  /// Why it is asked for once more.
  package let problem: Failure?
}

/// What a person says to that.
package enum MediumAnswer: Sendable {
  /// It is mounted.
  case ready
  /// It comes later; go on with the next.
  case skip
  /// Stop here.
  case stop
}

/// What became of a set.
package struct ExportSetResult: Sendable {
  /// What each medium gets; nil when an earlier set was gone on with.
  package let summary: MediaSetSummary?
  /// The payload digest: SHA-256 of MANIFEST.
  package let digest: SHA256Digest
  /// What was written, now or before.
  package let record: MediaSetRecord
  /// What met media that could not be written.
  package let failures: [(number: Int, failure: Failure)]

  /// What is still to be done; nil when all media are written.
  package var verdict: Failure? {
    guard !record.isComplete else { return nil }
    let missing = record.missing
    return Failure(
      .incomplete,
      .mediaMissing,
      "\(missing.count) of \(record.media.count) media are not written yet: "
        + missing.map(\.label).joined(separator: ", "),
      subject: record.bundle,
      hint:
        "go on with them whenever you like: aptferry export --continue \(record.bundle) --to DIR",
      details: failures.flatMap { one in
        ["medium \(one.number): \(one.failure.reason)"]
          + one.failure.details.map { "medium \(one.number): \($0)" }
          + (one.failure.hint.map { ["medium \(one.number): \($0)"] } ?? [])
      }
    )
  }
}

/// What an export on several media came to.
package enum ExportSetOutcome: Sendable {
  /// The sites have all of it.
  case nothingToCarry
  case set(ExportSetResult)
}

extension Session {
  /// Says which medium would get what, and writes nothing; nil when there is nothing to carry.
  package func planExportSet(_ order: ExportSetOrder) throws(Failure) -> MediaSetSummary? {
    try perform(nil) { (job) throws(Failure) in
      let program = try job.program(order)
      let export = try job.setExport(order, beside: program)
      if try export.isKnownToHaveArrived() { return nil }
      try job.tellUnknownSites(order.export)
      let summary = try export.plan()
      for note in summary.increment.notes { tell(note) }
      return summary
    }
  }

  /// Writes snapshots as a signed bundle on several media, one after the other.
  ///
  /// - Parameters:
  ///   - order: what, and on which media.
  ///   - ask: asks a person for a medium, where they come one by one.
  /// - Returns: what was made, also where media are still missing.
  /// - Throws: what stopped it before the bundle was made, or an interruption.
  package func exportSet(
    _ order: ExportSetOrder,
    ask: (MediumCall) throws(Failure) -> MediumAnswer
  ) throws(Failure) -> ExportSetOutcome {
    try perform(order.subject, verdict: ExportSetOutcome.verdict) { (job) throws(Failure) in
      let program = try job.program(order)
      if let sent = try job.goOnSending(order) { return .set(sent) }
      let export = try job.setExport(order, beside: program)
      if try export.isKnownToHaveArrived() { return .nothingToCarry }
      try job.tellUnknownSites(order.export)
      let keys = try job.signingKeys()
      let (summary, writing) = try export.begin(signingWith: keys, progress: progress ?? { _ in })
      for note in summary.increment.notes { tell(note) }
      let writer = SetWriter(job, writing, order.media, isDiscarding: order.export.discardsPartial)
      let failures = try writer.run(ask) { (path) throws(Failure) in
        _ = try program?.write(to: try Directory(opening: path), signingWith: keys)
      }
      if let path = order.export.program, writing.record.media.first?.written == nil {
        tell(
          Note(
            .warning,
            "",
            "the program goes beside medium 1, which is not written: name it again, "
              + "--continue \(writing.record.bundle) --with-program \(path)"
          )
        )
      }
      return .set(
        ExportSetResult(
          summary: summary,
          digest: writing.digest,
          record: writing.record,
          failures: failures
        )
      )
    }
  }

  /// What is known of a set that was made here.
  package func mediaSet(_ bundle: String) throws(Failure) -> ExportSetResult {
    let writing = try MediaSetWriting(bundle, in: try depot())
    return ExportSetResult(
      summary: nil,
      digest: writing.digest,
      record: writing.record,
      failures: []
    )
  }

  /// Goes on with a set: writes the media that are missing.
  package func continueSet(
    _ bundle: String,
    again: [Int] = [],
    on media: MediaChoice,
    program: String? = nil,
    ask: (MediumCall) throws(Failure) -> MediumAnswer
  ) throws(Failure) -> ExportSetResult {
    let subject = AuditSubject(
      "export",
      [
        AuditField("continue", [bundle]), AuditField("media", media.texts),
        AuditField("again", again.map { "\($0)" }),
      ]
    )
    return try perform(subject, verdict: { $0.verdict }) { (job) throws(Failure) in
      try media.check(outside: job.depot)
      let program = try program.map { (path) throws(Failure) in try CarriedProgram(path) }
      let writing = try MediaSetWriting(bundle, in: job.depot)
      try writing.again(again)
      let failures = try SetWriter(job, writing, media, isDiscarding: false).run(ask) {
        (path) throws(Failure) in
        guard let program else { return }
        _ = try program.write(to: try Directory(opening: path), signingWith: job.signingKeys())
      }
      return ExportSetResult(
        summary: nil,
        digest: writing.digest,
        record: writing.record,
        failures: failures
      )
    }
  }
}

extension ExportSetOutcome {
  fileprivate static func verdict(_ outcome: ExportSetOutcome) -> Failure? {
    guard case .set(let result) = outcome else { return nil }
    return result.verdict
  }
}

extension Job {
  fileprivate func program(_ order: ExportSetOrder) throws(Failure) -> CarriedProgram? {
    guard let path = order.export.program else { return nil }
    guard !order.media.isStore else {
      throw Failure(
        .usage,
        "arguments",
        "the program goes beside a bundle on a medium, not into an object store",
        subject: path,
        hint: "leave --with-program out"
      )
    }
    return try CarriedProgram(path)
  }

  fileprivate func setExport(
    _ order: ExportSetOrder,
    beside program: CarriedProgram?
  ) throws(Failure) -> MediaSetExport {
    try order.media.check(outside: depot)
    var media = try order.media.planned()
    // The program lies on the first medium.
    if let program, let first = media.first {
      media[0] = MediaPlan.Medium(
        kind: first.kind,
        capacity: first.capacity - min(first.capacity, program.needed),
        fileSystem: first.fileSystem
      )
    }
    var export = order.export
    if !order.hasChunkSize {
      export.chunkSize =
        order.media.isStore ? MediaChoice.storedChunkSize : MediaPlan.chunkSize(for: media)
    }
    var request = try request(export)
    for pattern in order.first { request.first.append(try ContentPattern(pattern)) }
    return try MediaSetExport(request, on: media, depot: depot)
  }
}
