internal import BundleFormat
internal import Depot
internal import SafeIO
internal import Transfer

/// Which media a set goes on, and where they are found.
package struct MediaChoice: Sendable {
  /// Where the media are.
  package enum Place: Sendable {
    /// All of them are here, in this order.
    case here([String])
    /// One after the other at one place, where a person mounts each.
    case oneByOne(String)
    /// Each in a directory of its own below this one, which has its label as its name.
    case below(String)
    /// Each as an image of a disc in this directory.
    case images(String)
    /// All of it in this directory of an object store.
    case store(String)
  }

  package let place: Place
  /// What was listed, as `25GB×3,dvd`; empty where the media are here or a set is gone on with.
  package let list: String
  /// Whether each medium is unmounted when it is written.
  package var isUnmounted = false
  /// Who asks an object store.
  package var around = StoreSurroundings()

  package init(_ place: Place, list: String = "") { (self.place, self.list) = (place, list) }

  var texts: [String] {
    switch place {
    case .here(let paths): paths
    case .oneByOne(let path), .below(let path), .images(let path), .store(let path):
      [list, path].filter { !$0.isEmpty }
    }
  }
}

extension MediaChoice {
  /// Refuses places that are not there, or in the depot, before anything is made.
  ///
  /// Where media come one by one, the directory may appear with the medium.
  func check(outside depot: Depot) throws(Failure) {
    switch place {
    case .here(let paths):
      for path in paths { try depot.requireOutside(try Directory(opening: path)) }
    case .below(let path), .images(let path):
      try depot.requireOutside(try Directory(opening: path))
    // Refused where nobody says how it is reached.
    case .store(let path): _ = try depot.farDestination(path, around)
    case .oneByOne(let path): try depot.requireOutside(try Directory(nearest: path))
    }
  }

  /// The media as the plan needs them.
  func planned() throws(Failure) -> [MediaPlan.Medium] {
    switch place {
    case .here(let paths): return try MediaChoice.mounted(at: paths)
    case .images(let path) where list.isEmpty:
      // One image, as large as it may get where it is written.
      let free = try Directory(opening: path).freeSpace().bytes
      return [MediaPlan.Medium(kind: "image", capacity: free, fileSystem: .iso)]
    case .store(let path): return [MediaChoice.store(path)]
    case .images: return try MediaList.read(list, isImage: true)
    case .oneByOne, .below: return try MediaList.read(list, isImage: false)
    }
  }

  private static func mounted(at paths: [String]) throws(Failure) -> [MediaPlan.Medium] {
    var media: [(device: UInt64, medium: MediaPlan.Medium)] = []
    for path in paths {
      let directory = try Directory(opening: path)
      media.append((try directory.status().device, try MediaPlan.Medium(mountedAt: directory)))
    }
    // What several directories on one device have free, they have together.
    return media.map { device, medium in
      let sharing = UInt64(media.count { $0.device == device })
      return MediaPlan.Medium(
        kind: medium.kind,
        capacity: medium.capacity / sharing,
        fileSystem: medium.fileSystem
      )
    }
  }
}
