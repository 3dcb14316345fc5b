import OpenPGP
import SafeIO
import TestSupport
import VendorChain

/// The files of a tree that was checked before: what is taken is compared with its list, and
/// remembered here.
final class RememberingFiles: ArchiveFiles {
  private let list: FileList
  private let absent: Set<String>
  private let damaged: String?
  private var tree: DirectoryFiles?
  private(set) var taken: Set<String> = []

  init(_ list: FileList, without absent: [String] = [], damaged: String? = nil) {
    self.list = list
    self.absent = Set(absent)
    self.damaged = damaged
  }

  let remembersTaken = true

  func check(_ scenario: Scenario) throws -> ChainResult {
    tree = try DirectoryFiles(scenario.forge.root)
    return try ChainOfTrust.check(
      suites: [scenario.suite.name],
      files: self,
      trust: UpstreamTrust(keys: [], allowUnsigned: true, now: Scenario.now)
    )
  }

  func has(_ path: String) throws(Failure) -> Bool { list.index(of: path) != nil }

  func contents(of path: String, limit: Int) throws(Failure) -> [UInt8]? {
    try tree?.contents(of: path, limit: limit)
  }

  func take(_ expected: ExpectedFile) throws(Failure) -> TakenFile? {
    guard let index = list.index(of: expected.path), !absent.contains(expected.path) else {
      return nil
    }
    let isDamaged = expected.path == damaged
    let digest = isDamaged ? SHA256Digest.of([]) : list.digest(at: index)
    let size = list.size(at: index)
    // Where both are listed, the list of SHA-256 decides.
    let weaker = ExpectedFile(path: expected.path, size: expected.size, sha256: expected.sha256)
    try weaker.check(size: size, sha256: digest, sha512: nil)
    taken.insert(expected.path)
    return TakenFile(path: expected.path, size: size, sha256: digest)
  }

  func open(_ taken: TakenFile) throws(Failure) -> OpenFile {
    guard let tree else { throw Failure(.internal, "tree", "there is no tree") }
    return try tree.open(taken)
  }
}
