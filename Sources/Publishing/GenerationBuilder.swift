internal import Depot
internal import SafeIO
private import Synchronization

/// Builds the tree of a generation from objects: hard links, or copies where links cannot be.
struct GenerationBuilder {
  let list: FileList
  let objects: ObjectStore
  let tree: Directory

  /// How many files were linked and how many copied.
  struct Count: Sendable {
    var links: UInt64 = 0
    var copies: UInt64 = 0
  }

  // Small enough for all processors to end at about the same time, large enough that trying to
  // make directories anew at its start costs nothing.
  private static let rangeLength = 4096

  func build() throws(Failure) -> Count {
    let setsMode = try !givesMode()
    let ranges = (list.count + GenerationBuilder.rangeLength - 1) / GenerationBuilder.rangeLength
    let total = Total()
    do {
      try Threads.forEach(count: ranges) { index in
        let start = index * GenerationBuilder.rangeLength
        let end = min(list.count, start + GenerationBuilder.rangeLength)
        let count = try build(start..<end, setsMode: setsMode)
        total.value.withLock { all in
          all.links += count.links
          all.copies += count.copies
        }
      }
    } catch let failure as Failure {
      throw failure
    } catch {
      throw Failure(.internal, "unexpected", "\(error)")
    }
    return total.value.withLock { $0 }
  }

  /// Whether a directory that is made in the tree is for the world to read as it is: neither the
  /// umask nor an ACL that is inherited takes anything away.
  private func givesMode() throws(Failure) -> Bool {
    let name = ".probe"
    _ = try tree.makeOwnDirectory(name)
    let mode = try tree.status(name)?.mode
    _ = try tree.removeDirectory(name)
    return mode == MadeDirectories.mode
  }

  /// Builds the files of a range.
  ///
  /// Nobody but us writes in this tree: paths from its root do, and no directory is opened.
  private func build(_ range: Range<Int>, setsMode: Bool) throws(Failure) -> Count {
    var count = Count()
    var directories = MadeDirectories(tree, setsMode: setsMode)
    var block: Block?
    try Interruption.check()
    for index in range {
      let path = list.pathBytes(at: index)
      let nameStart = path.lastIndex(of: 0x2f).map { $0 + 1 } ?? path.startIndex
      try directories.make(path[..<max(path.startIndex, nameStart - 1)])
      let name = String(decoding: path, as: UTF8.self)
      let (digest, size) = (list.digest(at: index), list.size(at: index))
      guard try objects.contains(digest, size: size) else {
        throw Failure(
          .state,
          "missing-object",
          "the depot lacks an object of the snapshot, or has it with another size",
          subject: name,
          hint: "run: aptferry depot check --repair-from DIR"
        )
      }
      let (from, object) = objects.location(of: digest)
      switch from.tryLink(object, to: tree, as: name) {
      case 0: count.links += 1
      case CannotLink.crossDevice, CannotLink.tooMany, CannotLink.notPermitted:
        let buffer = block ?? Block()
        block = buffer
        try copy(digest, to: name, buffer)
        count.copies += 1
      case let code:
        throw .system("link to", tree.describe(name), errno: code)
      }
    }
    return count
  }

  /// Copies an object and hashes what it copies: the one time that its bytes pass anyway.
  private func copy(
    _ digest: SHA256Digest,
    to path: String,
    _ block: Block
  ) throws(Failure) {
    let source = try objects.open(digest)
    let target = try tree.createFile(path, mode: 0o644)
    var hasher = SHA256Hasher()
    while true {
      try Interruption.check()
      block.clear()
      if try source.read(into: block) == 0 { break }
      hasher.update(block.bytes)
      try target.write(block.bytes)
    }
    try target.close()
    guard hasher.finish() == digest else {
      throw Failure(
        .integrity,
        "damaged-object",
        "an object of the depot is damaged",
        subject: digest.hex,
        hint: "run: aptferry depot check --repair-from DIR"
      )
    }
  }

  private final class Total: Sendable {
    let value = Mutex(Count())
  }
}

/// Makes the directories of sorted paths, each once.
private struct MadeDirectories {
  /// Clients read them as anybody.
  static let mode: UInt32 = 0o755

  private let tree: Directory
  private let setsMode: Bool
  // The directory that the last file went to; it is there, and all above it.
  private var last: [UInt8] = []

  init(_ tree: Directory, setsMode: Bool) {
    self.tree = tree
    self.setsMode = setsMode
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
      if try tree.makeOwnDirectory(path), setsMode {
        try tree.directory(path).setMode(MadeDirectories.mode)
      }
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
