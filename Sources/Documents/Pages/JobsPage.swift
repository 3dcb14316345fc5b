/// What the server does or did for those who did not wait for it.
package enum JobsPage {
  /// One piece of work.
  package struct Row: Sendable {
    package let number: Int
    package let name: String
    /// As people say it.
    package let state: String
    package let isRunning: Bool
    /// What it said last.
    package let output: String

    package init(number: Int, name: String, state: String, isRunning: Bool, output: String) {
      (self.number, self.name, self.state) = (number, name, state)
      (self.isRunning, self.output) = (isRunning, output)
    }
  }

  /// The page; it asks again by itself while something runs.
  package static func text(_ rows: [Row], in frame: PageFrame) -> String {
    let cells = rows.reversed().prefix(200).map { row -> [HTML] in
      let lines = row.output.split(separator: "\n")
      let last = lines.suffix(3).joined(separator: "\n")
      let all: HTML =
        lines.count > 3
        ? "<details><summary>All of it</summary><pre tabindex=\"0\">\(row.output)</pre></details>"
        : ""
      return [
        "\(row.number)", HTML.escaped(row.name), HTML.escaped(row.state),
        "<pre>\(last)</pre>" + all,
      ]
    }
    return frame.page(
      "Jobs",
      in: .jobs,
      refresh: rows.contains { $0.isRunning } ? 5 : nil,
      cells.isEmpty
        ? "<p>Nothing was asked for that lasts.</p>"
        : PagePart.table("Newest first", ["Number", "What", "State", "What it said"], Array(cells))
    )
  }
}
