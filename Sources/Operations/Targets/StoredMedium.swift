#if Network
internal import BundleMedium
internal import ObjectStoreClient
internal import SafeIO

/// A directory of an object store, read like a medium; nothing of it is trusted.
struct StoredMedium: FarMedium {
  private let place: StorePlace

  init(_ place: StorePlace) { self.place = place }

  var name: String { place.name }

  func entries(of directory: String, atMost limit: Int) throws(Failure) -> [FarEntry] {
    let prefix = place.prefix(directory)
    let (objects, directories) = try place.client.list(in: prefix, atMost: limit)
    // An object of the directory's own name is what some programs leave for an empty one.
    let files = objects.filter { $0.key != prefix }.map { object in
      FarEntry(
        name: String(object.key.dropFirst(prefix.count)),
        isDirectory: false,
        size: object.size
      )
    }
    return files
      + directories.map { directory in
        FarEntry(
          name: String(directory.dropFirst(prefix.count).dropLast()),
          isDirectory: true,
          size: 0
        )
      }
  }

  func open(_ path: String, size: UInt64) throws(Failure) -> any FarFile {
    StoredFile(reader: StoreReader(place.client, place.key(path), size: size))
  }
}

/// An object of the store as a file of a medium.
private struct StoredFile: FarFile {
  let reader: StoreReader

  func read(into block: Block, at offset: UInt64, limit: Int) throws(Failure) -> Int {
    try reader.read(into: block, at: offset, limit: limit)
  }
}
#endif
