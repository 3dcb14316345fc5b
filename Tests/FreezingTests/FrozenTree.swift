import DebianRepository
import Depot
import Objects
import OpenPGP
import SafeIO
import Synchronization
import TestSupport

@testable import Freezing

/// A vendor's tree and a depot beside it, in a directory of one test.
struct FrozenTree {
  let scratch: ScratchDirectory
  let forge: RepositoryForge
  let depot: Depot
  var tree: String { forge.root }

  init(_ scratch: ScratchDirectory, _ suites: ForgedSuite...) throws {
    self.scratch = scratch
    forge = try RepositoryForge(at: try scratch.directory("tree"))
    for suite in suites { try forge.build(suite) }
    depot = try Depot.create(
      at: scratch.path("depot"),
      configuration: try DepotConfiguration(site: "alpha")
    )
  }

  /// The vendor's key as the depot has pinned it; read once, since that asks gpg.
  static func keys() throws -> [PublicKey] { try pinned.get() }

  private static let pinned: Result<[PublicKey], any Error> = Result {
    let key = try VendorKey.shared.get()
    return try KeyFile.read(Array(key.armored.utf8), name: "vendor.asc")
  }

  func request(
    _ name: String = "s1",
    suites: [String] = ["stable"],
    tree: String? = nil
  ) throws -> FreezeRequest {
    FreezeRequest(
      name: name,
      tree: tree ?? self.tree,
      suites: suites,
      upstreamKeys: try FrozenTree.keys(),
      now: .now(),
      facts: AuditFacts()
    )
  }

  @discardableResult func freeze(
    _ request: FreezeRequest,
    progress: ProgressSink? = nil
  ) throws -> FreezeOutcome {
    try Freezer.freeze(request, depot: depot, progress: progress)
  }

  /// The listing of a snapshot, after each object in it was hashed.
  func checkedList(_ name: String = "s1") throws -> FileList {
    let list = try depot.catalogue.fileList(of: try depot.catalogue.snapshot(name))
    for index in 0..<list.count {
      let hash = try ContentHash.of(try depot.objects.open(list.digest(at: index)))
      guard hash.digest == list.digest(at: index), hash.size == list.size(at: index) else {
        throw Failure(.integrity, "object", "the object differs", subject: list.path(at: index))
      }
    }
    return list
  }

  /// Whether the depot has no object, no snapshot and no staging.
  func isEmpty() throws -> Bool {
    let objects = try Directory(opening: scratch.path("depot/objects")).list()
    return try objects.isEmpty && depot.catalogue.snapshots().isEmpty
      && depot.incoming.names().isEmpty
  }

  /// Every path of a list.
  static func paths(_ list: FileList) -> [String] { (0..<list.count).map { list.path(at: $0) } }

  /// Runs a shell line in the tree.
  func shell(_ line: String) throws {
    try run(["sh", "-euc", "cd '\(tree)'\n\(line)"]).succeeded()
  }

  /// The paths of the pool, sorted.
  func pool() throws -> [String] {
    try run(["sh", "-c", "cd '\(tree)' && find pool -type f | LC_ALL=C sort"]).succeeded()
      .split(separator: "\n").map(String.init)
  }
}

/// The failure that `body` throws; nil when it throws none.
func failure<T>(of body: () throws -> T) -> Failure? {
  do {
    _ = try body()
    return nil
  } catch { return error as? Failure }
}
