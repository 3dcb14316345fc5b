package import SafeIO

/// Who writes to a target: a depot, and the run that does it, in words.
package struct TargetWriter: Hashable, Sendable {
  /// What names the depot at targets.
  package let id: String
  package let site: String
  /// Command, process, host and user, for whoever is refused because of it.
  package let run: String

  package init(id: String, site: String, run: String) {
    (self.id, self.site, self.run) = (id, site, run)
  }

  /// This run of a command, for a depot.
  package init(of depot: Depot, command: String) throws(Failure) {
    self.init(
      id: try depot.catalogue.targetWriter(),
      site: depot.configuration.site,
      run: LockHolder.text(command: command)
    )
  }
}

/// A generation at a target: its number and its listing.
package struct TargetGeneration: Hashable, Sendable {
  package let number: UInt64
  /// The digest of the listing.
  package let listing: SHA256Digest
  /// How long the text of the listing is, in bytes.
  package let length: UInt64
  /// When the next one came; nil for the one that clients get.
  package var ended: UTCTime?

  package init(number: UInt64, listing: SHA256Digest, length: UInt64, ended: UTCTime? = nil) {
    (self.number, self.listing, self.length, self.ended) = (number, listing, length, ended)
  }
}

/// What `current.json` or `plan.json` of a publication at a target says.
///
/// Both are JSON objects of the members `format`, `generation`, `listing`, `length`, `nonce`, `made`,
/// `writer`, `publication`, and `kept` in the former; unknown members are passed over.
package struct TargetState: Hashable, Sendable {
  package let generation: TargetGeneration
  /// What tells this writing from everybody else's.
  package let nonce: String
  package let made: UTCTime
  package let writer: TargetWriter
  /// Where the publication lies in the writer's depot, and its generation there.
  package let prefix: String
  package let source: UInt64
  /// What clients got before and may still ask for.
  package var kept: [TargetGeneration]

  package init(
    generation: TargetGeneration,
    nonce: String,
    made: UTCTime,
    writer: TargetWriter,
    prefix: String,
    source: UInt64,
    kept: [TargetGeneration] = []
  ) {
    (self.generation, self.nonce, self.made) = (generation, nonce, made)
    (self.writer, self.prefix, self.source, self.kept) = (writer, prefix, source, kept)
  }

  /// The longest text, in bytes.
  package static let longest = 1 << 20
  /// The longest listing that is read from a target, in bytes: it is held in memory.
  private static let longestListing: UInt64 = 2 << 30
  private static let format = "aptferry-target-1"

  /// The text, one JSON object in one line.
  package var text: [UInt8] {
    let members = [
      "\"format\":\"\(TargetState.format)\"", TargetState.members(generation),
      "\"nonce\":\(TargetState.string(nonce))", "\"made\":\"\(made.rfc3339)\"",
      "\"writer\":{\"id\":\(TargetState.string(writer.id)),"
        + "\"site\":\(TargetState.string(writer.site)),\"run\":\(TargetState.string(writer.run))}",
      "\"publication\":{\"prefix\":\(TargetState.string(prefix)),\"generation\":\(source)}",
      "\"kept\":["
        + kept.map { "{" + TargetState.members($0) + "}" }.joined(separator: ",") + "]",
    ]
    return Array(("{" + members.joined(separator: ",") + "}\n").utf8)
  }

  private static func members(_ generation: TargetGeneration) -> String {
    "\"generation\":\(generation.number),\"listing\":\"\(generation.listing.hex)\","
      + "\"length\":\(generation.length)"
      + (generation.ended.map { ",\"ended\":\"\($0.rfc3339)\"" } ?? "")
  }

  private static func string(_ text: String) -> String {
    let bytes = text.unicodeScalars.flatMap { AuditLineWriter.escaped($0) }
    return "\"" + String(decoding: bytes, as: UTF8.self) + "\""
  }

  /// Reads the text; `name` is for messages.
  package init(reading text: [UInt8], name: String) throws(Failure) {
    guard text.count <= TargetState.longest, let state = TargetState(AuditJSON.read(text)) else {
      throw Failure(
        .state,
        "target-state",
        "what the target says of its publication cannot be read",
        subject: name,
        hint: "see who else writes there; a newer aptferry may have made it"
      )
    }
    self = state
  }

  private init?(_ json: AuditJSON?) {
    guard let json, json["format"]?.text == TargetState.format,
      let generation = TargetState.generation(json), generation.ended == nil,
      let nonce = json["nonce"]?.text, !nonce.isEmpty, nonce.utf8.count <= 100,
      let made = json["made"]?.text.flatMap({ UTCTime(rfc3339: $0) }),
      let id = json["writer"]?["id"]?.text, let site = json["writer"]?["site"]?.text,
      let run = json["writer"]?["run"]?.text, let prefix = json["publication"]?["prefix"]?.text,
      let source = json["publication"]?["generation"]?.integer.flatMap({ UInt64(exactly: $0) })
    else { return nil }
    var kept: [TargetGeneration] = []
    for element in json["kept"]?.elements ?? [] {
      guard let one = TargetState.generation(element), one.ended != nil else { return nil }
      kept.append(one)
    }
    self.init(
      generation: generation,
      nonce: nonce,
      made: made,
      writer: TargetWriter(id: id, site: site, run: run),
      prefix: prefix,
      source: source,
      kept: kept
    )
  }

  private static func generation(_ json: AuditJSON) -> TargetGeneration? {
    guard let number = json["generation"]?.integer.flatMap({ UInt64(exactly: $0) }), number > 0,
      number < 1 << 62,
      let listing = json["listing"]?.text.flatMap({ SHA256Digest(hex: $0) }),
      let length = json["length"]?.integer.flatMap({ UInt64(exactly: $0) }),
      length <= longestListing
    else { return nil }
    let ended = json["ended"]?.text
    guard let ended else {
      return TargetGeneration(number: number, listing: listing, length: length)
    }
    guard let time = UTCTime(rfc3339: ended) else { return nil }
    return TargetGeneration(number: number, listing: listing, length: length, ended: time)
  }
}
