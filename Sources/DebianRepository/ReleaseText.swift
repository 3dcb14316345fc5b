package import SafeIO

/// The text of a Release file of our own: fields in Debian's order, then the lists of files.
package struct ReleaseText: Sendable {
  /// What a field has behind its colon.
  private enum Content {
    /// Text; several lines are joined by line feeds.
    case value(String)
    /// A whole field as it stands in another file, its name too.
    case raw([UInt8])
  }

  // Fields before the lists.
  private var fields: [(name: String, content: Content)] = []
  /// The files, as they will be listed.
  package var files: [ListedFile] = []

  /// The order in which Debian writes the fields that it has; others stand behind them.
  private static let order = [
    "Origin", "Label", "Suite", "Version", "Codename", "Changelogs", "Snapshots", "Date",
    "Valid-Until", "Signed-By", "Acquire-By-Hash", "No-Support-for-Architecture-all",
    "NotAutomatic", "ButAutomaticUpgrades", "Architectures", "Components", "Description",
  ]

  package init() {}

  /// Gives a field a value, or takes the field away.
  package mutating func set(_ name: String, _ value: String?) {
    fields.removeAll { $0.name.lowercased() == name.lowercased() }
    if let value { fields.append((name, .value(value))) }
  }

  /// Takes all fields of another Release file over byte for byte, but for its lists of files.
  ///
  /// What has no name that a field can have is left out: a line without a colon.
  package mutating func take(_ release: ReleaseFile) {
    let lists = Set(ListedHash.allCases.map { $0.rawValue.lowercased() })
    for (name, _) in release.stanza.all where !lists.contains(name.lowercased()) {
      guard !name.isEmpty, name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != 0x23 }),
        let raw = release.raw(of: name)?.drop(while: { $0 == 0x0d })
      else { continue }
      fields.removeAll { $0.name.lowercased() == name.lowercased() }
      fields.append((name, .raw(Array(raw))))
    }
  }

  /// The value of a field, as text.
  package func value(of name: String) -> String? {
    guard let field = fields.first(where: { $0.name.lowercased() == name.lowercased() }) else {
      return nil
    }
    switch field.content {
    case .value(let value): return value
    case .raw(let bytes):
      let value = bytes.drop { $0 != 0x3a }.dropFirst().drop(while: Stanza.isSpace)
      return String(decoding: value, as: UTF8.self)
    }
  }

  private static func rank(_ name: String) -> Int {
    order.firstIndex { $0.lowercased() == name.lowercased() } ?? order.count
  }

  /// The bytes: lines that end in a line feed, without blanks at their ends, so that they can be
  /// clearsigned.
  package var bytes: [UInt8] {
    var text: [UInt8] = []
    let sorted = fields.enumerated()
      .sorted {
        (ReleaseText.rank($0.element.name), $0.offset)
          < (ReleaseText.rank($1.element.name), $1.offset)
      }
    for (_, field) in sorted {
      switch field.content {
      case .value(let value): ReleaseText.append(field.name, value, to: &text)
      case .raw(let bytes): ReleaseText.append(raw: bytes, to: &text)
      }
    }
    let sortedFiles = files.sorted { $0.path < $1.path }
    for hash in [ListedHash.md5, .sha1, .sha256, .sha512] {
      appendList(hash, sortedFiles, to: &text)
    }
    return text
  }

  private static func append(_ name: String, _ value: String, to text: inout [UInt8]) {
    text += Array("\(name):".utf8)
    for (index, line) in value.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    {
      let end = line.lastIndex { $0 != " " && $0 != "\t" && $0 != "\r" }
      let trimmed = end.map { line[...$0] } ?? ""
      if index > 0 { text.append(0x0a) }
      if index > 0 || !trimmed.isEmpty { text.append(0x20) }
      // An empty line would end the stanza.
      text += Array((index > 0 && trimmed.isEmpty ? "." : trimmed).utf8)
    }
    text.append(0x0a)
  }

  /// Only blanks at line ends go: they would not survive a signature over the text.
  private static func append(raw field: [UInt8], to text: inout [UInt8]) {
    for (index, line) in field.split(separator: 0x0a, omittingEmptySubsequences: false).enumerated()
    {
      var line = line
      while let last = line.last, last == 0x20 || last == 0x09 || last == 0x0d { line.removeLast() }
      text += index > 0 && line.isEmpty ? [0x20, 0x2e] : line
      text.append(0x0a)
    }
  }

  /// A strong hash vouches for the files that have it; of a weak one, half a list says nothing.
  private func appendList(_ hash: ListedHash, _ files: [ListedFile], to text: inout [UInt8]) {
    let count = files.count { $0.value(of: hash) != nil }
    guard hash == .sha256 || count > 0 && (hash.isStrong || count == files.count) else { return }
    text += Array("\(hash.rawValue):\n".utf8)
    for file in files {
      guard let value = file.value(of: hash) else { continue }
      let size = String(file.size)
      text += Array(" \(value) ".utf8)
      text += Array(repeating: 0x20, count: max(0, 8 - size.utf8.count))
      text += Array("\(size) ".utf8)
      text += file.path.bytes
      text.append(0x0a)
    }
  }
}

extension ListedFile {
  /// The same with SHA-256 of content that was hashed here.
  package func with(sha256 digest: SHA256Digest) -> ListedFile {
    var copy = self
    copy.sha256 = digest
    return copy
  }
}
