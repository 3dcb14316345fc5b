internal import BundleFormat
internal import BundleMedium
internal import Objects
internal import SafeIO

/// Writes the lists of a bundle beside chunks of it that were made again: byte for byte those that were
/// signed, so that these chunks are a medium of the set.
struct RepairedLists {
  private let media: BundleMedia
  private let verified: VerifiedManifest
  private let set: ParitySet
  private var manifest: Manifest { verified.manifest }

  init(_ media: BundleMedia, _ verified: VerifiedManifest, _ set: ParitySet) {
    (self.media, self.verified, self.set) = (media, verified, set)
  }

  /// Writes them, MANIFEST last; answers their names.
  ///
  /// - Throws: `incomplete` or `integrity` when ENTRIES.zst is on no medium whole.
  func write(to directory: Directory) throws(Failure) -> [String] {
    try DurableFile.write(set.text, as: ParityList.name, in: directory)
    try DurableFile.write(set.table, as: ParityList.tableName, in: directory)
    try copyEntries(to: directory)
    try DurableFile.write(Manifest.sumsText(manifest.chunks), as: "SHA256SUMS", in: directory)
    var names = [ParityList.name, ParityList.tableName, EntriesFile.name, "SHA256SUMS"]
    if let readme = try readme() {
      try DurableFile.write(readme, as: "README.txt", in: directory)
      names.append("README.txt")
    }
    try DurableFile.write(verified.signature, as: "MANIFEST.asc", in: directory)
    try DurableFile.write(verified.bytes, as: "MANIFEST", in: directory)
    return names + ["MANIFEST.asc", "MANIFEST"]
  }

  private func copyEntries(to directory: Directory) throws(Failure) {
    for file in try EntriesFile.candidates(on: media, for: manifest) {
      var isUnreadable = false
      do throws(Failure) {
        try DurableFile.copy(EntriesFile.name, to: directory, length: manifest.entries.size) {
          (block, offset) throws(Failure) in
          do throws(Failure) {
            return try file.read(into: block, at: offset)
          } catch {
            isUnreadable = error.isOfMedium
            throw error
          }
        }
        let copy = try ContentHash.of(try directory.file(EntriesFile.name))
        if copy.digest == manifest.entries.digest { return }
      } catch {
        // Another copy may be readable; what cannot be written is no fault of the medium.
        guard isUnreadable else { throw error }
      }
    }
    throw Failure(
      .integrity,
      "entries-damaged",
      "ENTRIES.zst is on none of these media as MANIFEST names it",
      subject: media.place,
      hint: "add another medium of the set: each carries it"
    )
  }

  /// README.txt, from a medium that has it whole: nobody needs it for the import.
  private func readme() throws(Failure) -> [UInt8]? {
    for medium in media.media {
      for path in ["README.txt", ParityList.directory + "/README.txt"] {
        do throws(Failure) {
          guard let status = try medium.directory.status(path), status.kind == .regular,
            status.size == manifest.readme.size
          else { continue }
          let bytes = try medium.directory.contents(
            of: path,
            limit: Int(clamping: manifest.readme.size)
          )
          if SHA256Digest.of(bytes) == manifest.readme.digest { return bytes }
        } catch {
          guard error.isOfMedium else { throw error }
        }
      }
    }
    return nil
  }
}
