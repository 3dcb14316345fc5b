internal import SafeIO
private import Synchronization

/// Notes that wait for the JSON document of their command line.
final class ToldNotes: Sendable {
  private let notes = Mutex<[Note]>([])

  /// Keeps a note; what is being done is no part of a result.
  func add(_ note: Note) {
    guard note.severity > .progress else { return }
    notes.withLock { if !$0.contains(note) { $0.append(note) } }
  }

  /// The notes since the last call.
  func take() -> [Note] {
    notes.withLock { kept in
      defer { kept = [] }
      return kept
    }
  }
}
