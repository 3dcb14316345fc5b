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

  // Small enough for all processors to end at about the same time, large enough that opening
  // directories anew at its start costs nothing.
  private static let rangeLength = 4096

  func build() throws(Failure) -> Count {
    let ranges = (list.count + GenerationBuilder.rangeLength - 1) / GenerationBuilder.rangeLength
    let total = Total()
    do {
      try Threads.forEach(count: ranges) { index in
        let start = index * GenerationBuilder.rangeLength
        let end = min(list.count, start + GenerationBuilder.rangeLength)
        let count = try build(start..<end)
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

  /// Builds the files of a range; since they are sorted, each directory is opened once.
  private func build(_ range: Range<Int>) throws(Failure) -> Count {
    var count = Count()
    var directories = DirectoryStack(tree)
    var block: Block?
    try Interruption.check()
    for index in range {
      let path = list.pathBytes(at: index)
      let nameStart = path.lastIndex(of: 0x2f).map { $0 + 1 } ?? path.startIndex
      let directory = try directories.enter(path[..<max(path.startIndex, nameStart - 1)])
      let name = String(decoding: path[nameStart...], as: UTF8.self)
      let (digest, size) = (list.digest(at: index), list.size(at: index))
      guard try objects.contains(digest, size: size) else {
        throw Failure(
          .state,
          "missing-object",
          "the depot lacks an object of the snapshot, or has it with another size",
          subject: list.path(at: index),
          hint: "run: aptferry depot check --repair-from DIR"
        )
      }
      let (from, object) = objects.location(of: digest)
      switch from.tryLink(object, to: directory, as: name) {
      case 0: count.links += 1
      case CannotLink.crossDevice, CannotLink.tooMany, CannotLink.notPermitted:
        let buffer = block ?? Block()
        block = buffer
        try copy(digest, to: directory, name, buffer)
        count.copies += 1
      case let code:
        throw .system("link to", directory.describe(name), errno: code)
      }
    }
    return count
  }

  /// Copies an object and hashes what it copies: the one time that its bytes pass anyway.
  private func copy(
    _ digest: SHA256Digest,
    to directory: Directory,
    _ name: String,
    _ block: Block
  ) throws(Failure) {
    let source = try objects.open(digest)
    let target = try directory.createFile(name, mode: 0o644)
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

/// The open directories from the tree's root down to where the last file went.
private struct DirectoryStack {
  private let root: Directory
  private var path: [UInt8] = []
  private var open: [(end: Int, directory: Directory)] = []

  init(_ root: Directory) { self.root = root }

  /// The directory of that path, made when it lacks.
  mutating func enter(_ wanted: ArraySlice<UInt8>) throws(Failure) -> Directory {
    if path.elementsEqual(wanted) { return open.last?.directory ?? root }
    // Leave what is no directory of the wanted path.
    while let last = open.last {
      let isAbove =
        wanted.starts(with: path[..<last.end])
        && (wanted.count == last.end || wanted[wanted.startIndex + last.end] == 0x2f)
      if isAbove { break }
      open.removeLast()
    }
    var current = open.last?.directory ?? root
    var end = open.last?.end ?? 0
    path = Array(wanted)
    while end < path.count {
      let start = end == 0 ? 0 : end + 1
      end = path[start...].firstIndex(of: 0x2f) ?? path.count
      let name = String(decoding: path[start..<end], as: UTF8.self)
      // Another thread may have made it.
      _ = try current.makeDirectory(name, mode: 0o755)
      current = try current.directory(name)
      open.append((end, current))
    }
    return current
  }
}
