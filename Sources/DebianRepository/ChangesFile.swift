package import SafeIO

/// What a `.changes` says of an upload: its files, and what they are of.
package struct ChangesFile: Sendable {
  /// The source package that was built.
  package let source: String
  package let version: String
  /// The files of the upload.
  package let files: [UploadFile]

  /// The longest text that is read, in bytes.
  package static let longest = 8 << 20

  /// Reads the text of a `.changes`, without what is about its signature.
  ///
  /// - Throws: `integrity` for what is no list of an upload.
  package init(_ text: [UInt8], name file: String) throws(Failure) {
    func refuse(_ what: String) -> Failure {
      Failure(
        .integrity,
        "changes",
        "the .changes \(Escaped.line(what, limit: 300))",
        subject: file,
        hint: "have it made again: dpkg-genchanges, dpkg-buildpackage or debuild"
      )
    }
    let stanza = try Stanza.only(in: text, name: file, longestLine: 1 << 16, refuse: refuse)
    // A binary-only upload of another version has it in parentheses.
    source = String((stanza.string(of: "Source") ?? "").prefix { $0 != " " && $0 != "(" })
    version = stanza.string(of: "Version") ?? ""
    guard PackageName.isName(source), PackageName.isVersion(version) else {
      throw refuse("names no source package and version")
    }
    files = try UploadList(of: stanza, refuse: refuse).files
  }
}
