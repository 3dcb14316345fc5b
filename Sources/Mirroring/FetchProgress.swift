internal import SafeIO
private import Synchronization

/// Counts what is fetched and tells it: files, bytes, and what is slow.
final class FetchProgress: Sendable {
  private struct Counts {
    var phase = "fetching indexes"
    var filesDone: UInt64 = 0
    var filesTotal: UInt64 = 0
    var bytesDone: UInt64 = 0
    var bytesTotal: UInt64 = 0
    var lastTold = -1.0
    // What is being fetched, and since when.
    var open: [String: Double] = [:]
    var fetchedFiles: UInt64 = 0
    var fetchedBytes: UInt64 = 0
  }

  private let sink: ProgressSink?
  private let watch = Stopwatch()
  private let counts = Mutex(Counts())

  /// Seconds after which a file is called slow.
  private static let patience = 10.0

  init(_ sink: ProgressSink?) { self.sink = sink }

  /// Begins another part of the work, which is counted from nothing.
  func begin(_ phase: String) {
    counts.withLock { counts in
      counts.phase = phase
      (counts.filesDone, counts.filesTotal) = (0, 0)
      (counts.bytesDone, counts.bytesTotal) = (0, 0)
    }
  }

  /// Says that there is more to fetch.
  func expect(files: Int, bytes: UInt64) {
    counts.withLock { counts in
      counts.filesTotal &+= UInt64(files)
      counts.bytesTotal = counts.bytesTotal.addingReportingOverflow(bytes).partialValue
    }
  }

  func start(_ path: String) { counts.withLock { $0.open[path] = watch.seconds } }

  func received(_ count: Int) {
    counts.withLock { counts in
      counts.bytesDone &+= UInt64(count)
      counts.fetchedBytes &+= UInt64(count)
      tell(&counts)
    }
  }

  /// Counts what an earlier run fetched of a file that goes on.
  func resumed(_ count: Int) { counts.withLock { $0.bytesDone &+= UInt64(count) } }

  /// Takes back what turned out to be of no use.
  func forget(_ count: UInt64) {
    counts.withLock { counts in counts.bytesDone -= min(counts.bytesDone, count) }
  }

  func finish(_ path: String, isFetched: Bool) {
    counts.withLock { counts in
      counts.open[path] = nil
      counts.filesDone &+= 1
      if isFetched { counts.fetchedFiles &+= 1 }
      tell(&counts)
    }
  }

  /// Files and bytes that came over the wire, those that were of no use among them.
  var fetched: (files: UInt64, bytes: UInt64) {
    counts.withLock { ($0.fetchedFiles, $0.fetchedBytes) }
  }

  // Within the lock, so that no two threads report at once.
  private func tell(_ counts: inout Counts) {
    guard let sink else { return }
    let now = watch.seconds
    guard now - counts.lastTold >= 0.1 else { return }
    counts.lastTold = now
    var slowest = ""
    if let (path, since) = counts.open.min(by: { $0.value < $1.value }),
      now - since > FetchProgress.patience
    {
      slowest = "\(path.split(separator: "/" as Character).last ?? "") for \(Int(now - since)) s"
    }
    sink(
      ProgressReport(
        phase: counts.phase,
        filesDone: counts.filesDone,
        filesTotal: counts.filesTotal,
        bytesDone: counts.bytesDone,
        bytesTotal: counts.bytesTotal,
        slowest: slowest
      )
    )
  }
}
