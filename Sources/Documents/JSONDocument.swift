package import SafeIO

/// What every JSON document has, whichever command wrote it: its version and its notes.
package enum JSONDocument {
  /// The version of the shapes in `docs/reference/schemas`.
  ///
  /// A new key does not change it; a key that goes, or gets another meaning, does.
  package static let schema: Int64 = 1

  /// The result of a command, with the notes that it was told meanwhile.
  package static func result(_ result: JSONText, told: [Note]) -> JSONText {
    guard case .object(let fields) = result else {
      return self.result(.object([("results", result)]), told: told)
    }
    var notes: [JSONText] = []
    for (name, value) in fields where name == "notes" {
      if case .array(let own) = value { notes = own }
    }
    let known = Set(notes.map(\.text))
    notes += told.map(json).filter { !known.contains($0.text) }
    return .object(
      [("schema", .number(schema))] + fields.filter { $0.0 != "notes" } + [("notes", .array(notes))]
    )
  }

  /// A refusal, with the notes that the command was told before it.
  package static func refusal(_ failure: Failure, _ promise: String?, told: [Note]) -> JSONText {
    result(FailureText.json(failure, promise), told: told)
  }

  /// Notes that no result carries: they came when the result was written already.
  package static func notes(_ notes: [Note]) -> JSONText { result(.object([]), told: notes) }

  /// A note: how much it matters, a stable code where it has one, and a sentence.
  package static func json(_ note: Note) -> JSONText {
    .object([
      ("severity", .string(note.severity.rawValue)),
      ("code", note.code.isEmpty ? .null : .string(note.code)),
      ("text", .string(note.text)),
    ])
  }

  /// The notes of a result.
  package static func json(_ notes: [Note]) -> JSONText { .array(notes.map(json)) }
}
