package import SafeIO

/// What an importer lacks of a bundle, in a few lines that can be carried or typed
/// (`docs/formats/receipt-format.md`, section "The resend request").
package struct ResendRequest: Sendable, Equatable {
  /// The site that asks.
  package let site: String
  /// The stream.
  package let stream: String
  /// The bundle's place in it.
  package let sequence: UInt64
  /// Numbers of chunks, from 1.
  package let chunks: [ClosedRange<UInt64>]
  /// Numbers of entries without a place, as ENTRIES lists them, from 1.
  package let entries: [ClosedRange<UInt64>]
  private let payload: [UInt8]

  /// The name of the format and the version that this program writes and reads.
  package static let format = "aptferry-resend 1"
  /// The longest text, in bytes.
  package static let longest = 1 << 20
  private static let refusal: Failure.Name = "resend-request"

  /// A request for chunks and entries by their numbers, ascending.
  package init(
    site: String,
    stream: String,
    sequence: UInt64,
    payload: SHA256Digest,
    chunks: some Sequence<UInt64>,
    entries: some Sequence<UInt64>
  ) {
    (self.site, self.stream, self.sequence) = (site, stream, sequence)
    self.payload = TypedCode.letters(of: payload)
    self.chunks = NumberRanges.ranges(of: chunks)
    self.entries = NumberRanges.ranges(of: entries)
  }

  /// Whether it is about the bundle with this payload digest.
  package func isAbout(_ digest: SHA256Digest) -> Bool { TypedCode.letters(of: digest) == payload }

  /// The lines without the check.
  private var body: [String] {
    var lines = [
      "Format: \(ResendRequest.format)", "Site: \(site)", "Stream: \(stream)",
      "Sequence: \(sequence)", "Payload: \(TypedCode.grouped(payload))",
    ]
    if !chunks.isEmpty { lines.append("Chunks: " + NumberRanges.text(chunks)) }
    if !entries.isEmpty { lines.append("Entries: " + NumberRanges.text(entries)) }
    return lines
  }

  private static func check(_ lines: [String]) -> String {
    TypedCode.grouped(TypedCode.check(words: lines, letters: []))
  }

  /// The text; the same request gives the same bytes.
  package var text: [UInt8] {
    let lines = body
    let whole = lines + ["Check: \(ResendRequest.check(lines))"]
    return Array((whole.joined(separator: "\n") + "\n").utf8)
  }

  private static let fields = [
    "Format", "Requires", "Site", "Stream", "Sequence", "Payload", "Chunks", "Entries", "Check",
  ]

  /// Reads a request that may have been typed: the case of field names, blanks at the ends of lines,
  /// empty lines around it and the ends of lines do not count; `Check` finds every other difference.
  ///
  /// - Throws: as `init(text:)`.
  package init(typed text: [UInt8]) throws(Failure) {
    guard text.count <= ResendRequest.longest else { throw ResendRequest.refuse("it is too long") }
    let lines = text.split(separator: 0x0a).map { line in
      String(decoding: line, as: UTF8.self).split(whereSeparator: \.isWhitespace)
        .joined(separator: " ")
    }
    .filter { !$0.isEmpty }
    .map { line in
      let name = line.prefix { $0 != ":" }
      let known = ResendRequest.fields.first { $0.lowercased() == name.lowercased() }
      return (known ?? String(name)) + line.dropFirst(name.count)
    }
    try self.init(text: Array((lines.joined(separator: "\n") + "\n").utf8))
  }

  /// Reads a request strictly.
  ///
  /// - Throws: `integrity` for what does not follow the format or has a typing error, `policy` for
  ///   another version.
  package init(text: [UInt8]) throws(Failure) {
    guard text.count <= ResendRequest.longest else { throw ResendRequest.refuse("it is too long") }
    let stanza: StrictStanza
    do throws(Failure) {
      stanza = try StrictStanza.read(text, atMost: 1)[0]
      let format = try stanza.line("Format")
      guard format == ResendRequest.format, !stanza.has("Requires") else {
        throw Failure(
          .policy,
          "format",
          "the request has the format “\(format)” or requires more than this program knows; it "
            + "reads “\(ResendRequest.format)”",
          hint: "use an aptferry that knows this format"
        )
      }
      site = try stanza.line("Site")
      stream = try stanza.line("Stream")
      sequence = try stanza.number("Sequence")
      let letters = TypedCode.letters(typed: try stanza.line("Payload"))
      guard let letters, letters.count == TypedCode.digestLength else {
        throw ResendRequest.refuse("Payload is not a code of ten letters and digits")
      }
      payload = letters
      chunks = try ResendRequest.ranges(stanza, "Chunks")
      entries = try ResendRequest.ranges(stanza, "Entries")
    } catch {
      guard error.kind == .integrity, error.name != ResendRequest.refusal else { throw error }
      throw ResendRequest.refuse(error.reason)
    }
    guard BundleName.isValid(site), BundleName.isValid(stream), sequence > 0 else {
      throw ResendRequest.refuse("a name or the sequence is not valid")
    }
    guard
      TypedCode.letters(typed: try stanza.line("Check"))
        == TypedCode.letters(typed: ResendRequest.check(body))
    else { throw ResendRequest.refuse("it has a typing error: Check does not fit the rest") }
    guard !chunks.isEmpty || !entries.isEmpty else {
      throw ResendRequest.refuse("it asks for nothing")
    }
  }

  private static func ranges(
    _ stanza: StrictStanza,
    _ name: String
  ) throws(Failure) -> [ClosedRange<UInt64>] {
    guard let line = try stanza.optionalLine(name) else { return [] }
    guard let ranges = NumberRanges.read(line, limit: NumberRanges.countLimit) else {
      throw refuse("\(name) is not a list of ascending numbers and ranges")
    }
    return ranges
  }

  private static func refuse(_ what: String) -> Failure {
    Failure(
      .integrity,
      refusal,
      "this is not a resend request: \(what)",
      hint: "if it was typed, compare it line by line with the original; else make it again on the "
        + "isolated side: aptferry receipt request"
    )
  }
}
