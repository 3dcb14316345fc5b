package import SafeIO

/// A file that a `.changes` or a `.dsc` names: it lies beside it.
package struct UploadFile: Hashable, Sendable {
  /// The name, without a directory.
  package let name: String
  package let size: UInt64
  package let sha256: SHA256Digest
}

/// The lists of files in a `.changes` or a `.dsc`.
struct UploadList {
  /// The files, in their order.
  let files: [UploadFile]

  private static let mostFiles = 10_000

  /// Reads `Checksums-Sha256`; what other lists name must be the same files.
  ///
  /// - Throws: what `refuse` makes of a list that can be read in two ways, or names a path.
  init(
    of stanza: Stanza,
    refuse: (String) -> Failure
  ) throws(Failure) {
    var files: [UploadFile] = []
    for words in try UploadList.lines(of: "Checksums-Sha256", in: stanza, words: 3, refuse) {
      guard let digest = SHA256Digest(hex: words[0]), let size = DecimalNumber.read(words[1]) else {
        throw refuse("has a line in Checksums-Sha256 that is not hash, size and name")
      }
      guard UploadList.isFileName(words[2]) else {
        throw refuse("names a file that may not be used: \(words[2])")
      }
      files.append(UploadFile(name: words[2], size: size, sha256: digest))
    }
    guard !files.isEmpty else { throw refuse("lists no files with their SHA-256") }
    guard files.count <= UploadList.mostFiles else { throw refuse("lists too many files") }
    let sizes = Dictionary(files.map { ($0.name, $0.size) }) { first, _ in first }
    guard sizes.count == files.count else { throw refuse("lists a file twice") }
    // Whoever reads another list of it must not find other files.
    for (field, count) in [("Files", nil), ("Checksums-Sha1", 3), ("Checksums-Sha512", 3)] {
      guard stanza.has(FieldName(field)) else { continue }
      let lines = try UploadList.lines(of: field, in: stanza, words: count, refuse)
      let others = lines.map { ($0.last ?? "", DecimalNumber.read($0[1])) }
      guard others.count == files.count, others.allSatisfy({ sizes[$0.0] == $0.1 }),
        Set(others.map(\.0)).count == files.count
      else { throw refuse("has other files in \(field) than in Checksums-Sha256") }
    }
    self.files = files
  }

  private static func lines(
    of field: String,
    in stanza: Stanza,
    words count: Int?,
    _ refuse: (String) -> Failure
  ) throws(Failure) -> [[String]] {
    let text = stanza.string(of: field) ?? ""
    var lines: [[String]] = []
    for line in text.split(separator: "\n") {
      let words = line.split { $0 == " " || $0 == "\t" }.map { String($0) }
      guard count.map({ $0 == words.count }) ?? [3, 5].contains(words.count) else {
        throw refuse("has a line in \(field) that is not hash, size and name")
      }
      lines.append(words)
    }
    return lines
  }

  /// What `dpkg` writes: letters, digits and `.+~:_-`, a letter or digit first, at most 255.
  private static func isFileName(_ name: String) -> Bool {
    guard (1...255).contains(name.utf8.count), let first = name.utf8.first else { return false }
    func isPlain(_ byte: UInt8) -> Bool { (byte | 0x20) &- 0x61 < 26 || byte &- 0x30 < 10 }
    return isPlain(first) && name.utf8.allSatisfy { isPlain($0) || ".+~:_-".utf8.contains($0) }
  }
}

extension Stanza {
  /// The only stanza of a text that a builder of packages wrote.
  ///
  /// - Throws: what `refuse` makes of a text that is not exactly one stanza, each field once.
  static func only(
    in text: [UInt8],
    name: String,
    longestLine: Int = 1 << 20,
    refuse: (String) -> Failure
  ) throws(Failure) -> Stanza {
    guard !text.contains(0), !text.contains(0x0d) else {
      throw refuse("has a NUL byte or a carriage return")
    }
    var stanzas: [Stanza] = []
    var reader = StanzaReader(
      deciding: nil,
      name: name,
      limits: StanzaReader.Limits(line: longestLine, value: 4 << 20),
      isStrict: true
    )
    try reader.feed(text.span) { stanzas.append($0) }
    try reader.finish { stanzas.append($0) }
    guard let stanza = stanzas.first, stanzas.count == 1 else {
      throw refuse("is not exactly one stanza")
    }
    return stanza
  }
}
