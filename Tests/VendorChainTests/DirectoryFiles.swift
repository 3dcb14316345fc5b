import DebianRepository
import OpenPGP
import SafeIO
import TestSupport
import VendorChain

/// The files of an APT tree on disk, hashed when they are taken; nothing is stored.
final class DirectoryFiles: ArchiveFiles {
  private let root: Directory

  init(_ path: String) throws { root = try Directory(opening: path) }

  func has(_ path: String) throws(Failure) -> Bool { try root.status(path) != nil }

  func contents(of path: String, limit: Int) throws(Failure) -> [UInt8]? {
    guard try has(path) else { return nil }
    return try root.contents(of: path, limit: limit)
  }

  func take(_ expected: ExpectedFile) throws(Failure) -> TakenFile? {
    guard try has(expected.path) else { return nil }
    let file = try root.file(expected.path)
    let block = Block()
    var size: UInt64 = 0
    var sha256 = SHA256Hasher()
    var sha512 = SHA512Hasher()
    while try file.read(into: block) > 0 {
      size += UInt64(block.count)
      sha256.update(block.bytes)
      sha512.update(block.bytes)
      block.clear()
    }
    let digest = sha256.finish()
    try expected.check(
      size: size,
      sha256: digest,
      sha512: expected.needsSHA512 ? sha512.finishHex() : nil
    )
    return TakenFile(path: expected.path, size: size, sha256: digest)
  }

  func open(_ taken: TakenFile) throws(Failure) -> OpenFile { try root.file(taken.path) }
}

/// A tree that a forge built, to be changed and checked.
struct Scenario {
  let forge: RepositoryForge
  let suite: ForgedSuite

  init(_ scratch: ScratchDirectory, _ suite: ForgedSuite) throws {
    forge = try RepositoryForge(at: scratch.path("tree"))
    self.suite = suite
    try forge.build(suite)
  }

  /// The moment of the check, never before the tree was built.
  static var now: UTCTime { .now() }

  /// The directory of the Release file, with a final slash, and a path below it.
  func dist(_ path: String = "") -> String { tree(suite.directory + "/" + path) }

  /// A path below the root.
  func tree(_ path: String) -> String { forge.root + "/" + path }

  func check(keys: [PublicKey], allowUnsigned: Bool = false) throws -> ChainResult {
    try ChainOfTrust.check(
      suites: [suite.name],
      files: DirectoryFiles(forge.root),
      trust: UpstreamTrust(keys: keys, allowUnsigned: allowUnsigned, now: Scenario.now)
    )
  }

  /// The result for a tree without signatures: for what comes behind them.
  func checkUnsigned() throws -> ChainResult {
    for name in ["InRelease", "Release.gpg"] { Disk.remove(dist(name)) }
    return try check(keys: [], allowUnsigned: true)
  }

  func refusal(_ body: () throws -> ChainResult) -> Failure? {
    do {
      _ = try body()
      return nil
    } catch {
      return error as? Failure
    }
  }

  /// Why the tree without signatures is refused; nil when it is not.
  var refusal: Failure? { refusal { try checkUnsigned() } }

  /// Changes a plain index that the suite keeps, and packs it again in its other forms.
  func rewrite(_ index: String, _ change: (String) -> String) throws {
    let path = dist(index)
    try Disk.write(change(try Disk.text(path)), to: path)
    for (suffix, tool) in [(".xz", "xz"), (".gz", "gzip"), (".bz2", "bzip2"), (".zst", "zstd")]
    where Disk.exists(path + suffix) {
      try run([tool, "-q", "-k", "-f", path]).succeeded()
    }
  }

  /// Writes a Release file without signature that lists, by SHA-256, what is in the tree now.
  func relist(_ fields: String = "Suite: stable\n", more: String = "") throws {
    for name in ["InRelease", "Release", "Release.gpg"] { Disk.remove(dist(name)) }
    var list = ""
    for path in try Disk.files(below: dist()) where !path.contains("by-hash/") {
      guard !path.hasSuffix(".deb") else { continue }
      let bytes = try Disk.read(dist(path))
      list += " \(SHA256Digest.of(bytes).hex) \(bytes.count) \(path)\n"
    }
    try Disk.write(fields + "SHA256:\n" + list + more, to: dist("Release"))
  }
}

extension ForgedSuite {
  /// Two packages, nothing compressed: for tests that rewrite indexes by hand.
  static var plain: ForgedSuite {
    var suite = ForgedSuite.small()
    suite.keepsPlainIndexes = true
    suite.compressions = []
    suite.hasByHash = false
    suite.hasTranslations = false
    return suite
  }
}

extension FileList {
  var allPaths: [String] { (0..<count).map { path(at: $0) } }
}

extension ChainResult {
  /// Everything but the Release files and what they list.
  var pool: FileList {
    get throws {
      var pool = FileList.Builder()
      for index in 0..<files.count where indexes.index(of: files.path(at: index)) == nil {
        try pool.add(
          path: files.path(at: index),
          size: files.size(at: index),
          digest: files.digest(at: index)
        )
      }
      return try pool.finish()
    }
  }
}
