package import Depot
internal import Publishing
package import SafeIO

/// Something that was done to a publication, and by whom.
package struct PublicationHistoryEntry: Sendable {
  package let event: PublicationEvent
  /// The state of the generation; nil when it is gone.
  package let state: String?
  /// Who did it, as the audit log says; nil where it does not.
  package let who: String?
}

extension Session {
  /// What was done to the publication at a prefix, oldest first; the audit log is not checked.
  package func publicationHistory(
    of prefix: String
  ) throws(Failure) -> [PublicationHistoryEntry] {
    let depot = try depot()
    let history = try Publications.history(prefix, in: depot)
    let authors = try Authors(of: prefix, in: depot.audit)
    return history.map { event, state in
      PublicationHistoryEntry(event: event, state: state, who: authors.who(event))
    }
  }
}

/// Who changed a publication.
///
/// The catalogue does not say it: an interrupted command is settled by a later one, which may be
/// somebody else's.
private struct Authors {
  /// What a command says of itself when it begins, where its outcome has no fact.
  private struct Begun {
    let time: UTCTime
    let command: String
    let who: String
  }

  private static let commands: [PublicationEvent.Action: String] = [
    .hold: "publication hold", .release: "publication release", .remove: "publication remove",
  ]

  private var made: [UInt64: String] = [:]
  private var signed: [(number: UInt64, time: UTCTime, who: String)] = []
  private var begun: [Begun] = []

  init(of prefix: String, in log: AuditLog) throws(Failure) {
    var (made, signed, begun) = (self.made, self.signed, self.begun)
    try log.forEachRecord { (record) throws(Failure) in
      guard let chain = record.chain, let content = record.content else { return }
      let isAbout = content.about.contains { $0.name == "prefix" && $0.values == [prefix] }
      if chain.kind == .begun, isAbout, Authors.commands.values.contains(content.command) {
        begun.append(Begun(time: chain.time, command: content.command, who: content.who))
      }
      for fact in content.facts ?? [] where fact.text("prefix") == prefix {
        guard let number = fact.number("number") else { continue }
        if fact.kind == "generation" { made[number] = made[number] ?? content.who }
        if fact.kind == "generation-signed" { signed.append((number, chain.time, content.who)) }
      }
    }
    (self.made, self.signed, self.begun) = (made, signed, begun)
  }

  func who(_ event: PublicationEvent) -> String? {
    if event.action.isMaking { return made[event.number] }
    if event.action == .sign {
      return signed.first { $0.number == event.number && $0.time >= event.made }?.who
    }
    let command = Authors.commands[event.action]
    // A record is written in the second in which the command was called, or soon after.
    return begun.first { $0.command == command && $0.time >= event.made }?.who
  }
}
