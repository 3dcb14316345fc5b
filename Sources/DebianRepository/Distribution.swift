internal import SafeIO

/// What a distribution may be called, and where its Release file lies.
///
/// A distribution is what `apt` calls it in a sources file: `bookworm`, `bookworm/updates`, or a
/// flat repository's path with its final slash (`./` for the root).
package enum Distribution {
  /// Whether this can be the name of a distribution, or a flat repository's path.
  package static func isName(_ text: some StringProtocol) -> Bool {
    if text == "./" || text == "/" { return true }
    let name = text.hasSuffix("/") ? String(text.dropLast()) : String(text)
    // In `dists/` a flat path would be a second name for a suite that is not flat.
    guard !text.hasSuffix("/") || name != "dists" && !name.hasPrefix("dists/") else { return false }
    return !name.contains(" ") && RelativePath(name) != nil
  }

  /// The name as it is used here: `apt` takes `/packages/` and `.//packages/` for `packages/`.
  package static func normal(_ text: String) -> String {
    guard isFlat(text) else { return text }
    let parts = text.split(separator: "/").filter { $0 != "." }
    return parts.isEmpty ? "./" : parts.joined(separator: "/") + "/"
  }

  /// Whether the name is that of a flat repository: no `dists`, no components.
  package static func isFlat(_ name: String) -> Bool { name.hasSuffix("/") }

  /// The directory of the Release file below the archive root, with a final slash, or empty for
  /// the root itself: `dists/bookworm/`, `packages/`.
  package static func directory(of name: String) -> String {
    guard isFlat(name) else { return "dists/\(name)/" }
    return name == "./" || name == "/" ? "" : name
  }
}

/// What a Release file calls its suite; empty where it says nothing.
package struct SuiteNames: Hashable, Sendable {
  /// `Origin`: whose archive this is.
  package let origin: String
  /// `Label`: the archive's name for people and pinning.
  package let label: String
  /// `Suite`: `stable`, `noble-updates`.
  package let suite: String
  /// `Codename`: `bookworm`.
  package let codename: String

  package init(origin: String = "", label: String = "", suite: String = "", codename: String = "") {
    (self.origin, self.label, self.suite, self.codename) = (origin, label, suite, codename)
  }

  /// The names in a Release file, each cut to 200 characters.
  package init(of release: ReleaseFile) {
    func text(_ value: String?) -> String { Escaped.line(value ?? "", limit: 200) }
    self.init(
      origin: text(release.origin),
      label: text(release.label),
      suite: text(release.suite),
      codename: text(release.codename)
    )
  }

  /// The names for people: `Origin Debian, Suite stable, Codename bookworm`.
  package var text: String {
    let named = [("Origin", origin), ("Label", label), ("Suite", suite), ("Codename", codename)]
      .filter { !$0.1.isEmpty }
    return named.isEmpty
      ? "without any name" : named.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
  }
}
