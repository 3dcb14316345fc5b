#if Network
internal import Composing
internal import Operations
internal import SafeIO
internal import VendorChain

/// A package as one flat object of strings.
enum PackageDetails {
  private static let multiline: Set<String> = [
    "Description", "Files", "Checksums-Sha1", "Checksums-Sha256", "Checksums-Sha512",
    "Package-List", "Changes",
  ]
  private static let relations: Set<String> = [
    "Depends", "Pre-Depends", "Recommends", "Suggests", "Provides", "Build-Depends",
    "Build-Depends-Indep",
  ]

  static func json(_ package: KeyedPackage) -> JSONValue {
    var fields = stanza(package)
    func set(_ name: String, _ value: String) {
      fields.removeAll { $0.name == name }
      fields.append(.init(name: name, value: .string(value)))
    }
    if package.sort == .source {
      if let binary = fields.first(where: { $0.name == "Binary" }), binary.value == "" {
        fields.removeAll { $0.name == "Binary" }
      }
      if !fields.contains(where: { $0.name == "Package" }) { set("Package", package.name) }
      fields.removeAll { $0.name == "Source" }
      let files = package.files.sorted { $0.name < $1.name }
      set("Files", lines(files.map { "\($0.md5) \($0.size) \($0.name)" }))
      set("Checksums-Sha1", lines(files.map { "\($0.sha1) \($0.size) \($0.name)" }))
      set("Checksums-Sha256", lines(files.map { "\($0.sha256.hex) \($0.size) \($0.name)" }))
      set("Checksums-Sha512", lines(files.map { "\($0.sha512) \($0.size) \($0.name)" }))
    } else if let file = package.files.first {
      set("Filename", file.name)
      set("Size", String(file.size))
      set("MD5sum", file.md5)
      set("SHA1", file.sha1)
      set("SHA256", file.sha256.hex)
      set("SHA512", file.sha512)
    }
    set("Key", package.key)
    set("ShortKey", package.shortKey)
    set("FilesHash", package.key.split(separator: " ").last.map { String($0) } ?? "")
    return .object(fields)
  }

  private static func lines(_ lines: [String]) -> String {
    lines.map { " \($0)\n" }.joined()
  }

  /// The fields of the stanza, folded ones in one line where they may be.
  private static func stanza(_ package: KeyedPackage) -> [JSONValue.Field] {
    let text = String(decoding: package.listed.text, as: UTF8.self)
    var fields: [(name: String, lines: [Substring])] = []
    for line in text.split(separator: "\n") {
      if line.first == " " || line.first == "\t" {
        if !fields.isEmpty { fields[fields.count - 1].lines.append(line) }
      } else if let colon = line.firstIndex(of: ":") {
        fields.append((canonical(line[..<colon]), [line[line.index(after: colon)...]]))
      }
    }
    return fields.map { field in
      JSONValue.Field(name: field.name, value: .string(value(field.name, field.lines)))
    }
  }

  private static func value(_ name: String, _ lines: [Substring]) -> String {
    if multiline.contains(name) {
      // A list begins below its name.
      let lines = lines.first?.isEmpty ?? false ? lines.dropFirst() : lines[...]
      return lines.map { "\($0)\n" }.joined()
    }
    let words = lines.map { trimmed($0) }.joined(separator: " ")
    let line = trimmed(words[...])
    guard relations.contains(name) else { return line }
    return line.split(separator: ",").map(trimmed).filter { !$0.isEmpty }.joined(separator: ", ")
  }

  private static func trimmed(_ text: Substring) -> String {
    var text = text
    while let first = text.first, first.isWhitespace { text.removeFirst() }
    while let last = text.last, last.isWhitespace { text.removeLast() }
    return String(text)
  }

  /// Each word begins with a capital; sums are as everybody writes them.
  private static func canonical(_ name: Substring) -> String {
    let lower = name.lowercased()
    switch lower {
    case "md5sum": return "MD5sum"
    case "sha1", "sha256", "sha512": return lower.uppercased()
    default:
      return lower.split(separator: "-", omittingEmptySubsequences: false)
        .map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined(separator: "-")
    }
  }
}
#endif
