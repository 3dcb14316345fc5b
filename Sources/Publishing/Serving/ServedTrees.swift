package import Depot
package import SafeIO
private import Synchronization

/// The published trees as clients may ask for them: a path leads to an open file of one generation.
///
/// A path is looked up in the listing of its generation before anything is opened: what somebody
/// else put into a tree is not served, and each file comes with the SHA-256 that it has to have.
package final class ServedTrees: Sendable {
  private let publicRoot: Directory
  private let openDepot: @Sendable () throws(Failure) -> Depot
  private let known = Mutex(KnownPublications())
  private let listings = Mutex(KeptListings())

  /// The trees of a depot, which is opened again for each generation that is new.
  package init(
    _ openDepot: @escaping @Sendable () throws(Failure) -> Depot
  ) throws(Failure) {
    self.openDepot = openDepot
    publicRoot = try openDepot().publicDirectory()
  }

  /// The prefixes that clients can ask for, sorted.
  package func prefixes() throws(Failure) -> [PublicationPrefix] {
    try publications().map(\.prefix)
  }

  /// The generation that clients of a prefix get now; nil when there is none.
  package func current(_ prefix: PublicationPrefix) throws(Failure) -> UInt64? {
    try publications().first { $0.prefix == prefix }?.currentNumber()
  }

  /// Where a path leads; the components are decoded, and none is empty, `.` or `..`.
  ///
  /// Nothing but the links of the publication is read.
  package func place(_ components: [String]) throws(Failure) -> ServedPlace? {
    guard components.allSatisfy({ !$0.hasPrefix(".") }) else { return nil }
    let path = components.joined(separator: "/")
    for publication in try publications() {
      let prefix = publication.prefix.text
      guard path == prefix || path.hasPrefix(prefix + "/") else { continue }
      let rest = String(path.dropFirst(prefix.utf8.count + 1))
      return try publication.place(rest)
    }
    // What is at the root for clients has a name of its own here; no prefix begins with these words.
    guard ["dists", "pool"].contains(components.first) else { return nil }
    return try place([PublicationPrefix.root] + components)
  }

  /// Whether a look at this place reads no listing first.
  package func isReady(_ place: ServedPlace) -> Bool {
    listings.withLock { $0.list(place.listingKey) != nil }
  }

  /// Reads the listing that has a place, unless it is kept.
  package func prepare(_ place: ServedPlace) throws(Failure) { _ = try listing(place) }

  /// What is at a place; nil when nothing is.
  ///
  /// Reads the generation's listing when it is not kept.
  package func look(at place: ServedPlace) throws(Failure) -> ServedItem? {
    let list = try listing(place)
    for path in place.listedPaths {
      if let index = list.index(of: path) {
        return try open(place, size: list.size(at: index), digest: list.digest(at: index))
      }
      let children = ServedDirectory.children(of: path, in: list)
      guard children.isEmpty else {
        let more = path.isEmpty && place.snapshot == nil ? try place.snapshotNames() : []
        return .directory(
          children + (more.isEmpty ? [] : [ServedDirectory.Child(name: "snapshots", size: nil)])
        )
      }
    }
    if place.path == "snapshots", place.snapshot == nil {
      return .directory(
        try place.snapshotNames().map { ServedDirectory.Child(name: $0, size: nil) }
      )
    }
    return nil
  }

  /// A file that generations of before have at a place; nil when none has it.
  ///
  /// Clients whose indexes are of one of them go on to fetch its packages as long as it is kept. A
  /// Release says what is published now: that of a distribution that was taken away is gone at once.
  /// Reads their listings.
  package func lookEarlier(than place: ServedPlace) throws(Failure) -> ServedItem? {
    guard place.snapshot == nil,
      !["InRelease", "Release", "Release.gpg"].contains(place.path.split(separator: "/").last)
    else { return nil }
    let records = try openDepot().catalogue.generations(at: place.prefix.text)
    for record in records.reversed() where record.number != place.generation {
      guard record.state == .kept else { continue }
      if case .file(let file)? = try look(at: place.moved(to: record.number)) {
        return .file(file)
      }
    }
    return nil
  }

  private func open(
    _ place: ServedPlace,
    size: UInt64,
    digest: SHA256Digest
  ) throws(Failure) -> ServedItem? {
    guard let (file, status) = try place.open() else { return nil }
    guard status.size == size else {
      throw Failure(
        .integrity,
        "served-size",
        "a published file is not as long as its listing says",
        subject: place.description,
        hint: "find out what changed it: aptferry publication check \(place.prefix.text)"
      )
    }
    return .file(ServedFile(file: file, status: status, digest: digest))
  }

  private func listing(_ place: ServedPlace) throws(Failure) -> FileList {
    let key = place.listingKey
    if let list = listings.withLock({ $0.list(key) }) { return list }
    let depot = try openDepot()
    let records = try depot.catalogue.generations(at: key.prefix)
    guard let record = records.first(where: { $0.number == key.number }) else {
      throw place.unknownGeneration
    }
    let list = try depot.catalogue.fileList(record.listing, name: place.description)
    listings.withLock { $0.keep(list, as: key) }
    return list
  }

  /// The publications on disk; looked for again when their directory has changed.
  private func publications() throws(Failure) -> [PublicationDirectory] {
    let container = PublicationDirectory.container
    guard let status = try publicRoot.status(container) else { return [] }
    if let kept = known.withLock({ $0.publications(status) }) { return kept }
    var found: [PublicationDirectory] = []
    for entry in try publicRoot.directory(container).list() {
      guard let prefix = try PublicationPrefix(directoryName: entry.name),
        let publication = try PublicationDirectory(prefix, in: publicRoot, making: false)
      else { continue }
      found.append(publication)
    }
    let sorted = found.sorted { $0.prefix.text < $1.prefix.text }
    known.withLock { $0.keep(sorted, status, now: .now()) }
    return sorted
  }
}

/// The publications that are on disk, as long as their directory does not change.
private struct KnownPublications {
  private var publications: [PublicationDirectory]?
  private var status: FileStatus?

  func publications(_ now: FileStatus) -> [PublicationDirectory]? {
    guard let status, status.modified == now.modified, status.inode == now.inode,
      status.modifiedNanoseconds == now.modifiedNanoseconds
    else { return nil }
    return publications
  }

  /// A directory that changed just now may change again without another time of change.
  mutating func keep(_ found: [PublicationDirectory], _ status: FileStatus, now: UTCTime) {
    let isSettled = status.modified + 2 < now.seconds
    publications = isSettled ? found : nil
    self.status = isSettled ? status : nil
  }
}

/// The listings that were asked for last.
private struct KeptListings {
  private var lists: [ServedPlace.ListingKey: FileList] = [:]
  /// The one that was asked for last stands last.
  private var order: [ServedPlace.ListingKey] = []

  /// How many files the kept listings may have together; a file takes some 60 bytes.
  private static let most = 1_500_000

  mutating func list(_ key: ServedPlace.ListingKey) -> FileList? {
    guard let list = lists[key] else { return nil }
    if order.last != key {
      order.removeAll { $0 == key }
      order.append(key)
    }
    return list
  }

  mutating func keep(_ list: FileList, as key: ServedPlace.ListingKey) {
    lists[key] = list
    order.removeAll { $0 == key }
    order.append(key)
    while order.count > 1, lists.values.reduce(0, { $0 + $1.count }) > KeptListings.most {
      lists[order.removeFirst()] = nil
    }
  }
}
