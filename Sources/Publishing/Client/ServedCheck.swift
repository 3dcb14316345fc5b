internal import DebianRepository
package import Depot
internal import Objects
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

/// The files of one distribution as they lie in the published tree.
private struct ServedFiles {
  let publicRoot: Directory
  let directory: String
  let release: ReleaseFile
  private var good: Set<String> = []
  private var goodByHash: Set<String> = []
  private var damaged: [String: String] = [:]
  /// What kept a file from being read.
  private(set) var failure: Failure?

  init(_ publicRoot: Directory, _ directory: String, _ release: ReleaseFile) {
    (self.publicRoot, self.directory, self.release) = (publicRoot, directory, release)
  }

  /// Whether a client that asks for a listed form gets it.
  mutating func has(_ file: ListedFile) -> Bool {
    do throws(Failure) {
      return try look(at: file)
    } catch {
      if error.kind == .unsafe { damaged[file.path.text] = file.path.text } else { failure = error }
      return false
    }
  }

  /// By its strongest hash first, then by its name; a file that is there is taken, right or wrong.
  private mutating func look(at file: ListedFile) throws(Failure) -> Bool {
    let plain = file.path.text
    let byHash = ListedHash.allCases.first { file.value(of: $0) != nil }.flatMap { hash in
      file.value(of: hash).map { ByHashPath(besides: plain, hash, $0).text }
    }
    for name in [byHash, plain].compactMap({ $0 }) {
      guard let opened = try publicRoot.fileThroughInsideLinks(directory + name) else { continue }
      let content = try ContentHash.of(opened)
      guard content.size == file.size, file.sha256.map({ $0 == content.digest }) ?? true else {
        damaged[plain] = name
        return false
      }
      if name == plain || release.acquireByHash {
        good.insert(plain)
      } else {
        goodByHash.insert(plain)
      }
    }
    return good.contains(plain) || goodByHash.contains(plain)
  }

  func outcome(of question: ClientReach.Question) -> ServedReport.Outcome {
    let forms = question.forms.map(\.path.text)
    if let path = forms.compactMap({ damaged[$0] }).first { return .damaged(path: path) }
    if let form = forms.first(where: good.contains) { return .found(form) }
    return forms.first(where: goodByHash.contains).map { .foundByHash($0) } ?? .absent
  }
}

extension ClientDistribution {
  /// Whether a client that names what is here, by hand, asks so.
  fileprivate func concerns(_ question: ClientReach.Question) -> Bool {
    guard let name = question.component else {
      // At the top of a tree nothing is of sources, and of a flat repository clients take all.
      return concerns(question.architecture, Set(components.flatMap(\.architectures)))
    }
    guard let component = components.first(where: { $0.name == name }) else { return false }
    return (!question.target.isOfSources || component.hasSources)
      && concerns(question.architecture, Set(components.flatMap(\.architectures)))
  }

  private func concerns(_ architecture: String?, _ known: Set<String>) -> Bool {
    guard let architecture, !components.isEmpty else { return true }
    return ["all", "source"].contains(architecture) || known.contains(architecture)
  }

  /// Whether a client with the file that `client-config` writes asks so.
  fileprivate func configures(_ question: ClientReach.Question) -> Bool {
    guard !components.isEmpty else { return choices.allow(question) }
    return components.contains { component in
      (question.component == nil || component.name == question.component)
        && concerns(question.architecture, Set(component.architectures))
        && component.choices.allow(question)
    }
  }
}

extension ClientChoices {
  /// Whether a client that was told these choices asks so.
  fileprivate func allow(_ question: ClientReach.Question) -> Bool {
    guard question.target != .translations else {
      return languages.allow(question.language ?? "")
    }
    return (question.target.isOfSources ? targetsWithSources : targets)
      .allow(question.target.rawValue)
  }
}

extension ClientChoices.Words {
  fileprivate func allow(_ word: String) -> Bool {
    switch self {
    case .own: true
    case .only(let words): words.contains(word)
    case .without(let words): !words.contains(word)
    }
  }
}
