internal import BundleFormat
internal import SafeIO

extension MediaSetRecord {
  /// The record of a bundle that lies on one medium, as a whole.
  ///
  /// - Parameters:
  ///   - manifest: its MANIFEST.
  ///   - files: how many files lie in its chunks.
  ///   - place: the directory that was named.
  ///   - capacity: how many bytes were free there.
  ///   - written: how it came to be written; nil where that was not noted.
  /// - Returns: the record, with the one medium.
  static func oneMedium(
    of manifest: Manifest,
    files: Int,
    place: String,
    capacity: UInt64,
    written: Written?
  ) -> MediaSetRecord {
    var medium = Medium(
      number: 1,
      label: label(stream: manifest.stream, sequence: manifest.sequence, number: 1),
      kind: place,
      capacity: capacity,
      chunks: manifest.chunks.indices.map { $0 + 1 },
      bytes: manifest.chunkBytes,
      files: files
    )
    medium.written = written
    return MediaSetRecord(
      bundle: manifest.directory,
      chunkSize: manifest.chunks.map(\.plainSize).max() ?? 0,
      media: [medium]
    )
  }
}
