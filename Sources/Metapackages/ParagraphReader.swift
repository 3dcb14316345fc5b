internal import SafeIO

/// Reads one paragraph of a control file as a meta-package.
struct ParagraphReader {
  private let text: ControlText
  private let paragraph: ControlText.Paragraph
  private let source: ControlText.Paragraph?
  private let settings: MetapackageFile.Settings

  init(
    _ text: ControlText,
    _ paragraph: ControlText.Paragraph,
    source: ControlText.Paragraph?,
    _ settings: MetapackageFile.Settings
  ) {
    (self.text, self.paragraph) = (text, paragraph)
    (self.source, self.settings) = (source, settings)
  }

  /// Fields that are about building or about the package's source: they do not come into a .deb.
  private static let passedOver: Set<String> = [
    "source", "standards-version", "build-depends", "build-depends-indep", "build-profiles",
    "rules-requires-root", "uploaders", "vcs-git", "vcs-browser", "package-type",
  ]
  /// Fields that are read below, and those that come into the package as they stand.
  private static let read: Set<String> = [
    "package", "version", "maintainer", "section", "priority", "architecture", "description",
    "changelog", "copyright",
  ]
  private static let kept = ["Multi-Arch", "Homepage", "Bugs", "Origin"]

  func package(_ beside: MetapackageFile.Beside) throws(Failure) -> Metapackage {
    try checkFields()
    let name = paragraph.field("Package")?.folded ?? ""
    guard ControlText.isPackageName(name) else {
      throw refusal(
        "Package",
        "“\(name)” cannot be the name of a package",
        "names have 2 to 100 lower-case letters, digits and “+-.”"
      )
    }
    let sourceName = (source ?? paragraph).field("Source")?.folded ?? ""
    let facts = try PackageFacts(
      text,
      name: name,
      source: sourceName,
      try changelog(beside),
      version: paragraph.field("Version"),
      maintainer: paragraph.field("Maintainer") ?? source?.field("Maintainer"),
      settings
    )
    let (synopsis, description) = try description()
    return Metapackage(
      name: name,
      version: facts.version,
      source: sourceName == name ? "" : try checkedSource(sourceName),
      maintainer: facts.maintainer,
      section: try word("Section", "metapackages"),
      priority: try word("Priority", "optional"),
      others: ParagraphReader.kept.compactMap { name in
        paragraph.field(name).map { (name, $0.folded) }
      },
      relations: try relations(facts.version),
      synopsis: synopsis,
      description: description,
      changelog: facts.changelog,
      copyright: try copyright(beside) ?? facts.copyright(name),
      time: facts.time,
      isDated: facts.isDated
    )
  }

  private func refusal(_ field: String, _ what: String, _ hint: String) -> Failure {
    text.refusal((paragraph.field(field) ?? source?.field(field))?.number, what, hint)
  }

  private func checkFields() throws(Failure) {
    let known = ParagraphReader.read.union(ParagraphReader.passedOver)
      .union((Metapackage.relationFields + ParagraphReader.kept).map { $0.lowercased() })
    for field in paragraph.fields where !known.contains(field.name.lowercased()) {
      throw text.refusal(
        field.number,
        "a meta-package has no field \(field.name)",
        "leave it out; a package with files or scripts of its own is built with debuild"
      )
    }
    let architecture = paragraph.field("Architecture")?.folded ?? "all"
    guard architecture == "all" else {
      throw refusal(
        "Architecture",
        "a meta-package is for all architectures, not for “\(architecture)”",
        "write “Architecture: all”"
      )
    }
  }

  private func checkedSource(_ name: String) throws(Failure) -> String {
    guard name.isEmpty || ControlText.isPackageName(name) else {
      throw refusal("Source", "“\(name)” cannot be the name of a source", "write it as a package's")
    }
    return name
  }

  /// A field of one word, such as the section.
  private func word(_ name: String, _ standard: String) throws(Failure) -> String {
    guard let field = paragraph.field(name) else { return standard }
    let word = field.folded
    let isWord = word.utf8.allSatisfy {
      (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2d || $0 == 0x2f
    }
    guard isWord, !word.isEmpty else {
      throw text.refusal(
        field.number,
        "“\(word)” cannot be a \(name.lowercased())",
        "write \(standard)"
      )
    }
    return word
  }

  private func relations(_ version: String) throws(Failure) -> [Metapackage.Relations] {
    var relations: [Metapackage.Relations] = []
    for name in Metapackage.relationFields {
      guard let field = paragraph.field(name) else { continue }
      let clauses = try text.clauses(field, version: version)
      if !clauses.isEmpty { relations.append(Metapackage.Relations(field: name, clauses: clauses)) }
    }
    guard !relations.isEmpty else {
      throw refusal("Package", "the package names no other package", "add a field Depends")
    }
    return relations
  }

  private func description() throws(Failure) -> (String, [String]) {
    let field = paragraph.field("Description")
    guard let synopsis = field?.first ?? settings.synopsis, !synopsis.isEmpty else {
      throw refusal("Description", "the package has no description", "add “Description: one line”")
    }
    let long = field?.rest ?? []
    let lines = long.map { " " + ControlText.withoutEnd($0.text.dropFirst()) }
    return (synopsis, lines.isEmpty ? Metapackage.standardDescription : lines)
  }

  private func copyright(_ beside: MetapackageFile.Beside) throws(Failure) -> [UInt8]? {
    guard let bytes = try attachment("Copyright", beside) else { return nil }
    _ = try ControlText(bytes, name: "copyright")
    return bytes
  }

  private func changelog(_ beside: MetapackageFile.Beside) throws(Failure) -> DebianChangelog? {
    guard let bytes = try attachment("Changelog", beside) else { return nil }
    let field = paragraph.field("Changelog") ?? source?.field("Changelog")
    let name = field.map { $0.rest.isEmpty ? $0.first : "Changelog" } ?? "changelog"
    return try DebianChangelog(try ControlText(bytes, name: name))
  }

  /// The text that a field holds, or that of the file that it names; without the field the file of
  /// the usual name beside, if there is one.
  private func attachment(
    _ name: String,
    _ beside: MetapackageFile.Beside
  ) throws(Failure) -> [UInt8]? {
    guard let field = paragraph.field(name) ?? source?.field(name) else {
      return try beside(name.lowercased())
    }
    if !field.rest.isEmpty { return ParagraphReader.within(field) }
    guard !field.first.isEmpty, !field.first.contains("/"), ![".", ".."].contains(field.first)
    else {
      throw text.refusal(
        field.number,
        "\(name) names no file beside this one",
        "put the file into the same directory, and write its plain name"
      )
    }
    guard let bytes = try beside(field.first) else {
      throw text.refusal(field.number, "there is no file \(field.first) beside this one", "make it")
    }
    return bytes
  }

  /// A text of several lines within a field: each behind a space, a dot for an empty one.
  private static func within(_ field: ControlText.Field) -> [UInt8] {
    let lines = field.rest.map { line in
      let text = ControlText.withoutEnd(line.text.dropFirst())
      return text == "." ? "" : text
    }
    return Array(
      ((field.first.isEmpty ? [] : [field.first]) + lines).map { $0 + "\n" }.joined().utf8
    )
  }
}

extension ControlText {
  /// A line without white space at its end.
  static func withoutEnd(_ text: Substring) -> String {
    var text = text
    while let last = text.unicodeScalars.last, last == " " || last == "\t" { text.removeLast() }
    return String(text)
  }
}
