internal import Depot
package import Operations
internal import Publishing
internal import SafeIO

/// The first page: how old is what, what ends when, what is missing.
package enum OverviewPage {
  /// The page.
  package static func text(_ overview: SiteOverview, in frame: PageFrame) -> String {
    let content: HTML = """
      \(publications(overview, frame))
      <h2>Coming in</h2>
      \(arrivals(overview, frame))
      <h2>This machine</h2>
      \(PagePart.facts([
        ("Free space", HTML.escaped(ByteSize.text(overview.freeBytes))),
        ("Clock", "<time datetime=\"\(frame.now.rfc3339)\">\(frame.now.rfc3339)</time>"),
      ]))
      """
    return frame.page("Overview", in: .overview, content)
  }

  private static func publications(_ overview: SiteOverview, _ frame: PageFrame) -> HTML {
    guard !overview.publications.isEmpty else {
      return "<p>Nothing is published yet: <code>aptferry publish SNAPSHOT --at PREFIX</code>.</p>"
    }
    let rows = overview.publications.flatMap { published -> [[HTML]] in
      let prefix = published.publication.prefix
      let link: HTML = "<a href=\"/-/publications/\(prefix)\">\(prefix)</a>"
      if let trouble = published.trouble {
        return [[link, "", "<span class=\"bad\">\(trouble)</span>", "", "", ""]]
      }
      return published.distributions.map { distribution in
        [
          link, HTML.escaped(distribution.name),
          distribution.date.map { PagePart.moment($0, frame.now) } ?? "no date",
          end(distribution.validUntil, frame), signers(distribution),
          "\(published.publication.current.number)",
        ]
      }
    }
    return PagePart.table(
      "What clients get",
      ["Publication", "Suite", "Release of", "Valid until", "Signed by", "Generation"],
      rows
    )
  }

  /// When a Release ends: who has to bring a new one wants to know days before.
  static func end(_ end: UTCTime?, _ frame: PageFrame) -> HTML {
    guard let end else { return "no end" }
    let left = end.seconds - frame.now.seconds
    let moment = PagePart.moment(end, frame.now)
    if left <= 0 { return "<span class=\"bad\">ended</span> \(moment)" }
    if left < 7 * 86_400 { return "<span class=\"warn\">soon</span> \(moment)" }
    return moment
  }

  static func signers(_ distribution: ClientDistribution) -> HTML {
    let owner = distribution.owner == .site ? "this site" : "the vendor"
    let names = distribution.signers.map { signer -> HTML in "<br><code>\(signer)</code>" }
    return "\(owner)\(HTML.joined(names))"
  }

  private static func arrivals(_ overview: SiteOverview, _ frame: PageFrame) -> HTML {
    var facts: [(String, HTML)] = []
    if let last = overview.lastAccepted {
      facts.append(
        (
          "Last bundle",
          """
          <a href="/-/bundles">\(last.stream)-\(last.sequence)</a>, made \
          \(PagePart.moment(last.created, frame.now)), taken in \
          \(PagePart.moment(last.accepted, frame.now))
          """
        )
      )
    } else {
      facts.append(("Last bundle", "none was taken in here"))
    }
    for work in overview.unfinished {
      facts.append(
        ("Unfinished", "<span class=\"warn\">\(UnfinishedText.line(work))</span>")
      )
    }
    return PagePart.facts(facts)
  }
}
