internal import DebianRepository
package import SafeIO

extension Manifest {
  /// The name of the format and the version that this program writes and reads.
  package static let format = "aptferry-bundle 1"

  /// The features that this reader knows.
  static let knownFeatures: Set<String> = [leftOutFeature, composedFeature]
  /// The feature of a bundle whose snapshots lack something that their indexes list.
  package static let leftOutFeature = "left-out"
  /// The feature of a bundle with a composed snapshot.
  package static let composedFeature = "composed"

  /// What a reader has to know of these snapshots.
  package static func features(of snapshots: [Snapshot]) -> [String] {
    (snapshots.allSatisfy(\.isVerbatim) ? [] : [composedFeature])
      + (snapshots.allSatisfy(\.leftOut.isEmpty) ? [] : [leftOutFeature])
  }

  /// The bytes of MANIFEST; the same values give the same bytes.
  package var text: [UInt8] {
    var lines: [String] = ["Format: \(Manifest.format)", "Stream: \(stream)"]
    lines.append("Sequence: \(sequence)")
    lines.append("Created: \(created.rfc3339)")
    if let expires { lines.append("Expires: \(expires.rfc3339)") }
    if !sites.isEmpty { lines.append("Site: " + sites.joined(separator: " ")) }
    if let previous { lines.append("Previous: \(previous)") }
    if !bases.isEmpty { lines += ["Base:"] + bases.map { " \($0)" } }
    if !retired.isEmpty { lines += ["Retired:"] + retired.map { " \($0.name) \($0.digest)" } }
    if !knownAudit.isEmpty {
      lines += ["Known-Audit:"] + knownAudit.map { " " + Receipt.line($0) }
    }
    if !keyStatements.isEmpty {
      lines.append("\(CarriedStatements.field):")
      lines += CarriedStatements.lines(keyStatements).map { " " + $0 }
    }
    if !requires.isEmpty { lines.append("Requires: " + requires.joined(separator: " ")) }
    lines.append("Entries: \(entries.line) \(plainEntries.line)")
    lines.append("Sums: \(sums.line)")
    lines.append("Readme: \(readme.line)")
    if let parity { lines.append("Parity: \(parity.line)") }
    lines.append("Chunks:")
    for (index, chunk) in chunks.enumerated() {
      lines.append(" \(chunk.digest) \(chunk.size) \(chunk.plainSize) \(chunkName(index + 1))")
    }
    for snapshot in snapshots {
      lines += ["", "Snapshot: \(snapshot.name)", "Digest: \(snapshot.digest)"]
      lines.append("Files: \(snapshot.files)")
      lines.append("Bytes: \(snapshot.bytes)")
      lines.append("Kind: " + (snapshot.isVerbatim ? "verbatim" : "composed"))
      lines.append("Suites:")
      lines += snapshot.suites.map { " \($0.line)" }
      if !snapshot.leftOut.isEmpty {
        lines += ["Left-Out:"] + snapshot.leftOut.map { " \($0.line)" }
      }
    }
    return Array((lines.joined(separator: "\n") + "\n").utf8)
  }

  /// Reads MANIFEST strictly.
  ///
  /// - Throws: `integrity` for anything that does not follow the format, `policy` for a format
  ///   version or a required feature that this program does not know.
  package init(text: [UInt8]) throws(Failure) {
    guard text.count <= BundleLimits.manifestLength else {
      throw StrictStanza.refuse("the text is longer than the format allows")
    }
    let stanzas = try StrictStanza.read(text, atMost: BundleLimits.snapshotCount + 1)
    let head = stanzas[0]
    try Manifest.checkFormat(stanzas)
    let requires = try Manifest.checkFeatures(stanzas)
    let stream = try head.line("Stream")
    let sites = try head.words("Site")
    guard BundleName.isValid(stream), sites.allSatisfy({ BundleName.isValid($0) }) else {
      throw StrictStanza.refuse("a stream or site name is not valid")
    }
    let sequence = try head.number("Sequence")
    guard sequence > 0 else { throw StrictStanza.refuse("the sequence is 0") }
    let bases = try Manifest.readBases(head)
    let retired = try Receipt.snapshots(head, "Retired")
    let knownAudit = try Receipt.auditHeads(head, "Known-Audit")
    let sums = try Manifest.fileSums(head, "Entries", count: 2)
    self.init(
      stream: stream,
      sequence: sequence,
      created: try head.time("Created"),
      expires: try head.has("Expires") ? head.time("Expires") : nil,
      sites: sites,
      previous: try head.has("Previous") ? head.digest("Previous") : nil,
      bases: bases,
      retired: retired,
      knownAudit: knownAudit,
      keyStatements: try CarriedStatements.read(head),
      requires: requires,
      entries: sums[0],
      plainEntries: sums[1],
      sums: try Manifest.fileSums(head, "Sums", count: 1)[0],
      readme: try Manifest.fileSums(head, "Readme", count: 1)[0],
      parity: try head.has("Parity") ? Manifest.fileSums(head, "Parity", count: 1)[0] : nil,
      chunks: try Manifest.readChunks(head),
      snapshots: try Manifest.readSnapshots(stanzas.dropFirst())
    )
    guard plainEntries.size <= BundleLimits.entriesLength,
      entries.size <= BundleLimits.entriesLength, sums[0].size <= BundleLimits.entriesLength,
      self.sums.size <= BundleLimits.sumsLength, readme.size <= BundleLimits.readmeLength,
      (parity?.size ?? 0) <= UInt64(ParityList.longest)
    else { throw StrictStanza.refuse("a file is longer than the format allows") }
    // zstd never adds more (`ZSTD_compressBound`, and what a frame has around it); a reader holds the
    // file in memory.
    guard entries.size <= plainEntries.size + plainEntries.size / 256 + 1024 else {
      throw StrictStanza.refuse("ENTRIES.zst is longer than its text can make it")
    }
    guard requires.contains(Manifest.leftOutFeature) || snapshots.allSatisfy(\.leftOut.isEmpty)
    else {
      throw StrictStanza.refuse("Left-Out stands there without “Requires: left-out”")
    }
    try checkComposed()
    let list = Manifest.sumsText(chunks)
    guard SHA256Digest.of(list) == self.sums.digest, UInt64(list.count) == self.sums.size else {
      throw StrictStanza.refuse("Sums does not agree with Chunks")
    }
  }

  /// Refuses composed snapshots that a reader could take for something else.
  private func checkComposed() throws(Failure) {
    for snapshot in snapshots where !snapshot.isVerbatim {
      guard requires.contains(Manifest.composedFeature) else {
        throw StrictStanza.refuse("a snapshot is composed without “Requires: composed”")
      }
      guard snapshot.leftOut.isEmpty else {
        throw StrictStanza.refuse("a composed snapshot has a Left-Out")
      }
      guard snapshot.suites.allSatisfy({ $0.isUnsigned && $0.date == nil && !$0.isFlat }) else {
        throw StrictStanza.refuse("a suite of a composed snapshot is signed, dated or flat")
      }
    }
  }

  /// Refuses another format, before anything else is looked at.
  private static func checkFormat(_ stanzas: [StrictStanza]) throws(Failure) {
    guard stanzas[0].firstName == "Format" else {
      throw StrictStanza.refuse("the first field is not Format")
    }
    func refuse(_ what: String) -> Failure {
      Failure(
        .policy,
        "format",
        what + "; this program reads “\(Manifest.format)”",
        subject: "MANIFEST",
        hint: "use an aptferry that knows this format"
      )
    }
    let format = try stanzas[0].line("Format")
    guard format == Manifest.format else { throw refuse("the bundle has the format “\(format)”") }
    // No version has it there: whoever writes it means something that nobody may pass over.
    guard !stanzas.dropFirst().contains(where: { $0.has("Format") }) else {
      throw refuse("a snapshot has a format of its own")
    }
  }

  /// The features that the bundle requires, in any of its stanzas; refuses unknown ones.
  private static func checkFeatures(_ stanzas: [StrictStanza]) throws(Failure) -> [String] {
    var required: [String] = []
    for (index, stanza) in stanzas.enumerated() where stanza.has("Requires") {
      let words = try stanza.words("Requires")
      if let unknown = words.first(where: { !Manifest.knownFeatures.contains($0) }) {
        let who = index == 0 ? "the bundle" : "a snapshot of the bundle"
        throw Failure(
          .policy,
          "requires",
          "\(who) requires “\(unknown)”, which this program does not know",
          subject: "MANIFEST",
          hint: "use a newer aptferry on this side"
        )
      }
      if index == 0 { required = words }
    }
    return required
  }

  private static func readBases(_ head: StrictStanza) throws(Failure) -> [SHA256Digest] {
    guard let lines = try head.optionalList("Base") else { return [] }
    var bases: [SHA256Digest] = []
    for line in lines {
      guard let digest = SHA256Digest(hex: line) else {
        throw StrictStanza.refuse("a line of Base is not a SHA-256")
      }
      guard bases.count < BundleLimits.listCount else {
        throw StrictStanza.refuse("Base has more than \(BundleLimits.listCount) lines")
      }
      bases.append(digest)
    }
    guard !bases.isEmpty else { throw StrictStanza.refuse("the field Base is an empty list") }
    return bases
  }

  private static func fileSums(
    _ stanza: StrictStanza,
    _ name: String,
    count: Int
  ) throws(Failure) -> [FileSum] {
    let words = try stanza.line(name).split(
      separator: " " as Character,
      maxSplits: 2 * count,
      omittingEmptySubsequences: false
    )
    var sums: [FileSum] = []
    for index in stride(from: 0, to: words.count - 1, by: 2) {
      guard let digest = SHA256Digest(hex: words[index]),
        let size = DecimalNumber.read(words[index + 1])
      else { break }
      sums.append(FileSum(digest: digest, size: size))
    }
    guard sums.count == count, words.count == 2 * count else {
      throw StrictStanza.refuse("the field \(name) is not \(count) times a SHA-256 and a size")
    }
    return sums
  }

  private static func readChunks(_ stanza: StrictStanza) throws(Failure) -> [Chunk] {
    var chunks: [Chunk] = []
    for line in try stanza.list("Chunks") {
      let words = line.split(
        separator: " " as Character,
        maxSplits: 4,
        omittingEmptySubsequences: false
      )
      guard words.count == 4, let digest = SHA256Digest(hex: words[0]),
        let size = DecimalNumber.read(words[1]), let plainSize = DecimalNumber.read(words[2]),
        size <= BundleLimits.largestChunkSize, plainSize <= BundleLimits.largestChunkSize,
        chunks.count < BundleLimits.chunkCount
      else { throw StrictStanza.refuse("a line of Chunks is not valid") }
      let isCompressed = words[3].hasSuffix(".zst")
      guard words[3] == chunkName(chunks.count + 1, isCompressed: isCompressed),
        isCompressed || size == plainSize, size > 0, plainSize > 0, plainSize % 512 == 0
      else { throw StrictStanza.refuse("a line of Chunks is not valid") }
      chunks.append(
        Chunk(digest: digest, size: size, plainSize: plainSize, isCompressed: isCompressed)
      )
    }
    return chunks
  }

  private static func readSnapshots(
    _ stanzas: ArraySlice<StrictStanza>
  ) throws(Failure) -> [Snapshot] {
    var snapshots: [Snapshot] = []
    var names: Set<String> = []
    var suiteCount = 0
    for stanza in stanzas {
      guard stanza.firstName == "Snapshot" else {
        throw StrictStanza.refuse("a further stanza is not a Snapshot")
      }
      let name = try stanza.line("Snapshot")
      guard BundleName.isValid(name), names.insert(name).inserted else {
        throw StrictStanza.refuse("a snapshot name is not valid or stands twice")
      }
      let kind = try stanza.line("Kind")
      guard kind == "verbatim" || kind == "composed" else {
        throw StrictStanza.refuse("a Kind is neither verbatim nor composed")
      }
      let suites = try readSuites(stanza)
      suiteCount += suites.count
      guard suiteCount <= BundleLimits.allSuitesCount else {
        throw StrictStanza.refuse(
          "the snapshots have more than \(BundleLimits.allSuitesCount) suites together"
        )
      }
      snapshots.append(
        Snapshot(
          name: name,
          digest: try stanza.digest("Digest"),
          files: try stanza.number("Files"),
          bytes: try stanza.number("Bytes"),
          isVerbatim: kind == "verbatim",
          suites: suites,
          leftOut: try readLeftOut(stanza)
        )
      )
    }
    guard !snapshots.isEmpty else { throw StrictStanza.refuse("there is no Snapshot") }
    guard snapshots.reduce(0, { $0 + $1.leftOut.count }) <= LeftOut.most else {
      throw StrictStanza.refuse("the snapshots leave out more than \(LeftOut.most) things together")
    }
    return snapshots
  }

  private static func readLeftOut(_ stanza: StrictStanza) throws(Failure) -> [LeftOut] {
    var found: [LeftOut] = []
    guard let lines = try stanza.optionalList("Left-Out") else { return [] }
    for line in lines {
      guard found.count < LeftOut.most else {
        throw StrictStanza.refuse("Left-Out has more than \(LeftOut.most) lines")
      }
      guard let one = LeftOut(line: line), found.last.map({ LeftOut.precedes($0, one) }) ?? true
      else { throw StrictStanza.refuse("a line of Left-Out is not valid or not in order") }
      found.append(one)
    }
    guard !found.isEmpty else { throw StrictStanza.refuse("the field Left-Out is an empty list") }
    return found
  }

  private static func readSuites(_ stanza: StrictStanza) throws(Failure) -> [ClaimedSuite] {
    var suites: [ClaimedSuite] = []
    var seen: Set<String> = []
    for line in try stanza.list("Suites") {
      guard suites.count < BundleLimits.suiteCount else {
        throw StrictStanza.refuse("a snapshot has more than \(BundleLimits.suiteCount) suites")
      }
      guard let suite = ClaimedSuite(line: line),
        seen.insert(suite.distribution).inserted
      else { throw StrictStanza.refuse("a line of Suites is not valid") }
      suites.append(suite)
    }
    return suites
  }
}

extension Manifest.FileSum {
  fileprivate var line: String { "\(digest) \(size)" }
}
