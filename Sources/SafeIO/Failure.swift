/// Why a command stops: the class decides who must act and the exit status.
///
/// The raw values are the exit statuses of the program (`docs/reference/codes.md`).
package enum FailureClass: Int32, Sendable, CaseIterable {
  case `internal` = 1
  case usage = 2
  case configuration = 3
  case trust = 10
  case integrity = 11
  case incomplete = 12
  case freshness = 13
  case unsafe = 14
  case resource = 15
  case io = 16
  case busy = 17
  case state = 18
  case policy = 19
  case interrupted = 130
  case terminated = 143

  /// The class as it stands in stable codes, as in `E-TRUST-UNKNOWN-SIGNER`.
  package var label: String {
    switch self {
    case .internal: "INTERNAL"
    case .usage: "USAGE"
    case .configuration: "CONFIG"
    case .trust: "TRUST"
    case .integrity: "INTEGRITY"
    case .incomplete: "INCOMPLETE"
    case .freshness: "FRESHNESS"
    case .unsafe: "UNSAFE"
    case .resource: "RESOURCE"
    case .io: "IO"
    case .busy: "BUSY"
    case .state: "STATE"
    case .policy: "POLICY"
    case .interrupted: "INTERRUPTED"
    case .terminated: "TERMINATED"
    }
  }
}

/// A refusal or a failed operation: what happened, to which thing, and what to do next.
///
/// Two failures are equal when their class and code are: tests and callers match on the code,
/// people read the rest. Texts may hold hostile bytes and are escaped where they are shown.
package struct Failure: Error, Hashable, Sendable {
  /// Who must act, and with it the exit status.
  package let kind: FailureClass
  /// The stable second part of the code, lower case with hyphens, as in `unknown-signer`.
  package let name: Name
  /// What happened, one sentence without a final stop.
  package let reason: String
  /// The medium, chunk, file, key or snapshot it happened to.
  package let subject: String?
  /// What to do next, often a command.
  package let hint: String?
  /// Further findings of the same pass (every missing chunk, every damaged entry).
  package let details: [String]

  package init(
    _ kind: FailureClass,
    _ name: Name,
    _ reason: String,
    subject: String? = nil,
    hint: String? = nil,
    details: [String] = []
  ) {
    self.kind = kind
    self.name = name
    self.reason = reason
    self.subject = subject
    self.hint = hint
    self.details = details
  }

  /// The stable code, as in `E-TRUST-UNKNOWN-SIGNER`.
  package var code: String { "E-\(kind.label)-\(name.description.uppercased())" }

  /// The same refusal with further findings, the first of all.
  package func adding(details further: [String]) -> Failure {
    Failure(kind, name, reason, subject: subject, hint: hint, details: further + details)
  }

  /// The same failure, about this thing where it does not say about which.
  package func about(_ subject: String) -> Failure {
    Failure(kind, name, reason, subject: self.subject ?? subject, hint: hint, details: details)
  }

  package static func == (left: Failure, right: Failure) -> Bool {
    left.kind == right.kind && left.name == right.name
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(kind)
    hasher.combine(name)
  }
}
