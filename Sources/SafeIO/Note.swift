/// Something that a caller should know beside the result.
package struct Note: Hashable, Sendable, ExpressibleByStringInterpolation {
  /// How much it matters.
  package enum Severity: String, Comparable, Sendable, CaseIterable {
    /// What is being done.
    case progress
    /// Worth knowing.
    case note
    /// Something is wrong, and the work goes on.
    case warning
    /// Somebody may be deceiving this site, or something that must not happen has happened.
    case alarm

    package static func < (left: Severity, right: Severity) -> Bool {
      left.rank < right.rank
    }

    private var rank: Int { Severity.allCases.firstIndex(of: self) ?? 0 }
  }

  package let severity: Severity
  /// What kind of thing it is, stable; empty for what no program would ask for.
  package let code: String
  /// One sentence, as it may have come from outside: escaped where it is shown.
  package let text: String

  package init(_ severity: Severity, _ code: String = "", _ text: String) {
    self.severity = severity
    self.code = code
    self.text = text
  }

  /// A note without a code.
  package init(stringLiteral text: String) { self.init(.note, "", text) }

  /// Somebody may be deceiving this site.
  package static func alarm(_ code: String, _ text: String) -> Note { Note(.alarm, code, text) }

  /// The same about something in particular.
  package func about(_ subject: String) -> Note { Note(severity, code, "\(subject): \(text)") }

  /// As it stands where only notes stand: alarms say that they are some.
  package var entry: String { severity == .note ? text : line }

  /// A note without a code.
  package static func note(_ text: String) -> Note { Note(.note, "", text) }

  /// What is being done.
  package static func progress(_ text: String) -> Note { Note(.progress, "", text) }

  /// With what the severity is called in front, for people.
  package var line: String {
    switch severity {
    case .progress: text
    case .note: "note: " + text
    case .warning: "warning: " + text
    case .alarm: "ALARM: " + text
    }
  }
}
