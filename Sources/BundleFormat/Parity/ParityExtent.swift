package import SafeIO

/// What parity takes, and what it gives.
package struct ParityExtent: Sendable, Equatable {
  /// How many bytes its files have.
  package let bytes: UInt64
  /// How many strips the chunks fill, and how many of parity there are.
  package let dataStrips: Int
  package let parityStrips: Int
  /// How many bytes that lie together may be lost without harm.
  package let burst: UInt64

  /// Of a layout.
  package init(of layout: ParityLayout) {
    bytes = layout.parityLength
    (dataStrips, parityStrips) = (layout.dataStrips, layout.parityStrips)
    burst = layout.parityLength
  }
}

extension ParityOrder {
  /// What parity takes at most of chunks that are no longer than so many bytes each; nil without chunks.
  package func extent(of sizes: [UInt64]) throws(Failure) -> ParityExtent? {
    guard let layout = try layout(of: sizes) else { return nil }
    return ParityExtent(of: layout)
  }

  /// The files of parity by their length at most, for chunks that are no longer than so many bytes each.
  package func files(of sizes: [UInt64]) throws(Failure) -> [MediaPlan.File] {
    guard let layout = try largest(of: sizes) else { return [] }
    return fileLengths(layout).enumerated().map { index, length in
      MediaPlan.File(name: ParityList.fileName(index + 1), size: length)
    }
  }

  /// The largest layout of chunks that are no longer than so many bytes each; nil without chunks.
  package func largest(of sizes: [UInt64]) throws(Failure) -> ParityLayout? {
    guard let layout = try layout(of: sizes) else { return nil }
    // Shorter chunks may fill a strip less, and need one more of parity.
    guard case .share(let share, _) = self else { return layout }
    return try share.largest(layout, sizes)
  }

  /// How many blocks there are at most, those of parity too.
  package func mostBlocks(of sizes: [UInt64]) throws(Failure) -> Int {
    switch self {
    case .share: return try largest(of: sizes)?.tableCount ?? 0
    case .media(let count, let strips, _, _):
      // Whatever the media are: a medium of parity is as large as the largest of the others.
      let blocks = sizes.reduce(0) { sum, size in
        min(sum + ParityLayout.blocks(of: size, ParityLayout.standardBlockSize), 1 << 32)
      }
      return min(blocks * (count + 1) + count * strips, ParityLayout.mostBlocks)
    }
  }
}

extension ParityLayout {
  /// Whether all chunks can be made again when some of them, and some files of parity, are lost.
  ///
  /// `chunks` and `files` have the numbers of those that are lost; `lengths` says how long all files of parity
  /// are, in bytes.
  package func survives(losing chunks: [Int], files: [Int], of lengths: [UInt64]) -> Bool {
    var lost = [Int](repeating: 0, count: rows)
    for number in chunks {
      for (row, _) in places(ofChunk: number) { lost[row] += 1 }
    }
    var start: UInt64 = 0
    for (index, length) in lengths.enumerated() {
      let first = Int(start / UInt64(blockSize))
      start += length
      guard files.contains(index + 1) else { continue }
      for block in first..<Int(start / UInt64(blockSize)) { lost[block % rows] += 1 }
    }
    return lost.allSatisfy { $0 <= parityStrips }
  }
}
