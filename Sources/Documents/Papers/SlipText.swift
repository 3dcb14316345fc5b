internal import SafeIO
internal import Transfer

/// A packing slip and its labels as plain text.
package enum SlipText {
  /// The lines: the slip, then a label for each medium.
  package static func lines(_ slip: PackingSlip) -> [String] {
    // It is for paper, however wide the terminal is.
    TextTable.$width.withValue(nil) {
      let mark = slip.marking.isEmpty ? [] : [slip.marking, ""]
      var lines = mark + ["PACKING SLIP", ""] + facts(slip)
      lines += ["", "MEDIA"] + media(slip)
      let forms = [
        SlipForms.approval, SlipForms.malware, SlipForms.custody,
        SlipForms.disposal(slip.labels.map(\.place)),
      ]
      for form in forms { lines += [""] + self.form(form) }
      lines += [""] + SlipForms.rules
      for label in slip.labels { lines += [""] + self.label(label, slip) }
      return lines + (mark.isEmpty ? [] : ["", slip.marking])
    }
  }

  private static func facts(_ slip: PackingSlip) -> [String] {
    let facts = slip.facts
    let indent = (facts.map(\.name.count).max() ?? 0) + 3
    return facts.flatMap { name, values in
      values.enumerated().map { index, value in
        let head = index == 0 ? name + ":" : ""
        let line = value.isEmpty ? blank(40) : value
        return head + String(repeating: " ", count: indent - head.count) + line
      }
    }
  }

  private static func media(_ slip: PackingSlip) -> [String] {
    var table = TextTable([
      "Medium", "Label", "Chunks", "Files", "Size", "Written", "Device", "Register number",
      "Seal number",
    ])
    for label in slip.labels {
      table.add([
        label.rank, label.name ?? blank(11), label.chunks, label.files, label.size, label.written,
        label.device.isEmpty ? blank(20) : label.device, blank(15), blank(15),
      ])
    }
    return table.lines
  }

  private static func form(_ form: SlipForms.Form) -> [String] {
    var table = TextTable(form.heading)
    for row in form.rows {
      table.add([row] + form.heading.dropFirst().map { blank(max(12, $0.count)) })
    }
    let about = form.about.isEmpty ? [] : [form.about]
    return [form.title.uppercased()] + about + table.lines
  }

  private static func label(_ label: MediumLabel, _ slip: PackingSlip) -> [String] {
    let lines =
      (slip.marking.isEmpty ? [] : [slip.marking]) + [label.name ?? blank(11)]
      + label.facts.map { name, value in
        name + String(repeating: " ", count: 9 - name.count) + (value.isEmpty ? blank(20) : value)
      } + [label.code]
    return ["LABEL, \(label.place)", String(repeating: "-", count: 60)] + lines
      + [String(repeating: "-", count: 60)]
  }

  private static func blank(_ width: Int) -> String { String(repeating: "_", count: width) }
}
