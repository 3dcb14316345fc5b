internal import SafeIO

/// What of a depot is no content, at one moment: a directory with the files of a depot, and two more.
struct BackupState {
  /// What it is, for people and for a restore; written last.
  static let summary = "STATE"
  /// How the trees of publications lie, in the words of Publishing.
  static let trees = "trees"

  /// What a summary begins with: the format of now, and the one in which `evidence/objects` lay in
  /// the state.
  private static let formats = [
    "Format: aptferry-backup-state 2", "Format: aptferry-backup-state 1",
  ]
  /// What no state is without.
  private static let parts = [
    summary, trees, DepotConfiguration.fileName, Depot.signingKeyName, Catalogue.fileName,
    AuditLog.fileName,
  ]

  let directory: Directory

  /// Takes the state of a depot; its lock must be held.
  ///
  /// The audit log last: it has at least the record that the catalogue names.
  init(of depot: Depot, in directory: Directory, trees: String, now: UTCTime) throws(Failure) {
    self.directory = directory
    try BackupFiles.copyRest(of: depot.root, to: directory)
    try depot.catalogue.copy(to: directory)
    guard let log = try depot.audit.openToRead() else {
      throw Failure(.state, "audit-log", "the depot has no audit log", subject: depot.audit.path)
    }
    try BackupFiles.copy(log.file, size: log.size, as: AuditLog.fileName, in: directory)
    try BackupEvidence.write(try BackupEvidence.kept(in: depot.root), to: directory)
    try DurableFile.write(
      Array(trees.utf8),
      as: BackupState.trees,
      in: directory,
      mode: 0o600
    )
    let text = "\(BackupState.formats[0])\nTaken: \(now.rfc3339)\n"
    try DurableFile.write(
      Array(text.utf8),
      as: BackupState.summary,
      in: directory,
      mode: 0o600
    )
  }

  /// Opens a complete state.
  ///
  /// - Throws: `backup-damaged` when it lacks a part.
  init(opening directory: Directory) throws(Failure) {
    self.directory = directory
    for name in BackupState.parts where try directory.status(name)?.kind != .regular {
      throw BackupPlace.damaged(directory.describe(name))
    }
  }

  /// When it was taken.
  var taken: UTCTime {
    get throws(Failure) {
      let bytes = try directory.contents(of: BackupState.summary, limit: 1 << 12)
      let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
      guard BackupState.formats.contains(String(lines.first ?? "")), lines.count > 1,
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
