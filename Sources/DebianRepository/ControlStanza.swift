package import SafeIO

/// The stanza that an index has of a package, made of the package's own `control`.
///
/// What says where the file lies and what it is comes from whoever keeps it, never from the package.
package struct ControlStanza: Sendable {
  /// The package.
  package let name: String
  package let version: String
  package let architecture: String
  /// The source package that it was made from.
  package let source: String
  // The fields as they stand, each with its line end.
  private let fields: [UInt8]

  /// Fields that only an index has.
  private static let ofIndexes: Set<String> = [
    "filename", "size", "md5sum", "sha1", "sha256", "sha512", "msdos-filename", "status",
  ]

  /// Reads a `control`.
  ///
  /// - Throws: `integrity` for one that is not exactly one stanza, or has no usable name, version or
  ///   architecture.
  package init(_ control: [UInt8], name file: String) throws(Failure) {
    guard !control.contains(0), !control.contains(0x0d) else {
      throw ControlStanza.malformed("has a NUL byte or a carriage return in its control file", file)
    }
    var stanzas: [Stanza] = []
    var reader = StanzaReader(
      deciding: nil,
      name: file,
      limits: StanzaReader.Limits(line: 1 << 20, value: 1 << 20),
      isStrict: true
    )
    try reader.feed(control.span) { stanzas.append($0) }
    try reader.finish { stanzas.append($0) }
    guard let stanza = stanzas.first, stanzas.count == 1 else {
      throw ControlStanza.malformed("has no control file of exactly one stanza", file)
    }
    var fields: [UInt8] = []
    for (field, _) in stanza.all where !ControlStanza.ofIndexes.contains(field.lowercased()) {
      guard let raw = stanza.raw(of: field) else { continue }
      fields += raw
      fields.append(0x0a)
    }
    self.fields = fields
    name = stanza.string(of: "Package") ?? ""
    version = stanza.string(of: "Version") ?? ""
    architecture = stanza.string(of: "Architecture") ?? ""
    let source = (stanza.string(of: "Source") ?? "").prefix { $0 != " " && $0 != "(" }
    self.source = source.isEmpty ? name : String(source)
    guard PackageName.isName(name), PackageName.isName(self.source) else {
      throw ControlStanza.malformed("is called by a name that no package can have: \(name)", file)
    }
    guard PackageName.isVersion(version) else {
      throw ControlStanza.malformed("has a version that no package can have: \(version)", file)
    }
    guard PackageName.isArchitecture(architecture) else {
      throw ControlStanza.malformed("has an architecture that is none: \(architecture)", file)
    }
  }

  /// The file's name in a pool: without the epoch, as everywhere.
  package func fileName(ending: String) -> String {
    let plain = version.split(separator: ":", maxSplits: 1).last ?? ""
    return "\(name)_\(plain)_\(architecture).\(ending)"
  }

  /// The stanza of an index, with a line end behind its last line.
  package func text(path: String, size: UInt64, sha256: SHA256Digest) -> [UInt8] {
    fields + Array("Filename: \(path)\nSize: \(size)\nSHA256: \(sha256.hex)\n".utf8)
  }

  private static func malformed(_ what: String, _ file: String) -> Failure {
    Failure(.integrity, "deb", "the package \(Escaped.line(what, limit: 200))", subject: file)
  }
}

/// What Debian lets packages be called.
package enum PackageName {
  private static func isLow(_ byte: UInt8) -> Bool { byte &- 0x61 < 26 || byte &- 0x30 < 10 }

  /// Lower-case letters, digits and `+-.`, two to 200, a letter or digit first.
  package static func isName(_ text: String) -> Bool {
    guard (2...200).contains(text.utf8.count), let first = text.utf8.first, isLow(first) else {
      return false
    }
    return text.utf8.allSatisfy { isLow($0) || "+-.".utf8.contains($0) }
  }

  /// What `dpkg` takes, without blanks and of at most 200 characters.
  package static func isVersion(_ text: String) -> Bool {
    guard (1...200).contains(text.utf8.count), DebianVersion(text) != nil else { return false }
    return text.utf8.allSatisfy { byte in
      isLow(byte) || byte &- 0x41 < 26 || ".+~:-".utf8.contains(byte)
    }
  }

  /// One word of lower-case letters, digits and hyphens.
  package static func isArchitecture(_ text: String) -> Bool {
    guard (1...60).contains(text.utf8.count), let first = text.utf8.first, isLow(first),
      text != "source"
    else { return false }
    return text.utf8.allSatisfy { isLow($0) || $0 == 0x2d }
  }

  /// The directory of a source package in a pool: `pool/main/libf/libfoo`.
  package static func pool(_ source: String, in component: String) -> String {
    let prefix =
      source.hasPrefix("lib") && source.utf8.count > 3 ? source.prefix(4) : source.prefix(1)
    return "pool/\(component)/\(prefix)/\(source)"
  }
}
