import BundleMedium
import SafeIO
import TestSupport

/// A directory as a drive gives it that cannot read everything: each read of a sector that is bad fails, and
/// what comes before it is given first.
struct UnreadableMedium: FarMedium {
  /// The directory.
  let name: String
  /// The bytes that cannot be read, by the file's path below the directory.
  let bad: [String: [Range<Int>]]

  func entries(of directory: String, atMost limit: Int) throws(Failure) -> [FarEntry] {
    let place = try Directory(opening: directory.isEmpty ? name : name + "/" + directory)
    var entries: [FarEntry] = []
    for entry in try place.list() {
      guard let status = try place.status(entry.name) else { continue }
      let isDirectory = status.kind == .directory
      entries.append(
        FarEntry(name: entry.name, isDirectory: isDirectory, size: isDirectory ? 0 : status.size)
      )
    }
    return entries
  }

  func open(_ path: String, size: UInt64) throws(Failure) -> any FarFile {
    let file = SharedFile(try Directory(opening: name).file(path))
    return UnreadableFile(file: MediumFile(file), bad: bad[path] ?? [])
  }
}

private struct UnreadableFile: FarFile {
  let file: MediumFile
  let bad: [Range<Int>]

  func read(into block: Block, at offset: UInt64, limit: Int) throws(Failure) -> Int {
    var limit = min(limit, block.room)
    for range in bad where range.overlaps(Int(offset)..<Int(offset) + max(limit, 1)) {
      guard range.lowerBound > Int(offset) else {
        throw Failure(.io, "read", "a sector cannot be read", subject: file.name)
      }
      limit = min(limit, range.lowerBound - Int(offset))
    }
    return try file.read(into: block, at: offset, limit: limit)
  }
}
