internal import Glibc
package import SafeIO

extension Staging {
  private static let listingSuffix = ".listing"

  /// The digest of the listing that a file of a staging notes; nil for every other file.
  static func listing(named name: String) -> SHA256Digest? {
    guard name.hasSuffix(listingSuffix) else { return nil }
    return SHA256Digest(hex: name.dropLast(listingSuffix.utf8.count))
  }

  /// The name of the file that notes a listing.
  static func name(ofListing digest: SHA256Digest) -> String { digest.hex + listingSuffix }

  /// Notes that whoever goes on with this staging relies on all files of a listing, whether they
  /// are in the staging or in the depot: until the staging is discarded, gc leaves them alone.
  ///
  /// The listing has been kept here. Durable after the next `sync()`.
  package func note(listing digest: SHA256Digest) throws(Failure) {
    let name = Staging.name(ofListing: digest)
    if try directory.status(name) != nil,
      try ContentHash.of(try directory.file(name)).digest == digest
    {
      return
    }
    let temporary = name + ".part"
    _ = try directory.removeFile(temporary)
    switch directory.tryLink(digest.hex, to: directory, as: temporary) {
    case 0: break
    case EMLINK, EPERM, EOPNOTSUPP: try copy(digest, as: temporary)
    case let code: throw .system("link to", directory.describe(temporary), errno: code)
    }
    try keep(temporary, named: name)
    // Renaming one name of a file to another one of it does nothing at all.
    _ = try directory.removeFile(temporary)
  }

  private func copy(_ digest: SHA256Digest, as name: String) throws(Failure) {
    let source = try open(digest)
    let target = try directory.createFile(name)
    let block = Block()
    while try source.read(into: block) > 0 {
      try target.write(block.bytes)
      block.clear()
    }
    try target.close()
  }
}

extension ObjectStore {
  /// The listings that a staging notes as needed; their bytes are for the caller to check.
  func notedListings(in staging: String) throws(Failure) -> [SHA256Digest] {
    guard let directory = try incoming.directoryIfPresent(staging) else { return [] }
    var found: [SHA256Digest] = []
    try directory.forEachEntry { entry in
      if let digest = Staging.listing(named: entry.name) { found.append(digest) }
    }
    return found.sorted()
  }

  /// Opens a listing that a staging notes.
  func openNotedListing(_ digest: SHA256Digest, in staging: String) throws(Failure) -> OpenFile {
    try incoming.directory(staging).file(Staging.name(ofListing: digest))
  }

  /// Where a staging lies, for messages.
  func describe(staging: String) -> String { incoming.describe(staging) }

  /// How many bytes lie in a staging.
  func size(ofStaging name: String) throws(Failure) -> UInt64 {
    guard let directory = try incoming.directoryIfPresent(name) else { return 0 }
    var bytes: UInt64 = 0
    try directory.forEachEntry { (entry) throws(Failure) in
      bytes &+= try directory.sizeOfOwnFile(entry.name) ?? 0
    }
    return bytes
  }
}
