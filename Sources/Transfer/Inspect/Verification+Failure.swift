internal import BundleFormat
package import BundleMedium
package import SafeIO

extension Verification {
  /// What a verification comes to, in whichever bundle it is: who signed is graver than what is on
  /// the media besides, that than damage, and damage than what is only missing; the details name all.
  package var failure: Failure? {
    if let alarm { return alarm }
    var failures = refused.map(\.failure)
    failures += [unsafeFailure, strangerFailure].compactMap { $0 }
    failures += reports.filter { !$0.isComplete }.map(\.failure)
    let order: [FailureClass] = [.trust, .freshness, .policy, .unsafe, .integrity, .incomplete]
    let first = order.lazy.compactMap { kind in failures.first { $0.kind == kind } }.first
    guard let first, failures.count > 1 else { return first ?? failures.first }
    return Failure(
      first.kind,
      first.name,
      first.reason,
      subject: first.subject,
      hint: first.hint,
      details: failures.flatMap { failure in
        let place = failure.subject ?? ""
        return failure.details.isEmpty
          ? ["\(place): \(failure.reason)"] : failure.details.map { "\(place): \($0)" }
      }
    )
  }

  /// All that is on the media and belongs to no bundle.
  package var strangers: [Stranger] { reports.flatMap(\.findings.strangers) + beside }

  private var unsafeFailure: Failure? {
    let found = strangers.filter(\.isUnsafe)
    guard let first = found.first else { return nil }
    return Failure(
      .unsafe,
      .notRegular,
      "there are links, devices or the like on the medium",
      subject: first.place,
      hint:
        "do not use this medium, and keep it for an inquiry: nothing that aptferry writes looks "
        + "like this",
      details: found.map { "\($0.place): \($0.kind.rawValue)" }
    )
  }

  /// What a strict check refuses besides.
  private var strangerFailure: Failure? {
    let found = strangers.filter { !$0.isUnsafe }
    let altered = reports.flatMap { $0.findings.alteredLists + $0.findings.alteredSideFiles }
    guard isStrict, let first = found.first?.place ?? altered.first else { return nil }
    return Failure(
      .unsafe,
      "strangers",
      "there is more on the medium than the bundles that were signed",
      subject: first,
      hint: "take away what does not belong there, or check without --strict",
      details: found.map { "\($0.place): \($0.kind.rawValue)" } + altered.map { "\($0): altered" }
    )
  }
}

extension VerificationReport {
  /// The names of chunks.
  package func names(_ numbers: [Int]) -> [String] {
    numbers.map { "chunks/" + manifest.chunkName($0) }
  }

  fileprivate var failure: Failure {
    if let unread { return unread }
    let isDamaged = !findings.damagedChunks.isEmpty || !findings.damagedResentFiles.isEmpty
    return isDamaged ? damage : lack
  }

  private var missing: [String] {
    findings.missingChunks.isEmpty
      ? [] : ["missing: chunks \(SpokenRanges.text(findings.missingChunks))"]
  }

  /// The damaged chunks that parity does not make good; what is only missing is on another medium first.
  private var beyond: [Int] {
    let damaged = Set(findings.damagedChunks)
    return (findings.parity?.beyond ?? []).filter(damaged.contains)
  }

  /// What can be repaired, and what cannot.
  private var parity: [String] {
    guard let parity = findings.parity else { return [] }
    return
      (parity.repairable.isEmpty
      ? [] : ["can be repaired: chunks \(SpokenRanges.text(parity.repairable))"])
      + (beyond.isEmpty ? [] : ["cannot be repaired: chunks \(SpokenRanges.text(beyond))"])
  }

  /// How to repair what can be; nil where nothing can.
  private var repair: String? {
    guard let parity = findings.parity, !parity.repairable.isEmpty else { return nil }
    let key = keyring.map { " --keyring " + Escaped.shellWord($0) } ?? ""
    return "make it again here: aptferry repair \(words) --to DIR\(key)"
      + (beyond.isEmpty
        ? ""
        : "; what cannot be repaired must be copied once more, or there are more media of the set")
  }

  private var damage: Failure {
    let what = findings.damagedChunks.isEmpty ? "resent files" : "chunks"
    return Failure(
      .integrity,
      .chunksDamaged,
      "\(what) are damaged",
      subject: manifest.directory,
      hint: repair
        ?? "copy what is damaged once more, or have it exported again; what is only missing may be "
        + "on the other media of the set",
      details: (names(findings.damagedChunks) + findings.damagedResentFiles).map {
        "damaged: \($0)"
      }
        + missing + parity
    )
  }

  /// Nothing is wrong with what is here.
  private var lack: Failure {
    let here = places.count == 1 ? "this medium has" : "these media have"
    return Failure(
      .incomplete,
      .chunksMissing,
      "\(here) \(findings.goodChunks.count) of \(manifest.chunks.count) chunks, all good; the others "
        + "are not here",
      subject: manifest.directory,
      hint:
        "check the other media of the set too, each for itself or all in one command; what none "
        + "of them has must be copied or exported again" + (repair.map { ", or " + $0 } ?? ""),
      details: missing + parity
    )
  }
}
