internal import SafeIO

/// What of a depot is no content, at one moment: a directory with the files of a depot, and two more.
struct BackupState {
  /// What it is, for people and for a restore; written last.
  static let summary = "STATE"
  /// How the trees of publications lie, in the words of Publishing.
  static let trees = "trees"

  let directory: Directory

  /// Takes the state of a depot; its lock must be held.
  ///
  /// The audit log last: it has at least the record that the catalogue names.
  init(of depot: Depot, in directory: Directory, trees: String, now: UTCTime) throws(Failure) {
    self.directory = directory
    try BackupFiles.copyRest(from: depot.root, to: directory)
    try depot.catalogue.copy(to: directory)
    guard let log = try depot.audit.openToRead() else {
      throw Failure(.state, "audit-log", "the depot has no audit log", subject: depot.audit.path)
    }
    try BackupFiles.copy(log.file, size: log.size, as: AuditLog.fileName, in: directory)
    try DurableFile.write(
      Array(trees.utf8),
      as: BackupState.trees,
      in: directory,
      mode: 0o600
    )
    let text = "Format: aptferry-backup-state 1\nTaken: \(now.rfc3339)\n"
    try DurableFile.write(
      Array(text.utf8),
      as: BackupState.summary,
      in: directory,
      mode: 0o600
    )
  }

  /// Opens a complete state.
  init(opening directory: Directory) throws(Failure) {
    self.directory = directory
    guard try directory.status(BackupState.summary) != nil else {
      throw Failure(
        .integrity,
        "backup-damaged",
        "the backup lacks a file that it should have",
        subject: directory.describe(BackupState.summary)
      )
    }
  }

  /// When it was taken.
  var taken: UTCTime {
    get throws(Failure) {
      let bytes = try directory.contents(of: BackupState.summary, limit: 1 << 12)
      let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
      guard lines.first == "Format: aptferry-backup-state 1", lines.count > 1,
        let time = UTCTime(rfc3339: String(lines[1].dropFirst("Taken: ".count)))
      else {
        throw Failure(
          .state,
          "backup-format",
          "this state has a format that this program does not know, or its summary is damaged",
          subject: directory.describe(BackupState.summary),
          hint: "use the program that wrote it, or a newer one"
        )
      }
      return time
    }
  }
}
