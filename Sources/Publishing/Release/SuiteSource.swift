internal import DebianRepository
internal import Depot
internal import Objects
internal import OpenPGP
internal import SafeIO

/// One suite of one snapshot: its files, and what its Release file says.
struct SuiteSource: Sendable {
  /// The listing of the snapshot.
  let list: FileList
  /// What was found of the suite when the snapshot was made.
  let suite: SuiteRecord
  /// What its Release file says.
  let release: ReleaseFile
  /// Indexes without what the snapshot leaves out, for a Release file of this site.
  private(set) var rewritten: [RewrittenIndex] = []
  // Directories of other suites that lie inside this one's.
  private let nested: [[UInt8]]

  /// The names of Release files, below a suite's directory.
  static let releaseNames = ["InRelease", "Release", "Release.gpg"]

  init(
    _ distribution: String,
    of record: SnapshotRecord,
    _ list: FileList,
    rewrites: Bool = false,
    in depot: Depot
  ) throws(Failure) {
    guard let suite = record.suites.first(where: { $0.distribution == distribution }) else {
      throw Failure(
        .usage,
        "no-distribution",
        "the snapshot has no such distribution",
        subject: "\(distribution) in \(record.name)",
        hint: "it has: " + record.suites.map(\.distribution).joined(separator: ", ")
      )
    }
    self.list = list
    self.suite = suite
    nested = record.suites.map(\.directory)
      .filter { $0 != suite.directory && $0.hasPrefix(suite.directory) }
      .map { Array($0.utf8) }
    release = try SuiteSource.release(suite, record, list, in: depot)
    if rewrites {
      rewritten = try RewrittenIndex.all(of: self, leaving: record.leftOut, in: depot)
    }
  }

  /// Whether a path below the suite's directory is a form of an index that is rewritten.
  func isRewritten(_ path: ArraySlice<UInt8>) -> Bool {
    rewritten.contains { $0.isForm(path) }
  }

  private static func release(
    _ suite: SuiteRecord,
    _ record: SnapshotRecord,
    _ list: FileList,
    in depot: Depot
  ) throws(Failure) -> ReleaseFile {
    for name in ["InRelease", "Release"] {
      let path = suite.directory + name
      guard let index = list.index(of: path) else { continue }
      let subject = "\(path) of \(record.name)"
      let bytes = try content(list.digest(at: index), in: depot)
      let text =
        name == "Release"
        ? bytes : try ClearsignedMessage.split(bytes, name: subject).text
      return try ReleaseFile(text.span, name: subject)
    }
    throw Failure(
      .state,
      .noRelease,
      "the snapshot lacks the Release file of a distribution",
      subject: "\(suite.distribution) in \(record.name)"
    )
  }

  static func content(_ digest: SHA256Digest, in depot: Depot) throws(Failure) -> [UInt8] {
    let bytes = try depot.objects.open(digest).readAll(limit: ClearsignedMessage.sizeLimit)
    guard SHA256Digest.of(bytes) == digest else {
      throw Failure(
        .integrity,
        .damagedObject,
        "an object of the depot is damaged",
        subject: digest.hex,
        hint: "run: aptferry depot check --repair-from DIR"
      )
    }
    return bytes
  }

  /// The positions of the suite's files in the listing, its Release files among them.
  var positions: [Int] {
    list.indices(withPrefix: suite.directory)
      .filter { index in
        let path = list.pathBytes(at: index)
        return !nested.contains { path.starts(with: $0) }
      }
  }

  /// The path of a file below the suite's directory.
  func relativePath(at index: Int) -> ArraySlice<UInt8> {
    list.pathBytes(at: index).dropFirst(suite.directory.utf8.count)
  }

  /// Whether a path below the suite's directory is one of the Release files.
  static func isRelease(_ path: ArraySlice<UInt8>) -> Bool {
    releaseNames.contains { path.elementsEqual($0.utf8) }
  }

  /// The position of a file that Release lists, when the snapshot carries it as it is listed.
  func position(of file: ListedFile) -> Int? {
    guard let index = list.index(of: suite.directory + file.path.text),
      list.size(at: index) == file.size,
      file.sha256.map({ $0 == list.digest(at: index) }) ?? true
    else { return nil }
    return index
  }
}

/// Which part of a distribution a path belongs to.
enum ComponentPath {
  /// Whether the path lies in the component; of `updates/main` also `main/` does, as for apt.
  static func lies(_ path: some Collection<UInt8>, in component: String) -> Bool {
    if path.starts(with: (component + "/").utf8) { return true }
    guard let slash = component.lastIndex(of: "/") else { return false }
    return path.starts(with: (component[component.index(after: slash)...] + "/").utf8)
  }
}
