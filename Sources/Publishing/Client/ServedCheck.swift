internal import DebianRepository
package import Depot
internal import OpenPGP
package import SafeIO

/// Asks a published tree what apt asks: Release with its signature, then each of the targets that
/// apt knows and Release lists, by hash and by name, in every form.
package struct ServedCheck {
  private let publicRoot: Directory
  private let now: UTCTime
  private var report: ServedReport

  /// Asks all that there is at a prefix.
  package static func run(
    _ prefix: String,
    mode: PublicationMode?,
    in depot: Depot,
    now: UTCTime,
    ownKey: @escaping Publisher.OwnKey
  ) throws(Failure) -> ServedReport {
    let publication = try Publications.show(prefix, in: depot)
    var check = ServedCheck(
      publicRoot: try depot.publicDirectory(),
      now: now,
      report: ServedReport(prefix: prefix, generation: publication.current.number)
    )
    for distribution in publication.recipe.distributions {
      for view in views(of: distribution, mode) {
        var selection = ClientFacts.Selection()
        (selection.mode, selection.distributions) = (view, [distribution.name])
        let owner: KeyFiles.Owner = view == .verbatim ? .vendor : .site
        do {
          let facts = try ClientFacts.read(prefix, selection, in: depot, ownKey: ownKey)
          for distribution in facts.distributions { try check.ask(distribution) }
        } catch {
          // Keys that clients would need, and a Release file that cannot be read.
          guard [.trust, .integrity].contains(error.kind) else { throw error }
          check.found(distribution.name, owner, error, isChecked: error.kind != .trust)
        }
      }
    }
    return check.report
  }

  private static func views(
    of distribution: DistributionRecipe,
    _ mode: PublicationMode?
  ) -> [PublicationMode] {
    var views: [PublicationMode] = []
    if distribution.mode.hasResigned, mode != .verbatim { views.append(.resigned) }
    if distribution.mode.hasVerbatim, mode != .resigned { views.append(.verbatim) }
    return views
  }

  private mutating func found(
    _ distribution: String,
    _ owner: KeyFiles.Owner,
    _ failure: Failure,
    isChecked: Bool = true
  ) {
    report.findings.append(
      ServedReport.Finding(
        distribution: distribution,
        owner: owner,
        failure: failure,
        isChecked: isChecked
      )
    )
  }

  private mutating func ask(_ distribution: ClientDistribution) throws(Failure) {
    let directory =
      [report.prefix, distribution.view].filter { !$0.isEmpty }.joined(separator: "/") + "/"
      + Distribution.directory(of: distribution.name)
    let release: ReleaseFile
    do throws(Failure) {
      release = try self.release(in: directory, distribution)
    } catch {
      guard [.trust, .integrity, .incomplete, .unsafe].contains(error.kind) else { throw error }
      return found(distribution.name, distribution.owner, error)
    }
    var looked = ServedFiles(publicRoot, directory, release)
    let reach = ClientReach(of: release, isFlat: Distribution.isFlat(distribution.name)) { file in
      looked.has(file)
    }
    if let failure = looked.failure { throw failure }
    if let text = ClientReach.text(reach.absentComponents, reach.absentArchitectures) {
      report.absent.append("\(distribution.name): \(text)")
    }
    for question in reach.questions where distribution.concerns(question) {
      report.answers.append(
        ServedReport.Answer(
          distribution: distribution.name,
          owner: distribution.owner,
          question: question,
          outcome: looked.outcome(of: question),
          isConfigured: distribution.configures(question)
        )
      )
    }
  }

  /// The Release file as a client takes it, with one of the keys that it was given.
  private func release(
    in directory: String,
    _ distribution: ClientDistribution
  ) throws(Failure) -> ReleaseFile {
    let keys = try KeyFile.read(distribution.keys.binary, name: "the clients' keys", now: now)
    let policy = SignaturePolicy(now: now)
    return try Verifier.withKeys(keys) { (verifier) throws(Failure) in
      if let message = try contents(directory + "InRelease") {
        let (text, report) = try verifier.verifyClearsigned(
          message,
          name: directory + "InRelease",
          policy: policy
        )
        return try ServedCheck.release(text, report, directory + "InRelease")
      }
      guard let text = try contents(directory + "Release"),
        let signature = try contents(directory + "Release.gpg")
      else {
        throw Failure(
          .incomplete,
          .noRelease,
          "there is neither InRelease nor Release with Release.gpg",
          subject: directory
        )
      }
      let report = try verifier.verifyDetached(
        signature: signature,
        of: text,
        name: directory + "Release.gpg",
        policy: policy
      )
      return try ServedCheck.release(text, report, directory + "Release")
    }
  }

  private static func release(
    _ text: [UInt8],
    _ report: SignatureReport,
    _ name: String
  ) throws(Failure) -> ReleaseFile {
    guard !report.good.isEmpty else {
      throw Failure(
        .trust,
        .unknownSigner,
        "the Release file has no signature by a key that clients have",
        subject: name
      )
    }
    return try ReleaseFile(text.span, name: name)
  }

  private func contents(_ path: String) throws(Failure) -> [UInt8]? {
    guard let file = try publicRoot.fileThroughInsideLinks(path) else { return nil }
    return try file.readAll(limit: ReleaseFile.longest)
  }
}
