package import SafeIO

extension AuditLog {
  /// Reads the whole log: the chain, what was torn, and whether it has the records that others
  /// know of.
  package func verify(_ witnesses: [AuditWitness] = []) throws(Failure) -> AuditReport {
    var chain = AuditChain(witnesses)
    try forEachLine { (text) throws(Failure) in chain.take(text) }
    var report = chain.finish()
    for number in chain.open {
      report.unfinished.append(
        AuditReport.Unfinished(sequence: number, isRunning: try isRunning(number))
      )
    }
    return report
  }

  /// Whether the log has this very record.
  package func contains(_ head: AuditHead) throws(Failure) -> Bool { try lacks([head]).isEmpty }

  /// Those of some records that the log does not have; it is read once, however many they are.
  package func lacks(_ heads: [AuditHead]) throws(Failure) -> [AuditHead] {
    guard !heads.isEmpty else { return [] }
    var rest = Set(heads)
    try forEachLine { (text) throws(Failure) in
      guard let record = text.record else { return }
      rest.remove(AuditHead(sequence: record.sequence, digest: text.digest))
    }
    return rest.sorted { ($0.sequence, $0.digest) < ($1.sequence, $1.digest) }
  }
}

/// The chain while it is read.
private struct AuditChain {
  private var report = AuditReport()
  private var witnesses: [UInt64: [AuditWitness]]
  private var before: RawAuditLine?
  /// Whether the next record need not fit: something before it is not a record.
  private var isBroken = false
  private(set) var open: [UInt64] = []
  /// Lines that are no records, until one says that they are the rest of one.
  private var torn: [UInt8] = []
  private var tornLine: UInt64 = 0
  private var tornLength: UInt64 = 0

  init(_ witnesses: [AuditWitness]) {
    self.witnesses = Dictionary(grouping: witnesses, by: \.head.sequence)
  }

  private var nextSequence: UInt64 { (before?.record?.sequence ?? 0) &+ 1 }

  mutating func take(_ text: RawAuditLine) {
    guard let record = text.record else { return takeTorn(text) }
    if tornLength > 0 { settleTorn(text, record) }
    compare(text, record)
    follow(record, text.number)
    if record.kind == .lost {
      let known = AuditLine.pair(in: text.bytes, "known", "seq")
      report.add(
        line: text.number,
        record.sequence,
        "record \(record.sequence), line \(text.number): the log had lost record "
          + "\(known?.number ?? 0) when this was written: it was cut, put back or forked"
      )
    }
    if record.kind == .interrupted { report.interrupted += 1 }
    for witness in witnesses.removeValue(forKey: record.sequence) ?? []
    where witness.head.digest != text.digest {
      report.add(
        line: text.number,
        record.sequence,
        "record \(record.sequence), line \(text.number): \(witness.source) knows another record "
          + "of this number (\(witness.head.digest.short)): the log was forked or written anew"
      )
    }
    report.records += 1
    report.first = report.first ?? record.time
    (report.last, report.head) = (
      record.time, AuditHead(sequence: record.sequence, digest: text.digest)
    )
    before = text
    isBroken = false
  }

  private mutating func compare(_ text: RawAuditLine, _ record: AuditLine) {
    if isBroken { return }
    let expected = nextSequence
    if record.sequence > expected {
      let missing =
        record.sequence == expected + 1
        ? "record \(expected) is" : "records \(expected) to \(record.sequence - 1) are"
      report.add(line: text.number, expected, "line \(text.number): \(missing) missing before it")
    } else if record.sequence < expected {
      report.add(
        line: text.number,
        record.sequence,
        "record \(record.sequence), line \(text.number): it stands where record \(expected) should"
      )
    } else if record.previous != before?.digest ?? AuditHead.none {
      let place = before.map { "record \(expected - 1), line \($0.number)" } ?? "line 1"
      report.add(
        line: before?.number ?? 1,
        max(1, expected - 1),
        "\(place): it was altered: its digest is not the one that record \(expected) names"
      )
    }
  }

  /// Keeps the list of commands without an outcome, and compares it with the record's own.
  private mutating func follow(_ record: AuditLine, _ line: UInt64) {
    if let of = record.of, record.kind.endsCommand { open.removeAll { $0 == of } }
    if record.kind == .begun { open.append(record.sequence) }
    if open != record.open && !isBroken && report.isWhole {
      report.add(
        line: line,
        record.sequence,
        "record \(record.sequence), line \(line): it names other commands as unfinished than the "
          + "records before it"
      )
    }
    open = record.open
  }

  private mutating func takeTorn(_ text: RawAuditLine) {
    if tornLength == 0 { tornLine = text.number }
    tornLength &+= text.length
    let room = max(0, AuditTail.longestTorn + 1 - torn.count)
    torn += text.bytes.prefix(room)
  }

  /// Lines that are no record must be what the record behind them says was torn.
  private mutating func settleTorn(_ text: RawAuditLine, _ record: AuditLine) {
    defer { (torn, tornLength) = ([], 0) }
    if record.kind == .healed, UInt64(torn.count) == tornLength,
      let named = AuditLine.pair(in: text.bytes, "torn", "bytes"), named.number == tornLength,
      named.digest == SHA256Digest.of(torn)
    {
      report.healed += 1
      return
    }
    refuseTorn()
    isBroken = true
  }

  private mutating func refuseTorn() {
    report.add(
      line: tornLine,
      nextSequence,
      "record \(nextSequence), line \(tornLine): this is not a record"
    )
  }

  mutating func finish() -> AuditReport {
    if tornLength > 0 {
      if tornLength <= UInt64(AuditTail.longestTorn) && tornLength == UInt64(torn.count) {
        (report.torn, report.tornHasLines) = (tornLength, torn.contains(UInt8(ascii: "\n")))
      } else {
        refuseTorn()
      }
    }
    for (sequence, list) in witnesses.sorted(by: { $0.key < $1.key }) {
      for witness in list {
        report.add(
          line: 0,
          sequence,
          "record \(sequence) is missing: \(witness.source) knows it, and the log ends with record "
            + "\(report.head?.sequence ?? 0)"
        )
      }
    }
    return report
  }
}
