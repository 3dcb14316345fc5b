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
    var verified: [(text: [UInt8], report: SignatureReport)] = []
    if let inRelease = texts.inRelease {
      let (text, report) = try verifier.verifyClearsigned(
        inRelease,
        name: texts.directory + "InRelease",
        policy: policy
      )
      verified.append((text, report))
    }
    if let signature = texts.signature, let release = texts.release {
      // apt takes no binary Release.gpg; with one, the tree would be of no use inside.
      guard signature.starts(with: Array("-----BEGIN PGP SIGNATURE-----".utf8)) else {
        throw Failure(
          .trust,
          "not-armored",
          "the signature file does not begin with an armored signature; apt refuses it too",
          subject: texts.directory + "Release.gpg"
        )
      }
      let report = try verifier.verifyDetached(
        signature: signature,
        of: release,
        name: texts.directory + "Release.gpg",
        policy: policy
      )
      verified.append((release, report))
    }
    guard let first = verified.first, !first.report.good.isEmpty else {
      throw Failure(
        .trust,
        "unsigned",
        "the suite has no signature by a pinned key",
        subject: texts.directory
      )
    }
    try texts.checkAgreement(with: first.text)
    // What any of the signature files has counts as a signature over this text.
    let reports = verified.map(\.report)
    return try SignedRelease(
      texts,
      text: first.text,
      signature: .signed(by: Set(first.report.good.map(\.primary.text)).sorted()),
      otherSigners: Set(reports.flatMap(\.unknown)).sorted(),
      uncounted: Set(reports.flatMap(\.uncountedSigners)).sorted(),
      isByExpiredKey: first.report.good.allSatisfy(\.isByExpiredKey),
      now: now
    )
  }

  /// The text as it stands, where the exporter's record of the signature is believed.
  private static func recorded(
    _ texts: ReleaseTexts,
    now: UTCTime
  ) throws(Failure) -> SignedRelease {
    var text = texts.release
    if let inRelease = texts.inRelease {
      text = try ClearsignedMessage.split(inRelease, name: texts.directory + "InRelease").text
    }
    guard let text else { throw texts.absent }
    try texts.checkAgreement(with: text)
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
    notes = SignedRelease.notes(on: release, suite, now: now)
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
    if release.date == nil { notes.append("\(name): its Release file has no Date") }
    return notes
  }
}

/// The Release files of one suite as they lie in the tree, unverified.
private struct ReleaseTexts {
  let distribution: String
  let directory: String
  let inRelease: [UInt8]?
  let release: [UInt8]?
  let signature: [UInt8]?

  init(of distribution: String, files: some ReleaseSource) throws(Failure) {
    guard Distribution.isName(distribution) else {
      throw Failure(
        .usage,
        "suite",
        "this is not the name of a suite",
        subject: distribution,
        hint: "name it as apt does: bookworm, bookworm/updates, or ./ for a flat repository"
      )
    }
    self.distribution = distribution
    directory = Distribution.directory(of: distribution)
    inRelease = try files.contents(of: directory + "InRelease", limit: ReleaseFile.longest)
    release = try files.contents(of: directory + "Release", limit: ReleaseFile.longest)
    signature = try files.contents(of: directory + "Release.gpg", limit: 1 << 20)
    if inRelease == nil && release == nil { throw absent }
  }

  var hasSignature: Bool { inRelease != nil || signature != nil }

  /// Refuses a Release file that says anything else than InRelease, signed or not.
  func checkAgreement(with verified: [UInt8]) throws(Failure) {
    guard inRelease != nil, let release else { return }
    guard ReleaseTexts.canonical(release) == ReleaseTexts.canonical(verified) else {
      throw Failure(
        .integrity,
        "release-differs",
        "InRelease and Release of this suite do not say the same",
        subject: directory,
        hint: "the tree was updated while it was copied, or tampered with: mirror it again"
      )
    }
  }

  /// The lines without white space at their ends and without empty lines at the end: what a
  /// clear-signed message and a plain file of the same text have in common.
  private static func canonical(_ text: [UInt8]) -> [ArraySlice<UInt8>] {
    var lines = text.split(separator: 0x0a, omittingEmptySubsequences: false)
    for index in lines.indices {
      while let last = lines[index].last, last == 0x20 || last == 0x09 || last == 0x0d {
        lines[index].removeLast()
      }
    }
    while let last = lines.last, last.isEmpty { lines.removeLast() }
    return lines
  }

  var absent: Failure {
    Failure(
      .incomplete,
      .noRelease,
      "the tree has neither InRelease nor Release of this suite",
      subject: directory + "InRelease",
      hint: "check the names of the tree and of the suite"
    )
  }

  var files: [ExpectedFile] {
    // A Release.gpg without the file that it signs could not be verified, and is not carried.
    let signature = release == nil ? nil : signature
    return [("InRelease", inRelease), ("Release", release), ("Release.gpg", signature)].compactMap {
      name,
      bytes in
      bytes.map {
        ExpectedFile(
          path: directory + name,
          size: UInt64($0.count),
          sha256: SHA256Digest.of($0)
        )
      }
    }
  }
}
