package import SafeIO

// What rules ask of the log. They read facts; from records of a program that wrote none, and from
// those only, the texts that it wrote in their place.
extension AuditLog {
  /// The bundle of a stream with the highest sequence that the log says was taken in.
  ///
  /// All of the log is read: a catalogue that was put back from a backup has been used since.
  package func newestAccepted(
    of stream: String
  ) throws(Failure) -> (sequence: UInt64, manifest: SHA256Digest)? {
    var newest: (sequence: UInt64, manifest: SHA256Digest)?
    try forEachRecord { (record) throws(Failure) in
      // What begins has done nothing.
      guard record.chain?.kind != .begun, let content = record.content else { return }
      let accepted =
        content.facts.map { $0.compactMap { AuditFact.Accepted($0) } }
        ?? AuditBeforeFacts.accepted(record, content)
      for bundle in accepted
      where bundle.stream == stream && bundle.sequence > newest?.sequence ?? 0 {
        newest = (bundle.sequence, bundle.manifest)
      }
    }
    return newest
  }

  /// Whether the log says that clients were given this generation.
  package func hasGeneration(_ number: UInt64, at prefix: String) throws(Failure) -> Bool {
    var isKnown = false
    var old = AuditBeforeFacts.Generations(at: prefix)
    try forEachRecord { (record) throws(Failure) in
      guard !isKnown, let content = record.content else { return }
      guard let facts = content.facts else {
        isKnown = old.take(record, content).contains(number)
        return
      }
      isKnown = facts.compactMap { AuditFact.Generation($0) }
        .contains { $0.prefix == prefix && $0.number == number }
    }
    return isKnown
  }
}
