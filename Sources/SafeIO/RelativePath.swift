/// A path below some directory: never absolute, never climbing, safe to create.
///
/// The grammar is that of `docs/formats/bundle-format.md`, section "Paths": components of 1 to 255 bytes
/// joined by `/`, at most 1024 bytes; printable UTF-8 without control characters and backslashes;
/// no component is `.` or `..`, or ends in a space or (on FAT it would vanish) a dot.
package struct RelativePath: Hashable, Comparable, Sendable {
  /// The bytes, as they stand on disk.
  package let bytes: [UInt8]

  /// The longest path, in bytes.
  package static let longest = 1024
  /// The longest component, in bytes.
  static let longestComponent = 255

  /// Nil when the bytes are not such a path.
  package init?(_ bytes: [UInt8]) {
    guard RelativePath.isValid(bytes.span) else { return nil }
    self.bytes = bytes
  }

  /// Nil when the text is not such a path.
  package init?(_ text: some StringProtocol) {
    self.init(Array(text.utf8))
  }

  private init(unchecked bytes: [UInt8]) { self.bytes = bytes }

  /// Whether the bytes follow the grammar.
  package static func isValid(_ bytes: Span<UInt8>) -> Bool {
    guard !bytes.isEmpty, bytes.count <= longest else { return false }
    var start = 0
    var isASCII = true
    for index in 0...bytes.count {
      let atEnd = index == bytes.count
      if !atEnd {
        let byte = bytes[index]
        if byte < 0x20 || byte == 0x7f || byte == 0x5c { return false }
        if byte >= 0x80 { isASCII = false }
        if byte != 0x2f { continue }
      }
      let length = index - start
      // An empty component, or one that ends in a dot (this covers `.` and `..`) or a space.
      guard length > 0, length <= longestComponent else { return false }
      let last = bytes[index - 1]
      if last == 0x2e || last == 0x20 { return false }
      start = index + 1
    }
    return isASCII || isPrintableUTF8(bytes)
  }

  /// Whether the bytes are UTF-8 without C1 controls, bidirectional overrides and line separators.
  private static func isPrintableUTF8(_ bytes: Span<UInt8>) -> Bool {
    // Bytes that are no UTF-8 are no path: which of them is wrong does not matter.
    guard let text = try? UTF8Span(validating: bytes) else { return false }
    var scalars = text.makeUnicodeScalarIterator()
    while let scalar = scalars.next() {
      if Escaped.isDangerous(scalar) { return false }
    }
    return true
  }

  /// The path as text.
  package var text: String { String(decoding: bytes, as: UTF8.self) }

  /// The components, first to last.
  package var components: [String] {
    text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
  }

  /// The last component.
  package var lastComponent: String { components.last ?? "" }

  /// The directory the path lies in; nil for a single component.
  package var parent: RelativePath? {
    guard let slash = bytes.lastIndex(of: 0x2f) else { return nil }
    return RelativePath(unchecked: Array(bytes[..<slash]))
  }

  /// This path with another below it; nil when that would be too long.
  package func appending(_ other: RelativePath) -> RelativePath? {
    RelativePath(bytes + [0x2f] + other.bytes)
  }

  /// Byte order, the order of every list in a bundle (`LC_ALL=C sort`).
  package static func < (left: RelativePath, right: RelativePath) -> Bool {
    left.bytes.lexicographicallyPrecedes(right.bytes)
  }
}

extension RelativePath: CustomStringConvertible {
  package var description: String { text }
}
