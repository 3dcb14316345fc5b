internal import DebianRepository
internal import SafeIO
private import Synchronization
internal import VendorChain

/// Fetching what is not here.
extension UpstreamFiles {
  func fetchAll(
    _ jobs: [Job],
    _ expected: [ExpectedFile]
  ) throws(Failure) -> [Result<TakenFile?, Failure>] {
    let results = Mutex([Result<TakenFile?, Failure>](repeating: .success(nil), count: jobs.count))
    try Threads.forEach(count: jobs.count, width: connections) { (index) throws(Failure) in
      let files = jobs[index].positions.map { expected[$0] }
      let result = try self.fetch(files)
      results.withLock { $0[index] = result }
    }
    return results.withLock { $0 }
  }

  /// Gives one result to all the paths of a content; a refusal is told once.
  func spread(
    _ result: Result<TakenFile?, Failure>,
    _ job: Job,
    _ expected: [ExpectedFile],
    _ answers: inout [Result<TakenFile?, Failure>]
  ) {
    switch result {
    case .success(nil): return
    case .success(let taken?):
      for position in job.positions {
        answers[position] = .success(
          TakenFile(path: expected[position].path, size: taken.size, sha256: taken.sha256)
        )
      }
    case .failure: answers[job.positions[0]] = result
    }
  }

  /// Fetches one content by the first of its paths that gives it, by-hash names first.
  private func fetch(_ files: [ExpectedFile]) throws(Failure) -> Result<TakenFile?, Failure> {
    let isByHash = files.map { ByHashPath.isOne(Array($0.path.utf8)[...]) }
    let order = files.indices.filter { isByHash[$0] } + files.indices.filter { !isByHash[$0] }
    progress.start(files[0].path)
    var isFetched = false
    defer { progress.finish(files[0].path, isFetched: isFetched) }
    var problem: Failure?
    for index in order {
      switch try fetch(files[index]) {
      case .success(let taken?):
        isFetched = true
        return .success(taken)
      case .success(nil): continue
      case .failure(let failure): problem = failure
      }
    }
    return problem.map { .failure($0) } ?? .success(nil)
  }

  private func fetch(_ file: ExpectedFile) throws(Failure) -> Result<TakenFile?, Failure> {
    let sink = try DepotSink(
      staging,
      digest: file.sha256,
      takesSHA512: file.needsSHA512,
      progress: progress
    )
    if let size = file.size, sink.count > size { try sink.restart() }
    var isAgain = false
    while true {
      if sink.count == 0 || sink.count != file.size {
        let outcome = try fetcher.fetch(
          file.path,
          size: file.size,
          limit: UpstreamFiles.largest,
          into: sink
        )
        switch outcome {
        case .done: break
        case .absent, .notModified:
          try sink.drop()
          return .success(nil)
        case .otherSize(let reason):
          try sink.drop()
          return .failure(Failure(.integrity, "wrong-size", reason, subject: file.path))
        case .forbidden(let reason):
          if sink.count == 0 { try sink.drop() }
          return .failure(UpstreamReleases.notFetched(reason, file.path, .forbidden))
        case .refused(let reason), .unanswered(let reason):
          // What came so far may be the beginning of the file; a later run goes on.
          if sink.count == 0 { try sink.drop() }
          return .failure(UpstreamReleases.notFetched(reason, file.path))
        }
      }
      let (sha256, sha512) = sink.hashes()
      do throws(Failure) {
        try file.check(size: sink.count, sha256: sha256, sha512: sha512)
      } catch {
        // The beginning may be from another state of the upstream, or damaged by a power cut.
        if sink.isResumed && !isAgain {
          isAgain = true
          try sink.restart()
          continue
        }
        try sink.drop()
        return .failure(error)
      }
      try sink.keep(as: sha256)
      state.withLock { _ = $0.verified.insert(sha256) }
      return .success(TakenFile(path: file.path, size: sink.count, sha256: sha256))
    }
  }

  /// The largest file whose size nobody states (an installer's image), in bytes.
  private static let largest: UInt64 = 8 << 30
}
