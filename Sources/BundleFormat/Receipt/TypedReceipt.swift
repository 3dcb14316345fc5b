package import SafeIO

/// That a site has taken a bundle in, in one line that a person can type
/// (`docs/formats/receipt-format.md`, section "The typed line").
///
/// Nobody has signed it: who types it vouches for it.
package struct TypedReceipt: Sendable, Equatable {
  /// The site.
  package let site: String
  /// The stream.
  package let stream: String
  /// The bundle's place in it.
  package let sequence: UInt64
  /// Ten letters of the payload digest.
  private let digest: [UInt8]

  /// The line about a bundle that was taken in.
  package init(site: String, stream: String, sequence: UInt64, payload: SHA256Digest) {
    (self.site, self.stream, self.sequence) = (site, stream, sequence)
    digest = TypedCode.letters(of: payload)
  }

  private var words: [String] { [site, stream, String(sequence)] }

  /// The line: `island mainland 38 KQF7M-2XC9R-MQ`.
  package var line: String {
    let check = TypedCode.check(words: words, letters: digest)
    return (words + [TypedCode.grouped(digest + check)]).joined(separator: " ")
  }

  /// Reads a line as it was typed: case, further spaces and hyphens in the code do not matter.
  ///
  /// - Throws: `usage` for what is no such line or has a typing error.
  package init(typed line: String) throws(Failure) {
    let words = line.split(whereSeparator: \.isWhitespace).map { String($0) }
    func refuse(_ what: String) -> Failure {
      Failure(
        .usage,
        "typed-receipt",
        what,
        subject: String(line.prefix(300)),
        hint: "type it again as it stands: site, stream, sequence, twelve letters and digits"
      )
    }
    guard words.count >= 4, BundleName.isValid(words[0]), BundleName.isValid(words[1]),
      let sequence = DecimalNumber.read(words[2]), sequence > 0
    else { throw refuse("this is not the line of a receipt") }
    guard let letters = TypedCode.letters(typed: words[3...].joined()),
      letters.count == TypedCode.digestLength + 2
    else {
      throw refuse("the code of a receipt has twelve letters and digits; 0 O 1 I L are not used")
    }
    (site, stream, self.sequence) = (words[0], words[1], sequence)
    digest = Array(letters.prefix(TypedCode.digestLength))
    guard
      TypedCode.check(words: [site, stream, String(sequence)], letters: digest)
        == Array(letters.suffix(2))
    else {
      throw refuse("the line has a typing error: its last two characters do not fit the rest")
    }
  }

  /// Whether the line is about the bundle with this payload digest.
  package func isAbout(_ payload: SHA256Digest) -> Bool {
    TypedCode.letters(of: payload) == digest
  }

  /// Whether a name is the one that was typed, in any case.
  package static func matches(_ typed: String, _ name: String) -> Bool {
    typed.utf8.map(TypedCode.lowercased) == name.utf8.map(TypedCode.lowercased)
  }
}
