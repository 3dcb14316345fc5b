internal import Depot
internal import Objects
internal import SafeIO
private import Synchronization

/// Puts files of a listing into a tree: as names of the objects, or as files of their own.
struct TreeBuilder {
  let list: FileList
  /// The files to put in, by position.
  let positions: [Int]
  let objects: any ObjectStore
  let tree: Directory
  let form: FileForm
  /// Files that are copies with a time of their own in any case, by path.
  var times: [String: UTCTime] = [:]
  /// Whether files may be there already; one that has other content is a conflict.
  var isAdding = false

  /// How many files were linked and how many copied.
  struct Count: Sendable {
    var links: UInt64 = 0
    var copies: UInt64 = 0
  }

  /// The name of the failure that says that a file with other content is at a path.
  static let conflict: Failure.Name = "pool-conflict"

  // Small enough for all processors to end at about the same time, large enough that trying to
  // make directories anew at its start costs nothing.
  private static let rangeLength = 4096

  func build() throws(Failure) -> Count {
    let ranges = (positions.count + TreeBuilder.rangeLength - 1) / TreeBuilder.rangeLength
    let total = Total()
    let links = form.needsLinks ? try objects.requireLinks() : nil
    try Threads.forEach(count: ranges) { (index) throws(Failure) in
      let start = index * TreeBuilder.rangeLength
      let end = min(positions.count, start + TreeBuilder.rangeLength)
      let count = try build(positions[start..<end], links)
      total.value.withLock { all in
        all.links += count.links
        all.copies += count.copies
      }
    }
    return total.value.withLock { $0 }
  }

  /// Builds the files of a range.
  ///
  /// Nobody but us writes in this tree: paths from its root do, and no directory is opened.
  private func build(
    _ range: ArraySlice<Int>,
    _ links: (any LinkableObjects)?
  ) throws(Failure) -> Count {
    var count = Count()
    var directories = MadeDirectories(tree)
    let block = LazyBlock()
    try Interruption.check()
    for index in range {
      let path = list.pathBytes(at: index)
      let nameStart = path.lastIndex(of: 0x2f).map { $0 + 1 } ?? path.startIndex
      try directories.make(path[..<max(path.startIndex, nameStart - 1)])
      let name = String(decoding: path, as: UTF8.self)
      let (digest, size) = (list.digest(at: index), list.size(at: index))
      guard try objects.contains(digest, size: size) else {
        if try objects.size(of: digest) == size { throw TreeBuilder.damaged(digest) }
        throw TreeBuilder.missing(name)
      }
      if let time = times[name] {
        _ = try copy(digest, to: name, block, time: time)
        count.copies += 1
        continue
      }
      if let links, try link(digest, size, links, as: name, block) {
        count.links += 1
      } else if try !isThere(digest, size, name, block) {
        if try !copy(digest, to: name, block) { count.copies += 1 }
      }
    }
    return count
  }

  private static func damaged(_ digest: SHA256Digest) -> Failure {
    Failure(
      .integrity,
      .damagedObject,
      "an object of the depot is damaged",
      subject: digest.hex,
      hint: "run: aptferry depot check --repair-from DIR"
    )
  }

  private static func missing(_ name: String) -> Failure {
    Failure(
      .state,
      "missing-object",
      "the depot lacks an object of the snapshot, or has it damaged",
      subject: name,
      hint: "run: aptferry depot check --repair-from DIR"
    )
  }

  /// False when the object cannot have another name there.
  private func link(
    _ digest: SHA256Digest,
    _ size: UInt64,
    _ links: any LinkableObjects,
    as name: String,
    _ block: LazyBlock
  ) throws(Failure) -> Bool {
    switch links.tryLink(digest, to: tree, as: name) {
    case 0: return true
    case CannotLink.crossDevice, CannotLink.tooMany, CannotLink.notPermitted: return false
    case CannotLink.exists where isAdding:
      if let there = try tree.status(name), try links.isName(there, of: digest) { return true }
      return try isThere(digest, size, name, block)
    case CannotLink.notDirectory where isAdding: throw TreeBuilder.conflict(tree, name)
    case let code: throw .system("link to", tree.describe(name), errno: code)
    }
  }

  /// Whether a file with this content is there already, when it may be.
  private func isThere(
    _ digest: SHA256Digest,
    _ size: UInt64,
    _ name: String,
    _ block: LazyBlock
  ) throws(Failure) -> Bool {
    guard isAdding, let status = try tree.status(name) else { return false }
    if status.kind == .regular, status.size == size,
      try ContentHash.of(try tree.file(name), block: block.get()).digest == digest
    {
      return true
    }
    throw TreeBuilder.conflict(tree, name)
  }

  private static func conflict(_ tree: Directory, _ name: String) -> Failure {
    Failure(.state, conflict, "another file is at this path", subject: tree.describe(name))
  }

  /// Makes a file with the content of an object; hashed on its way, unless its blocks are shared:
  /// then it answers true.
  private func copy(
    _ digest: SHA256Digest,
    to path: String,
    _ block: LazyBlock,
    time: UTCTime? = nil
  ) throws(Failure) -> Bool {
    let source = try objects.open(digest)
    // What is added to a tree in use gets its name when it is whole.
    let name = isAdding ? path + ".part" : path
    if isAdding { _ = try tree.removeFile(name) }
    let target = try tree.createFile(name, mode: 0o644)
    var isShared = false
    if form == .reflinks, time == nil { isShared = try target.cloneContent(of: source) }
    if !isShared { try TreeBuilder.copy(digest, source, target, block.get()) }
    if let time { try target.setModified(time) }
    try target.close()
    if isAdding { try tree.rename(name, to: tree, as: path) }
    return isShared
  }

  private static func copy(
    _ digest: SHA256Digest,
    _ source: borrowing OpenFile,
    _ target: borrowing OpenFile,
    _ block: Block
  ) throws(Failure) {
    var hasher = SHA256Hasher()
    while true {
      try Interruption.check()
      block.clear()
      if try source.read(into: block) == 0 { break }
      hasher.update(block.bytes)
      try target.write(block.bytes)
    }
    guard hasher.finish() == digest else { throw damaged(digest) }
  }

  private final class Total: Sendable {
    let value = Mutex(Count())
  }
}

/// A block that is made when it is first needed.
private final class LazyBlock {
  private var block: Block?

  func get() -> Block {
    let made = block ?? Block()
    block = made
    return made
  }
}

/// Makes the directories of sorted paths, each once.
private struct MadeDirectories {
  /// Clients read them as anybody.
  static let mode: UInt32 = 0o755

  private let tree: Directory
  // Whether directories come to be with that mode: neither the umask nor an ACL that is inherited
  // takes anything away. The first one that is made tells.
  private var givesMode: Bool?
  // The directory that the last file went to; it is there, and all above it.
  private var last: [UInt8] = []

  init(_ tree: Directory) {
    self.tree = tree
  }

  /// Makes the directory of that path, and what lacks above it.
  mutating func make(_ slice: ArraySlice<UInt8>) throws(Failure) {
    if last.elementsEqual(slice) { return }
    let wanted = Array(slice)
    var end = MadeDirectories.commonLength(last, wanted)
    last = wanted
    while end < wanted.count {
      let start = end == 0 ? 0 : end + 1
      end = wanted[start...].firstIndex(of: 0x2f) ?? wanted.count
      let path = String(decoding: wanted[..<end], as: UTF8.self)
      // Another thread may have made it.
      guard try tree.makeOwnDirectory(path) else { continue }
      if givesMode == nil { givesMode = try tree.status(path)?.mode == MadeDirectories.mode }
      if givesMode == false { try tree.directory(path).setMode(MadeDirectories.mode) }
    }
  }

  /// How long the path of the directory is that both lie in, or are.
  private static func commonLength(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var common = 0
    var index = 0
    while true {
      let endsLeft = index == left.count || left[index] == 0x2f
      let endsRight = index == right.count || right[index] == 0x2f
      if endsLeft && endsRight { common = index }
      guard index < left.count, index < right.count, left[index] == right[index] else {
        return common
      }
      index += 1
    }
  }
}
