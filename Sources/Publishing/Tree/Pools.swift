internal import Depot
internal import SafeIO

/// The packages that the generations of a publication share: `pools/<number>/`.
///
/// A pool only grows while a generation needs what is in it. A path in it never changes its
/// content: a generation that has other content at a path gets a pool of its own.
struct Pools {
  let publication: Directory

  static let name = "pools"

  private var directory: Directory {
    get throws(Failure) {
      _ = try publication.makeDirectory(Pools.name)
      return try publication.directory(Pools.name)
    }
  }

  /// The numbers of the pools that are there.
  func numbers() throws(Failure) -> [UInt64] {
    guard let pools = try publication.directoryIfPresent(Pools.name) else { return [] }
    return try pools.list().compactMap { UInt64($0.name) }
  }

  /// The directory of a pool, or nil.
  func pool(_ number: UInt64) throws(Failure) -> Directory? {
    try publication.directoryIfPresent("\(Pools.name)/\(number)")
  }

  /// Makes a pool, or opens it.
  func make(_ number: UInt64) throws(Failure) -> Directory {
    let pools = try directory
    _ = try pools.makeDirectory("\(number)")
    return try pools.directory("\(number)")
  }

  /// Removes a pool that no generation needs.
  func remove(_ number: UInt64) throws(Failure) {
    guard let pools = try publication.directoryIfPresent(Pools.name) else { return }
    _ = try pools.removeTree("\(number)")
  }

  /// Removes files from a pool.
  func remove(_ paths: some Sequence<String>, from number: UInt64) throws(Failure) {
    guard let pool = try pool(number) else { return }
    for path in paths { try Pools.remove(path, from: pool) }
  }

  /// Removes a file, and directories above it that are empty then.
  private static func remove(_ path: String, from pool: Directory) throws(Failure) {
    guard try pool.removeFile(path) else { return }
    var parent = RelativePath(path)?.parent
    while let directory = parent {
      do {
        guard try pool.removeDirectory(directory.text) else { return }
      } catch {
        // Not empty.
        return
      }
      parent = directory.parent
    }
  }

  /// Every file in a pool.
  func files(in number: UInt64) throws(Failure) -> Set<String> {
    var found: Set<String> = []
    guard let pool = try pool(number) else { return found }
    var waiting = [""]
    while let path = waiting.popLast() {
      try Interruption.check()
      let directory = path.isEmpty ? pool : try pool.directory(path)
      for entry in try directory.list() {
        let below = path.isEmpty ? entry.name : path + "/" + entry.name
        if entry.kind == .directory { waiting.append(below) } else { found.insert(below) }
      }
    }
    return found
  }
}

extension FileList {
  /// The paths here that the other list has not.
  func paths(absentFrom other: FileList) -> [String] {
    var found: [String] = []
    var position = 0
    for index in 0..<count {
      let path = pathBytes(at: index)
      while position < other.count,
        other.pathBytes(at: position).lexicographicallyPrecedes(path)
      {
        position += 1
      }
      if position < other.count, other.pathBytes(at: position).elementsEqual(path) { continue }
      found.append(self.path(at: index))
    }
    return found
  }
}
