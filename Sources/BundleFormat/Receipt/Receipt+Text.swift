internal import DebianRepository
package import SafeIO

extension Receipt {
  /// The name of the format and the version that this program writes and reads.
  package static let format = "aptferry-receipt 1"
  /// The longest text, in bytes.
  package static let longest = 31 << 20
  /// The most lines of one field.
  package static let listLimit = 10_000
  /// The longest reason of an exception, in bytes.
  package static let reasonLength = 500

  /// The text that is signed; the same values give the same bytes.
  package var text: [UInt8] {
    var lines = [
      "Format: \(Receipt.format)", "Site: \(site)", "Key: \(key)", "Number: \(number)",
      "Created: \(created.rfc3339)",
    ]
    func add(_ name: String, _ list: [String]) {
      if !list.isEmpty { lines += ["\(name):"] + list.map { " " + $0 } }
    }
    if let audit { lines.append("Audit: " + Receipt.line(audit)) }
    add("Known-Audit", knownAudit.map(Receipt.line))
    add("Streams", streams.map { "\($0.name) \($0.sequence) \($0.payload)" })
    add(
      "Gaps",
      streams.filter { !$0.gaps.isEmpty }.map { "\($0.name) " + NumberRanges.text($0.gaps) }
    )
    add(
      "Lower",
      streams.flatMap { stream in
        stream.lower.sorted { $0.key < $1.key }.map { "\(stream.name) \($0.key) \($0.value)" }
      }
    )
    add(
      "Older",
      older.map { "\($0.stream) \($0.sequence) \($0.payload) \($0.time.rfc3339) \($0.reason)" }
    )
    add("Snapshots", snapshots.map { "\($0.name) \($0.digest)" })
    add(
      "Vouched",
      vouched.map { "\($0.snapshot) \($0.distribution) \($0.exporters.joined(separator: ","))" }
    )
    add(CarriedStatements.field, CarriedStatements.lines(keyStatements))
    lines.append("Objects: \(inventory.count)")
    add("Inventory", inventory.lines)
    return Array((lines.joined(separator: "\n") + "\n").utf8)
  }

  static func line(_ head: AuditHead) -> String {
    "\(head.log) \(head.sequence) \(head.digest)"
  }

  /// Reads the text strictly; unknown fields are ignored.
  ///
  /// - Throws: `integrity` for what does not follow the format, `policy` for another version.
  package init(text: [UInt8]) throws(Failure) {
    do throws(Failure) {
      try self.init(reading: text)
    } catch {
      guard error.kind == .integrity else { throw error }
      throw Failure(
        .integrity,
        "receipt",
        "this is not a receipt: \(error.reason)",
        hint: "have it made again on the isolated side: aptferry receipt create --to FILE"
      )
    }
  }

  private init(reading text: [UInt8]) throws(Failure) {
    guard text.count <= Receipt.longest else { throw StrictStanza.refuse("it is too long") }
    let stanza = try StrictStanza.read(text, atMost: 1)[0]
    guard stanza.firstName == "Format" else {
      throw StrictStanza.refuse("the first field is not Format")
    }
    let format = try stanza.line("Format")
    guard format == Receipt.format, !stanza.has("Requires") else {
      throw Failure(
        .policy,
        "format",
        "the receipt has the format “\(format)” or requires more than this program knows; it reads "
          + "“\(Receipt.format)”",
        hint: "use an aptferry that knows this format"
      )
    }
    let count = try stanza.number("Objects")
    let lines = try stanza.optionalList("Inventory")
    let inventory =
      if let lines { ObjectInventory(lines: lines, count: count) } else {
        ObjectInventory(lines: [], count: count)
      }
    guard let inventory else {
      throw StrictStanza.refuse("Inventory is not one of \(count) objects")
    }
    self.init(
      site: try stanza.line("Site"),
      key: try stanza.line("Key"),
      number: try stanza.number("Number"),
      created: try stanza.time("Created"),
      inventory: inventory
    )
    guard BundleName.isValid(site), number > 0, Receipt.isFingerprint(key) else {
      throw StrictStanza.refuse("a name, a number or the key is not valid")
    }
    if let line = try stanza.optionalLine("Audit") { audit = try Receipt.auditHead(line) }
    guard audit.map({ $0.log == key }) ?? true else {
      throw StrictStanza.refuse("Audit is about another log than the site's own")
    }
    knownAudit = try Receipt.auditHeads(stanza, "Known-Audit")
    guard Set(knownAudit.map(\.log)).count == knownAudit.count else {
      throw StrictStanza.refuse("Known-Audit has two lines about one log")
    }
    try readStreams(stanza)
    for line in try Receipt.lines(stanza, "Older") { older.append(try Receipt.older(line)) }
    snapshots = try Receipt.snapshots(stanza, "Snapshots")
    guard Set(snapshots.map(\.name)).count == snapshots.count else {
      throw StrictStanza.refuse("Snapshots has two lines of one name")
    }
    keyStatements = try CarriedStatements.read(stanza)
    for line in try Receipt.lines(stanza, "Vouched") { vouched.append(try Receipt.vouched(line)) }
  }

  private static func vouched(_ line: String) throws(Failure) -> Vouched {
    let words = words(line)
    let exporters = (words.last ?? "").split(separator: ",", omittingEmptySubsequences: false)
      .map { String($0) }
    guard words.count == 3, BundleName.isValid(words[0]), Distribution.isName(words[1]),
      exporters.allSatisfy(isFingerprint)
    else { throw StrictStanza.refuse("a line of Vouched is not valid") }
    return Vouched(snapshot: words[0], distribution: words[1], exporters: exporters)
  }

  /// A list of snapshots: name and digest.
  static func snapshots(_ stanza: StrictStanza, _ name: String) throws(Failure) -> [Snapshot] {
    try lines(stanza, name).map { (line) throws(Failure) in
      let words = words(line)
      guard words.count == 2, BundleName.isValid(words[0]), let digest = SHA256Digest(hex: words[1])
      else { throw StrictStanza.refuse("a line of \(name) is not valid") }
      return Snapshot(name: words[0], digest: digest)
    }
  }

  /// A list of heads of audit logs.
  static func auditHeads(_ stanza: StrictStanza, _ name: String) throws(Failure) -> [AuditHead] {
    try lines(stanza, name).map { (line) throws(Failure) in try auditHead(line) }
  }

  private mutating func readStreams(_ stanza: StrictStanza) throws(Failure) {
    var gaps: [String: [ClosedRange<UInt64>]] = [:]
    var rest = NumberRanges.countLimit
    for line in try Receipt.lines(stanza, "Gaps") {
      let words = Receipt.words(line)
      let ranges = NumberRanges.read(
        words.dropFirst().joined(separator: " "),
        limit: rest
      )
      rest -= ranges?.count ?? 0
      guard let ranges, gaps.updateValue(ranges, forKey: words[0]) == nil else {
        throw StrictStanza.refuse("a line of Gaps is not valid")
      }
    }
    var lower: [String: [UInt64: SHA256Digest]] = [:]
    for line in try Receipt.lines(stanza, "Lower") {
      guard let bundle = Receipt.bundle(line),
        lower[bundle.stream, default: [:]].updateValue(bundle.payload, forKey: bundle.sequence)
          == nil
      else { throw StrictStanza.refuse("a line of Lower is not valid") }
    }
    var seen: Set<String> = []
    for line in try Receipt.lines(stanza, "Streams") {
      guard let bundle = Receipt.bundle(line), seen.insert(bundle.stream).inserted else {
        throw StrictStanza.refuse("a line of Streams is not valid")
      }
      let stream = Stream(
        name: bundle.stream,
        sequence: bundle.sequence,
        payload: bundle.payload,
        gaps: gaps.removeValue(forKey: bundle.stream) ?? [],
        lower: lower.removeValue(forKey: bundle.stream) ?? [:]
      )
      guard stream.gaps.last.map({ $0.upperBound < stream.sequence }) ?? true else {
        throw StrictStanza.refuse("a gap is not below what was accepted")
      }
      guard stream.lower.keys.allSatisfy({ $0 < stream.sequence && !stream.isGap($0) }) else {
        throw StrictStanza.refuse("a line of Lower is of no bundle below what was accepted")
      }
      streams.append(stream)
    }
    guard gaps.isEmpty, lower.isEmpty else {
      throw StrictStanza.refuse("a line of Gaps or Lower is of no stream")
    }
  }

  /// A bundle: stream, sequence and digest of MANIFEST.
  private static func bundle(
    _ line: String
  ) -> (stream: String, sequence: UInt64, payload: SHA256Digest)? {
    let words = words(line)
    guard words.count == 3, BundleName.isValid(words[0]),
      let sequence = DecimalNumber.read(words[1]), sequence > 0,
      let payload = SHA256Digest(hex: words[2])
    else { return nil }
    return (words[0], sequence, payload)
  }

  private static func lines(_ stanza: StrictStanza, _ name: String) throws(Failure) -> [String] {
    guard let list = try stanza.optionalList(name) else { return [] }
    // Counted while they are read: of a list that is too long only the allowed part is ever held.
    var lines: [String] = []
    for line in list {
      guard lines.count < listLimit else { throw StrictStanza.refuse("\(name) is too long") }
      lines.append(line)
    }
    return lines
  }

  private static func words(_ line: String) -> [String] {
    line.split(separator: " " as Character, omittingEmptySubsequences: false).map { String($0) }
  }

  static func isFingerprint(_ text: String) -> Bool {
    (40...64).contains(text.utf8.count)
      && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x41...0x46).contains($0) }
  }

  private static func auditHead(_ line: String) throws(Failure) -> AuditHead {
    let words = words(line)
    guard words.count == 3, isFingerprint(words[0]), let sequence = DecimalNumber.read(words[1]),
      sequence > 0, let digest = SHA256Digest(hex: words[2])
    else { throw StrictStanza.refuse("a head of an audit log is not valid") }
    return AuditHead(log: words[0], sequence: sequence, digest: digest)
  }

  private static func older(_ line: String) throws(Failure) -> Older {
    let words = words(line)
    guard words.count >= 5, BundleName.isValid(words[0]),
      let sequence = DecimalNumber.read(words[1]), sequence > 0,
      let payload = SHA256Digest(hex: words[2]), let time = UTCTime(rfc3339: words[3])
    else { throw StrictStanza.refuse("a line of Older is not valid") }
    let reason = words[4...].joined(separator: " ")
    guard !reason.isEmpty, reason.utf8.count <= reasonLength else {
      throw StrictStanza.refuse("a reason is empty or too long")
    }
    return Older(stream: words[0], sequence: sequence, payload: payload, time: time, reason: reason)
  }
}
