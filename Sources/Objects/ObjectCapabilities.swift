package import SafeIO

/// Objects that are files of this machine: read as such, given further names, and taken over from
/// a staging by renaming.
///
/// The only place of this target where files are named: what has no files (an object store behind
/// a network) lacks it as a whole.
package protocol LinkableObjects: Sendable {
  /// Opens an object for reading; the bytes are for the caller to check.
  func file(_ digest: SHA256Digest) throws(Failure) -> OpenFile

  /// Gives an object another name in a directory; 0 or errno, since callers have another way.
  func tryLink(_ digest: SHA256Digest, to directory: Directory, as name: String) -> Int32

  /// Whether a file is one of the names of an object.
  func isName(_ status: FileStatus, of digest: SHA256Digest) throws(Failure) -> Bool

  /// What removing an object gives back; nil when it is not here.
  func footprint(of digest: SHA256Digest) throws(Failure) -> ObjectFootprint?

  /// How files of one directory, named by their digests, become objects by renaming.
  func adoption(from directory: Directory) -> ObjectAdoption
}

/// What an object takes.
package struct ObjectFootprint: Hashable, Sendable {
  /// Its size in bytes.
  package let size: UInt64
  /// Whether its file has other names, so that removing the object gives nothing back.
  package let isShared: Bool

  package init(size: UInt64, isShared: Bool) {
    self.size = size
    self.isShared = isShared
  }
}

/// Objects that carry a mark of their verified content, which any change of it takes away.
package protocol MarkedObjects: Sendable {
  /// Marks an object whose bytes have just been read and are right.
  func mark(_ digest: SHA256Digest) throws(Failure)
}

/// A store that knows how much room it has.
package protocol MeasuredObjects: Sendable {
  /// Free space in bytes, and free inodes (nil where nobody counts them).
  func freeSpace() throws(Failure) -> (bytes: UInt64, inodes: UInt64?)
}

extension ObjectStore {
  /// The capability to publish objects by further names; refused where the store lacks it.
  package func requireLinks() throws(Failure) -> any LinkableObjects {
    if let links { return links }
    throw Failure(
      .state,
      "no-links",
      "the objects of this depot are no files of this machine, so that published files cannot be "
        + "other names of them",
      hint: "publish with --files copies"
    )
  }
}
