#if Network
internal import Depot
internal import Operations
internal import SafeIO

/// What is made of what, as a drawing for graphviz.
extension APIRoutes {
  func graph(_ ending: String) throws -> APIReply {
    guard ["dot", "gv"].contains(ending) else {
      throw APIRefusal(500, "unable to execute dot: this server draws nothing; ask for graph.dot")
    }
    let text = try graphText(isVertical: call.value("layout") == "vertical")
    return APIReply(.text(text, type: "text/plain; charset=utf-8"), status: 200)
  }

  private func graphText(isVertical: Bool) throws -> String {
    var (nodes, edges) = ([String](), [String]())
    func node(_ id: String, _ color: String, _ label: String) {
      let text = isVertical ? label : "{\(label)}"
      nodes.append(
        "\t\"\(id)\" [ fillcolor=\(color), label=\"\(text)\", shape=Mrecord, style=filled ];"
      )
    }
    func edge(_ from: String, _ to: String) { edges.append("\t\"\(from)\"->\"\(to)\";") }
    let session = session()
    let (mirrorFacts, repoFacts) = (try facts(.mirror), try facts(.repo))
    for mirror in try session.depot().catalogue.mirrors() {
      let text =
        "Mirror \(mirror.name)|url: \(APIRoutes.plain(mirror.upstream))|dist: "
        + APIRoutes.plain(mirror.suites.joined(separator: " "))
      node(mirrorFacts[mirror.name]?["id"] ?? "mirror:\(mirror.name)", "darkgoldenrod1", text)
    }
    for repo in try session.repos() {
      let text =
        "Repo \(repo.name)|comment: \(APIRoutes.plain(repo.description))|pkgs: \(repo.packages)"
      node(repoFacts[repo.name]?["id"] ?? "repo:\(repo.name)", "mediumseagreen", text)
    }
    for snapshot in try visibleSnapshots() {
      let fact = try fact(of: snapshot)
      let description =
        fact.kind == "repo" ? "Snapshot from repo" : APIRoutes.plain(fact.description)
      node(
        fact.id,
        "cadetblue1",
        "Snapshot \(APIRoutes.shown(snapshot.name))|\(description)|pkgs: \(snapshot.files)"
      )
      for source in fact.sources { edge(source.id, fact.id) }
    }
    for publication in try publications() {
      let id = "published:\(publication.path)"
      let components = publication.fact.sources.map(\.component).joined(separator: " ")
      node(
        id,
        "darkolivegreen1",
        "Published \(publication.path)|comp: \(APIRoutes.plain(components))|arch: "
          + APIRoutes.plain(publication.fact.architectures.joined(separator: ", "))
      )
      for source in publication.fact.sources { edge(source.id, id) }
    }
    let direction = isVertical ? "\trankdir=LR;\n" : ""
    return "digraph aptly {\n\(direction)" + (edges + nodes).map { $0 + "\n" }.joined() + "}\n"
  }

  /// Text that ends neither a label nor its braces.
  private static func plain(_ text: String) -> String {
    String(text.map { "\"{}|<>\\\n\r\t".contains($0) ? " " : $0 })
  }
}
#endif
