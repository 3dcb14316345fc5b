internal import Depot
package import Operations
package import Publishing
internal import SafeIO

/// One publication: how clients use it, what they have had, what a switch changed.
package struct PublicationPage {
  private let publication: Publication
  private let facts: ClientFacts?
  private let client: ClientText?
  private let history: [PublicationHistoryEntry]
  private let changes: [GenerationChange]
  private let actions: HTML

  /// What is shown; without facts, the Release files could not be read.
  package init(
    _ publication: Publication,
    _ facts: ClientFacts?,
    _ client: ClientText?,
    _ history: [PublicationHistoryEntry],
    changes: [GenerationChange] = [],
    actions: HTML = ""
  ) {
    (self.publication, self.facts, self.client) = (publication, facts, client)
    (self.history, self.changes, self.actions) = (history, changes, actions)
  }

  /// The page.
  package func text(in frame: PageFrame) -> String {
    let content: HTML = """
      \(summary(frame))
      \(distributions(frame))
      \(snippets)
      <h2>Generations</h2>
      \(generations(frame))
      \(PublicationPictures.markup(publication, history, changes, frame.now))
      \(actions)
      <h2>What was done</h2>
      \(past(frame))
      """
    return frame.page("Publication \(publication.prefix)", in: .publications, content)
  }

  private func summary(_ frame: PageFrame) -> HTML {
    let current = publication.current
    let path = publication.prefix.split(separator: "/").map { PagePart.encoded(String($0)) }
    return PagePart.facts([
      ("Files", "<a href=\"/\(path.joined(separator: "/"))/\">/\(publication.prefix)/</a>"),
      ("Generation", "\(current.number), made \(PagePart.moment(current.made, frame.now))"),
      ("From", HTML.escaped(current.snapshots.map(\.name).joined(separator: ", "))),
      (
        "Content",
        HTML.escaped("\(Counted.text(current.files, "file")), \(ByteSize.text(current.bytes))")
      ),
    ])
  }

  private func distributions(_ frame: PageFrame) -> HTML {
    guard let facts else {
      return "<p class=\"bad\">The Release files of this publication cannot be read.</p>"
    }
    return PagePart.table(
      "Suites",
      ["Suite", "Components", "Release of", "Valid until", "Signed by"],
      facts.distributions.map { distribution in
        [
          HTML.escaped(distribution.name),
          HTML.escaped(distribution.components.map(\.name).joined(separator: ", ")),
          distribution.date.map { PagePart.moment($0, frame.now) } ?? "no date",
          OverviewPage.end(distribution.validUntil, frame), OverviewPage.signers(distribution),
        ]
      }
    )
  }

  /// What people paste into a machine.
  private var snippets: HTML {
    guard let client else { return "" }
    let files = client.files(.sources).map { file -> HTML in
      "<h3><code>\(file.path)</code></h3>\n<pre tabindex=\"0\">\(file.text)</pre>\n"
    }
    return "<h2>For a client</h2>\n\(HTML.joined(files))"
  }

  private func generations(_ frame: PageFrame) -> HTML {
    let all = publication.kept.reversed() as [GenerationRecord]
    return PagePart.table(
      "What clients have, and can have again",
      ["Generation", "Made", "Snapshots", "Files", "Size"],
      ([publication.current] + all).map { record in
        [
          "\(record.number)\(record.number == publication.current.number ? " (current)" : "")",
          PagePart.moment(record.made, frame.now),
          HTML.escaped(record.snapshots.map(\.name).joined(separator: ", ")),
          "\(record.files)", HTML.escaped(ByteSize.text(record.bytes)),
        ]
      }
    )
  }

  private func past(_ frame: PageFrame) -> HTML {
    PagePart.table(
      "Newest first",
      ["When", "What", "Generation", "By", "Why"],
      history.reversed().prefix(50).map { entry in
        [
          PagePart.moment(entry.event.made, frame.now), HTML.escaped(entry.event.action.rawValue),
          "\(entry.event.number)", HTML.escaped(entry.who ?? "not known"),
          HTML.escaped(entry.event.reason),
        ]
      }
    )
  }
}
