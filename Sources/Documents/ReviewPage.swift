internal import BundleFormat
internal import Comparison
internal import DebianRepository
internal import OpenPGP
package import SafeIO
package import Transfer

/// The review before an import as one HTML page: no script, nothing fetched, everything escaped.
///
/// A person reads it, prints it and signs it; so it says which bundle it is about by the digest
/// that the import shows again.
package enum ReviewPage {
  /// The page about these bundles.
  package static func text(_ reports: [InspectionReport], _ now: UTCTime) -> String {
    var page = Markup()
    page.raw(
      """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
      <title>Review before an import</title>
      <style>
      body { font: 11pt/1.4 sans-serif; margin: 2em auto; max-width: 60em; padding: 0 1em; }
      h1 { font-size: 1.5em; } h2 { font-size: 1.2em; margin-top: 2em; } h3 { font-size: 1em; }
      table { border-collapse: collapse; width: 100%; }
      th, td { text-align: left; vertical-align: top; border-bottom: 1px solid #bbb; padding: .15em .5em; }
      td.key, code { font-family: monospace; overflow-wrap: anywhere; }
      .removed, .downgraded, .changed, .bad { font-weight: bold; }
      .sign td { height: 3em; vertical-align: bottom; }
      @media print { body { margin: 0; max-width: none; } h2 { break-after: avoid; } }
      </style>
      </head>
      <body>
      <h1>Review before an import</h1>

      """
    )
    page.line(
      "p",
      "Made \(now.rfc3339) from the signed manifest, the lists and the indexes. No package was "
        + "read: the import itself checks each of them."
    )
    for report in reports { add(report, to: &page) }
    page.raw("<h2>Decision</h2>\n<table class=\"sign\">\n")
    page.row(["Import: yes / no", "Name", "Date", "Signature"], "th")
    page.row(["", "", "", ""])
    page.raw("</table>\n</body>\n</html>\n")
    return page.text
  }

  private static func add(_ report: InspectionReport, to page: inout Markup) {
    guard let review = report.review else { return }
    let manifest = report.manifest
    page.line("h2", manifest.directory)
    page.raw("<table>\n")
    page.row(["Payload digest", report.digest.hex], key: true)
    page.row(["Short", report.digest.short], key: true)
    for signer in review.signers { page.row(["Signed by", signer.grouped], key: true) }
    page.row(["Made", manifest.created.rfc3339])
    if !manifest.sites.isEmpty { page.row(["For", manifest.sites.joined(separator: ", ")]) }
    page.row(["Reviewed for", review.site])
    page.row([
      "Carried",
      "\(ByteSize.text(manifest.chunkBytes)) in \(Counted.text(manifest.chunks.count, "chunk"))",
    ])
    page.row([
      "New here", "\(ByteSize.text(review.newBytes)) in \(Counted.text(review.newFiles, "file"))",
    ])
    for suite in review.suites {
      let (text, isBad) = SuiteText.standing(suite)
      page.row(
        ["Trust in \(suite.snapshot)/\(suite.claimed.distribution)", text],
        style: isBad ? "bad" : ""
      )
    }
    for line in ReviewText.standing(review) {
      page.row([line.isBad ? "Refused" : "Note", line.text], style: line.isBad ? "bad" : "")
    }
    if review.lacking > 0 {
      page.row(["Lacking here", "\(review.lacking) files that it relies on"], style: "bad")
    }
    if !report.missingChunks.isEmpty {
      page.row(
        ["Not on these media", "chunks " + SpokenRanges.text(report.missingChunks)],
        style: "bad"
      )
    }
    for suite in report.suites {
      let words = [suite.origin, suite.codename, suite.version].compactMap { $0 }
      let isVerbatim =
        report.manifest.snapshots.first { $0.name == suite.snapshot }?.isVerbatim ?? true
      let signed =
        isVerbatim ? (suite.record.isUnsigned ? ["UNSIGNED by its vendor"] : []) : ["composed"]
      page.row([
        "Suite \(suite.snapshot)/\(suite.record.distribution)",
        (words + [suite.architectures.joined(separator: " ")] + signed).joined(separator: ", "),
      ])
    }
    for note in report.notes { page.row(["Note", note.entry]) }
    page.raw("</table>\n")
    for step in review.incoming { add(step, isWhole: true, to: &page) }
    for step in review.publications {
      let isTold = review.incoming.contains {
        $0.snapshot == step.snapshot && $0.before == step.before
      }
      add(step, isWhole: !isTold, to: &page)
    }
  }

  /// One comparison; not `isWhole`, only the numbers.
  private static func add(_ step: BundleReview.Step, isWhole: Bool, to page: inout Markup) {
    page.line("h3", ReviewText.heading(step))
    if let change = ReviewText.vendorChange(step) { page.line("p", change) }
    page.raw("<table>\n")
    page.row(
      ["Suite", "Architecture", "Before", "After"] + PackageChange.Kind.allCases.map(\.rawValue),
      "th"
    )
    for difference in step.differences {
      page.row(
        [
          difference.suite, difference.architecture, "\(difference.before)", "\(difference.after)",
        ] + PackageChange.Kind.allCases.map { "\(difference.count($0))" }
      )
    }
    page.raw("</table>\n")
    if !step.vanished.isEmpty {
      page.line("p", "Gone, and refused unless allowed: " + step.vanished.joined(separator: ", "))
    }
    guard isWhole else { return }
    let sources = ReviewText.newSources(step)
    if !sources.isEmpty {
      page.line("p", "New source packages: " + sources.joined(separator: ", "))
    }
    for difference in step.differences where !difference.changes.isEmpty {
      page.line("p", "\(difference.suite) \(difference.architecture)")
      page.raw("<table>\n")
      page.row(["Package", "", "Before", "After"], "th")
      for change in difference.changes {
        page.row(
          [change.name, change.kind.rawValue, change.before ?? "", change.after ?? ""],
          style: change.kind.rawValue
        )
      }
      page.raw("</table>\n")
    }
  }
}

/// HTML text; whatever is not `raw` is escaped.
private struct Markup {
  private(set) var text = ""

  /// Markup of this program's own.
  package mutating func raw(_ markup: StaticString) { text += "\(markup)" }

  /// An element with a text in it.
  package mutating func line(_ element: StaticString, _ content: String) {
    text += "<\(element)>\(Markup.escaped(content))</\(element)>\n"
  }

  /// A row of a table.
  package mutating func row(
    _ cells: [String],
    _ element: StaticString = "td",
    key: Bool = false,
    style: String = ""
  ) {
    text += style.isEmpty ? "<tr>" : "<tr class=\"\(Markup.escaped(style))\">"
    for (index, cell) in cells.enumerated() {
      let isKey = key && index > 0
      text += "<\(element)\(isKey ? " class=\"key\"" : "")>\(Markup.escaped(cell))</\(element)>"
    }
    text += "</tr>\n"
  }

  /// Nothing of a text from outside is markup, moves other text, or is invisible.
  private static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in Escaped.line(text).unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
