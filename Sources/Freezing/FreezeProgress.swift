internal import SafeIO
internal import Synchronization

/// Counts what a freeze has read, and tells it.
final class FreezeProgress: Sendable {
  private struct Counts {
    var filesDone: UInt64 = 0
    var filesTotal: UInt64 = 0
    var bytesDone: UInt64 = 0
    var bytesTotal: UInt64 = 0
  }

  private let sink: ProgressSink?
  private let counts = Mutex(Counts())

  init(_ sink: ProgressSink?) { self.sink = sink }

  /// Says that there is more to do.
  func expect(files: Int, bytes: UInt64) {
    counts.withLock { counts in
      counts.filesTotal &+= UInt64(files)
      counts.bytesTotal = counts.bytesTotal.addingReportingOverflow(bytes).partialValue
    }
  }

  /// Says that files are done, whether they were there or not.
  func finish(files: Int, bytes: UInt64) {
    counts.withLock { counts in
      counts.filesDone &+= UInt64(files)
      counts.bytesDone = counts.bytesDone.addingReportingOverflow(bytes).partialValue
      // Within the lock, so that no two threads report at once.
      sink?(
        ProgressReport(
          phase: "freezing",
          filesDone: counts.filesDone,
          filesTotal: counts.filesTotal,
          bytesDone: counts.bytesDone,
          bytesTotal: counts.bytesTotal
        )
      )
    }
  }
}
