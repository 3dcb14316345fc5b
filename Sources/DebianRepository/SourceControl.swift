package import SafeIO

/// A source package as its `.dsc` describes it, and the stanza that a Sources index has of it.
///
/// Where the files lie and what they are is written by whoever keeps them.
package struct SourceControl: Sendable {
  /// The source package.
  package let name: String
  package let version: String
  /// The files that it is made of, beside the `.dsc` itself.
  package let files: [UploadFile]
  /// MD5 and SHA-1 as it states them, by the names of the files.
  private let stated: [String: [String]]
  // The fields as they stand, each with its line end.
  private let fields: [UInt8]

  /// The longest text that is read, in bytes.
  package static let longest = 1 << 20

  /// Fields that the keeper of the files writes, and those that only an index has.
  private static let rewritten: Set<String> = [
    "source", "package", "files", "checksums-md5", "checksums-sha1", "checksums-sha256",
    "checksums-sha512", "directory", "status",
  ]

  /// Reads the text of a `.dsc`, without what is about its signature.
  ///
  /// - Throws: `integrity` for what is no description of a source package.
  package init(_ text: [UInt8], name file: String) throws(Failure) {
    func refuse(_ what: String) -> Failure {
      Failure(
        .integrity,
        "dsc",
        "the description of a source package \(Escaped.line(what, limit: 300))",
        subject: file,
        hint: "have it built again: dpkg-buildpackage --build=source"
      )
    }
    let stanza = try Stanza.only(in: text, name: file, refuse: refuse)
    name = stanza.string(of: "Source") ?? ""
    version = stanza.string(of: "Version") ?? ""
    guard PackageName.isName(name) else {
      throw refuse("is of a name that no package can have: \(name)")
    }
    guard PackageName.isVersion(version) else {
      throw refuse("has a version that no package can have: \(version)")
    }
    guard let format = stanza.string(of: "Format"), !format.isEmpty else {
      throw refuse("has no Format")
    }
    files = try UploadList(of: stanza, refuse: refuse).files
    let own = PackageName.sourceFile(name, version)
    guard !files.contains(where: { $0.name == own }) else { throw refuse("lists itself") }
    stated = SourceControl.weakSums(stanza)
    var fields: [UInt8] = []
    for (field, _) in stanza.all where !SourceControl.rewritten.contains(field.lowercased()) {
      guard let raw = stanza.raw(of: field) else { continue }
      fields += raw
      fields.append(0x0a)
    }
    self.fields = fields
  }

  private static func weakSums(_ stanza: Stanza) -> [String: [String]] {
    var sums: [String: [String]] = [:]
    for field in ["Files", "Checksums-Sha1"] {
      for line in (stanza.string(of: field) ?? "").split(separator: "\n") {
        let words = line.split { $0 == " " || $0 == "\t" }
        if let name = words.last, let sum = words.first {
          sums[String(name), default: []].append(String(sum))
        }
      }
    }
    return sums
  }

  /// What the `.dsc` is called in a pool: without the epoch, as everywhere.
  package var fileName: String { PackageName.sourceFile(name, version) }

  /// Whether the `.dsc` states these sums of one of its files, or states none.
  ///
  /// `dpkg-source` compares all that are stated.
  package func states(_ sums: (md5: String, sha1: String), of name: String) -> Bool {
    (stated[name] ?? []).allSatisfy { $0 == sums.md5 || $0 == sums.sha1 }
  }

  /// A file of the package as it was taken in.
  package struct Kept: Sendable {
    package let name: String
    package let size: UInt64
    package let sha256: SHA256Digest
    package let sums: (md5: String, sha1: String)

    package init(
      name: String,
      size: UInt64,
      sha256: SHA256Digest,
      sums: (md5: String, sha1: String)
    ) {
      (self.name, self.size, self.sha256, self.sums) = (name, size, sha256, sums)
    }
  }

  /// The stanza of a Sources index as `dpkg-scansources` makes it, with a line end behind its last line;
  /// of all files, the `.dsc` first.
  package func text(directory: String, files kept: [Kept]) -> [UInt8] {
    var text = Array("Package: \(name)\n".utf8) + fields + Array("Directory: \(directory)\n".utf8)
    func list(_ field: String, _ sum: (Kept) -> String) {
      let lines = kept.map { " \(sum($0)) \($0.size) \($0.name)\n" }
      text += Array("\(field):\n\(lines.joined())".utf8)
    }
    list("Files") { $0.sums.md5 }
    list("Checksums-Sha1") { $0.sums.sha1 }
    list("Checksums-Sha256") { $0.sha256.hex }
    return text
  }
}

extension PackageName {
  /// What the description of a source package is called.
  static func sourceFile(_ name: String, _ version: String) -> String {
    "\(name)_\(version.split(separator: ":", maxSplits: 1).last ?? "").dsc"
  }
}
