package import SafeIO

/// Looking a digest up in a sorted array, by halving.
extension [SHA256Digest] {
  /// Where it stands; nil when it is not there.
  package func position(of digest: SHA256Digest) -> Int? {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if self[middle] < digest { low = middle + 1 } else { high = middle }
    }
    return low < count && self[low] == digest ? low : nil
  }
}
