internal import Depot
internal import Objects
internal import SafeIO

/// What the receivers of a bundle are relied on to have: what *all* of them hold.
///
/// Only the contents of the bundle matter, so only they are held in memory, however many snapshots
/// the receivers have.
struct HeldObjects {
  /// What one receiver holds.
  struct Receiver {
    /// The site; empty where none was named.
    let site: String
    /// Its snapshots, the newest first.
    var listings: [SnapshotReference] = []
    /// Whether it has an object, as its receipt says.
    var inventory: ((SHA256Digest) -> Bool)?
  }

  /// What one receiver holds of the contents.
  private struct Holding {
    let site: String
    /// For each content the first of `bases` that has it, from 1; `none`, or `byInventory`.
    var first: [UInt32]
    /// The lists that were read.
    var bases: [SHA256Digest]

    static let none: UInt32 = 0
    static let byInventory = UInt32.max
  }

  private let contents: ContentOrder
  private let holdings: [Holding]

  /// Looks for the contents of a bundle in what its receivers hold.
  ///
  /// A list is read line by line, and no list after all contents are found.
  init(
    _ files: FileList,
    by receivers: [Receiver],
    in objects: any ObjectStore
  ) throws(Failure) {
    let contents = ContentOrder(receivers.isEmpty ? .empty : files)
    self.contents = contents
    var holdings: [Holding] = []
    for receiver in receivers {
      var rest = contents.count
      var first = [UInt32](repeating: Holding.none, count: contents.count)
      var bases: [SHA256Digest] = []
      for listing in receiver.listings where rest > 0 {
        guard try objects.size(of: listing.digest) != nil else { continue }
        bases.append(listing.digest)
        let number = UInt32(bases.count)
        try objects.forEachFile(ofListing: listing.digest, snapshot: listing.name) {
          (_, _, digest) throws(Failure) in
          guard let index = contents.index(of: digest), first[index] == Holding.none else {
            return
          }
          first[index] = number
          rest -= 1
        }
      }
      if rest > 0, let inventory = receiver.inventory {
        for index in 0..<contents.count where first[index] == Holding.none {
          if inventory(contents.digest(at: index)) { first[index] = Holding.byInventory }
        }
      }
      holdings.append(Holding(site: receiver.site, first: first, bases: bases))
    }
    self.holdings = holdings
  }

  /// Whether every receiver holds a content; never when there is no receiver.
  func contains(_ digest: SHA256Digest) -> Bool {
    guard !holdings.isEmpty, let index = contents.index(of: digest) else { return false }
    return holdings.allSatisfy { $0.first[index] != Holding.none }
  }

  /// Whether a site holds a content.
  func holds(_ digest: SHA256Digest, site: String) -> Bool {
    guard let index = contents.index(of: digest) else { return false }
    return holdings.contains { $0.site == site && $0.first[index] != Holding.none }
  }

  /// The snapshots in which these contents were found, for `Base`.
  func bases(of relied: [SHA256Digest]) -> [SHA256Digest] {
    var bases: Set<SHA256Digest> = []
    for holding in holdings {
      var isUsed = [Bool](repeating: false, count: holding.bases.count)
      for digest in relied {
        guard let index = contents.index(of: digest) else { continue }
        let first = holding.first[index]
        if first != Holding.none, first != Holding.byInventory { isUsed[Int(first) - 1] = true }
      }
      for (index, base) in holding.bases.enumerated() where isUsed[index] { bases.insert(base) }
    }
    return bases.sorted()
  }
}

/// The contents of a list, each once, ordered by digest: four bytes for each beside the list.
struct ContentOrder {
  private let files: FileList
  private let entries: [UInt32]

  init(_ files: FileList) {
    self.files = files
    var entries = files.indicesByDigest()
    var kept = 0
    for entry in entries {
      let digest = files.digest(at: Int(entry))
      if kept > 0, digest == files.digest(at: Int(entries[kept - 1])) { continue }
      entries[kept] = entry
      kept += 1
    }
    entries.removeSubrange(kept...)
    self.entries = entries
  }

  var count: Int { entries.count }

  func digest(at index: Int) -> SHA256Digest { files.digest(at: Int(entries[index])) }

  /// Where a content stands; nil when it is none of them.
  func index(of digest: SHA256Digest) -> Int? {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if self.digest(at: middle) < digest { low = middle + 1 } else { high = middle }
    }
    return low < count && self.digest(at: low) == digest ? low : nil
  }
}

extension [SHA256Digest] {
  /// Where a sorted array has a digest; nil when it has not.
  func sortedIndex(of digest: SHA256Digest) -> Int? {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if self[middle] < digest { low = middle + 1 } else { high = middle }
    }
    return low < count && self[low] == digest ? low : nil
  }
}
