internal import Depot
package import Publishing
internal import SafeIO

/// What somebody may do with a publication on its page, as forms without scripts.
package struct PublicationForms {
  private let publication: Publication
  private let snapshots: [String]
  private let token: String

  /// The forms; the token shows where they came from.
  package init(_ publication: Publication, snapshots: [String], token: String) {
    (self.publication, self.snapshots, self.token) = (publication, snapshots, token)
  }

  /// The forms.
  package var markup: HTML {
    """
    <h2>Change what clients get</h2>
    \(publish)
    \(rollBack)
    \(hold)
    """
  }

  private func form(_ action: String, _ button: String, _ fields: HTML) -> HTML {
    """
    <form method="post" action="/-/publications/\(publication.prefix)">
    <input type="hidden" name="token" value="\(token)">
    <input type="hidden" name="action" value="\(action)">
    \(fields)
    <button>\(button)</button>
    </form>

    """
  }

  private func choice(_ name: String, _ label: String, _ id: String, _ values: [String]) -> HTML {
    """
    <label for="\(id)">\(label)</label>
    <select id="\(id)" name="\(name)">
    \(HTML.joined(values.map { "<option>\($0)</option>\n" }))</select>

    """
  }

  private func reason(_ id: String) -> HTML {
    """
    <label for="\(id)">Why, for the audit log</label>
    <input id="\(id)" name="reason" required maxlength="500">

    """
  }

  private var publish: HTML {
    guard !snapshots.isEmpty else { return "" }
    return form(
      "publish",
      "Publish",
      "<h3>Publish a snapshot</h3>\n"
        + choice("snapshot", "Snapshot", "publish-snapshot", snapshots.sorted())
    )
  }

  private var rollBack: HTML {
    let numbers = publication.kept.map { String($0.number) }.reversed() as [String]
    guard !numbers.isEmpty else { return "" }
    return form(
      "rollback",
      "Roll back",
      "<h3>Roll back</h3>\n" + choice("generation", "To generation", "rollback-to", numbers)
        + reason("rollback-why")
    )
  }

  private var hold: HTML {
    let names = Set((publication.kept + [publication.current]).flatMap(\.snapshots).map(\.name))
    return form(
      "hold",
      "Hold",
      "<h3>Keep the address of a snapshot</h3>\n"
        + choice("snapshot", "Snapshot", "hold-snapshot", names.sorted()) + reason("hold-why")
    )
  }
}
