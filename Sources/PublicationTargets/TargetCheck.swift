#if Network
package import Depot
internal import Objects
package import ObjectStoreClient
internal import Publishing
package import SafeIO
private import Synchronization

/// Compares what a target has of a publication with the listings of its generations.
package struct TargetCheck: Sendable {
  private let publisher: TargetPublisher
  private var store: TargetStore { publisher.store }

  /// What is wrong with one file, and what was done about it.
  package struct Finding: Hashable, Sendable {
    package let path: String
    package let what: String
    package let isRepaired: Bool
  }

  /// What a check found.
  package struct Report: Sendable {
    package let target: String
    package let prefix: String
    /// The number that clients get; 0 where nothing is published.
    package var number: UInt64 = 0
    /// How many files are listed, and of how many the bytes were read.
    package var files = 0
    package var hashed = 0
    package var findings: [Finding] = []
    /// Files that no generation has.
    package var leftovers: [String] = []

    /// How many findings stand.
    package var open: Int { findings.count { !$0.isRepaired } }
  }

  /// How many of the files that last are read, unless all are.
  private static let sample = 100
  /// How much of an object is read at a time, in bytes.
  private static let range = 2 << 20

  package init(
    _ depot: Depot,
    _ target: TargetRecord,
    _ client: StoreClient,
    at prefix: String,
    now: UTCTime,
    progress: ProgressSink? = nil
  ) throws(Failure) {
    publisher = try TargetPublisher(
      depot,
      target,
      client,
      at: prefix,
      command: "target check",
      now: now,
      progress: progress
    )
  }

  /// Checks the files of all generations that are there; with `repairing`, those that the depot has are
  /// written again and leftovers go.
  package func run(
    at prefix: String,
    whole: Bool,
    repairing: Bool
  ) throws(Failure) -> Report {
    var report = Report(target: store.record.name, prefix: prefix)
    guard let found = try store.current() else { return report }
    report.number = found.state.generation.number
    if repairing { try mendListing(found, at: prefix, &report) }
    let before = try TargetPublisher.Before(of: found, in: store)
    let lists = [before.current ?? FileList.empty] + before.lists
    let sizes = try presentSizes(lists, &report)
    var damaged: [String: (what: String, size: UInt64, digest: SHA256Digest)] = [:]
    var wanted: [(path: String, size: UInt64, digest: SHA256Digest)] = []
    for (age, list) in lists.enumerated() {
      list.forEachPath(in: 0..<list.count) { index, bytes in
        let path = String(decoding: bytes, as: UTF8.self)
        let isLasting = TargetLayout.kind(bytes) == .lasting
        // What changes is as the current generation has it; what lasts is one for all.
        guard age == 0 || isLasting && !lists[..<age].contains(where: { $0.index(of: path) != nil })
        else { return }
        report.files += 1
        let (size, digest) = (list.size(at: index), list.digest(at: index))
        guard let there = sizes[path] else { return damaged[path] = ("missing", size, digest) }
        guard there == size else {
          return damaged[path] = ("\(there) bytes instead of \(size)", size, digest)
        }
        wanted.append((path, size, digest))
      }
    }
    let chosen = whole ? wanted : TargetCheck.choose(wanted)
    for (path, finding) in try hash(chosen) { damaged[path] = finding }
    report.hashed = chosen.count
    for (path, finding) in damaged.sorted(by: { $0.key < $1.key }) {
      let isRepaired = repairing ? try repair(path, finding.size, finding.digest) : false
      report.findings.append(Finding(path: path, what: finding.what, isRepaired: isRepaired))
    }
    if repairing { try sweepLeftovers(found, &report) }
    return report
  }

  /// Everything that changes, and some of what lasts.
  private static func choose(
    _ files: [(path: String, size: UInt64, digest: SHA256Digest)]
  ) -> [(path: String, size: UInt64, digest: SHA256Digest)] {
    let parts = Dictionary(grouping: files) {
      TargetLayout.kind(Array($0.path.utf8)[...]) == .lasting
    }
    return (parts[false] ?? []) + (parts[true] ?? []).shuffled().prefix(sample)
  }

  /// The sizes of what is there; what no listing has is a leftover.
  private func presentSizes(
    _ lists: [FileList],
    _ report: inout Report
  ) throws(Failure) -> [String: UInt64] {
    let top = store.layout.key("")
    var sizes: [String: UInt64] = [:]
    var leftovers: [String] = []
    // Directories that belong to others: another depot may publish below, or a hub have bundles there.
    var others: Set<String> = []
    try store.client.forEachKey(below: top) { object in
      let path = String(object.key.dropFirst(top.count))
      if path.hasPrefix(TargetLayout.own + "/") { return }
      if let own = path.firstRange(of: "/" + TargetLayout.own + "/") {
        others.insert(String(path[..<own.lowerBound]))
        return
      }
      if path.hasSuffix("/MANIFEST") { others.insert(String(path.dropLast("/MANIFEST".count))) }
      if lists.contains(where: { $0.index(of: path) != nil }) {
        sizes[path] = object.size
      } else {
        leftovers.append(path)
      }
    }
    // At the top of a bucket other publications lie beside.
    if report.prefix != PublicationPrefix.root {
      report.leftovers = leftovers.filter { !TargetCheck.isBelow(others, $0) }
    }
    return sizes
  }

  /// Whether a path lies below one of some directories.
  private static func isBelow(_ directories: Set<String>, _ path: String) -> Bool {
    var rest = path[...]
    while let slash = rest.lastIndex(of: "/") {
      rest = rest[..<slash]
      if directories.contains(String(rest)) { return true }
    }
    return false
  }

  private func hash(
    _ files: [(path: String, size: UInt64, digest: SHA256Digest)]
  ) throws(Failure) -> [String: (what: String, size: UInt64, digest: SHA256Digest)] {
    let damaged = Damaged()
    try Threads.forEach(count: files.count, width: store.client.settings.width) {
      (index) throws(Failure) in
      let file = files[index]
      if let what = try compare(file.path, file.size, file.digest) {
        damaged.add(file.path, (what, file.size, file.digest))
      }
    }
    return damaged.found
  }

  private final class Damaged: Sendable {
    private let state = Mutex<[String: (what: String, size: UInt64, digest: SHA256Digest)]>([:])

    var found: [String: (what: String, size: UInt64, digest: SHA256Digest)] {
      state.withLock { $0 }
    }

    func add(_ path: String, _ finding: (what: String, size: UInt64, digest: SHA256Digest)) {
      state.withLock { $0[path] = finding }
    }
  }

  /// What is wrong with the bytes of a file; nil when they are right.
  private func compare(
    _ path: String,
    _ size: UInt64,
    _ digest: SHA256Digest
  ) throws(Failure) -> String? {
    var hasher = SHA256Hasher()
    var done: UInt64 = 0
    repeat {
      let count = Int(min(UInt64(TargetCheck.range), size - done))
      if count == 0 { break }
      guard
        let answer = try store.client.get(store.layout.key(path), from: done, count: count)
      else { return "missing" }
      guard answer.body.count == count else { return "shorter than it should be" }
      hasher.update(answer.body)
      done += UInt64(count)
    } while done < size
    return hasher.finish() == digest ? nil : "other content"
  }

  /// Writes a file again; false when the depot has no sound object of it any more.
  private func repair(
    _ path: String,
    _ size: UInt64,
    _ digest: SHA256Digest
  ) throws(Failure) -> Bool {
    let objects = publisher.depot.objects
    guard try objects.contains(digest, size: size), try objects.hash(digest).digest == digest else {
      return false
    }
    let source = StoreSource(size: size, digest: digest) { (offset, limit, block) throws(Failure) in
      try objects.read(digest, at: offset, limit: limit, into: block)
    }
    let kind = TargetLayout.kind(Array(path.utf8)[...])
    try store.client.put(
      source,
      at: store.layout.key(path),
      StoreHeaders(contentType: Shipment.contentType(path), cacheControl: kind.cacheControl)
    )
    return true
  }

  /// Puts the listing of what clients get back, when the depot's generation has just that.
  private func mendListing(
    _ found: TargetStore.Found,
    at prefix: String,
    _ report: inout Report
  ) throws(Failure) {
    var isWhole = false
    do throws(Failure) {
      isWhole = try store.listing(found.state.generation) != nil
    } catch {
      guard error.kind == .integrity else { throw error }
    }
    if isWhole { return }
    let generation = try ShippedGeneration(at: prefix, in: publisher.depot)
    guard generation.list.listDigest == found.state.generation.listing else { return }
    try store.write(generation.list, found.state.generation)
    report.findings.append(
      Finding(path: "the listing", what: "missing or damaged", isRepaired: true)
    )
  }

  /// Removes what no generation has, unless somebody is about to publish.
  private func sweepLeftovers(
    _ found: TargetStore.Found,
    _ report: inout Report
  ) throws(Failure) {
    guard !report.leftovers.isEmpty,
      try store.plan(found.state.generation.number + 1) == nil
    else { return }
    let (client, layout, paths) = (store.client, store.layout, report.leftovers)
    try Threads.forEach(count: paths.count, width: client.settings.width) {
      (index) throws(Failure) in
      try client.delete(layout.key(paths[index]))
    }
    report.leftovers = []
  }
}
#endif
