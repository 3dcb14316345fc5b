internal import GRDB
internal import SafeIO

extension Catalogue {
  /// Refuses a catalogue that would change itself: no version of ours has a trigger or a view, and one
  /// that somebody added would trust further keys when nobody looks any more.
  func refusePrograms(at path: String) throws(Failure) {
    let found = try read { db in
      try String.fetchOne(
        db,
        sql: "SELECT name FROM sqlite_master WHERE type NOT IN ('table', 'index') LIMIT 1"
      )
    }
    guard let found else { return }
    let name = Escaped.line(found, limit: 100)
    throw Catalogue.damaged(path, "it has “\(name)”, a trigger or view, which no catalogue has")
  }
}
