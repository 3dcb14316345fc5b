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
    package let directory: Directory
    /// The regular files that could be chunks: path below the directory, and size in bytes.
    package let candidates: [(path: String, size: UInt64)]
    /// What is no part of a bundle, or no regular file, below the directory.
    package let strangers: [(path: String, kind: Stranger.Kind)]
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

  /// Finds the bundles in directories that the user named.
  ///
  /// Each is a bundle's directory, or holds some. Media with the same MANIFEST are taken together.
  package static func find(in paths: [String]) throws(Failure) -> [BundleMedia] {
    var found: [(digest: SHA256Digest, manifest: UnverifiedManifest, media: [Medium])] = []
    var seen: Set<String> = []
    var length = 0
    for path in paths {
      for directory in try bundleDirectories(in: path) {
        let status = try directory.status()
        guard seen.insert("\(status.device):\(status.inode)").inserted else { continue }
        try ChangedNames.refuse(in: directory, names(in: directory))
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
    return found.map { BundleMedia(media: $0.media, manifest: $0.manifest) }
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

  private static func bundleDirectories(in path: String) throws(Failure) -> [Directory] {
    let top = try Directory(opening: path)
    if try top.status("MANIFEST") != nil { return [top] }
    var directories: [Directory] = []
    var changed = ChangedNames.hasManifest(try names(in: top)) ? [top] : []
    var unreadable: Failure?
    for entry in try top.list() where entry.kind == .directory && !entry.name.hasSuffix(".partial")
    {
      do {
        let directory = try top.directory(entry.name)
        if try directory.status("MANIFEST") != nil {
          directories.append(directory)
        } else if ChangedNames.hasManifest(try names(in: directory)) {
          changed.append(directory)
        }
      } catch {
        // Such as `lost+found`, which only root may open: no reason to refuse the bundle beside it.
        guard error.isOfMedium else { throw error }
        unreadable = error
      }
    }
    if directories.isEmpty {
      for directory in changed {
        try ChangedNames.refuse(in: directory, names(in: directory))
      }
    }
    if directories.isEmpty, let unreadable { throw unreadable }
    guard !directories.isEmpty else {
      throw Failure(
        .incomplete,
        .noBundle,
        "there is no bundle here: neither this directory nor one in it has a MANIFEST",
        subject: path,
        hint: "name the directory <stream>-<sequence> on the medium; a directory that ends in "
          + ".partial is an export that was interrupted"
      )
    }
    return directories
  }

  private static func readManifest(in directory: Directory) throws(Failure) -> UnverifiedManifest {
    for name in ["MANIFEST", "MANIFEST.asc"] {
      // A device or FIFO is refused before it is opened: opening one can have an effect.
      guard let status = try directory.status(name), status.kind != .regular else { continue }
      throw Failure(
        .unsafe,
        .notRegular,
        "this is not a regular file",
        subject: directory.describe(name),
        hint: "do not use this medium: nothing that aptferry writes looks like this"
      )
    }
    let bytes = try directory.contents(of: "MANIFEST", limit: BundleLimits.manifestLength)
    guard try directory.status("MANIFEST.asc") != nil else {
      throw Failure(
        .trust,
        "no-signature",
        "the bundle has no signature: MANIFEST.asc is missing",
        subject: directory.path,
        hint: "copy the medium again, or have the bundle exported again"
      )
    }
    let signature = try directory.contents(of: "MANIFEST.asc", limit: BundleLimits.signatureLength)
    return UnverifiedManifest(bytes: bytes, signature: signature, place: directory.path)
  }

  private static let sideFiles: Set<String> = [
    "MANIFEST", "MANIFEST.asc", "ENTRIES.zst", "SHA256SUMS", "README.txt",
  ]

  private static func look(at directory: Directory) throws(Failure) -> Medium {
    var candidates: [(path: String, size: UInt64)] = []
    var strangers: [(path: String, kind: Stranger.Kind)] = []
    func consider(_ entry: Directory.Entry, in prefix: String) throws(Failure) {
      let path = prefix + entry.name
      // Only the size is asked for here; a FIFO or device is never opened.
      guard entry.kind == .regular, let status = try directory.status(path),
        status.kind == .regular
      else {
        strangers.append((path, Stranger.Kind(entry.kind)))
        return
      }
      candidates.append((path, status.size))
    }
    for entry in try names(in: directory) {
      if sideFiles.contains(entry.name) && entry.kind == .regular { continue }
      let isOurs = entry.name == "chunks" || entry.name == ResentFiles.directory
      if isOurs && entry.kind == .directory { continue }
      try consider(entry, in: "")
    }
    if try directory.status("chunks")?.kind == .directory {
      for entry in try names(in: directory.directory("chunks")) {
        try consider(entry, in: "chunks/")
      }
    }
    return Medium(directory: directory, candidates: candidates, strangers: strangers)
  }

  /// The names in a directory of a bundle, which nobody has vouched for, sorted.
  private static func names(in directory: Directory) throws(Failure) -> [Directory.Entry] {
    var entries: [Directory.Entry] = []
    try directory.forEachEntry { (entry) throws(Failure) in
      guard entries.count < BundleLimits.fileCount else {
        throw Failure(
          .unsafe,
          "too-many-files",
          "there are more than \(BundleLimits.fileCount) files in this directory; no bundle has so "
            + "many",
          subject: directory.path,
          hint: "do not use this medium: nothing that aptferry writes looks like this"
        )
      }
      entries.append(entry)
    }
    return entries.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }

  /// One file that may be a chunk.
  package struct Candidate: Sendable {
    package let directory: Directory
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
      for candidate in medium.candidates {
        if candidate.path == "chunks/" + name || candidate.path == name {
          named.append(
            Candidate(directory: medium.directory, path: candidate.path, isNamed: true)
          )
        } else if candidate.size == size, !isNameOfChunk(candidate.path, of: manifest) {
          renamed.append(
            Candidate(directory: medium.directory, path: candidate.path, isNamed: false)
          )
        }
      }
    }
    return named + renamed
  }

  /// Whether the path is where another chunk of this bundle belongs.
  private func isNameOfChunk(_ path: String, of manifest: Manifest) -> Bool {
    guard path.hasPrefix("chunks/") else { return false }
    let name = path.dropFirst("chunks/".count)
    guard let number = Int(name.prefix(6)), number >= 1, number <= manifest.chunks.count else {
      return false
    }
    return manifest.chunkName(number) == name
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
      for candidate in medium.candidates where !names.contains(candidate.path) {
        let stranger = Stranger(medium.directory.describe(candidate.path), .file)
        try walk.add(stranger, at: candidate.path, in: medium.directory)
      }
      // A name that cannot be read as text hides nothing.
      try walk.addUnreadable(in: medium.directory)
      for name in ["chunks", ResentFiles.directory] {
        guard try medium.directory.status(name)?.kind == .directory else { continue }
        try walk.addUnreadable(in: medium.directory.directory(name))
      }
    }
    return walk.strangers
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
