internal import DebianRepository
package import Depot
internal import Objects
package import SafeIO
internal import VendorChain

/// What a suite's Release file says, as it was verified.
package struct ReleaseLook: Sendable {
  package let distribution: String
  package let components: [String]
  package let architectures: [String]
  /// The bytes of InRelease, or of Release.
  package let text: [UInt8]
}

extension MirrorUpdate {
  /// Fetches and verifies the Release files of a mirror that need not be recorded yet; nothing is kept.
  package static func look(
    _ request: MirrorRequest,
    depot: Depot
  ) throws(Failure) -> [ReleaseLook] {
    var request = request
    request.isDryRun = true
    let update = try MirrorUpdate(request, depot, nil)
    let outcome: Result<[ReleaseLook], Failure>
    do throws(Failure) {
      outcome = .success(try update.look())
    } catch {
      outcome = .failure(withHint(error))
    }
    try update.staging.discard()
    return try outcome.get()
  }

  private func look() throws(Failure) -> [ReleaseLook] {
    let files = UpstreamFiles(
      fetcher: fetcher,
      depot: depot,
      staging: staging,
      connections: request.connections,
      progress: progress,
      known: [],
      onlyCounts: true
    )
    let releases = try SignedRelease.readAll(request.mirror.suites, files: files, trust: trust)
    return releases.map { release in
      let text = release.files.lazy.compactMap { files.releases.answer(for: $0.path)?.bytes }.first
      return ReleaseLook(
        distribution: release.suite.distribution,
        components: release.release.components,
        architectures: release.release.architectures,
        text: text ?? []
      )
    }
  }
}
