/// What people fill in on a packing slip.
enum SlipForms {
  /// A table with empty cells.
  struct Form {
    let title: String
    /// Why, in one sentence; empty where the title says it.
    let about: String
    let heading: [String]
    /// How wide each column is on a page, in hundredths.
    let widths: [Int]
    /// What stands in the first column of each row.
    let rows: [String]
  }

  /// Who answers for the transfer.
  static let approval = Form(
    title: "Approval",
    about: "",
    heading: ["", "Name", "Date, time", "Signature"],
    widths: [28, 26, 18, 28],
    rows: ["Approved by (trusted source)", "Written by", "Carrier (authorised)", "Taken in by"]
  )

  /// The checks for malware: of the media, on a machine that is neither of the two sides.
  static let malware = Form(
    title: "Malware check",
    about: "Before a medium is connected to the isolated side, on another machine.",
    heading: ["Where, machine", "Engine, version", "Signatures of", "Date, time", "Result", "By"],
    widths: [18, 18, 16, 16, 16, 16],
    rows: ["Before sealing:", "At the gap:"]
  )

  /// Who had the media.
  static let custody = Form(
    title: "Custody",
    about: "",
    heading: [
      "", "Date, time", "Released by: name, signature", "Received by: name, signature", "Reason",
      "Seals, condition",
    ],
    widths: [4, 15, 24, 24, 15, 18],
    rows: (1...8).map { "\($0)" }
  )

  /// What became of each medium.
  static func disposal(_ media: [String]) -> Form {
    Form(
      title: "Disposal",
      about: "Returned, or destroyed; make and serial number stand under Media.",
      heading: ["Medium", "Returned or destroyed, method", "Date, time", "By", "Witness"],
      widths: [16, 30, 16, 19, 19],
      rows: media
    )
  }

  /// What everybody who has a medium in hand should know.
  static let rules = [
    "An import only reads the media: use write-once media, or a reader that cannot write.",
    "Compare the digest with the one that was read out, and check the media: aptferry verify DIR...",
  ]
}
