internal import BundleFormat
package import SafeIO

/// Finding bundles on media: which directories have one, and what lies in each.
extension BundleMedia {
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
}
