package import SafeIO

/// A file that describes meta-packages: a control file as debhelper and equivs have it, or a plain
/// list of packages.
package struct MetapackageFile {
  /// What the caller says besides the file.
  package struct Settings: Sendable {
    /// For a list: what the package is called; a control file says it itself.
    package var name: String?
    package var version: String?
    package var maintainer: String?
    /// The one line of the description.
    package var synopsis: String?
    /// The time where no changelog says one.
    package var time: UTCTime?

    package init() {}
  }

  /// Reads a file that lies beside this one; nil where there is none.
  package typealias Beside = (String) throws(Failure) -> [UInt8]?

  /// How many bytes of a file are read.
  package static let longest = 1 << 20

  let text: ControlText
  private let body: Body

  private enum Body {
    case paragraphs([ControlText.Paragraph])
    case list([RelationClause])
  }

  /// - Throws: `usage` with the line that is wrong.
  package init(_ bytes: [UInt8], name: String) throws(Failure) {
    text = try ControlText(bytes, name: name)
    let isControl = text.lines.contains { $0.text.lowercased().hasPrefix("package:") }
    body = isControl ? .paragraphs(try text.paragraphs()) : .list(try text.list())
  }

  /// The packages that the file describes, in its order.
  ///
  /// - Throws: `usage` for what is missing or wrong, with its line.
  package func packages(
    _ settings: Settings,
    beside: Beside
  ) throws(Failure) -> [Metapackage] {
    switch body {
    case .list(let clauses): return [try listed(clauses, settings, beside)]
    case .paragraphs(let paragraphs):
      let source = paragraphs.first { $0.field("Package") == nil }
      var packages: [Metapackage] = []
      for paragraph in paragraphs where paragraph.field("Package") != nil {
        let reader = ParagraphReader(text, paragraph, source: source, settings)
        let package = try reader.package(beside)
        guard !packages.contains(where: { $0.name == package.name }) else {
          throw text.refusal(
            paragraph.field("Package")?.number,
            "the package \(package.name) is described twice",
            "give each package a name of its own"
          )
        }
        packages.append(package)
      }
      guard settings.name == nil || packages.count == 1 && packages[0].name == settings.name else {
        throw text.refusal(nil, "the control file says the name itself", "leave --name out")
      }
      return packages
    }
  }

  private func listed(
    _ clauses: [RelationClause],
    _ settings: Settings,
    _ beside: Beside
  ) throws(Failure) -> Metapackage {
    let base = text.name.split(separator: "/").last.map { String($0) } ?? ""
    let name = settings.name ?? base.split(separator: ".").first.map { String($0) } ?? ""
    guard ControlText.isPackageName(name) else {
      throw text.refusal(
        nil,
        "“\(name)” cannot be the name of a package",
        "say how it is called: --name NAME (2 to 100 lower-case letters, digits and “+-.”)"
      )
    }
    let log = try changelog(beside("changelog"), "changelog")
    let copyright = try beside("copyright")
    if let copyright { _ = try ControlText(copyright, name: "copyright") }
    let facts = try PackageFacts(text, name: name, source: "", log, settings)
    return Metapackage(
      name: name,
      version: facts.version,
      source: "",
      maintainer: facts.maintainer,
      section: "metapackages",
      priority: "optional",
      others: [],
      relations: [Metapackage.Relations(field: "Depends", clauses: clauses)],
      synopsis: settings.synopsis ?? "metapackage of \(clauses.count) packages",
      description: Metapackage.standardDescription,
      changelog: facts.changelog,
      copyright: copyright ?? facts.copyright(name),
      time: facts.time,
      isDated: facts.isDated
    )
  }

  private func changelog(_ bytes: [UInt8]?, _ name: String) throws(Failure) -> DebianChangelog? {
    guard let bytes else { return nil }
    return try DebianChangelog(try ControlText(bytes, name: name))
  }
}

extension ControlText {
  /// Reads a plain list: a relation a line, comments behind `#`.
  func list() throws(Failure) -> [RelationClause] {
    var clauses: [RelationClause] = []
    var known: [RelationClause: Int] = [:]
    for line in lines {
      let text = ControlText.trimmed(line.text.prefix { $0 != "#" })
      guard !text.isEmpty else { continue }
      let clause = try clause(text, line: line.number)
      if let before = known[clause] {
        throw refusal(
          line.number,
          "“\(text)” is in line \(before) already",
          "leave one of them out"
        )
      }
      known[clause] = line.number
      clauses.append(clause)
    }
    guard !clauses.isEmpty else {
      throw refusal(
        nil,
        "the file names no package",
        "write the names of packages, one a line, or a control file with “Package:” and “Depends:”"
      )
    }
    return clauses
  }
}

extension Metapackage {
  /// The long description of a package that has none.
  static let standardDescription = [
    " This package has no files of its own: it brings the packages that it depends",
    " on. When it is removed, they are no longer needed for it.",
  ]
}
