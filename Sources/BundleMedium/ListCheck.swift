internal import BundleFormat
internal import SafeIO

/// Looks at every copy of a bundle's lists: each medium has them, and with parity has them twice.
///
/// Readers take the first copy that is what was signed, so one that is damaged, or that somebody changed, does no
/// harm to them. People read the others.
struct ListCheck {
  private let media: BundleMedia
  private let manifest: Manifest
  private let signed: VerifiedManifest?

  /// `signed` is what was verified; nil where nothing was.
  init(_ media: BundleMedia, _ manifest: Manifest, _ signed: VerifiedManifest?) {
    (self.media, self.manifest, self.signed) = (media, manifest, signed)
  }

  func run(_ findings: inout BundleFindings) throws(Failure) {
    for medium in media.media {
      for (name, sum) in [("SHA256SUMS", manifest.sums), ("README.txt", manifest.readme)] {
        let place = medium.directory.describe(name)
        if try !isThere(name, in: medium.directory) {
          findings.missingSideFiles.append(place)
        } else if try !isWhole(name, sum, in: medium.directory) {
          findings.alteredSideFiles.append(place)
        }
      }
      for (name, sum) in try lists() {
        for path in [name, ParityList.directory + "/" + name] {
          if try !isThere(path, in: medium.directory) { continue }
          if try isWhole(path, sum, in: medium.directory) { continue }
          findings.alteredLists.append(medium.directory.describe(path))
        }
      }
    }
  }

  /// The lists that readers rely on, as they were signed.
  private func lists() throws(Failure) -> [(name: String, sum: Manifest.FileSum)] {
    var lists = [("ENTRIES.zst", manifest.entries)]
    if let signed {
      lists.append(("MANIFEST", Manifest.FileSum(of: signed.bytes)))
      // Whoever must sign, too, may have added a signature on one of several media.
      if media.media.count == 1 {
        lists.append(("MANIFEST.asc", Manifest.FileSum(of: signed.signature)))
      }
    }
    guard let sum = manifest.parity else { return lists }
    lists.append((ParityList.name, sum))
    do throws(Failure) {
      if let set = try ParitySet.read(from: media, for: manifest) {
        lists.append((ParityList.tableName, set.list.table))
      }
    } catch {
      // That none of them can be read is said of parity.
      guard [.integrity, .incomplete].contains(error.kind) else { throw error }
    }
    return lists
  }

  /// Whether a medium has a list, or at least a name that cannot be looked at.
  private func isThere(_ path: String, in directory: MediumDirectory) throws(Failure) -> Bool {
    do throws(Failure) {
      return try directory.status(path) != nil
    } catch {
      guard error.isOfMedium else { throw error }
      return true
    }
  }

  private func isWhole(
    _ name: String,
    _ sum: Manifest.FileSum,
    in directory: MediumDirectory
  ) throws(Failure) -> Bool {
    do throws(Failure) {
      guard let status = try directory.status(name), status.kind == .regular,
        status.size == sum.size
      else { return false }
      var hasher = SHA256Hasher()
      try directory.file(name).forEachBlock { (bytes) throws(Failure) in
        hasher.update(bytes)
        return true
      }
      return hasher.finish() == sum.digest
    } catch {
      guard error.isOfMedium else { throw error }
      return false
    }
  }
}
