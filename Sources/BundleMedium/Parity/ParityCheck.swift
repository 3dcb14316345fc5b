package import BundleFormat
package import SafeIO
private import Synchronization

/// What a check finds of a bundle's parity.
package struct ParityFindings: Sendable {
  /// What parity takes and gives; nil when its lists could not be read.
  package var extent: ParityExtent?
  /// Why its lists could not be read.
  package var unread: Failure?
  /// How many blocks of it there are, and how many of them are damaged or on no medium.
  package var blocks = 0
  package var lostBlocks = 0
  /// The damaged and missing chunks that can be made again from what is here.
  package var repairable: [Int] = []
  /// Those that cannot.
  package var beyond: [Int] = []
}

/// Looks at the parity of a bundle: whether it is whole, and what it could make good.
struct ParityCheck {
  private let sources: BlockSources
  private var layout: ParityLayout { sources.layout }

  init(_ media: BundleMedia, of manifest: Manifest, with set: ParitySet) {
    sources = BlockSources(media, of: manifest, set)
  }

  /// Reads all parity, and of these chunks every block.
  func run(bad chunks: [Int], progress: (UInt64) -> Void) throws(Failure) -> ParityFindings {
    var findings = ParityFindings()
    findings.extent = ParityExtent(of: layout)
    findings.blocks = layout.rows * layout.parityStrips
    var lost = try lostParity(progress)
    findings.lostBlocks = lost.reduce(0) { $0 + $1 }
    var rows: [(chunk: Int, rows: Set<Int>)] = []
    for number in chunks {
      let bad = try lostRows(ofChunk: number)
      for row in bad { lost[row] += 1 }
      rows.append((number, Set(bad)))
    }
    let repair = RowRepair(sources)
    for row in lost.indices where try isWorthTrying(row, lost[row]) {
      let found = try repair.look(at: row)
      let good = try repair.rebuild(found) { _, _, _ in }
      if good == found.lost { lost[row] = 0 }
    }
    for (number, rows) in rows {
      if rows.allSatisfy({ lost[$0] <= layout.parityStrips }) {
        findings.repairable.append(number)
      } else {
        findings.beyond.append(number)
      }
    }
    return findings
  }

  /// Whether a row of which more is lost than parity makes good may be healed slice by slice: some of it is
  /// not gone, but damaged.
  private func isWorthTrying(_ row: Int, _ lost: Int) throws(Failure) -> Bool {
    guard lost > layout.parityStrips else { return false }
    var gone = 0
    for strip in 0..<layout.dataStrips {
      guard let place = layout.place(strip: strip, row: row) else { continue }
      if try sources.block(place).isNowhere { gone += 1 }
    }
    return gone <= layout.parityStrips
  }

  /// How many blocks of parity are lost in each row.
  private func lostParity(_ progress: (UInt64) -> Void) throws(Failure) -> [Int] {
    var lost = [Int](repeating: 0, count: layout.rows)
    for strip in 0..<layout.parityStrips {
      let good = try look(layout.rows) { [sources] (row) throws(Failure) in
        try sources.block(parityStrip: strip, row: row)
      }
      for row in good.indices where !good[row] { lost[row] += 1 }
      progress(UInt64(layout.rows) * UInt64(layout.blockSize))
    }
    return lost
  }

  /// The rows in which a block of a chunk is lost, each as often as that is so.
  private func lostRows(ofChunk number: Int) throws(Failure) -> [Int] {
    let places = layout.places(ofChunk: number)
    let good = try look(places.count) { [sources] (index) throws(Failure) in
      try sources.block(places[index].place)
    }
    return places.indices.filter { !good[$0] }.map { places[$0].row }
  }

  /// Which blocks are whole on some medium.
  private func look(
    _ count: Int,
    _ block: @escaping @Sendable (Int) throws(Failure) -> BlockSources.Wanted
  ) throws(Failure) -> [Bool] {
    let good = Good(count)
    try Threads.forEach(count: count) { [sources] (index) throws(Failure) in
      guard try sources.source(of: block(index)) != nil else { return }
      good.blocks.withLock { $0[index] = true }
    }
    return good.blocks.withLock { $0 }
  }

  private final class Good: Sendable {
    let blocks: Mutex<[Bool]>

    init(_ count: Int) { blocks = Mutex([Bool](repeating: false, count: count)) }
  }
}
