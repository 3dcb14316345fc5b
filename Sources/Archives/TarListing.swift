private import Glibc
package import SafeIO

/// One member of a tar archive, as its header describes it.
package struct TarMember: Sendable, Hashable {
  /// What kind of file a member is.
  package enum Kind: Sendable, Hashable {
    case regular, hardLink, directory, symbolicLink, other
  }

  /// The name, as it stands in the archive.
  package let name: String
  /// The kind of file.
  package let kind: Kind
  /// How many bytes of content follow the header.
  package let size: UInt64
  /// What a link points to.
  package let linkName: String?

  package init(name: String, kind: Kind, size: UInt64, linkName: String?) {
    self.name = name
    self.kind = kind
    self.size = size
    self.linkName = linkName
  }
}

/// What is in a tar archive, as libarchive sees it: a second opinion on what we write ourselves.
package enum TarListing {
  /// Gives every member of an uncompressed tar file in its order.
  package static func forEachMember(
    of file: borrowing OpenFile,
    _ body: (TarMember) throws(Failure) -> Void
  ) throws(Failure) {
    // libarchive converts names through the locale of the thread.
    let wanted = unsafe newlocale(1 << LC_CTYPE, "C.UTF-8", nil)
    let before = unsafe wanted.map { unsafe uselocale($0) }
    defer {
      if let wanted = unsafe wanted {
        _ = unsafe uselocale(before ?? nil)
        unsafe freelocale(wanted)
      }
    }
    var offset: UInt64 = 0
    try forEachMember(
      name: file.name,
      reading: { (block) throws(Failure) in
        let count = try file.read(into: block, at: offset)
        offset += UInt64(count)
        return count
      },
      body
    )
  }

  private static func forEachMember(
    name: String,
    reading: (Block) throws(Failure) -> Int,
    _ body: (TarMember) throws(Failure) -> Void
  ) throws(Failure) {
    try withoutActuallyEscaping(reading) { (next) throws(Failure) in
      let input = try ArchiveInput.open(.tar, .none, name: name, next: next)
      while let member = try input.nextTarMember() { try body(member) }
    }
  }
}
