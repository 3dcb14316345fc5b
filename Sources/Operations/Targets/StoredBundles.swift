#if Network
internal import BundleFormat
internal import Depot
internal import ObjectStoreClient
internal import SafeIO
internal import Transfer

/// Bundles that are put to a directory in an object store, as they lie on a medium.
struct StoredBundles: FarDestination {
  private let place: StorePlace

  init(_ place: StorePlace) { self.place = place }

  var name: String { place.name }

  func files(of bundle: String) throws(Failure) -> [String: UInt64] {
    let prefix = place.prefix(bundle)
    var files: [String: UInt64] = [:]
    try place.client.forEachKey(below: prefix) { (object) throws(Failure) in
      guard files.count < BundleLimits.fileCount else {
        throw Failure(
          .unsafe,
          "too-many-files",
          "there are more than \(BundleLimits.fileCount) files in the directory of this bundle",
          subject: place.name + "/" + bundle,
          hint: "find out who else writes there"
        )
      }
      files[String(object.key.dropFirst(prefix.count))] = object.size
    }
    return files
  }

  func holds(
    _ path: String,
    of bundle: String,
    _ content: FarContent
  ) throws(Failure) -> Bool {
    guard let there = try place.client.head(place.key(bundle + "/" + path)) else { return false }
    return there.notedDigest == content.digest && there.length == content.size
  }

  func create(
    _ path: String,
    of bundle: String,
    _ content: FarContent,
    from file: SharedFile
  ) throws(Failure) -> Bool {
    let source = StoreSource(size: content.size, digest: content.digest) {
      (offset, limit, block) throws(Failure) in
      try file.file.read(into: block, at: offset, limit: limit)
    }
    let outcome = try place.client.create(
      source,
      at: place.key(bundle + "/" + path),
      StoreHeaders(contentType: StoredBundles.contentType(path)),
      isConditional: place.target.createsOnce
    )
    if case .taken = outcome { return false }
    return true
  }

  private static func contentType(_ path: String) -> String {
    if path.hasSuffix(".tar") { return "application/x-tar" }
    return path.hasSuffix(".zst") ? "application/zstd" : "text/plain; charset=utf-8"
  }
}
#endif
