/// Some values under a name, in a record.
package struct AuditField: Hashable, Sendable {
  /// The name: short, ASCII, chosen by us.
  package let name: String
  /// The values; text from outside.
  package let values: [String]

  package init(_ name: String, _ values: [String]) {
    self.name = name
    self.values = values
  }
}

/// What a command is about to do, as it stands in the record of its beginning.
package struct AuditSubject: Hashable, Sendable {
  /// The words of the command, as in `trust add`.
  package let command: String
  /// The arguments that matter, and no secrets.
  package let about: [AuditField]
  /// Why an override was given.
  package let reason: String?

  package init(_ command: String, _ about: [AuditField] = [], reason: String? = nil) {
    self.command = command
    self.about = about
    self.reason = reason
  }
}

/// How a command ended.
package enum AuditOutcome: Hashable, Sendable {
  /// It did what it should, or found it done.
  case done
  /// It refused or failed.
  case refused(code: String, exit: Int32, message: String)
  /// A signal ended it in an orderly way.
  case interrupted(code: String, exit: Int32)
}

/// What a record says happened.
package enum AuditKind: String, Sendable, CaseIterable {
  /// A command began; nothing has been changed yet.
  case begun
  /// A command did what it should.
  case done
  /// A command refused or failed.
  case refused
  /// A command ended without saying how: by a signal, or found so by a later one.
  case interrupted
  /// More facts of a command than its outcome, which follows, has room for.
  case noted
  /// Bytes before this record are the rest of one that was never complete.
  case healed
  /// The log lacks records that the catalogue knows of.
  case lost

  /// Whether it is the outcome of the command that it is about.
  var endsCommand: Bool { self != .noted }
}
