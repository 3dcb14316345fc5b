package import BundleFormat
package import SafeIO

/// The media of one bundle: every directory given that carries the same MANIFEST.
///
/// Media are only ever read. Which files they have is looked at once, by name and size; what a
/// file is, its digest decides.
package final class BundleMedia: Sendable {
  /// One directory with a MANIFEST.
  package struct Medium: Sendable {
    /// The bundle's directory on the medium.
    package let directory: MediumDirectory
    /// The regular files that could be chunks: path below the directory, and size in bytes.
    package let candidates: [(path: String, size: UInt64)]
    /// What is no part of a bundle, or no regular file, below the directory.
    package let strangers: [(path: String, kind: Stranger.Kind)]
    /// Files that may be resent ones and are not called by a digest, by size.
    let changedResentFiles: [UInt64: [String]]
    // The candidates by path, and by size.
    fileprivate let byPath: [String: Int]
    fileprivate let bySize: [UInt64: [Int]]

    init(
      directory: MediumDirectory,
      candidates: [(path: String, size: UInt64)],
      strangers: [(path: String, kind: Stranger.Kind)]
    ) throws(Failure) {
      changedResentFiles = try ResentFiles.changed(in: directory)
      (self.directory, self.candidates, self.strangers) = (directory, candidates, strangers)
      byPath = Dictionary(
        candidates.enumerated().map { ($1.path, $0) },
        uniquingKeysWith: { first, _ in first }
      )
      bySize = Dictionary(grouping: candidates.indices) { candidates[$0].size }
    }

    /// The files of exactly a size, in order.
    func paths(ofSize size: UInt64) -> [String] {
      (bySize[size] ?? []).map { candidates[$0].path }
    }
  }

  /// The directories, in the order given.
  package let media: [Medium]
  /// Their common manifest, not trusted yet.
  package let manifest: UnverifiedManifest

  init(media: [Medium], manifest: UnverifiedManifest) {
    self.media = media
    self.manifest = manifest
  }

  /// Where the media are, for messages.
  package var place: String { media.map(\.directory.path).joined(separator: ", ") }

  /// The media as words of a command line; of many, how they are named in help.
  package var words: String {
    var paths: [String] = []
    for medium in media {
      let word = Escaped.shellWord(medium.directory.namedPath)
      if !paths.contains(word) { paths.append(word) }
    }
    return paths.count <= 4 ? paths.joined(separator: " ") : "MEDIA..."
  }

  static let sideFiles: Set<String> = [
    "MANIFEST", "MANIFEST.asc", "ENTRIES.zst", "SHA256SUMS", "README.txt",
  ]

  /// One file that may be a chunk.
  package struct Candidate: Sendable {
    package let directory: MediumDirectory
    package let path: String
    /// Whether it has the name that the chunk should have.
    package let isNamed: Bool

    /// The whole path, for messages.
    package var place: String { directory.describe(path) }
  }

  /// The files that may be chunk `number`: those of its name first, whatever their size (so that a
  /// damaged one can be named), then files of other names and exactly its size (renamed ones).
  package func candidates(forChunk number: Int, of manifest: Manifest) -> [Candidate] {
    let name = manifest.chunkName(number)
    let size = manifest.chunks[number - 1].size
    var named: [Candidate] = []
    var renamed: [Candidate] = []
    for medium in media {
      let places = ["chunks/" + name, name].filter { medium.byPath[$0] != nil }
      named += places.map { Candidate(directory: medium.directory, path: $0, isNamed: true) }
      for path in medium.paths(ofSize: size)
      where !places.contains(path) && !isNameOfChunk(path, of: manifest) {
        renamed.append(Candidate(directory: medium.directory, path: path, isNamed: false))
      }
    }
    return named + renamed
  }

  /// Whether the path is where another chunk of this bundle belongs, or parity.
  private func isNameOfChunk(_ path: String, of manifest: Manifest) -> Bool {
    if isParity(path, of: manifest) { return true }
    guard path.hasPrefix("chunks/") else { return false }
    let name = path.dropFirst("chunks/".count)
    guard let number = Int(name.prefix(6)), number >= 1, number <= manifest.chunks.count else {
      return false
    }
    return manifest.chunkName(number) == name
  }

  /// Whether the path is one that a bundle with parity has besides.
  private func isParity(_ path: String, of manifest: Manifest) -> Bool {
    guard manifest.parity != nil else { return false }
    if path == ParityList.name || path == ParityList.tableName { return true }
    guard path.hasPrefix(ParityList.directory + "/") else { return false }
    let name = String(path.dropFirst(ParityList.directory.utf8.count + 1))
    return ParityList.isFileName(name) || BundleWriter.listNames(of: manifest).contains(name)
  }

  /// What is on the media in the bundle's directories and no part of the bundle.
  package func strangers(of manifest: Manifest) throws(Failure) -> [Stranger] {
    let names = Set(
      (1...max(1, manifest.chunks.count)).compactMap { number in
        number <= manifest.chunks.count ? "chunks/" + manifest.chunkName(number) : nil
      }
    )
    var walk = MediumWalk()
    for medium in media {
      for (path, kind) in medium.strangers {
        let isMisplaced = kind == .directory && isPlaceOfFile(path, of: manifest)
        let stranger = Stranger(medium.directory.describe(path), isMisplaced ? .misplaced : kind)
        try walk.add(stranger, at: path, in: medium.directory)
      }
      for candidate in medium.candidates
      where !names.contains(candidate.path) && !isParity(candidate.path, of: manifest)
        && !BundleMedia.isInStrangeDirectory(candidate.path)
      {
        let stranger = Stranger(medium.directory.describe(candidate.path), .file)
        try walk.add(stranger, at: candidate.path, in: medium.directory)
      }
      // A name that cannot be read as text hides nothing.
      try walk.addUnreadable(in: medium.directory)
      for name in ["chunks", ResentFiles.directory, ParityList.directory] {
        guard try medium.directory.readableStatus(name)?.kind == .directory else { continue }
        try walk.addUnreadable(in: medium.directory.directory(name))
      }
    }
    return walk.strangers
  }

  /// What is on the media, in the bundle's directories, and by its name and size can be no part of the
  /// bundle; for messages.
  package func unknown(to manifest: Manifest) throws(Failure) -> [String] {
    let sizes = Set(manifest.chunks.map(\.size) + [manifest.entries.size])
    let mayBePart = Set(
      media.flatMap { medium in
        medium.candidates.filter { sizes.contains($0.size) }
          .map { medium.directory.describe($0.path) }
      }
    )
    return try strangers(of: manifest).map(\.place).filter { !mayBePart.contains($0) }
  }

  /// Whether all of them are discs, or images of discs.
  package var areOnDisc: Bool { media.allSatisfy(\.directory.isOnDisc) }

  /// The chunks medium by medium, and on each as they lie there; those that are nowhere last.
  package func inOrderOfPlace(
    _ numbers: [Int],
    of manifest: Manifest
  ) throws(Failure) -> [Int] {
    var places: [(medium: Int, sector: UInt32, number: Int)] = []
    for number in numbers {
      let path = "chunks/" + manifest.chunkName(number)
      guard let index = media.firstIndex(where: { $0.byPath[path] != nil }) else {
        places.append((media.count, 0, number))
        continue
      }
      places.append((index, try media[index].directory.sector(of: path) ?? 0, number))
    }
    return places.sorted { $0 < $1 }.map(\.number)
  }

  /// Whether it lies in a directory that is listed with all that is in it.
  private static func isInStrangeDirectory(_ path: String) -> Bool {
    path.contains("/") && !path.hasPrefix("chunks/")
      && !path.hasPrefix(ParityList.directory + "/")
  }

  /// Whether a chunk or a list of this bundle belongs at the path.
  private func isPlaceOfFile(_ path: String, of manifest: Manifest) -> Bool {
    BundleMedia.sideFiles.contains(path) || isNameOfChunk(path, of: manifest)
      || isNameOfChunk("chunks/" + path, of: manifest)
  }

  /// Refuses what stands in the place of a chunk or a list and is no regular file: nobody makes that by mistake.
  package func refuseUnsafeChunks(of manifest: Manifest) throws(Failure) {
    for medium in media {
      for (path, kind) in medium.strangers where kind != .file {
        guard isPlaceOfFile(path, of: manifest) else { continue }
        throw Failure(
          .unsafe,
          .notRegular,
          "in the place of a file is \(kind.rawValue)",
          subject: medium.directory.describe(path),
          hint: "do not use this medium, and keep it for an inquiry: nothing that aptferry writes "
            + "looks like this"
        )
      }
    }
  }
}
