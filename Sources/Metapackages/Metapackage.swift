package import SafeIO

/// A package without files of its own, that needs others: all that its .deb is made of.
package struct Metapackage: Sendable {
  /// A field by which it has to do with other packages.
  package struct Relations: Sendable {
    /// As control files have it: `Depends`.
    package let field: String
    package var clauses: [RelationClause]

    /// Whether an installation fails without these.
    package var isHard: Bool { field == "Depends" || field == "Pre-Depends" }
  }

  package let name: String
  package let version: String
  /// The source's name where it is another one; else empty.
  let source: String
  let maintainer: String
  let section: String
  let priority: String
  /// Further fields as they stand in its control file, such as `Homepage`.
  let others: [(name: String, value: String)]
  package var relations: [Relations]
  let synopsis: String
  /// The lines of the long description, each with its space in front.
  let description: [String]
  let changelog: [UInt8]
  let copyright: [UInt8]
  /// The time of every file in it.
  package let time: UTCTime
  /// Whether its changelog says that time.
  package let isDated: Bool

  /// The fields of relations, in the order of a control file.
  static let relationFields = [
    "Pre-Depends", "Depends", "Recommends", "Suggests", "Enhances", "Conflicts", "Breaks",
    "Replaces", "Provides",
  ]

  /// What its file is called: the epoch of a version is no part of it.
  package var fileName: String {
    let plain = version.split(separator: ":" as Character, maxSplits: 1).last.map { String($0) }
    return "\(name)_\(plain ?? version)_all.deb"
  }

  /// The directory of its documents, from the root.
  private var documents: String { "usr/share/doc/\(name)" }

  /// A package that is native to Debian has its own changelog under the plain name, policy 12.7.
  private var changelogName: String {
    version.contains("-") ? "changelog.Debian.gz" : "changelog.gz"
  }

  /// The stanza of its control file; with the size of its files on a disk, in KiB, where it is known.
  private func stanza(installed size: Int?) -> String {
    var lines = ["Package: \(name)"]
    if !source.isEmpty { lines.append("Source: \(source)") }
    lines += ["Version: \(version)", "Architecture: all", "Maintainer: \(maintainer)"]
    if let size { lines.append("Installed-Size: \(size)") }
    for relations in relations where !relations.clauses.isEmpty {
      let text = relations.clauses.map(\.text).joined(separator: ", ")
      lines.append("\(relations.field): \(text)")
    }
    lines += ["Section: \(section)", "Priority: \(priority)"]
    lines += others.map { "\($0.name): \($0.value)" }
    lines.append("Description: \(synopsis)")
    return (lines + description).map { $0 + "\n" }.joined()
  }

  /// The same package with one clause of what it needs, under another name.
  package func part(_ relations: Relations, _ clause: RelationClause, name: String) -> Metapackage {
    Metapackage(
      name: name,
      version: version,
      source: source,
      maintainer: maintainer,
      section: section,
      priority: priority,
      others: others,
      relations: [Relations(field: relations.field, clauses: [clause])],
      synopsis: synopsis,
      description: description,
      changelog: changelog,
      copyright: copyright,
      time: time,
      isDated: isDated
    )
  }

  /// The stanza as an index would list it, for a solver that is asked for it.
  package var listed: [UInt8] {
    let file = "Filename: pool/\(fileName)\nSize: 1\n"
    let digest = "SHA256: \(String(repeating: "0", count: 64))\n"
    return Array((stanza(installed: nil) + file + digest).utf8)
  }

  /// Its control file.
  package func control() throws(Failure) -> String {
    stanza(installed: installedSize(try files()))
  }

  private struct File {
    let path: String
    let content: [UInt8]
  }

  private func files() throws(Failure) -> [File] {
    var packed = try ArchiveWriting.gzip(changelog)
    // Some versions of zlib name the system that they were built on.
    packed[9] = 3
    return [
      File(path: documents + "/" + changelogName, content: packed),
      File(path: documents + "/copyright", content: copyright),
    ]
  }

  /// As dpkg-gencontrol counts: each file in whole KiB, each directory as one.
  private func installedSize(_ files: [File]) -> Int {
    files.reduce(5) { $0 + ($1.content.count + 1023) / 1024 }
  }

  /// The .deb, byte for byte the same at each call.
  package func packaged() throws(Failure) -> [UInt8] {
    let files = try files()
    let sums = files.map { "\(MD5Text.hex($0.content))  \($0.path)\n" }.joined()
    let control = stanza(installed: installedSize(files))
    return try ArchiveWriting.deb(
      control: [
        ("./", nil), ("./control", Array(control.utf8)), ("./md5sums", Array(sums.utf8)),
      ],
      data: [
        ("./", nil), ("./usr/", nil), ("./usr/share/", nil), ("./usr/share/doc/", nil),
        ("./\(documents)/", nil),
      ] + files.map { ("./" + $0.path, $0.content) },
      time: time
    )
  }
}
