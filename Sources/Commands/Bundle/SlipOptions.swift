internal import ArgumentParser
internal import Documents
internal import Operations
internal import SafeIO
internal import Transfer

/// What people add to papers.
struct RemarkOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The handling mark, such as a classification, for the slip and each label.",
      valueName: "text"
    )
  )
  var marking: String?

  @Option(help: ArgumentHelp("What the transfer is for, for the slip.", valueName: "text"))
  var purpose: String?

  /// The texts, which must have room.
  func remarks() throws(Failure) -> PackingSlip.Remarks {
    try check(marking, "marking", longest: PackingSlip.Remarks.longestMarking)
    try check(purpose, "purpose", longest: PackingSlip.Remarks.longestPurpose)
    return PackingSlip.Remarks(marking: marking, purpose: purpose)
  }

  private func check(_ text: String?, _ option: String, longest: Int) throws(Failure) {
    guard let text else { return }
    guard !text.isEmpty, text.unicodeScalars.count <= longest else {
      throw Failure(
        .usage,
        "arguments",
        "--\(option) takes 1 to \(longest) characters",
        hint: "shorten it: it must be printed whole"
      )
    }
  }
}

/// A form of papers.
enum SlipForm: String, ExpressibleByArgument, CaseIterable {
  case text, html, json

  /// The form that the name of a file says.
  init(file: String) {
    let folded = file.lowercased()
    self = folded.hasSuffix(".html") || folded.hasSuffix(".htm") ? .html : .text
    if folded.hasSuffix(".json") { self = .json }
  }

  /// The papers in this form.
  func bytes(_ slips: [PackingSlip]) -> [UInt8] {
    switch self {
    case .text:
      Array(
        slips.map { SlipText.lines($0).joined(separator: "\n") + "\n" }
          .joined(separator: "\u{c}\n").utf8
      )
    case .html: Array(SlipPage.text(slips).utf8)
    case .json: Array((JSONDocument.result(SlipDocument.json(slips), told: []).text + "\n").utf8)
    }
  }
}
