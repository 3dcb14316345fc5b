package import DebianRepository
internal import OpenPGP
package import SafeIO

/// The Release file of a suite whose signature was verified, or waived by the operator.
package struct SignedRelease: Sendable {
  /// What was found of the suite.
  package let suite: VerifiedSuite
  /// What it states.
  package let release: ReleaseFile
  /// The Release files that are in the tree: InRelease, Release, Release.gpg.
  package let files: [ExpectedFile]
  /// What is odd about it, but no reason to refuse it.
  package private(set) var notes: [Note]

  /// Reads and verifies the Release files of all suites.
  ///
  /// - Throws: `trust` for a missing or bad signature, or a signer that is not trusted for the suite;
  ///   `incomplete` where there is no Release file.
  package static func readAll(
    _ suites: [String],
    files: some ReleaseSource,
    trust: UpstreamTrust
  ) throws(Failure) -> [SignedRelease] {
    let releases = try verifyAll(suites, files: files, trust: trust)
    return try releases.map { (release) throws(Failure) in
      var judged = release
      judged.notes += try trust.judge(release.suite)
      return judged
    }
  }

  private static func verifyAll(
    _ suites: [String],
    files: some ReleaseSource,
    trust: UpstreamTrust
  ) throws(Failure) -> [SignedRelease] {
    var found: [ReleaseTexts] = []
    for suite in suites where !found.contains(where: { $0.distribution == suite }) {
      found.append(try ReleaseTexts(of: suite, files: files))
    }
    guard !found.isEmpty else {
      throw Failure(.usage, "suite", "no suite was named", hint: "name one: --suite bookworm")
    }
    guard found.contains(where: \.hasSignature) else {
      return try found.map { (texts) throws(Failure) in try unsigned(texts, trust) }
    }
    guard !trust.acceptRecorded else {
      return try found.map { (texts) throws(Failure) in try recorded(texts, now: trust.now) }
    }
    guard !trust.keys.isEmpty else {
      throw Failure(
        .trust,
        .noUpstreamKey,
        "the suite is signed, but no key of its vendor is pinned",
        subject: found.first(where: \.hasSignature)?.directory,
        hint: "pin the vendor's key: aptferry trust add FILE --role upstream --name VENDOR"
      )
    }
    let policy = SignaturePolicy(now: trust.now, acceptExpiredKeys: trust.acceptExpiredKeys)
    return try Verifier.withKeys(trust.keys) { (verifier) throws(Failure) in
      try found.map { (texts) throws(Failure) in
        guard texts.hasSignature else { return try unsigned(texts, trust) }
        do throws(Failure) {
          return try signed(texts, verifier, policy, now: trust.now)
        } catch {
          throw trust.acceptExpiredKeys ? error : sayingExpired(error)
        }
      }
    }
  }

  /// A vendor that closed a suite will not sign it anew: there is another way than its next key.
  private static func sayingExpired(_ failure: Failure) -> Failure {
    guard failure.name == "expired-key" else { return failure }
    return Failure(
      failure.kind,
      failure.name,
      failure.reason,
      subject: failure.subject,
      hint:
        "check this computer's clock, or pin the vendor's current key; to take what a key signed "
        + "before it expired, say so: --allow-expired-key",
      details: failure.details
    )
  }

  private static func signed(
    _ texts: ReleaseTexts,
    _ verifier: Verifier,
    _ policy: SignaturePolicy,
    now: UTCTime
  ) throws(Failure) -> SignedRelease {
    guard let inRelease = texts.inRelease else {
      return try signedApart(texts, verifier, policy, now: now)
    }
    let (text, report) = try verifier.verifyClearsigned(
      inRelease,
      name: texts.directory + "InRelease",
      policy: policy,
      by: .apt
    )
    guard !report.good.isEmpty else { throw texts.withoutPinnedSignature }
    var (texts, reports) = (texts, [report])
    texts.dropReleaseUnlessSame(as: text)
    if let further = try texts.keepSignature(checkedBy: verifier, policy) {
      reports.append(further)
    }
    return try SignedRelease(texts, text: text, report, reports, now: now)
  }

  /// Release with Release.gpg beside it.
  private static func signedApart(
    _ texts: ReleaseTexts,
    _ verifier: Verifier,
    _ policy: SignaturePolicy,
    now: UTCTime
  ) throws(Failure) -> SignedRelease {
    guard let signature = texts.signature, let release = texts.release else {
      throw texts.withoutPinnedSignature
    }
    let report = try texts.check(signature, of: release, verifier, policy)
    guard !report.good.isEmpty else { throw texts.withoutPinnedSignature }
    return try SignedRelease(texts, text: release, report, [report], now: now)
  }

  /// What any of the signature files has counts as a signature over the text.
  private init(
    _ texts: ReleaseTexts,
    text: [UInt8],
    _ report: SignatureReport,
    _ reports: [SignatureReport],
    now: UTCTime
  ) throws(Failure) {
    try self.init(
      texts,
      text: text,
      signature: .signed(by: Set(report.good.map(\.primary.text)).sorted()),
      otherSigners: Set(reports.flatMap(\.unknown)).sorted(),
      uncounted: Set(reports.flatMap(\.uncountedSigners)).sorted(),
      isByExpiredKey: report.good.allSatisfy(\.isByExpiredKey),
      now: now
    )
  }

  /// The text as it stands, where the exporter's record of the signature is believed.
  private static func recorded(
    _ texts: ReleaseTexts,
    now: UTCTime
  ) throws(Failure) -> SignedRelease {
    var texts = texts
    var text = texts.release
    if let inRelease = texts.inRelease {
      let split = try ClearsignedMessage.split(inRelease, name: texts.directory + "InRelease").text
      texts.dropReleaseUnlessSame(as: split)
      text = split
    }
    guard let text else { throw texts.absent }
    return try SignedRelease(
      texts,
      text: text,
      signature: texts.hasSignature ? .unchecked : .unsigned,
      now: now
    )
  }

  private static func unsigned(
    _ texts: ReleaseTexts,
    _ trust: UpstreamTrust
  ) throws(Failure) -> SignedRelease {
    guard let release = texts.release else { throw texts.absent }
    guard trust.allowUnsigned else {
      throw Failure(
        .trust,
        "unsigned",
        "the suite has neither InRelease nor Release.gpg",
        subject: texts.directory + "Release",
        hint: "to take it without a signature, say so: --allow-unsigned"
      )
    }
    return try SignedRelease(texts, text: release, signature: .unsigned, now: trust.now)
  }

  private init(
    _ texts: ReleaseTexts,
    text: [UInt8],
    signature: VerifiedSuite.Signature,
    otherSigners: [String] = [],
    uncounted: [String] = [],
    isByExpiredKey: Bool = false,
    now: UTCTime
  ) throws(Failure) {
    let name = texts.directory + (texts.inRelease == nil ? "Release" : "InRelease")
    release = try ReleaseFile(text.span, name: name)
    suite = VerifiedSuite(
      distribution: texts.distribution,
      signature: signature,
      release: release,
      otherSigners: otherSigners,
      uncounted: uncounted,
      isByExpiredKey: isByExpiredKey
    )
    files = texts.files
    notes = texts.notes + SignedRelease.notes(on: release, suite, now: now)
  }

  private static func notes(
    on release: ReleaseFile,
    _ suite: VerifiedSuite,
    now: UTCTime
  ) -> [Note] {
    var notes: [Note] = []
    let name = suite.distribution
    switch suite.signature {
    case .signed where suite.isByExpiredKey:
      notes.append(
        .note(
          "\(name): its key has expired since it signed, taken as allowed; apt does not take it under "
            + "the vendor's signature, but it takes a Release of this site: publish --mode resigned"
        )
      )
    case .signed: break
    case .unsigned: notes.append("\(name): taken without a signature")
    case .unchecked:
      notes.append(
        .note(
          "\(name): the vendor's signature was not checked here, as this site's policy says"
        )
      )
    }
    let claimed = [release.suite, release.codename].compactMap { $0 }
    // As apt does: a different name is a warning.
    if !Distribution.isFlat(name), !claimed.isEmpty, !claimed.contains(name) {
      let shown = Escaped.line(claimed.joined(separator: "/"), limit: 100)
      notes.append("\(name): its Release file calls the suite \(shown)")
    }
    if let until = release.validUntil, until < now {
      notes.append("\(name): its Release file was valid until \(until)")
    }
    // The ten seconds that apt grants.
    if let date = release.date, date > now.adding(seconds: 10) {
      notes.append("\(name): its Release file has a Date in the future: \(date)")
    }
    if release.date == nil, (release.stanza.string(of: "Date") ?? "").isEmpty {
      notes.append("\(name): its Release file has no Date")
    }
    notes += release.oddities.map { .note("\(name): its Release file \($0)") }
    return notes
  }
}
