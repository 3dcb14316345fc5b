internal import BundleFormat
internal import SafeIO

/// A chunk whose every byte is written, but which a power cut could still take: it has no name yet.
struct UnsyncedChunk: Sendable {
  /// What the manifest will say of it.
  let chunk: Manifest.Chunk
  /// The file name that it gets.
  let name: String
  /// The file, under its temporary name.
  private let file: SharedFile

  /// The name of a chunk that is being written.
  static func temporaryName(of name: String) -> String { name + ".part" }

  init(_ chunk: Manifest.Chunk, name: String, file: SharedFile) {
    self.chunk = chunk
    self.name = name
    self.file = file
  }

  /// Makes the content durable, then gives the chunk its name; the directory is still to be synced.
  ///
  /// The file is closed with the last reference; after the fsync closing has nothing to report.
  func makeDurable(in directory: Directory) throws(Failure) {
    try DurableFile.settle(
      file.file,
      UnsyncedChunk.temporaryName(of: name),
      as: name,
      in: directory
    )
  }
}
