internal import BundleFormat
internal import Comparison
internal import Depot
internal import SafeIO

/// Where the indexes of a bundle list a package that evidence is asked for.
struct EvidenceSightings {
  /// The paths of the indexes, by snapshot.
  private(set) var wanted: [String: Set<String>] = [:]
  /// The files of the package as each index has them.
  private(set) var files: [EvidencePage.File] = []

  private mutating func add(
    _ sightings: [PackageSearch.Sighting],
    in snapshot: String,
    below prefix: String = ""
  ) {
    for sighting in sightings {
      let index = prefix + sighting.index
      wanted[snapshot, default: []].insert(index)
      files += sighting.package.files.map { file in
        EvidencePage.File(snapshot: snapshot, index: index, path: file.path)
      }
    }
  }

  /// Looks for the package in the snapshots of the bundle.
  ///
  /// - Throws: `usage` when no index lists it.
  static func find(
    _ package: (name: String, version: String?),
    _ manifest: Manifest,
    _ evidence: KeptEvidence
  ) throws(Failure) -> EvidenceSightings {
    var found = EvidenceSightings()
    var search = PackageSearch(package.name, version: package.version)
    for snapshot in manifest.snapshots {
      guard let files = try evidence.listing(snapshot.digest) else { continue }
      let suites = snapshot.suites.map(\.distribution)
      let sightings = try search.find(in: .init(files: files, suites: suites)) {
        (digest) throws(Failure) in try open(digest, evidence)
      }
      found.add(sightings, in: snapshot.name)
      // Of a composed snapshot the exporter wrote those; the vendors' own ones lie beside them.
      for tree in try ProvenanceStates(of: files).trees {
        let sightings = try search.find(in: tree.state) { (digest) throws(Failure) in
          try open(digest, evidence)
        }
        found.add(sightings, in: snapshot.name, below: tree.prefix)
      }
    }
    guard !found.wanted.isEmpty else {
      throw Failure(
        .usage,
        "no-such-package",
        "no index of this bundle lists the package",
        subject: package.version.map { "\(package.name)=\($0)" } ?? package.name,
        hint: "aptferry audit package \(package.name) says which bundles brought it"
      )
    }
    return found
  }

  private static func open(
    _ digest: SHA256Digest,
    _ evidence: KeptEvidence
  ) throws(Failure) -> OpenFile {
    if let file = try evidence.open(digest) { return file }
    throw Failure(
      .state,
      "no-evidence",
      "an index was not kept when its snapshot was removed",
      subject: digest.hex
    )
  }
}
