internal import BundleFormat
internal import BundleMedium
internal import Depot
internal import Objects
internal import SafeIO

/// The files of a bundle that a medium is to give back.
extension [MediumReadBack.Expected] {
  /// The lists as they are in a directory; with parity the medium has them twice.
  static func lists(of manifest: Manifest, in lists: Directory) throws(Failure) -> Self {
    var files: Self = []
    for name in ExportedLists.names(of: manifest) {
      let content = try ContentHash.of(try lists.file(name))
      let places = manifest.parity == nil ? [name] : [name, ParityList.directory + "/" + name]
      files += places.map { Element($0, digest: content.digest, size: content.size) }
    }
    return files
  }

  /// Chunks by their numbers.
  static func chunks(_ numbers: [Int], of manifest: Manifest) -> Self {
    numbers.map { number in
      let chunk = manifest.chunks[number - 1]
      let name = "chunks/" + manifest.chunkName(number)
      return Element(name, digest: chunk.digest, size: chunk.size)
    }
  }

  /// Files of parity by their numbers.
  static func parity(_ numbers: [Int], of list: ParityList) -> Self {
    numbers.map { number in
      let name = ParityList.directory + "/" + ParityList.fileName(number)
      let file = list.files[number - 1]
      return Element(name, digest: file.digest, size: file.size)
    }
  }
}

extension MediumReadBack {
  /// Reads what was written below a directory back, unless it is on the depot's own file system: then it is
  /// on no medium yet, and the depot's disk is trusted anyway.
  static func check(
    _ files: [Expected],
    in bundle: Directory,
    beside depot: Depot,
    _ progress: @escaping ProgressSink
  ) throws(Failure) -> MediaSetRecord.ReadBack {
    guard try bundle.status().device != depot.root.status().device else { return .none }
    let total = files.reduce(0) { $0 &+ $1.size }
    let counter = ProgressCounter("reading the medium back", total: total, progress)
    let source = try MediumReadBack(bundle).check(files, progress: counter.add)
    return source == .medium ? .medium : .cache
  }
}
