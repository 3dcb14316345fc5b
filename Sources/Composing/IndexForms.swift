internal import Archives
internal import DebianRepository
internal import SafeIO

/// The forms of one index that a snapshot has.
struct IndexForms {
  /// What the index is of, below the suite's directory.
  let path: IndexPath
  /// The form that costs least to read.
  let reading: (path: String, digest: SHA256Digest, compression: Compression)
  /// The form that costs least to carry.
  let carrying: (path: String, size: UInt64, digest: SHA256Digest)

  /// From the cheapest to read to the dearest.
  private static let order: [Compression] = [.none, .zstd, .lz4, .gzip, .xz, .bzip2, .lzma]

  /// The indexes of some kinds in a suite's directory of a listing, sorted by their paths.
  static func all(
    below directory: String,
    isFlat: Bool,
    in list: FileList,
    where isWanted: (IndexKind) -> Bool
  ) -> [IndexForms] {
    var forms: [String: [(position: Int, compression: Compression)]] = [:]
    for position in list.indices(withPrefix: directory) {
      let path = list.path(at: position).dropFirst(directory.utf8.count)
      // A flat repository's pool lies below the same directory, its indexes do not.
      guard !isFlat || !path.contains("/"), let index = IndexPath(path), isWanted(index.kind),
        let compression = Compression(fileName: path)
      else { continue }
      forms[index.plain.text, default: []].append((position, compression))
    }
    return forms.sorted { $0.key < $1.key }.compactMap { base, forms in
      guard let path = IndexPath(base),
        let read = forms.min(by: { rank($0.compression) < rank($1.compression) }),
        let carried = forms.min(by: { list.size(at: $0.position) < list.size(at: $1.position) })
      else { return nil }
      return IndexForms(
        path: path,
        reading: (list.path(at: read.position), list.digest(at: read.position), read.compression),
        carrying: (
          list.path(at: carried.position), list.size(at: carried.position),
          list.digest(at: carried.position)
        )
      )
    }
  }

  private static func rank(_ compression: Compression) -> Int {
    order.firstIndex(of: compression) ?? order.count
  }
}
