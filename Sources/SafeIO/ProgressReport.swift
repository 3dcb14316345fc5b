/// How far a long operation is: what a progress line shows.
package struct ProgressReport: Sendable, Hashable {
  /// What is being done now, two or three words in lower case, as in `checking indexes`.
  package let phase: String
  /// Files that are finished.
  package let filesDone: UInt64
  /// Files there are in all; 0 while that is not known.
  package let filesTotal: UInt64
  /// Bytes that have been read or written.
  package let bytesDone: UInt64
  /// Bytes there are in all; 0 while that is not known.
  package let bytesTotal: UInt64
  /// What the operation has been waiting for, when that takes long; else empty.
  package let slowest: String

  package init(
    phase: String,
    filesDone: UInt64,
    filesTotal: UInt64,
    bytesDone: UInt64,
    bytesTotal: UInt64,
    slowest: String = ""
  ) {
    self.phase = phase
    self.filesDone = filesDone
    self.filesTotal = filesTotal
    self.bytesDone = bytesDone
    self.bytesTotal = bytesTotal
    self.slowest = slowest
  }
}

/// Takes reports of an operation; called from any of its threads, never two at once.
package typealias ProgressSink = @Sendable (ProgressReport) -> Void
