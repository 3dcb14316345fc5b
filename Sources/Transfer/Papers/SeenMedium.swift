internal import BundleFormat
internal import BundleMedium
package import SafeIO

/// A medium that was looked at: which chunks are on it, and on what device it lies.
struct SeenMedium {
  /// Where the bundle's directory is.
  let place: String
  /// The numbers of the chunks of which a file of the right size is on it, ascending.
  let chunks: [Int]
  /// The device; nil where the system does not say, and for the disk of this machine.
  let device: MediumDevice?

  /// Looks at all media of a bundle: at names and sizes, as `inspect` does.
  static func look(at media: BundleMedia, _ manifest: Manifest) throws(Failure) -> [SeenMedium] {
    var chunks = [[Int]](repeating: [], count: media.media.count)
    var places: [String: Int] = [:]
    for (index, medium) in media.media.enumerated() { places[medium.directory.path] = index }
    for number in manifest.chunks.indices.map({ $0 + 1 }) {
      let size = manifest.chunks[number - 1].size
      for candidate in media.candidates(forChunk: number, of: manifest) {
        guard let index = places[candidate.directory.path], chunks[index].last != number,
          try candidate.directory.status(candidate.path)?.size == size
        else { continue }
        chunks[index].append(number)
      }
    }
    return zip(media.media, chunks).map { medium, chunks in
      SeenMedium(
        place: medium.directory.path,
        chunks: chunks,
        device: medium.directory.mounted.flatMap { CarriedDevice.below($0) }
      )
    }
  }

  /// As papers have it; `counts` is how many files begin in each chunk, by its number.
  func onPaper(_ manifest: Manifest, _ counts: [Int]?) -> BundlePapers.Medium {
    var medium = BundlePapers.Medium(chunks: chunks, of: manifest)
    medium.files = counts.map { counts in chunks.reduce(0) { $0 &+ counts[$1] } }
    (medium.model, medium.serial) = (device?.name, device?.serial)
    medium.place = place
    return medium
  }
}

/// The device below a directory, where it is one that can be carried away.
package enum CarriedDevice {
  /// The device; nil for the disk that this machine runs from: its serial number is that of no
  /// medium.
  package static func below(_ directory: Directory) -> MediumDevice? {
    guard let device = MediumDevice(of: directory), !device.isSystemDisk else { return nil }
    return device
  }
}
