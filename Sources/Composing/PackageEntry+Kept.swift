internal import DebianRepository
internal import SafeIO
internal import VendorChain

extension PackageEntry {
  /// Where the catalogue has packages that repositories had, by their keys.
  package static let aside = "aside"

  /// The package as text: what sort it is, its files, a blank line, its stanza; nil for one whose
  /// stanza is no text.
  package var kept: String? {
    guard let stanza = String(validating: text, as: UTF8.self) else { return nil }
    let lines = files.map { "\($0.digest.hex) \($0.size) \($0.path.text)" }
    return ["\(sort.rawValue) \(component)"].appending(lines).joined(separator: "\n") + "\n\n"
      + stanza
  }

  /// Reads what `kept` wrote; nil for anything else.
  init?(kept: String, _ key: String) throws(Failure) {
    guard let end = kept.firstRange(of: "\n\n") else { return nil }
    let lines = kept[..<end.lowerBound].split(separator: "\n")
    let words = (lines.first ?? "").split(separator: " ", maxSplits: 1)
    guard words.count == 2, let raw = UInt8(words[0]), let sort = StanzaSort(rawValue: raw) else {
      return nil
    }
    let text = Array(kept[end.upperBound...].utf8)
    var files: [(path: RelativePath, size: UInt64, digest: SHA256Digest)] = []
    for line in lines.dropFirst() {
      let words = line.split(separator: " ", maxSplits: 2)
      guard words.count == 3, let digest = SHA256Digest(hex: String(words[0])),
        let size = UInt64(words[1]), let path = RelativePath(words[2])
      else { return nil }
      files.append((path, size, digest))
    }
    var found: PackageStanza?
    var reader = PackageIndexReader(sort == .source ? .sources : .packages, name: key)
    try reader.feed(text.span) { found = $0 }
    try reader.finish { found = $0 }
    guard let stanza = found else { return nil }
    self.init(
      source: .aside(key),
      sort: sort,
      stanza: stanza,
      component: String(words[1]),
      identity: SHA256Digest.of([sort.rawValue] + text),
      files: files
    )
  }
}

extension [String] {
  fileprivate func appending(_ more: [String]) -> [String] { self + more }
}
