internal import Depot
internal import SafeIO

/// Where a client's path leads: a generation of a publication, and a path in its tree.
package struct ServedPlace: Sendable, CustomStringConvertible {
  let publication: PublicationDirectory
  /// The generation whose tree it is.
  package let generation: UInt64
  /// The snapshot whose address the client used; nil for the current generation.
  package let snapshot: String?
  /// The path in the tree; empty for its top.
  package let path: String

  /// The prefix of the publication.
  package var prefix: PublicationPrefix { publication.prefix }

  /// Which listing has it.
  struct ListingKey: Hashable, Sendable {
    let prefix: String
    let number: UInt64
  }

  var listingKey: ListingKey { ListingKey(prefix: prefix.text, number: generation) }

  /// For messages.
  package var description: String { "\(prefix.text), generation \(generation): \(path)" }

  /// The same path in another generation.
  func moved(to number: UInt64) -> ServedPlace {
    ServedPlace(publication: publication, generation: number, snapshot: snapshot, path: path)
  }

  /// The paths that a listing may have it under: the vendor's view has the pool through a link.
  var listedPaths: [String] {
    let vendor = GenerationPlan.vendor + "/"
    return path.hasPrefix(vendor) ? [path, String(path.dropFirst(vendor.utf8.count))] : [path]
  }

  /// A client sees a generation of which the catalogue knows nothing.
  var unknownGeneration: Failure { publication.unknown(generation) }

  /// The snapshots that have an address here, sorted.
  func snapshotNames() throws(Failure) -> [String] {
    guard !publication.isPlain,
      let links = try publication.directory.directoryIfPresent("snapshots")
    else { return [] }
    return try links.list().filter { $0.kind == .symbolicLink && !$0.name.hasPrefix(".") }
      .map(\.name).sorted()
  }

  /// Opens the file; nil when it is not there any more.
  func open() throws(Failure) -> (file: SharedFile, status: FileStatus)? {
    if publication.isPlain {
      return try publication.tree(generation)?.servedFile(path)
    }
    let tree = "generations/" + PublicationDirectory.name(generation) + "/"
    return try publication.directory.servedFile(tree + path)
  }
}

extension PublicationDirectory {
  /// Where a path below the prefix leads; nil when clients see nothing there.
  func place(_ rest: String) throws(Failure) -> ServedPlace? {
    guard let current = try currentNumber() else { return nil }
    let parts = rest.split(separator: "/", maxSplits: 2).map { String($0) }
    if !isPlain, parts.count >= 2, parts[0] == "snapshots" {
      guard let number = try pinned(parts[1]) else { return nil }
      return ServedPlace(
        publication: self,
        generation: number,
        snapshot: parts[1],
        path: parts.count == 3 ? parts[2] : ""
      )
    }
    return ServedPlace(publication: self, generation: current, snapshot: nil, path: rest)
  }

  /// The generation that the address of a snapshot leads to; nil without one.
  private func pinned(_ snapshot: String) throws(Failure) -> UInt64? {
    let link = "snapshots/" + snapshot
    guard try directory.status(link)?.kind == .symbolicLink,
      let target = try directory.symbolicLinkTarget(link)
    else { return nil }
    let parts = target.split(separator: "/")
    guard parts.count == 4, parts[0] == "..", parts[1] == "generations" else { return nil }
    return PublicationDirectory.number(String(parts[2]))
  }
}

extension PublicationPrefix {
  /// The prefix whose directory has this name; nil when none has.
  init?(directoryName name: String) throws(Failure) {
    let text = name.split(separator: "%2F", omittingEmptySubsequences: false).joined(
      separator: "/"
    )
    do throws(Failure) {
      try self.init(text)
    } catch {
      guard error.kind == .usage else { throw error }
      return nil
    }
    guard directoryName == name else { return nil }
  }
}
