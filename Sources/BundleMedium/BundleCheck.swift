package import BundleFormat
package import SafeIO

/// Everything that a full check of a bundle's media finds.
package struct BundleFindings: Sendable {
  /// The numbers of the chunks that were found whole.
  package var goodChunks: [Int] = []
  /// Those of the chunks that no medium has.
  package var missingChunks: [Int] = []
  /// Those of the chunks that no medium has undamaged.
  package var damagedChunks: [Int] = []
  /// Files with a name of their own that are chunks all the same, and which.
  package var renamedChunks: [(place: String, number: Int)] = []
  /// Files and directories whose names the medium changed, and what the bundle calls them.
  package var changedNames: [(place: String, path: String)] = []
  /// Each damaged file, with what is wrong with it; also of chunks that another medium has whole.
  package var damagedFiles: [(place: String, faults: [String])] = []
  /// Entries whose content is missing or damaged on all media, each once.
  package var lostEntries: [String] = []
  /// How many entries are lost in all, also those that are not listed.
  package var lostCount = 0
  /// What is on the media, in the bundle's directories, and no part of the bundle.
  package var strangers: [Stranger] = []
  /// How many entries lie in no chunk, and so cannot be checked here.
  package var relied = 0
  /// How many of those contents lie whole beside the chunks, as resent files.
  package var goodResentFiles = 0
  /// Resent files that no medium has whole, `files/<sha256>`.
  package var damagedResentFiles: [String] = []
  /// Copies of the lists that are not what was signed, though another copy is.
  package var alteredLists: [String] = []
  /// README.txt or SHA256SUMS where it is not what was signed.
  package var alteredSideFiles: [String] = []
  /// README.txt or SHA256SUMS where it is not there.
  package var missingSideFiles: [String] = []
  /// What there is of parity; nil for a bundle without.
  package var parity: ParityFindings?

  package init() {}

  /// Whether everything is here, and is what was signed.
  package var isComplete: Bool {
    missingChunks.isEmpty && damagedChunks.isEmpty && lostCount == 0
      && damagedResentFiles.isEmpty
  }
}

/// Checks the media of one bundle in full, without a depot: every chunk, every entry.
package struct BundleCheck {
  private let media: BundleMedia
  private let manifest: Manifest
  private let neighbours: [Manifest]
  private let signed: VerifiedManifest?

  /// How many lost entries are listed by name.
  private static let mostListed = 1000

  /// `neighbours` are other bundles at hand, whose chunks may have got among these; with `signed` every copy
  /// of MANIFEST and of its signature is compared with what was verified.
  package init(
    media: BundleMedia,
    manifest: Manifest,
    neighbours: [Manifest] = [],
    signed: VerifiedManifest? = nil
  ) {
    self.signed = signed
    self.media = media
    self.manifest = manifest
    self.neighbours = neighbours
  }

  /// Reads everything.
  ///
  /// - Parameters:
  ///   - table: the bundle's entries.
  ///   - progress: called with the number of bytes that were dealt with.
  /// - Returns: all findings, not only the first.
  /// - Throws: only what is no finding of the media, such as an interruption.
  package func run(
    table: EntryTable,
    progress: (UInt64) -> Void = { _ in }
  ) throws(Failure) -> BundleFindings {
    var findings = BundleFindings()
    findings.strangers = try media.strangers(of: manifest)
    findings.relied = table.unplacedCount
    findings.changedNames = media.media.flatMap { medium in
      medium.directory.changedNames.map { (place: $0.place, path: $0.path) }
    }
    try ListCheck(media, manifest, signed).run(&findings)
    var lost: Set<UInt32> = []
    for number in 1...max(1, manifest.chunks.count) where number <= manifest.chunks.count {
      lost.formUnion(try check(number, table, &findings, progress))
    }
    // A file of several parts is lost once.
    findings.lostCount = lost.count
    findings.lostEntries = lost.sorted().prefix(BundleCheck.mostListed)
      .map { table.files.path(at: Int($0)) }
    let renamed = Set(findings.renamedChunks.map(\.place))
    findings.strangers.removeAll { renamed.contains($0.place) }
    try checkResentFiles(table, &findings)
    findings.parity = try parity(findings, progress)
    return findings
  }

  /// Looks at parity, and what it could make good.
  private func parity(
    _ findings: BundleFindings,
    _ progress: (UInt64) -> Void
  ) throws(Failure) -> ParityFindings? {
    let set: ParitySet
    do throws(Failure) {
      guard let read = try ParitySet.read(from: media, for: manifest) else { return nil }
      set = read
    } catch {
      guard [.integrity, .incomplete].contains(error.kind) else { throw error }
      var unread = ParityFindings()
      unread.unread = error
      unread.beyond = (findings.missingChunks + findings.damagedChunks).sorted()
      return unread
    }
    let bad = (findings.missingChunks + findings.damagedChunks).sorted()
    return try ParityCheck(media, of: manifest, with: set).run(bad: bad, progress: progress)
  }

  /// Reads all copies of a chunk; answers the entries that are lost with it.
  private func check(
    _ number: Int,
    _ table: EntryTable,
    _ findings: inout BundleFindings,
    _ progress: (UInt64) -> Void
  ) throws(Failure) -> Set<UInt32> {
    let reader = try ChunkReader(chunk: number, of: manifest, table: table)
    let candidates = media.candidates(forChunk: number, of: manifest)
    var isGood = false
    var lost: Set<UInt32>?
    var wasNamed = false
    for candidate in candidates {
      // A stranger is only read while the chunk is wanted.
      if isGood, !candidate.isNamed { break }
      let outcome = try reader.read(candidate, scratch: nil, into: Nowhere(), progress: progress)
      if outcome.isGood {
        isGood = true
        if !candidate.isNamed { findings.renamedChunks.append((candidate.place, number)) }
        // A further copy is read too: the person who carries it wants to know.
        continue
      }
      // A stranger that merely has the same size is no damaged chunk.
      guard candidate.isNamed else { continue }
      wasNamed = true
      findings.damagedFiles.append(
        (outcome.place, outcome.faults + (try origin(of: outcome, candidate)))
      )
      let damaged = Set(outcome.damagedEntries)
      lost = lost.map { $0.intersection(damaged) } ?? damaged
    }
    if isGood {
      findings.goodChunks.append(number)
      return []
    }
    if wasNamed {
      findings.damagedChunks.append(number)
      return lost ?? []
    }
    findings.missingChunks.append(number)
    return Set(table.placements(inChunk: number).map(\.entry))
  }

  /// Says when a file that is not the chunk of its name is another chunk, of this bundle or one
  /// beside it.
  private func origin(
    of outcome: ChunkOutcome,
    _ candidate: BundleMedia.Candidate
  ) throws(Failure) -> [String] {
    for other in [manifest] + neighbours {
      guard let digest = outcome.digest,
        let index = other.chunks.firstIndex(where: { $0.digest == digest })
      else { continue }
      return ["it is chunk \(other.chunkName(index + 1)) of \(other.directory)"]
    }
    // What is longer or shorter was not read to its end: its length tells enough.
    let size: UInt64?
    do throws(Failure) {
      size = try candidate.directory.status(candidate.path)?.size
    } catch {
      guard error.isOfMedium else { throw error }
      return []
    }
    for other in neighbours where outcome.digest == nil {
      guard let index = other.chunks.firstIndex(where: { $0.size == size }) else { continue }
      return ["by its size it is chunk \(other.chunkName(index + 1)) of \(other.directory)"]
    }
    return []
  }

  /// Checks what lies beside the chunks because a receiver asked for it.
  private func checkResentFiles(
    _ table: EntryTable,
    _ findings: inout BundleFindings
  ) throws(Failure) {
    var isWhole: [SHA256Digest: Bool] = [:]
    var wanted: [SHA256Digest: UInt64]?
    for medium in media.media {
      guard try medium.directory.readableStatus(ResentFiles.directory)?.kind == .directory else {
        continue
      }
      let sizes =
        wanted
        ?? Dictionary(
          uniqueKeysWithValues: table.unplacedContents.map {
            ($0.digest, table.files.size(at: $0.entry))
          }
        )
      wanted = sizes
      try medium.directory.directory(ResentFiles.directory).forEachEntry {
        (entry) throws(Failure) in
        let path = ResentFiles.directory + "/" + entry.name
        guard let digest = SHA256Digest(hex: entry.name), let size = sizes[digest] else {
          let kind = Stranger.Kind(entry.kind)
          findings.strangers.append(Stranger(medium.directory.describe(path), kind))
          return
        }
        if entry.kind != .regular {
          let kind = Stranger.Kind(entry.kind)
          findings.strangers.append(Stranger(medium.directory.describe(path), kind))
        }
        let isGood = try ResentFiles.read(digest, size: size, in: medium.directory, begin: {}) {
          _ in
        }
        isWhole[digest] = isWhole[digest] ?? false || isGood
        guard !isGood else { return }
        findings.damagedFiles.append(
          (medium.directory.describe(path), ["it is not the file that its name says"])
        )
      }
    }
    try checkChangedResentFiles(wanted ?? [:], &isWhole, &findings)
    findings.goodResentFiles = isWhole.values.count { $0 }
    findings.damagedResentFiles = isWhole.filter { !$0.value }
      .map { ResentFiles.directory + "/" + $0.key.hex }.sorted()
  }

  /// Checks what a disc has under cut names.
  private func checkChangedResentFiles(
    _ wanted: [SHA256Digest: UInt64],
    _ isWhole: inout [SHA256Digest: Bool],
    _ findings: inout BundleFindings
  ) throws(Failure) {
    for medium in media.media where !medium.changedResentFiles.isEmpty {
      for (digest, size) in wanted where isWhole[digest] != true {
        for path in medium.changedResentFiles[size] ?? [] {
          let isGood = try ResentFiles.read(
            path,
            as: digest,
            size: size,
            in: medium.directory,
            begin: {},
            { _ in }
          )
          guard isGood else { continue }
          isWhole[digest] = true
          let place = medium.directory.describe(path)
          findings.changedNames.append((place, ResentFiles.directory + "/" + digest.hex))
          findings.strangers.removeAll { $0.place == place }
          break
        }
      }
    }
  }

  private final class Nowhere: ChunkSink {
    func begin(_ member: ChunkLayout.Member) {}
    func write(_ bytes: RawSpan) {}
    func end(_ member: ChunkLayout.Member, isGood: Bool) {}
  }
}
