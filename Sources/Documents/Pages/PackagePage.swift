internal import DebianRepository
internal import Depot
package import Operations
internal import SafeIO

/// Packages of one name: which versions are where, and why they are trusted.
package enum PackagePage {
  /// The page that asks for a name.
  package static func search(in frame: PageFrame) -> String {
    frame.page("Packages", in: .packages, form(""))
  }

  /// The page of a name; `trail` is nil where nobody asked how they came.
  package static func text(
    _ name: String,
    _ found: [FoundPackage],
    _ trail: PackageTrail?,
    in frame: PageFrame
  ) -> String {
    let versions = found.prefix(200).map { package -> [HTML] in
      let stanza = package.stanza
      return [
        HTML.escaped(text(stanza, "Version") ?? ""),
        HTML.escaped(text(stanza, "Architecture") ?? ""),
        places(package, .publication), places(package, .snapshot), places(package, .mirror),
        places(package, .bundle),
        "<code>\(text(stanza, "SHA256") ?? "")</code>",
      ]
    }
    let table: HTML =
      versions.isEmpty
      ? "<p>No package of that name is here.</p>"
      : PagePart.table(
        "Versions of \(name)",
        ["Version", "Architecture", "Publications", "Snapshots", "Mirrors", "Bundles", "SHA-256"],
        versions
      )
    let description = found.first.flatMap { text($0.stanza, "Description") } ?? ""
    let content: HTML = """
      \(form(name))
      <p>\(description.split(separator: "\n").first.map { String($0) } ?? "")</p>
      \(table)
      \(came(trail))
      """
    return frame.page("Package \(name)", in: .packages, content)
  }

  private static func text(_ stanza: PackageStanza, _ field: StaticString) -> String? {
    stanza.string(of: FieldName("\(field)" as String))
  }

  private static func form(_ name: String) -> HTML {
    """
    <form action="/-/packages" method="get" role="search">
    <label for="name">Name of a package</label>
    <input id="name" name="name" value="\(name)" required maxlength="200">
    <button>Show</button>
    </form>

    """
  }

  private static func places(
    _ found: FoundPackage,
    _ kind: FoundPackage.Place.Kind
  ) -> HTML {
    let names = found.places.filter { $0.kind == kind }.map { place in
      place.suite.isEmpty ? place.name : "\(place.name) (\(place.suite))"
    }
    let shown = names.prefix(8).joined(separator: ", ")
    return names.count > 8 ? "\(shown) and \(names.count - 8) more" : HTML.escaped(shown)
  }

  /// How they came here, and why they are trusted.
  private static func came(_ trail: PackageTrail?) -> HTML {
    guard let trail else { return "" }
    let lines = PackageTrailText.lines(trail)
    guard !lines.isEmpty else { return "" }
    return """
      <h2>How they came, and why they are trusted</h2>
      <pre tabindex="0">\(lines.prefix(400).joined(separator: "\n"))</pre>

      """
  }
}
