package import SafeIO

/// Which parity a bundle is to have.
package enum ParityOrder: Sendable, Equatable {
  /// So much of it, of all chunks; its files are no longer than so many bytes.
  case share(ParityShare, longest: UInt64)
  /// On so many media, each of which makes any medium good: the largest is cut into so many strips. The
  /// chunks of each medium follow; files of parity are no longer than so many bytes.
  case media(Int, strips: Int, segments: [[Int]], longest: UInt64)

  /// Puts chunks of these lengths in rows; nil without chunks.
  package func layout(of sizes: [UInt64]) throws(Failure) -> ParityLayout? {
    switch self {
    case .share(let share, _): return try share.layout(of: sizes)
    case .media(let count, let strips, let segments, _):
      guard !sizes.isEmpty else { return nil }
      return try ParityLayout.onMedia(count, strips: strips, segments: segments, sizes: sizes)
    }
  }

  /// How long the files of parity are, one behind the other: whole blocks, and few enough that all of them
  /// can be open at once.
  package func fileLengths(_ layout: ParityLayout) -> [UInt64] {
    switch self {
    case .share(_, let longest):
      return ParityOrder.cut(layout.parityLength, most: longest, layout)
    case .media(let count, _, _, let longest):
      // No file lies on two media.
      let each = layout.parityLength / UInt64(count)
      return (0..<count).flatMap { _ in ParityOrder.cut(each, most: longest, layout) }
    }
  }

  /// How many files there are at most: they are all written in step.
  private static let mostFiles: UInt64 = 500

  /// The same with files so long that chunks which turn out shorter have no file that was not planned: fewer
  /// bytes in shorter files could be more files.
  package func settled(for sizes: [UInt64]) throws(Failure) -> ParityOrder {
    guard let layout = try largest(of: sizes) else { return self }
    switch self {
    case .share(let share, let longest):
      return .share(share, longest: max(longest, ParityOrder.shortest(layout)))
    case .media(let count, let strips, let segments, let longest):
      let longest = max(longest, ParityOrder.shortest(layout))
      return .media(count, strips: strips, segments: segments, longest: longest)
    }
  }

  /// How long files must be so that there are not too many, in bytes: whole blocks.
  private static func shortest(_ layout: ParityLayout) -> UInt64 {
    let block = UInt64(layout.blockSize)
    let share = (layout.parityLength + mostFiles - 1) / mostFiles
    return (share + block - 1) / block * block
  }

  private static func cut(_ length: UInt64, most: UInt64, _ layout: ParityLayout) -> [UInt64] {
    let block = UInt64(layout.blockSize)
    let each = max(block, most / block * block, shortest(layout))
    return stride(from: 0, to: length, by: UInt64.Stride(clamping: each)).map { start in
      min(each, length - start)
    }
  }
}

extension ParityLayout {
  /// How many strips the largest medium is cut into, where there is room for so many.
  package static let standardMediumStrips = 8

  /// How many strips the largest medium is cut into, so that there are not too many, and as much of a medium
  /// of parity is used as can be; 0 where not even one is possible.
  ///
  /// `room` is how many blocks a medium of parity takes.
  package static func mediumStrips(media: Int, room: Int) -> Int {
    let most = min(standardMediumStrips, mostStrips / max(1, media), room)
    guard most > 0 else { return 0 }
    // All of them waste less than a block each.
    if room >= standardMediumStrips * most { return most }
    return (1...most).max { room / $0 * $0 < room / $1 * $1 } ?? most
  }

  /// Each medium a segment, and as much parity as that many of the largest of them.
  static func onMedia(
    _ count: Int,
    strips: Int,
    segments: [[Int]],
    sizes: [UInt64]
  ) throws(Failure) -> ParityLayout {
    var blockSize = standardBlockSize
    while true {
      let blocks = segments.map { numbers in
        numbers.reduce(0) { min($0 + self.blocks(of: sizes[$1 - 1], blockSize), 1 << 32) }
      }
      let rows = max(1, ((blocks.max() ?? 0) + strips - 1) / strips)
      let all = blocks.reduce(0, +) + rows * strips * count
      if all > mostBlocks, blockSize < blockSizes.upperBound {
        blockSize *= 2
        continue
      }
      return try ParityLayout(
        sizes: sizes,
        segments: segments,
        blockSize: blockSize,
        rows: rows,
        parityStrips: strips * count
      )
    }
  }
}
