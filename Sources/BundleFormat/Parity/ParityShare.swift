package import SafeIO

/// How much parity somebody asks for: so many hundredths of a percent of the chunks.
package struct ParityShare: Sendable, Equatable {
  /// Hundredths of a percent, from 1 (0.01 %) to 10,000.
  package let hundredths: Int
  /// The length of a block, in bytes; doubled where there would be too many.
  package let blockSize: Int

  /// At most so many strips are filled by the chunks: a burst is as long as one of them times those of
  /// parity.
  private static let standardStrips = 100

  /// So many hundredths of a percent; nil for none, or more than all.
  package init?(hundredths: Int, blockSize: Int = ParityLayout.standardBlockSize) {
    guard (1...10_000).contains(hundredths) else { return nil }
    (self.hundredths, self.blockSize) = (hundredths, blockSize)
  }

  /// Reads `10%` or `2.5%`; nil for anything else.
  package init?(_ text: String) {
    guard text.hasSuffix("%") else { return nil }
    let parts = text.dropLast().split(
      separator: "." as Character,
      omittingEmptySubsequences: false
    )
    guard parts.count <= 2, let whole = DecimalNumber.read(parts[0]), whole <= 100 else {
      return nil
    }
    var fraction = 0
    if parts.count == 2 {
      let digits = parts[1].utf8
      guard (1...2).contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) })
      else { return nil }
      fraction = digits.reduce(0) { $0 * 10 + Int($1) - 0x30 } * (digits.count == 1 ? 10 : 1)
    }
    self.init(hundredths: Int(whole) * 100 + fraction)
  }

  /// As somebody would write it.
  package var text: String {
    let (whole, rest) = (hundredths / 100, hundredths % 100)
    guard rest > 0 else { return "\(whole)%" }
    return rest % 10 == 0
      ? "\(whole).\(rest / 10)%" : "\(whole).\(BundleName.padded(UInt64(rest), 2))%"
  }

  /// Puts chunks in rows, all of them as one segment.
  ///
  /// - Parameter sizes: the length of each chunk's file, in bytes.
  /// - Returns: the layout; nil without chunks.
  /// - Throws: `integrity` when the chunks are too long for parity.
  package func layout(of sizes: [UInt64]) throws(Failure) -> ParityLayout? {
    guard !sizes.isEmpty else { return nil }
    var blockSize = blockSize
    while true {
      let blocks = sizes.reduce(0) { sum, size in
        // A few thousand of the longest chunks: no sum gets near the end of the numbers.
        min(sum + ParityLayout.blocks(of: size, blockSize), 1 << 32)
      }
      let rows = max(1, (blocks + ParityShare.standardStrips - 1) / ParityShare.standardStrips)
      let strips = (blocks + rows - 1) / rows
      let parity = max(1, (strips * hundredths + 9999) / 10_000)
      if blocks + parity * rows > ParityLayout.mostBlocks,
        blockSize < ParityLayout.blockSizes.upperBound
      {
        blockSize *= 2
        continue
      }
      return try ParityLayout(
        sizes: sizes,
        segments: [Array(1...sizes.count)],
        blockSize: blockSize,
        rows: rows,
        parityStrips: parity
      )
    }
  }

  /// The layout with as much parity as the same chunks could need, were they shorter.
  ///
  /// Fewer blocks fill fewer strips of as many rows; or up to all strips that there may be, of fewer rows.
  func largest(_ layout: ParityLayout, _ sizes: [UInt64]) throws(Failure) -> ParityLayout {
    let fewer = layout.rows - 1
    let needed = fewer * ((ParityShare.standardStrips * hundredths + 9999) / 10_000)
    let most = (needed + fewer) / layout.rows
    guard most > layout.parityStrips else { return layout }
    return try ParityLayout(
      sizes: sizes,
      segments: layout.segments.map(\.chunks),
      blockSize: layout.blockSize,
      rows: layout.rows,
      parityStrips: most
    )
  }
}
