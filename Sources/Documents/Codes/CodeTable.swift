package import SafeIO

/// Every code that a refusal can have, with what it means and what to do next.
///
/// `aptferry codes` and docs/reference/codes.md come from here; tests compare it with the sources.
package enum CodeTable {
  /// One code.
  package struct Row: Sendable {
    package let kind: FailureClass
    package let name: String
    package let meaning: String
    package let next: String

    /// As it stands in a message.
    package var code: String { "E-\(kind.label)-\(name.uppercased())" }
  }

  /// All codes, by exit status and name.
  package static let rows: [Row] = FailureClass.allCases.flatMap(rows)

  /// Codes of one class: lines of a name, a meaning and, where the class does not say it, a next step.
  private static func rows(of kind: FailureClass) -> [Row] {
    text(of: kind).split(separator: "\n").map { line in
      let cells = line.split(separator: "|").map { $0.drop { $0 == " " } }
        .map { String($0.hasSuffix(" ") ? $0.dropLast() : $0) }
      return Row(
        kind: kind,
        name: cells[0],
        meaning: cells.count > 1 ? cells[1] : "",
        next: cells.count > 2 ? cells[2] : advice(kind)
      )
    }.sorted { $0.name < $1.name }
  }

  private static func text(of kind: FailureClass) -> String {
    switch kind {
    case .internal: internalCodes
    case .usage: usage
    case .configuration: configuration
    case .trust: trust
    case .integrity: integrity
    case .incomplete: incomplete
    case .freshness: freshness
    case .unsafe: unsafeContent
    case .resource: resource
    case .io: io
    case .busy: busy
    case .state: state
    case .policy: policy
    case .interrupted, .terminated: signal
    }
  }

  /// What a class is about.
  package static func about(_ kind: FailureClass) -> String {
    switch kind {
    case .internal: "a defect of this program"
    case .usage: "the command line is wrong, or names something that does not exist"
    case .configuration: "this machine or a setting is not as the command needs it"
    case .trust: "a signature or a key is not trusted for this"
    case .integrity: "content is not what was signed or recorded"
    case .incomplete: "something is missing"
    case .freshness: "replay, rollback, expiry, or a wrong clock"
    case .unsafe: "content that must not be processed: links, devices, dangerous names or sizes"
    case .resource: "not enough space, memory or another resource"
    case .io: "a device, a file or a network failed"
    case .busy: "another command holds the depot"
    case .state: "the depot is in a state that does not allow this"
    case .policy: "the rules of this site forbid it"
    case .interrupted: "interrupted (Ctrl-C)"
    case .terminated: "ended by a signal (TERM, HUP)"
    }
  }

  /// What to do about a class, where a code does not say more.
  private static func advice(_ kind: FailureClass) -> String {
    switch kind {
    case .internal: "report it as a defect, with the command and its output"
    case .usage: "correct the command line; --help has examples"
    case .configuration: "correct the file, setting or program that the message names"
    case .trust: "check fingerprints by another route before you pin or allow anything"
    case .integrity: "use another copy, or have it copied or exported again"
    case .incomplete: "bring what is named, and run the command again"
    case .freshness: "check the clock, then ask the exporter for the newest bundle"
    case .unsafe: "do not use the medium or file; find out who made it"
    case .resource: "free what is named, and run the command again"
    case .io: "check the device, cable, file or network, and run the command again"
    case .busy: "wait for the other command, and run this one again"
    case .state: "follow the message; aptferry depot check says whether the depot is whole"
    case .policy: "ask the person who answers for this site"
    case .interrupted, .terminated: "run the same command again; finished work is used again"
    }
  }

  private static let busy = """
    unmount | something uses the medium | close it, unmount the medium before it is removed
    target-claimed | somebody publishes at that place of a target; the message names who | wait for it to end; a claim older than an hour can be taken over: --take-over
    target-overtaken | somebody else published at the target meanwhile | look at what clients get, then publish again
    locked | another command holds the depot or the medium; the message names its process and user
    """

  private static let signal = """
    signal | the command was ended by a signal
    """
}
