package import BundleFormat
package import SafeIO

/// Where chunks go that are made again, block by block and in no order.
package protocol RebuiltChunks: AnyObject {
  /// The file of a chunk, which is empty at first; open for reading and writing.
  func file(ofChunk number: Int) throws(Failure) -> SharedFile
  /// It is what was signed.
  func keep(_ number: Int, _ file: SharedFile) throws(Failure)
  /// It does not become what was signed.
  func drop(_ number: Int) throws(Failure)
}

/// Chunks made again in a directory, under their names.
package final class NamedChunks: RebuiltChunks {
  private let directory: Directory
  private let manifest: Manifest

  package init(in directory: Directory, of manifest: Manifest) {
    (self.directory, self.manifest) = (directory, manifest)
  }

  private func temporary(_ number: Int) -> String {
    UnsyncedChunk.temporaryName(of: manifest.chunkName(number))
  }

  package func file(ofChunk number: Int) throws(Failure) -> SharedFile {
    // Opened anew for each block: there may be more chunks than a process can have open.
    SharedFile(try directory.openOrCreateFile(temporary(number), mode: 0o644))
  }

  package func keep(_ number: Int, _ file: SharedFile) throws(Failure) {
    try DurableFile.settle(
      file.file,
      temporary(number),
      as: manifest.chunkName(number),
      in: directory
    )
  }

  package func drop(_ number: Int) throws(Failure) {
    _ = try directory.removeFile(temporary(number))
  }
}

/// Chunks made again in files without a name, for a reader that takes their contents at once.
package final class PassingChunks: RebuiltChunks {
  private let directory: Directory
  private var files: [Int: SharedFile] = [:]

  /// How many there may be at once: each is an open file.
  package static let most = 64

  /// In the file system of a directory.
  package init(in directory: Directory) { self.directory = directory }

  package func file(ofChunk number: Int) throws(Failure) -> SharedFile {
    if let file = files[number] { return file }
    let file = SharedFile(try directory.unnamedFile())
    files[number] = file
    return file
  }

  package func keep(_ number: Int, _ file: SharedFile) {}

  package func drop(_ number: Int) { files[number] = nil }
}
