package import SafeIO

/// Which objects a site holds, in at most 3 bytes of text for each (`docs/formats/receipt-format.md`, section
/// "Inventory").
///
/// Of each digest a number below 65,536 times the count remains; the sorted numbers are written as
/// Golomb-Rice coded gaps. An object that is held is always found. One that is not held is taken for
/// held with probability 1 - e^(-1/65536), about 2^-16: the importer then names it as missing.
///
/// They stay in memory as they are written, some 18 bits each, and only every 64th as a number.
package struct ObjectInventory: Sendable, Equatable {
  /// How many objects it was made of.
  package let count: Int
  /// The numbers, ascending, as they stand in the text.
  private let coded: CodedNumbers

  /// The length of a line, in characters.
  private static let lineLength = 512
  /// The most objects.
  package static let countLimit = 10_000_000

  /// The inventory of these digests, which are sorted.
  package init(_ digests: [SHA256Digest]) {
    count = digests.count
    let range = CodedNumbers.range(of: digests.count)
    coded = CodedNumbers(digests.lazy.map { ObjectInventory.value(of: $0, range) })
  }

  private static func value(of digest: SHA256Digest, _ range: UInt64) -> UInt64 {
    digest.leadingBits.multipliedFullWidth(by: range).high
  }

  /// Whether the site holds the object, as far as can be said.
  package func contains(_ digest: SHA256Digest) -> Bool {
    coded.contains(ObjectInventory.value(of: digest, CodedNumbers.range(of: count)))
  }

  /// The lines of base64 text.
  package var lines: [String] {
    let text = Base64.encode(coded.bytes)
    return stride(from: 0, to: text.count, by: ObjectInventory.lineLength).map {
      String(
        decoding: text[$0..<min(text.count, $0 + ObjectInventory.lineLength)],
        as: UTF8.self
      )
    }
  }

  /// Reads the lines of an inventory of `count` objects; nil unless they are exactly as they would
  /// be written.
  package init?(lines: some Sequence<String>, count: UInt64) {
    guard count <= UInt64(ObjectInventory.countLimit),
      let bytes = ObjectInventory.bytes(of: lines, atMost: CodedNumbers.mostBytes(of: Int(count))),
      let coded = CodedNumbers(reading: bytes, count: Int(count))
    else { return nil }
    self.count = Int(count)
    self.coded = coded
  }

  /// What the lines encode, taken line by line: each whole one gives whole bytes.
  private static func bytes(
    of lines: some Sequence<String>,
    atMost limit: Int
  ) -> [UInt8]? {
    var bytes: [UInt8] = []
    // At once, since growing would hold them twice.
    bytes.reserveCapacity(limit)
    var isAtEnd = false
    for line in lines {
      let length = line.utf8.count
      // Only the last line may be shorter.
      guard !isAtEnd, length > 0, length <= lineLength,
        let piece = Base64.decode(Array(line.utf8)), bytes.count + piece.count <= limit
      else { return nil }
      isAtEnd = length < lineLength
      bytes += piece
    }
    return bytes
  }
}
