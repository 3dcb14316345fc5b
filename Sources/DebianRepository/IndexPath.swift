/// The path of a file that a Release file lists, below the distribution's directory: what it is about,
/// and how it is written.
///
/// It is the one grammar of such paths, by the templates of `IndexKind`; whatever is read is written
/// again byte for byte.
package struct IndexPath: Hashable, Sendable {
  /// In which order of directories a file lies.
  package enum Layout: Hashable, Sendable {
    /// In a directory of its component: `main/binary-amd64/Packages`.
    case tree
    /// Beside the Release file: `Packages`.
    case flat
    /// Anywhere else: `amd64/Packages`.
    case stray
  }

  /// What it is about.
  package let kind: IndexKind
  /// How its directories are ordered.
  package let layout: Layout
  /// The component as the path has it: `main`, `updates/main`; nil at the top of a tree and in flat
  /// repositories.
  package private(set) var component: String?
  /// The architecture; `source` for the contents of source packages, nil for what is about none.
  package private(set) var architecture: String?
  /// The language of descriptions: `en`, `pt_BR`.
  package private(set) var language: String?
  /// What its kind leaves open: the file of an installer or of AppStream, a stray index's directory.
  package private(set) var name: String?
  /// The ending of the compression, with its dot: `.xz`; empty for a plain file.
  package private(set) var ending: String

  package init(
    _ kind: IndexKind,
    layout: Layout = .tree,
    component: String? = nil,
    architecture: String? = nil,
    language: String? = nil,
    name: String? = nil,
    ending: String = ""
  ) {
    (self.kind, self.layout, self.component) = (kind, layout, component)
    (self.architecture, self.language, self.name) = (architecture, language, name)
    self.ending = ending
  }

  /// The endings of the compressions that `apt` knows.
  private static let endings = [".xz", ".gz", ".bz2", ".zst", ".lz4", ".lzma"]

  private static let templates = IndexKind.templates.map {
    IndexTemplate($0.kind, $0.layout, $0.text)
  }

  /// Reads a path below the distribution's directory; nil for a path of no known kind, as a
  /// name by hash is.
  package init?(_ path: some StringProtocol) {
    let whole = path.split(separator: "/" as Character, omittingEmptySubsequences: false)
      .map { String($0) }
    guard let last = whole.last, !whole.contains(""), whole.dropLast(2).last != "by-hash" else {
      return nil
    }
    let ending = IndexPath.endings.first { last.hasSuffix($0) } ?? ""
    let parts = whole.dropLast() + [String(last.dropLast(ending.utf8.count))]
    for template in IndexPath.templates {
      guard let found = template.read(parts) else { continue }
      self = found
      self.ending = ending
      return
    }
    return nil
  }

  /// Whether it lists packages of some sort, each with a stanza.
  package var hasStanzas: Bool { kind.hasStanzas }

  /// The same file, not compressed.
  package var plain: IndexPath { with(ending: "") }

  /// The same file, compressed in another way.
  package func with(ending: String) -> IndexPath {
    var copy = self
    copy.ending = ending
    return copy
  }

  /// The path below the distribution's directory.
  package var text: String {
    let template = IndexPath.templates.first { $0.fits(self) }
    return (component.map { $0 + "/" } ?? "") + (template?.write(self) ?? "") + ending
  }

  fileprivate mutating func set(_ variable: IndexTemplate.Variable, _ value: String) {
    switch variable {
    case .architecture: architecture = value
    case .language: language = value
    case .file, .name: name = value
    }
  }

  fileprivate mutating func set(component: String) { self.component = component }

  fileprivate func value(_ variable: IndexTemplate.Variable) -> String? {
    switch variable {
    case .architecture: architecture
    case .language: language
    case .file, .name: name
    }
  }
}

/// A template of a path as `apt` has them: directories and a name with variables in them.
private struct IndexTemplate: Sendable {
  enum Variable: String, Sendable, CaseIterable {
    case architecture = "$(ARCHITECTURE)"
    case language = "$(LANGUAGE)"
    /// A file's name.
    case file = "$(FILE)"
    /// One or more directories, or a file with its directories.
    case name = "$(NAME)"
  }

  /// One directory or name: what stands before and after its variable.
  private struct Part: Sendable {
    var before: String
    var variable: Variable?
    var after = ""

    init(_ text: Substring) {
      before = String(text)
      for variable in Variable.allCases {
        guard let place = text.firstRange(of: variable.rawValue) else { continue }
        self.variable = variable
        before = String(text[..<place.lowerBound])
        after = String(text[place.upperBound...])
      }
    }

    /// The variable's value; empty where there is no variable, nil where the text does not fit.
    func read(_ text: String) -> Substring? {
      guard variable != nil else { return text == before ? "" : nil }
      guard text.utf8.count > before.utf8.count + after.utf8.count, text.hasPrefix(before),
        text.hasSuffix(after)
      else { return nil }
      return text.dropFirst(before.count).dropLast(after.count)
    }
  }

  let kind: IndexKind
  let layout: IndexPath.Layout
  private let parts: [Part]
  private let variables: Set<Variable>

  init(_ kind: IndexKind, _ layout: IndexPath.Layout, _ text: String) {
    (self.kind, self.layout) = (kind, layout)
    parts = text.split(separator: "/" as Character).map { Part($0) }
    variables = Set(parts.compactMap(\.variable))
  }

  /// Reads a path, without the ending of its compression; nil when it does not fit.
  func read(_ path: ArraySlice<String>) -> IndexPath? {
    guard path.count >= parts.count, layout != .flat || path.count == parts.count else {
      return nil
    }
    var found = IndexPath(kind, layout: layout)
    guard let start = match(path, &found) else { return nil }
    if start > path.startIndex {
      found.set(component: path[..<start].joined(separator: "/"))
    }
    return found
  }

  /// Where the template begins in the path; what is before it is the component.
  private func match(_ path: ArraySlice<String>, _ found: inout IndexPath) -> Int? {
    // A name of several parts takes all that there is, behind the first place that fits or before
    // the last.
    guard parts.last?.variable != .name else {
      for start in path.indices.dropLast(parts.count - 1)
      where take(parts.dropLast(), path[start...], &found) {
        found.set(.name, path[(start + parts.count - 1)...].joined(separator: "/"))
        return start
      }
      return nil
    }
    guard parts.first?.variable != .name else {
      guard take(parts.dropFirst(), path.suffix(parts.count - 1), &found) else { return nil }
      found.set(.name, path.dropLast(parts.count - 1).joined(separator: "/"))
      return path.startIndex
    }
    let start = path.endIndex - parts.count
    return take(parts[...], path[start...], &found) ? start : nil
  }

  private func take(
    _ parts: ArraySlice<Part>,
    _ path: ArraySlice<String>,
    _ found: inout IndexPath
  ) -> Bool {
    for (part, text) in zip(parts, path) {
      guard let value = part.read(text) else { return false }
      if let variable = part.variable { found.set(variable, String(value)) }
    }
    return true
  }

  /// Whether this is the template that a path is written by.
  func fits(_ path: IndexPath) -> Bool {
    kind == path.kind && layout == path.layout
      && variables.allSatisfy { path.value($0) != nil }
  }

  func write(_ path: IndexPath) -> String {
    parts.map { part in
      part.before + (part.variable.flatMap(path.value) ?? "") + part.after
    }.joined(separator: "/")
  }
}
