/// The name of whom a certificate is for: the common name of its subject (RFC 5280, section 4.1).
///
/// TLS has verified the certificate before; still, whatever does not read as it should has no name.
enum CertificateName {
  /// The last common name of the subject, as the most special; nil without one that can be a user's.
  static func commonName(_ certificate: [UInt8]) -> String? {
    var outer = DER(certificate[...])
    guard var body = outer.next(0x30).map(DER.init), var fields = body.next(0x30).map(DER.init)
    else { return nil }
    // Version, which may be absent; serial number, algorithm, issuer, validity.
    _ = fields.next(0xa0)
    for tag: UInt8 in [0x02, 0x30, 0x30, 0x30] {
      guard fields.next(tag) != nil else { return nil }
    }
    guard var subject = fields.next(0x30).map(DER.init) else { return nil }
    var name: String?
    while let set = subject.next(0x31) {
      var attributes = DER(set)
      while let attribute = attributes.next(0x30) {
        var parts = DER(attribute)
        guard let kind = parts.next(0x06) else { return nil }
        // 2.5.4.3
        guard Array(kind) == [0x55, 0x04, 0x03] else { continue }
        // UTF8String or PrintableString; the others have been read in several ways.
        guard let bytes = parts.next(0x0c) ?? parts.next(0x13),
          let text = String(validating: bytes, as: UTF8.self), isName(text)
        else { return nil }
        name = text
      }
    }
    return name
  }

  /// No text that could be taken for another's in a log or a file of rights.
  private static func isName(_ text: String) -> Bool {
    (1...100).contains(text.utf8.count) && text != "*" && text != "-" && !text.hasPrefix("token:")
      && text.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value < 0x7f }
  }
}

/// The elements of a DER encoding, one after the other.
private struct DER {
  private var rest: ArraySlice<UInt8>

  init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

  /// The content of the next element, when it has this tag; else nothing is taken.
  mutating func next(_ tag: UInt8) -> ArraySlice<UInt8>? {
    guard rest.first == tag, rest.count >= 2 else { return nil }
    var place = rest.startIndex + 1
    var length = Int(rest[place])
    place += 1
    if length >= 0x80 {
      let count = length & 0x7f
      guard (1...3).contains(count), rest.endIndex - place >= count else { return nil }
      length = rest[place..<(place + count)].reduce(0) { $0 << 8 | Int($1) }
      place += count
    }
    guard rest.endIndex - place >= length else { return nil }
    defer { rest = rest[(place + length)...] }
    return rest[place..<(place + length)]
  }
}
