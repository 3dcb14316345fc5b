package import SafeIO

/// What a client finds at a path.
package enum ServedItem: Sendable {
  case file(ServedFile)
  case directory([ServedDirectory.Child])
}

/// A published file that is open: what happens to its name does not matter any more.
package struct ServedFile: Sendable {
  /// The content.
  package let file: SharedFile
  /// What the kernel says of it.
  package let status: FileStatus
  /// What the content has to be.
  package let digest: SHA256Digest

  package init(file: SharedFile, status: FileStatus, digest: SHA256Digest) {
    (self.file, self.status, self.digest) = (file, status, digest)
  }
}

/// A directory of a published tree, as its listing has it.
package enum ServedDirectory {
  /// One name in it.
  package struct Child: Hashable, Sendable {
    package let name: String
    /// In bytes; nil for a directory.
    package let size: UInt64?

    package init(name: String, size: UInt64?) {
      (self.name, self.size) = (name, size)
    }
  }

  /// The names below a directory, in the order of the listing; empty when it is none.
  ///
  /// Whatever lies below a child is passed over, not gone through.
  package static func children(of path: String, in list: FileList) -> [Child] {
    let prefix = path.isEmpty ? "" : path + "/"
    let range = path.isEmpty ? 0..<list.count : list.indices(withPrefix: prefix)
    var children: [Child] = []
    var index = range.lowerBound
    while index < range.upperBound {
      let rest = list.path(at: index).dropFirst(prefix.count)
      let name = rest.prefix { $0 != "/" }
      if name.endIndex == rest.endIndex {
        children.append(Child(name: String(name), size: list.size(at: index)))
        index += 1
      } else {
        children.append(Child(name: String(name), size: nil))
        index = max(index + 1, list.indices(withPrefix: prefix + name + "/").upperBound)
      }
    }
    return children
  }
}
