internal import DebianRepository
internal import Depot
internal import SafeIO
internal import VendorChain

extension MirrorUpdate {
  /// The state that is here of the suite of a Release file.
  func known(_ release: SignedRelease) -> MirrorState? {
    known.first { $0.suite.distribution == release.suite.distribution }
  }

  /// Reads the Release files of all suites, with their signatures verified.
  func readReleases(_ files: UpstreamFiles) throws(Failure) -> [SignedRelease] {
    do throws(Failure) {
      return try SignedRelease.readAll(request.mirror.suites, files: files, trust: trust)
    } catch {
      guard error.name == .unknownSigner else { throw error }
      // Where the mirror has keys of its own, no other one counts for it.
      throw Failure(
        error.kind,
        error.name,
        error.reason,
        subject: error.subject,
        hint:
          "find the vendor's key, compare its fingerprint by another route, and give it to the mirror: "
          + "aptferry mirror edit \(request.mirror.name) --keyring FILE",
        details: error.details
      )
    }
  }

  /// Refuses what is older than what is here, or another release, and says what the selection
  /// names in vain.
  func checkReleases(_ releases: [SignedRelease]) throws(Failure) {
    var lacking: [String] = []
    for release in releases {
      if let state = known(release) { try check(release, after: state) }
      let isFlat = Distribution.isFlat(release.suite.distribution)
      for line in selection.lacking(in: release.release, isFlat: isFlat) {
        lacking.append("\(release.suite.distribution): \(line)")
      }
    }
    // Suites of one mirror may differ, but what none of them has is a mistake.
    guard lacking.count < releases.count || lacking.isEmpty else {
      throw Failure(
        .configuration,
        "selection",
        "the upstream does not have what this mirror selects",
        subject: request.mirror.name,
        hint:
          "select what the upstream has: aptferry mirror edit \(request.mirror.name) --component … "
          + "--architecture …",
        details: lacking
      )
    }
    notes += lacking.map { Note.note($0) }
  }

  private func check(_ release: SignedRelease, after state: MirrorState) throws(Failure) {
    let name = release.suite.distribution
    notes += try request.goesOn(state.suite, release.suite)
    if let before = state.suite.date {
      guard let date = release.suite.date, date >= before else {
        throw Failure(
          .freshness,
          "older",
          "the upstream's Release file is older than the one that is here: "
            + "\(release.suite.date.map { "\($0)" } ?? "without a Date") before \(before)",
          subject: name,
          hint: "the server has an old copy, or someone replays it: try another server or later"
        )
      }
    }
    let names = ReleaseNames(of: release.release)
    guard names != state.names else { return }
    let change =
      "the suite called itself \(MirrorUpdate.shown(state.names)), now it is "
      + MirrorUpdate.shown(names)
    guard request.allowsReleaseInfoChange else {
      throw Failure(
        .policy,
        "releaseinfo-change",
        change,
        subject: name,
        hint: "if that is what you want to carry on with, say so: --allow-releaseinfo-change"
      )
    }
    notes.append("\(name): \(change)")
  }

  private static func shown(_ names: ReleaseNames) -> String {
    Escaped.line("\(names.suite)/\(names.codename)", limit: 100)
  }
}

extension ReleaseNames {
  init(of release: ReleaseFile) {
    self.init(suite: release.suite ?? "", codename: release.codename ?? "")
  }
}
