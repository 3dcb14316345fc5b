import BundleFormat
import Objects
import SafeIO
import TestSupport

@testable import Depot

/// The digest of a short text: a different one for each text.
func digest(_ text: String) -> SHA256Digest { SHA256Digest.of(Array(text.utf8)) }

/// A time some days after an arbitrary first one.
func day(_ number: Int64) -> UTCTime { UTCTime(seconds: 1_700_000_000 + number * 86_400) }

/// The failure of `body`, or nil when it succeeds.
func failure(_ body: () throws -> Void) -> Failure? {
  do {
    try body()
    return nil
  } catch {
    return (error as? Failure ?? Failure(.internal, "test", "\(error)"))
  }
}

/// Gives `body` a new depot of the site `island`, and removes it afterwards.
func withDepot(_ body: (Depot) throws -> Void) throws {
  try withScratchDirectory { scratch in
    let configuration = try DepotConfiguration(site: "island")
    try body(try Depot.create(at: scratch.path("depot"), configuration: configuration))
  }
}

/// A list of files, each with its content.
func fileList(_ files: [String: String]) throws -> FileList {
  var builder = FileList.Builder()
  for (path, text) in files {
    try builder.add(path: path, size: UInt64(text.utf8.count), digest: digest(text))
  }
  return try builder.finish()
}

/// A manifest whose own files do not matter.
func manifest(
  _ stream: String = "mainland",
  _ sequence: UInt64 = 1,
  created: UTCTime = day(1),
  sites: [String] = [],
  previous: SHA256Digest? = nil,
  chunks: Int = 1,
  snapshots: [Manifest.Snapshot] = []
) -> Manifest {
  let sum = Manifest.FileSum(digest: digest("file"), size: 1)
  return Manifest(
    stream: stream,
    sequence: sequence,
    created: created,
    sites: sites,
    previous: previous,
    entries: sum,
    plainEntries: sum,
    sums: sum,
    readme: sum,
    chunks: Array(
      repeating: Manifest.Chunk(
        digest: digest("chunk"),
        size: 10,
        plainSize: 10,
        isCompressed: false
      ),
      count: chunks
    ),
    snapshots: snapshots
  )
}

/// Fingerprints of exporters that nobody has.
enum Exporter {
  static let first = String(repeating: "A", count: 40)
  static let second = String(repeating: "B", count: 40)
  static let third = String(repeating: "C", count: 40)
}

extension Depot {
  /// A snapshot of these files, with its list as an object; of the files only the digests are there.
  @discardableResult
  func freeze(
    _ name: String,
    _ files: [String: String],
    suites: [SuiteRecord] = []
  ) throws -> SnapshotRecord {
    let list = try fileList(files)
    try keepList(list)
    let record = SnapshotRecord(
      name: name,
      list: list,
      suites: suites,
      created: day(0),
      origin: "tree"
    )
    try catalogue.insert(record)
    return record
  }

  /// Puts a list in as an object.
  func keepList(_ list: FileList) throws {
    let staging = try incoming.open("listing")
    try staging.admit([try staging.keep(list: list)])
    try staging.discard()
  }

  /// Takes a bundle in as the end of an import does.
  func accept(
    _ sequence: UInt64,
    _ content: String,
    stream: String = "mainland",
    by exporter: String = Exporter.first,
    created: UTCTime = day(1),
    snapshots: [SnapshotRecord] = []
  ) throws {
    try catalogue.commitImport(
      snapshots: snapshots,
      accepted: AcceptedBundle(
        exporter: exporter,
        stream: stream,
        sequence: sequence,
        manifest: digest(content),
        created: created,
        accepted: created
      )
    )
  }
}

extension SnapshotRecord {
  var reference: SnapshotReference { SnapshotReference(name: name, digest: digest) }
}
