internal import BundleFormat
internal import QRCode
internal import SafeIO
internal import Transfer

/// Packing slips and labels as one HTML page for A4: no script, nothing fetched, everything escaped.
package enum SlipPage {
  /// The page: each slip, and on sheets of their own its labels.
  package static func text(_ slips: [PackingSlip]) -> String {
    let title: HTML =
      slips.count == 1 ? "Packing slip \(slips[0].papers.manifest.directory)" : "Packing slips"
    let page: HTML = """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
      <title>\(title)</title>
      <style>
      \(style)
      </style>
      </head>
      <body>
      \(HTML.joined(slips.map(sheets)))</body>
      </html>

      """
    return page.text
  }

  private static let style: HTML = """
    @page { size: A4; margin: 15mm; }
    * { box-sizing: border-box; }
    body { font: 9pt/1.3 sans-serif; color: #000; background: #fff; margin: 0 auto; max-width: 180mm; }
    h1 { font-size: 15pt; margin: 0 0 3mm; } h2 { font-size: 11pt; margin: 4mm 0 1mm; break-after: avoid; }
    p { margin: 0 0 1mm; }
    table { border-collapse: collapse; width: 100%; }
    thead { display: table-header-group; } tfoot { display: table-footer-group; }
    tr, .label, section { break-inside: avoid; }
    .sheet > * > tr > td { padding: 0; break-inside: auto; } .sheet > tbody > tr { break-inside: auto; }
    .sheet { break-after: page; } .sheet:last-of-type { break-after: auto; }
    .mark { font-weight: bold; font-size: 11pt; text-align: center; overflow-wrap: anywhere; }
    thead .mark { padding-bottom: 2mm; } tfoot .mark { padding-top: 2mm; }
    .facts th { width: 25mm; } .facts th, .facts td { border-bottom: .2mm solid #999; }
    .facts th, .facts td, .form th, .form td { text-align: left; vertical-align: top; padding: .5mm 1mm; overflow-wrap: anywhere; }
    .form { table-layout: fixed; } .form th, .form td { border: .2mm solid #000; } .form th { font-size: 8pt; }
    .facts tr { height: 5mm; } .form tbody td { height: 9mm; } .digits { font-family: monospace; font-size: 9pt; }
    .warning { font-weight: bold; border: .5mm solid #000; padding: 1mm; }
    .labels { display: flex; flex-wrap: wrap; gap: 4mm; }
    .label { width: 85mm; min-height: 45mm; border: .2mm dashed #666; padding: 1.5mm; position: relative; font-size: 7.5pt; line-height: 1.2; }
    .label .mark { font-size: 8pt; margin-bottom: 1mm; }
    .label .name { font-size: 13pt; font-weight: bold; margin: 0; }
    .label svg { float: right; width: 28mm; height: 28mm; margin: 0 0 1mm 1mm; }
    .label dl { margin: 1mm 0 0; } .label dt { float: left; width: 13mm; } .label dd { margin: 0 0 0 13mm; overflow-wrap: anywhere; }
    """

  private static func sheets(_ slip: PackingSlip) -> HTML {
    sheet(slip, body(slip)) + sheet(slip, labels(slip))
  }

  /// A part of the paper with the handling mark at the top and the bottom of each of its pages.
  private static func sheet(_ slip: PackingSlip, _ content: HTML) -> HTML {
    let mark: HTML = slip.marking.isEmpty ? "" : "<div class=\"mark\">\(slip.marking)</div>"
    return """
      <table class="sheet">
      <thead><tr><td>\(mark)</td></tr></thead>
      <tfoot><tr><td>\(mark)</td></tr></tfoot>
      <tbody><tr><td>
      \(content)</td></tr></tbody>
      </table>

      """
  }

  private static func body(_ slip: PackingSlip) -> HTML {
    let unverified: HTML =
      slip.papers.signers.isClaimed
      ? """
      <p class="warning">NOT VERIFIED: what this slip says is only claimed by the media. Check them with
      the exporter's key before you rely on it.</p>

      """ : ""
    let forms = [
      SlipForms.approval, SlipForms.malware, SlipForms.custody,
      SlipForms.disposal(slip.labels.map(\.place)),
    ]
    return """
      <h1>Packing slip</h1>
      \(unverified)\(facts(slip))<h2>Media</h2>
      \(media(slip))\(HTML.joined(forms.map(form)))<h2>To be known</h2>
      \(HTML.joined(SlipForms.rules.map { "<p>\($0)</p>\n" }))
      """
  }

  private static func facts(_ slip: PackingSlip) -> HTML {
    let rows = slip.facts.map { name, values -> HTML in
      let isDigits = name == "Digest" || name == "To read out" || name == "Signed by"
      let style: HTML = isDigits ? " class=\"digits\"" : ""
      let lines = HTML.joined(values.map { HTML.escaped($0) }, by: "<br>")
      return "<tr><th scope=\"row\">\(name)</th><td\(style)>\(lines)</td></tr>\n"
    }
    return "<table class=\"facts\"><tbody>\n\(HTML.joined(rows))</tbody></table>\n"
  }

  private static func media(_ slip: PackingSlip) -> HTML {
    let heading = [
      "Medium", "Label", "Chunks", "Files", "Size", "Written", "Device: model, serial number",
      "Register number", "Seal number",
    ]
    let rows = slip.labels.map { label -> HTML in
      let device = HTML.joined(
        [label.model, label.serial].filter { !$0.isEmpty }.map { HTML.escaped($0) },
        by: "<br>"
      )
      let cells = [
        label.rank, label.name ?? "", label.chunks, label.files, label.size,
        // So that it breaks between the date and the time.
        label.written.replacing("T", with: " "),
      ]
      return "<tr>\(cells)<td>\(device)</td><td></td><td></td></tr>\n"
    }
    return table(heading, [9, 13, 11, 7, 10, 13, 19, 9, 9], rows)
  }

  private static func form(_ form: SlipForms.Form) -> HTML {
    let about: HTML = form.about.isEmpty ? "" : "<p>\(form.about)</p>\n"
    let rows = form.rows.map { row -> HTML in
      "<tr>\([row] + form.heading.dropFirst().map { _ in "" })</tr>\n"
    }
    let body = table(form.heading, form.widths, rows)
    return "<section>\n<h2>\(form.title)</h2>\n\(about)\(body)</section>\n"
  }

  private static func table(_ heading: [String], _ widths: [Int], _ rows: [HTML]) -> HTML {
    let columns = widths.map { width -> HTML in "<col style=\"width: \(width)%\">" }
    let cells = heading.map { text -> HTML in
      text.isEmpty ? "<td></td>" : "<th scope=\"col\">\(text)</th>"
    }
    return """
      <table class="form">
      <colgroup>\(HTML.joined(columns))</colgroup>
      <thead><tr>\(HTML.joined(cells))</tr></thead>
      <tbody>
      \(HTML.joined(rows))</tbody>
      </table>

      """
  }

  private static func labels(_ slip: PackingSlip) -> HTML {
    let labels = slip.labels.map { label(for: $0, slip) }
    return """
      <h2>Labels, \(slip.papers.manifest.directory)</h2>
      <div class="labels">
      \(HTML.joined(labels))</div>

      """
  }

  private static func label(for label: MediumLabel, _ slip: PackingSlip) -> HTML {
    let mark: HTML = slip.marking.isEmpty ? "" : "<div class=\"mark\">\(slip.marking)</div>\n"
    let facts = label.facts.map { name, value -> HTML in
      "<dt>\(name)</dt><dd>\(value.isEmpty ? "________________" : value)</dd>"
    }
    return """
      <div class="label">
      \(mark)\(picture(label))<p class="name">\(label.name ?? "____________")</p>
      <dl>\(HTML.joined(facts))</dl>
      </div>

      """
  }

  /// The code as a picture; without one, its words.
  private static func picture(_ label: MediumLabel) -> HTML {
    guard let symbol = label.symbol else { return "<p>\(label.code)</p>" }
    return """
      <svg viewBox="0 0 \(symbol.side) \(symbol.side)" shape-rendering="crispEdges" role="img" aria-label="\(label.code)">\
      <rect width="\(symbol.side)" height="\(symbol.side)" fill="#fff"/><path d="\(symbol.outline)"/></svg>

      """
  }
}

extension HTML.Interpolation {
  /// The cells of a row.
  fileprivate mutating func appendInterpolation(_ cells: [String]) {
    for cell in cells { appendInterpolation("<td>\(cell)</td>" as HTML) }
  }
}
