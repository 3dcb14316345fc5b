package import SafeIO

/// Where bundles are put that are not carried on a medium: a directory in an object store.
package protocol FarDestination: Sendable {
  /// Where it is, for people and as they name it.
  var name: String { get }

  /// The files of a bundle's directory that are there, by their paths in it, with their sizes in bytes.
  func files(of bundle: String) throws(Failure) -> [String: UInt64]

  /// Whether just this content is there, as whoever put it there has said.
  func holds(_ path: String, of bundle: String, _ content: FarContent) throws(Failure) -> Bool

  /// Puts a file where nothing is; answers false when something else lies there, which stays.
  ///
  /// The file is read at any offset, as often as needed.
  func create(
    _ path: String,
    of bundle: String,
    _ content: FarContent,
    from file: SharedFile
  ) throws(Failure) -> Bool
}

/// A file that is put somewhere far away.
package struct FarContent: Sendable {
  /// In bytes.
  package let size: UInt64
  package let digest: SHA256Digest

  package init(size: UInt64, digest: SHA256Digest) { (self.size, self.digest) = (size, digest) }
}
