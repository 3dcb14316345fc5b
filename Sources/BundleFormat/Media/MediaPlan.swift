/// Which chunk of a bundle goes on which medium: the first that still has room for it.
package struct MediaPlan: Sendable {
  /// A medium as it is planned for.
  package struct Medium: Sendable, Equatable {
    /// What it is, as somebody asked for it: `bd25`, `25GB`, a directory.
    package let kind: String
    /// How many bytes are free on it.
    package let capacity: UInt64
    /// How its space is counted.
    package let fileSystem: MediumFileSystem

    package init(kind: String, capacity: UInt64, fileSystem: MediumFileSystem) {
      (self.kind, self.capacity, self.fileSystem) = (kind, capacity, fileSystem)
    }
  }

  /// A file that has a place on a medium.
  package struct File: Sendable {
    package let name: String
    /// Its length at most, in bytes.
    package let size: UInt64

    package init(name: String, size: UInt64) { (self.name, self.size) = (name, size) }
  }

  /// What a medium gets.
  package struct Share: Sendable {
    package let medium: Medium
    /// The numbers of its chunks, ascending, from 1.
    package fileprivate(set) var chunks: [Int] = []
    /// The bytes of these chunks, and of the files of parity.
    package fileprivate(set) var bytes: UInt64 = 0
    /// The numbers of the files of parity on it, ascending, from 1.
    package fileprivate(set) var parity: [Int] = []
    /// What is taken on it, and left.
    package fileprivate(set) var fill: MediumFill
  }

  /// The media, in the order given.
  package private(set) var shares: [Share]
  /// The chunks that no medium has room for.
  package private(set) var unplaced: [Int] = []
  /// The bytes of these.
  package private(set) var unplacedBytes: UInt64 = 0

  /// How many bytes of files of parity no medium has room for.
  package private(set) var unplacedParity: UInt64 = 0

  /// What a medium has in its directory for parity besides: nothing, or all lists once more.
  package enum SecondLists: Sendable { case none, beside }

  /// Places chunks, in their order.
  ///
  /// - Parameters:
  ///   - chunks: those of the bundle, from number 1 on.
  ///   - parity: the files of parity, which follow them.
  ///   - lists: what every medium has besides, in the bundle's directory.
  ///   - second: whether the lists lie there a second time.
  ///   - mostBlocks: how many blocks of parity's the chunks of a medium may have.
  ///   - media: in the order in which they are filled.
  package init(
    chunks: [File],
    parity: [File] = [],
    lists: [File],
    second: SecondLists = .none,
    mostBlocks: Int = .max,
    on media: [Medium]
  ) {
    var blocks = [Int](repeating: 0, count: media.count)
    shares = media.map { medium in
      Share(medium: medium, fill: MediaPlan.empty(medium, lists, second))
    }
    // Media that had no room for so much have none for as much later on.
    var tooMuch = [UInt64](repeating: .max, count: shares.count)
    for (index, chunk) in chunks.enumerated() {
      let place = shares.indices.first { medium in
        guard chunk.size < tooMuch[medium] else { return false }
        let after =
          blocks[medium] + ParityLayout.blocks(of: chunk.size, ParityLayout.standardBlockSize)
        guard after <= mostBlocks else { return false }
        if shares[medium].fill.take(chunk.name, size: chunk.size, to: .chunks) { return true }
        tooMuch[medium] = min(tooMuch[medium], chunk.size)
        return false
      }
      if let place {
        shares[place].chunks.append(index + 1)
        shares[place].bytes &+= chunk.size
        blocks[place] += ParityLayout.blocks(of: chunk.size, ParityLayout.standardBlockSize)
      } else {
        unplaced.append(index + 1)
        unplacedBytes &+= chunk.size
      }
    }
    for (index, file) in parity.enumerated() {
      let place = shares.indices.first {
        shares[$0].fill.take(file.name, size: file.size, to: .parity)
      }
      if let place {
        shares[place].parity.append(index + 1)
        shares[place].bytes &+= file.size
      } else {
        unplacedParity &+= file.size
        unplacedBytes &+= file.size
      }
    }
  }

  /// Adds media of parity behind those that have chunks, of which the ones that are not needed go.
  ///
  /// - Parameters:
  ///   - files: the files of parity, as many for each medium.
  ///   - lists: what every medium has besides, twice.
  ///   - media: those of parity.
  package mutating func addParityMedia(_ files: [File], lists: [File], on media: [Medium]) {
    shares = Array(shares.prefix(needed))
    let each = files.count / max(1, media.count)
    for (index, medium) in media.enumerated() {
      var share = Share(medium: medium, fill: MediaPlan.empty(medium, lists, .beside))
      for number in (index * each)..<((index + 1) * each) {
        let file = files[number]
        if share.fill.take(file.name, size: file.size, to: .parity) {
          share.parity.append(number + 1)
          share.bytes &+= file.size
        } else {
          unplacedParity &+= file.size
          unplacedBytes &+= file.size
        }
      }
      shares.append(share)
    }
  }

  /// How many blocks of parity each of some media has room for.
  package static func blocks(ofParityOn media: [Medium], lists: [File]) -> Int {
    let block = UInt64(ParityLayout.standardBlockSize)
    let room = media.map { empty($0, lists, .beside).left }.min() ?? 0
    // What the names of the files take, and the ends of what file systems give out.
    let free = room - room / 256
    return free > 2 * block ? Int(clamping: (free - 2 * block) / block) : 0
  }

  /// A medium with the lists alone.
  private static func empty(
    _ medium: Medium,
    _ lists: [File],
    _ second: SecondLists
  ) -> MediumFill {
    var fill = MediumFill(capacity: medium.capacity, of: medium.fileSystem)
    for list in lists {
      fill.add(list.name, size: list.size, to: .top)
      if second == .beside { fill.add(list.name, size: list.size, to: .parity) }
    }
    return fill
  }

  /// Whether every chunk has a place.
  package var isWhole: Bool { unplaced.isEmpty && unplacedParity == 0 }

  /// The media that get something; those behind the last of them are not needed.
  package var needed: Int {
    (shares.lastIndex { !$0.chunks.isEmpty || !$0.parity.isEmpty } ?? 0) + 1
  }

  /// How many bytes of contents one more medium of a kind would take beside the lists.
  package static func room(_ medium: Medium, beside lists: [File]) -> UInt64 {
    var fill = MediumFill(capacity: medium.capacity, of: medium.fileSystem)
    for list in lists { fill.add(list.name, size: list.size, to: .top) }
    return fill.left
  }

  /// The chunk size that suits media: a 64th of the smallest, as a power of two, up to 1 GiB; at least
  /// 16 MiB, or an eighth of a medium so small that it would hold few of these.
  package static func chunkSize(for media: [Medium]) -> UInt64 {
    let smallest = media.map(\.capacity).min() ?? 0
    let most = max(smallest / 64, min(16 << 20, smallest / 8))
    var size = BundleLimits.smallestChunkSize
    while size < BundleLimits.standardChunkSize, size * 2 <= most { size *= 2 }
    return size
  }

  /// Up to which length a content stays whole, in bytes: what the largest medium and every file system
  /// take.
  package static func wholeSize(for media: [Medium], lists: [File]) -> UInt64 {
    let room = media.map { MediaPlan.room($0, beside: lists) }.max() ?? 0
    return min(BundleLimits.largestPortableChunkSize, room)
  }
}
