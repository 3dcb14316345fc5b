package import SafeIO

/// The text of a Release file of our own: fields in Debian's order, then the lists of files.
package struct ReleaseText: Sendable {
  /// Fields before the lists; a value of several lines has them joined by line feeds.
  package private(set) var fields: [(name: String, value: String)] = []
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
    if let value { fields.append((name, value)) }
  }

  /// The value of a field.
  package func value(of name: String) -> String? {
    fields.first { $0.name.lowercased() == name.lowercased() }?.value
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
      text += Array("\(field.name):".utf8)
      for (index, line) in field.value.split(separator: "\n", omittingEmptySubsequences: false)
        .enumerated()
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
    let sortedFiles = files.sorted { $0.path < $1.path }
    for hash in [ListedHash.md5, .sha1, .sha256, .sha512] {
      appendList(hash, sortedFiles, to: &text)
    }
    return text
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
