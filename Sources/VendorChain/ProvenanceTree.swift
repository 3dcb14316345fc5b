internal import DebianRepository
package import SafeIO

/// What vouches for packages of a composed snapshot: the signed lists of one suite of a vendor.
///
/// Each lies in a directory of its own in the snapshot, `provenance/<digest>/`, as it lies below its
/// archive's root. The digest is that of InRelease, or of Release where there is none: two states of
/// a suite never have one place.
package struct ProvenanceTree: Hashable, Sendable {
  /// The directory that all of them lie in, with a final slash.
  package static let root = "provenance/"

  /// Where the tree lies in the snapshot, with a final slash.
  package let prefix: String
  /// The suite as its vendor's clients name it.
  package let distribution: String
  /// The Release files, and the indexes: paths in the snapshot.
  package let releases: [String]
  package let indexes: [String]

  /// The directory of a tree whose Release file has this digest.
  package static func prefix(_ release: SHA256Digest) -> String { "\(root)\(release.hex)/" }

  /// Whether a path of a composed snapshot lies where only proofs may.
  package static func holds(_ path: some Collection<UInt8>) -> Bool {
    path.starts(with: root.utf8)
  }

  /// Sorts the files of a composed snapshot that lie in `provenance`.
  ///
  /// - Parameter paths: all of them.
  /// - Returns: the trees, by their places.
  /// - Throws: `integrity` for a file that belongs to no tree, or a tree that is of no suite.
  package static func all(in paths: [String]) throws(Failure) -> [ProvenanceTree] {
    var places: [String: [String]] = [:]
    for path in paths {
      let digits = path.utf8.dropFirst(root.utf8.count).prefix(64)
      guard let digest = SHA256Digest(hex: String(decoding: digits, as: UTF8.self)),
        path.hasPrefix(prefix(digest))
      else { throw stray(path) }
      let prefix = prefix(digest)
      places[prefix, default: []].append(path)
    }
    return try places.sorted { $0.key < $1.key }.map { (place) throws(Failure) in
      try ProvenanceTree(place.key, place.value.sorted())
    }
  }

  private init(_ prefix: String, _ paths: [String]) throws(Failure) {
    self.prefix = prefix
    let names: Set<Substring> = ["InRelease", "Release", "Release.gpg"]
    releases = paths.filter { names.contains($0.split(separator: "/").last ?? "") }
    indexes = paths.filter { !names.contains($0.split(separator: "/").last ?? "") }
    let directories = Set(
      releases.map { path in
        let inside = path.dropFirst(prefix.count)
        return inside.lastIndex(of: "/").map { String(inside[..<$0]) } ?? ""
      }
    )
    guard let directory = directories.first, directories.count == 1,
      let distribution = ProvenanceTree.distribution(of: directory)
    else {
      throw Failure(
        .integrity,
        "provenance",
        "what should vouch for packages does not have the Release file of exactly one suite",
        subject: prefix,
        hint: ProvenanceTree.ask
      )
    }
    self.distribution = distribution
  }

  /// The suite whose Release file lies in a directory below an archive's root.
  private static func distribution(of directory: String) -> String? {
    let name: String
    if directory.isEmpty {
      name = "./"
    } else if directory.hasPrefix("dists/") {
      name = String(directory.dropFirst("dists/".count))
    } else {
      name = directory + "/"
    }
    return Distribution.isName(name) ? name : nil
  }

  static let ask = "ask the exporter who made this bundle; nothing was changed"

  /// A file in `provenance` that nothing needs.
  static func stray(_ path: String) -> Failure {
    Failure(
      .integrity,
      "not-reached",
      "the snapshot has a file that no vendor signed where only signed lists may be",
      subject: path,
      hint: ask
    )
  }
}
