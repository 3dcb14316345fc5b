package import Objects
package import SafeIO

extension Staging {
  /// Notes that whoever goes on with this staging relies on all files of a listing, whether they
  /// are in the staging or in the depot: until the staging is discarded, gc leaves them alone.
  ///
  /// The listing has been kept here. Durable after the next `sync()`.
  package func note(listing digest: SHA256Digest) throws(Failure) {
    try note(digest, as: Stagings.listing)
  }

  /// Keeps the text of a list, under its hash.
  package func keep(list: FileList) throws(Failure) -> SHA256Digest {
    let target = try createAnonymous()
    let token = target.token
    var hasher = SHA256Hasher()
    try list.forEachTextBlock { (text) throws(Failure) in
      hasher.update(text)
      try target.file.write(text)
    }
    try target.takeFile().close()
    let digest = hasher.finish()
    try keep(token, as: digest)
    return digest
  }

  /// Refuses to record a list of which something is neither staged nor in the depot.
  package func checkComplete(_ list: FileList) throws(Failure) {
    // Most lists have most of their files in one of the two: that one is asked first.
    var isStaged = true
    for index in 0..<list.count {
      let (digest, size) = (list.digest(at: index), list.size(at: index))
      if try isStaged ? contains(digest, size: size) : store.contains(digest, size: size) {
        continue
      }
      isStaged.toggle()
      guard try isStaged ? contains(digest, size: size) : store.contains(digest, size: size) else {
        throw Failure(
          .state,
          "not-taken",
          "a file that was to be recorded is not in the depot any more",
          subject: list.path(at: index),
          hint: "run the same command again"
        )
      }
    }
  }
}

extension Stagings {
  /// What a note of a listing is called.
  fileprivate static let listing = "listing"

  /// The listings that a staging notes as needed; their bytes are for the caller to check.
  func notedListings(in staging: String) throws(Failure) -> [SHA256Digest] {
    try notes(Stagings.listing, in: staging)
  }

  /// Opens a listing that a staging notes.
  func openNotedListing(_ digest: SHA256Digest, in staging: String) throws(Failure) -> OpenFile {
    try openNote(digest, Stagings.listing, in: staging)
  }
}
