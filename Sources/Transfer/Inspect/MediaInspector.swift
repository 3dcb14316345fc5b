private import Archives
package import BundleFormat
package import BundleMedium
internal import DebianRepository
internal import OpenPGP
package import SafeIO

/// What a bundle claims to be and what of it is here; nothing in it has been verified.
package struct InspectionReport: Sendable {
  /// One suite, as its own files describe it.
  package struct Suite: Sendable {
    package let snapshot: String
    package let record: ClaimedSuite
    package var origin: String?
    package var codename: String?
    package var version: String?
    package var architectures: [String] = []
    package var components: [String] = []
    package var validUntil: UTCTime?
    package var indexes: [Index] = []
  }

  /// One Packages or Sources index.
  package struct Index: Sendable {
    package let path: String
    /// Stanzas in it.
    package let count: Int
    /// The sum of the sizes that they state, in bytes.
    package let bytes: UInt64
  }

  package let manifest: Manifest
  /// The payload digest: SHA-256 of MANIFEST.
  package let digest: SHA256Digest
  /// Fingerprints or key ids that the signatures claim.
  package let claimedSigners: [String]
  package let places: [String]
  /// How many entries there are in all snapshots.
  package var entries: Int
  /// How many of them are not carried, since the receiver is relied on to have them.
  package var relied = 0
  /// The numbers of the chunks of which no file of the right size is here.
  package let missingChunks: [Int]
  /// What is in the bundle's directories and no part of it.
  package let strangers: [Stranger]
  package var suites: [Suite] = []
  /// What could not be looked into, and why.
  package var notes: [Note] = []
  /// The payload digests of other bundles here under the same stream and sequence.
  package var rivals: [SHA256Digest] = []
  /// The refusal when there are such.
  package var alarm: Failure?
  /// What would change in a depot, when one was named.
  package var review: BundleReview?
}

/// Looks at media with no depot and no keys: the manifest, the entries and the indexes, no package.
package enum MediaInspector {
  /// Looks at every bundle on the media; with a request, compares it with a depot too.
  package static func inspect(
    _ paths: [String],
    among far: FarMedia = .none,
    against request: BundleReview.Request? = nil
  ) throws(Failure) -> [InspectionReport] {
    let found = try BundleMedia.find(in: paths, among: far)
    var reports = try found.map { (media) throws(Failure) in try inspect(media, request) }
    let bundles = zip(reports, found).map { Rivals.Bundle($0.manifest, $0.digest, $1) }
    let rivals = Rivals(bundles)
    for (index, bundle) in bundles.enumerated() {
      reports[index].rivals = rivals.digests(besides: bundle)
      reports[index].alarm = reports[index].rivals.isEmpty ? nil : rivals.alarm
    }
    return reports
  }

  private static func inspect(
    _ media: BundleMedia,
    _ request: BundleReview.Request?
  ) throws(Failure) -> InspectionReport {
    let signers = try request.map { (request) throws(Failure) in
      try BundleReview.verify(media, request)
    }
    let manifest = try media.manifest.claimed()
    var report = try report(media, manifest)
    let table =
      request == nil
      ? try EntriesFile.readClaimed(from: media, for: manifest)
      : try EntriesFile.read(from: media, for: manifest)
    guard let table else {
      report.notes.append(
        .note(
          "the list of files is too long to be read before its signature is verified: only MANIFEST "
            + "was read; aptferry verify reads it"
        )
      )
      report.suites = manifest.snapshots.flatMap { snapshot in
        snapshot.suites.map { InspectionReport.Suite(snapshot: snapshot.name, record: $0) }
      }
      return report
    }
    (report.entries, report.relied) = (table.count, table.unplacedCount)
    let wanted = IndexSelection(manifest: manifest, table: table, isVerified: request != nil)
    let contents = try IndexContents(wanted, media: media, manifest: manifest, table: table)
    report.notes = wanted.notes + contents.notes
    for snapshot in manifest.snapshots {
      for record in snapshot.suites {
        report.suites.append(describe(snapshot, record, wanted, contents, &report.notes))
      }
    }
    report.review = try request.map { (request) throws(Failure) in
      try BundleReview(
        request,
        signers: signers ?? [],
        media: media,
        manifest: manifest,
        table: table,
        contents: contents
      )
    }
    return report
  }

  /// What MANIFEST alone says, and which chunks are here.
  private static func report(
    _ media: BundleMedia,
    _ manifest: Manifest
  ) throws(Failure) -> InspectionReport {
    var missing: [Int] = []
    for (index, chunk) in manifest.chunks.enumerated() {
      var isHere = false
      for candidate in media.candidates(forChunk: index + 1, of: manifest) where !isHere {
        isHere = try candidate.directory.status(candidate.path)?.size == chunk.size
      }
      if !isHere { missing.append(index + 1) }
    }
    return InspectionReport(
      manifest: manifest,
      digest: media.manifest.digest,
      claimedSigners: try SignaturePackets.claimedIssuers(
        media.manifest.signature,
        name: media.place + "/MANIFEST.asc",
        requireArmor: false
      ),
      places: media.media.map(\.directory.path),
      entries: manifest.snapshots.reduce(0) { sum, snapshot in
        let (total, overflow) = sum.addingReportingOverflow(Int(clamping: snapshot.files))
        return overflow ? .max : total
      },
      missingChunks: missing,
      strangers: try media.strangers(of: manifest)
    )
  }

  private static func describe(
    _ snapshot: Manifest.Snapshot,
    _ record: ClaimedSuite,
    _ wanted: IndexSelection,
    _ contents: IndexContents,
    _ notes: inout [Note]
  ) -> InspectionReport.Suite {
    var suite = InspectionReport.Suite(snapshot: snapshot.name, record: record)
    let base = snapshot.name + "/" + record.directory
    do {
      if let path = wanted.releases.first(where: {
        $0 == base + "InRelease" || $0 == base + "Release"
      }),
        let file = contents.file(path)
      {
        let bytes = try file.file.readAll(limit: longestRelease)
        let text =
          try path.hasSuffix("InRelease")
          ? ClearsignedMessage.split(bytes, name: path).text : bytes
        let release = try ReleaseFile(text.span, name: path)
        suite.origin = release.origin
        suite.codename = release.codename
        suite.version = release.version
        suite.architectures = release.architectures
        suite.components = release.components
        suite.validUntil = release.validUntil
      }
      for path in wanted.indexes where path.hasPrefix(base) {
        guard let file = contents.file(path) else { continue }
        suite.indexes.append(try count(file, path, String(path.dropFirst(base.utf8.count))))
      }
    } catch {
      notes.append("\(base): \(error.reason)")
    }
    return suite
  }

  /// A longer Release file is not looked into, in bytes: nobody has verified it here, and one of all
  /// of Debian is below 1 MiB.
  private static let longestRelease = 4 << 20

  /// No index is longer than this, in bytes.
  private static let longestIndex: UInt64 = 2 << 30

  private static func count(
    _ shared: SharedFile,
    _ path: String,
    _ name: String
  ) throws(Failure) -> InspectionReport.Index {
    let isSources = IndexPath(name)?.kind.isOfSources ?? false
    var count = 0
    var bytes: UInt64 = 0
    guard let compression = Compression(fileName: path) else {
      throw Failure(.unsafe, "compression", "unknown compression", subject: path)
    }
    func add(_ stanza: PackageStanza) {
      guard stanza.unusable == nil else { return }
      count += 1
      bytes = bytes.addingReportingOverflow(stanza.size).partialValue
    }
    var reader = PackageIndexReader(isSources ? .sources : .packages, name: path)
    try Decompressor.forEachBlock(of: shared.file, compression, limit: longestIndex) {
      (block) throws(Failure) in
      try reader.feed(Span(_bytes: block), add)
    }
    try reader.finish(add)
    return InspectionReport.Index(path: name, count: count, bytes: bytes)
  }
}
