internal import SafeIO

/// What the receivers of a bundle are relied on to have: what *all* of them hold.
struct HeldObjects {
  /// One snapshot that a receiver holds.
  struct Listing {
    /// Its list's digest.
    let digest: SHA256Digest
    /// The digests of its files, sorted.
    let objects: [SHA256Digest]
  }

  /// What one receiver holds.
  struct Receiver {
    /// The site; empty where none was named.
    let site: String
    /// Its snapshots, the newest first.
    var listings: [Listing] = []
    /// Whether it has an object of no snapshot known here, as its receipt says.
    var inventory: ((SHA256Digest) -> Bool)?

    /// Whether it holds an object.
    func holds(_ digest: SHA256Digest) -> Bool {
      listings.contains { $0.objects.hasSorted(digest) } || inventory?(digest) ?? false
    }
  }

  let receivers: [Receiver]

  /// Whether every receiver holds an object; never when there is no receiver.
  func contains(_ digest: SHA256Digest) -> Bool {
    !receivers.isEmpty && receivers.allSatisfy { $0.holds(digest) }
  }

  /// The snapshots without which some of these objects would not be relied on, for `Base`; `relied`
  /// is the sorted digests without a place in the bundle.
  func bases(of relied: [SHA256Digest]) -> [SHA256Digest] {
    var bases: Set<SHA256Digest> = []
    for receiver in receivers {
      var isCovered = [Bool](repeating: false, count: relied.count)
      for listing in receiver.listings {
        var isNeeded = false
        for (index, digest) in relied.enumerated()
        where !isCovered[index] && listing.objects.hasSorted(digest) {
          isCovered[index] = true
          isNeeded = true
        }
        if isNeeded { bases.insert(listing.digest) }
      }
    }
    return bases.sorted()
  }
}

extension [SHA256Digest] {
  /// Whether a sorted array has a digest.
  func hasSorted(_ digest: SHA256Digest) -> Bool {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if self[middle] < digest { low = middle + 1 } else { high = middle }
    }
    return low < count && self[low] == digest
  }
}
