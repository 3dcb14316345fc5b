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

    fileprivate init(
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

  private init(media: [Medium], manifest: UnverifiedManifest) {
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

  /// Finds the bundles in directories that the user named.
  ///
  /// Each is a bundle's directory, or holds some; `far` are those of them that are not here. Media with
  /// the same MANIFEST are taken together.
  package static func find(
    in paths: [String],
    among far: FarMedia = .none
  ) throws(Failure) -> [BundleMedia] {
    var found: [Found] = []
    var seen: Set<String> = []
    var length = 0
    for path in paths {
      for directory in try BundleSearch.directories(in: path, among: far) {
        guard seen.insert(try directory.identity()).inserted else { continue }
        let manifest = try readManifest(in: directory)
        let medium = try look(at: directory)
        if let index = found.firstIndex(where: { $0.digest == manifest.digest }) {
          found[index].media.append(medium)
        } else {
          length += manifest.bytes.count
          guard length <= BundleLimits.manifestsLength else { throw tooManyBundles(path) }
          found.append((manifest.digest, manifest, [medium]))
        }
      }
    }
    return joined(found).map { BundleMedia(media: $0.media, manifest: $0.manifest) }
  }

  private typealias Found = (digest: SHA256Digest, manifest: UnverifiedManifest, media: [Medium])

  /// Puts a medium whose MANIFEST is damaged beside those that have what its second copy says.
  private static func joined(_ found: [Found]) -> [Found] {
    var rest = found
    for one in found where !one.manifest.others.isEmpty {
      let others = Set(one.manifest.others.map { SHA256Digest.of($0.bytes) })
      guard let old = rest.firstIndex(where: { $0.digest == one.digest }),
        let new = rest.firstIndex(where: { $0.digest != one.digest && others.contains($0.digest) })
      else { continue }
      rest[new].media += rest[old].media
      rest.remove(at: old)
    }
    return rest
  }

  private static func tooManyBundles(_ path: String) -> Failure {
    Failure(
      .resource,
      "too-many-bundles",
      "the MANIFEST files of all these bundles have more than \(BundleLimits.manifestsLength) bytes "
        + "together",
      subject: path,
      hint: "name the bundles one by one"
    )
  }

  private static func readManifest(in directory: MediumDirectory) throws(Failure)
    -> UnverifiedManifest
  {
    let lists = try ["MANIFEST", "MANIFEST.asc"].map { (name) throws(Failure) in
      try copies(of: name, in: directory)
    }
    guard let text = lists[0].first else {
      return try unreadable("MANIFEST", in: directory)
    }
    guard let signature = lists[1].first else {
      guard try directory.status("MANIFEST.asc") == nil else {
        return try unreadable("MANIFEST.asc", in: directory)
      }
      throw Failure(
        .trust,
        "no-signature",
        "the bundle has no signature: MANIFEST.asc is missing",
        subject: directory.path,
        hint: "copy the medium again, or have the bundle exported again"
      )
    }
    let others = lists[0].flatMap { text in
      lists[1].map { UnverifiedManifest.Copy(bytes: text, signature: $0) }
    }
    return UnverifiedManifest(
      bytes: text,
      signature: signature,
      place: directory.path,
      others: Array(others.dropFirst())
    )
  }

  /// The different texts that a list has on a medium: there are two of each where the bundle has parity, and a
  /// bad sector makes the one unreadable or another.
  private static func copies(
    of name: String,
    in directory: MediumDirectory
  ) throws(Failure) -> [[UInt8]] {
    let limit = name == "MANIFEST" ? BundleLimits.manifestLength : BundleLimits.signatureLength
    var found: [[UInt8]] = []
    for path in [name, ParityList.directory + "/" + name] {
      guard let status = try directory.readableStatus(path) else { continue }
      guard status.kind == .regular else {
        // A device or FIFO is refused before it is opened: opening one can have an effect.
        throw Failure(
          .unsafe,
          .notRegular,
          "this is not a regular file",
          subject: directory.describe(path),
          hint: "do not use this medium: nothing that aptferry writes looks like this"
        )
      }
      do throws(Failure) {
        let bytes = try directory.contents(of: path, limit: limit)
        if !found.contains(bytes) { found.append(bytes) }
      } catch {
        guard error.kind == .io, path == name else { throw error }
      }
    }
    return found
  }

  /// Says why a list could not be read, of which there is no other copy.
  private static func unreadable(
    _ name: String,
    in directory: MediumDirectory
  ) throws(Failure) -> UnverifiedManifest {
    _ = try directory.contents(of: name, limit: BundleLimits.manifestLength)
    throw Failure(
      .io,
      "list-unreadable",
      "\(name) could be read only the second time",
      subject: directory.path,
      hint: "run the same command again, and copy the medium if this is told again"
    )
  }

  private static let sideFiles: Set<String> = [
    "MANIFEST", "MANIFEST.asc", "ENTRIES.zst", "SHA256SUMS", "README.txt",
  ]

  private static func look(at directory: MediumDirectory) throws(Failure) -> Medium {
    var candidates: [(path: String, size: UInt64)] = []
    var strangers: [(path: String, kind: Stranger.Kind)] = []
    func consider(_ entry: Directory.Entry, in prefix: String) throws(Failure) {
      let path = prefix + entry.name
      let status: MediumStatus?
      do throws(Failure) {
        status = try directory.status(path)
      } catch {
        // A name that cannot be looked at is a file that cannot be read: damage, and no more than that.
        guard error.isOfMedium else { throw error }
        candidates.append((path, 0))
        return
      }
      // Only the size is asked for here; a FIFO or device is never opened.
      guard entry.kind == .regular, let status, status.kind == .regular else {
        strangers.append((path, Stranger.Kind(entry.kind)))
        return
      }
      candidates.append((path, status.size))
    }
    for entry in try directory.boundedList() {
      if sideFiles.contains(entry.name) && entry.kind == .regular { continue }
      let isOurs =
        ["chunks", ResentFiles.directory, ParityList.directory].contains(entry.name)
      if isOurs && entry.kind == .directory { continue }
      try consider(entry, in: "")
      if entry.kind == .directory {
        candidates += try strangeFiles(in: entry.name, of: directory, limit: candidates.count)
      }
    }
    for name in ["chunks", ParityList.directory] {
      for entry in try names(in: name, of: directory) { try consider(entry, in: name + "/") }
    }
    return try Medium(directory: directory, candidates: candidates, strangers: strangers)
  }

  /// What lies in a directory of a bundle; nothing where it cannot be listed: what is there is missing then.
  private static func names(
    in name: String,
    of directory: MediumDirectory
  ) throws(Failure) -> [Directory.Entry] {
    do throws(Failure) {
      guard try directory.status(name)?.kind == .directory else { return [] }
      return try directory.directory(name).boundedList()
    } catch {
      guard error.kind == .io, error.isOfMedium else { throw error }
      return []
    }
  }

  /// The files of a directory that is no part of a bundle: somebody may have put chunks there.
  private static func strangeFiles(
    in name: String,
    of directory: MediumDirectory,
    limit taken: Int
  ) throws(Failure) -> [(path: String, size: UInt64)] {
    do throws(Failure) {
      var files: [(path: String, size: UInt64)] = []
      for entry in try directory.directory(name).boundedList() where entry.kind == .regular {
        guard taken + files.count < BundleLimits.fileCount else { break }
        let path = name + "/" + entry.name
        guard let status = try directory.status(path), status.kind == .regular else { continue }
        files.append((path, status.size))
      }
      return files
    } catch {
      guard error.isOfMedium else { throw error }
      return []
    }
  }

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
