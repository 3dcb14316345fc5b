package import SafeIO

/// A medium that is no directory or image here, as in an object store: names in directories, and files
/// that are read piece by piece.
///
/// Nothing of it is trusted, as nothing of any medium is: what a file is, its digest decides. That it
/// cannot be reached says nothing of its files; such a failure is not `isOfMedium`.
package protocol FarMedium: Sendable {
  /// What a person names to have it read again.
  var name: String { get }

  /// What lies in a directory, given by its path below the medium's top (empty for that itself).
  ///
  /// No more than `limit` names are answered, and more are refused.
  func entries(of directory: String, atMost limit: Int) throws(Failure) -> [FarEntry]

  /// Opens a file of a size that was listed.
  func open(_ path: String, size: UInt64) throws(Failure) -> any FarFile
}

/// A name in a directory of a far medium.
package struct FarEntry: Sendable, Hashable {
  package let name: String
  /// A file or a directory: there is nothing else.
  package let isDirectory: Bool
  /// In bytes; 0 for a directory.
  package let size: UInt64

  package init(name: String, isDirectory: Bool, size: UInt64) {
    (self.name, self.isDirectory, self.size) = (name, isDirectory, size)
  }

  var kind: FileStatus.Kind { isDirectory ? .directory : .regular }

  /// Whether a file here could be called so.
  var isUsable: Bool {
    guard let path = RelativePath(name) else { return false }
    return path.components.count == 1
  }
}

/// A file of a far medium.
package protocol FarFile: Sendable {
  /// Reads at a byte offset, at most `limit`, into the block's free part; 0 at the end.
  func read(into block: Block, at offset: UInt64, limit: Int) throws(Failure) -> Int
}

/// The far media among those that a person named, by what was named.
package struct FarMedia: Sendable {
  private var media: [String: any FarMedium] = [:]

  /// No far media.
  package static let none = FarMedia()

  package init() {}

  /// The medium of a name; nil for one that is here.
  package subscript(name: String) -> (any FarMedium)? {
    get { media[name] }
    set { media[name] = newValue }
  }
}
