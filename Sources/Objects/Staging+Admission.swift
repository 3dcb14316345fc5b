internal import Glibc
package import SafeIO
internal import Synchronization

extension Staging {
  /// Moves kept files into the store and makes them durable there.
  ///
  /// A good object that is there already stays; one of another size, or that was written to, is
  /// damaged and gives way. A hash that an interrupted call moved before counts as moved.
  package func admit(_ digests: some Sequence<SHA256Digest>) throws(Failure) {
    try admit(digests, replacing: false)
  }

  /// Moves content in whatever the store has under that hash: it is known to be damaged.
  package func admitReplacing(_ digest: SHA256Digest) throws(Failure) {
    try admit(CollectionOfOne(digest), replacing: true)
  }

  /// Moves everything kept into the store as `admit` does, without a list of it.
  package func admitAll() throws(Failure) {
    guard let adoption = store.links?.adoption(from: directory) else {
      return try send(try list(), replacing: false)
    }
    try syncIfNeeded()
    var count = 0
    while true {
      let before = count
      try forEachKept { (digest) throws(Failure) in
        try adoption.adopt(digest, replacing: false)
        count += 1
        if count & 0xfff == 0 { try Interruption.check() }
      }
      // A file system may skip names while others are moved away.
      if count == before { break }
    }
    // Even when nothing is left: an interrupted call may have moved it all.
    try store.sync()
  }

  private func admit(
    _ digests: some Sequence<SHA256Digest>,
    replacing: Bool
  ) throws(Failure) {
    guard let adoption = store.links?.adoption(from: directory) else {
      return try send(digests, replacing: replacing)
    }
    // Names must not become durable before content.
    try syncIfNeeded()
    var count = 0
    for digest in digests {
      try adoption.adopt(digest, replacing: replacing)
      count += 1
      if count & 0xfff == 0 { try Interruption.check() }
    }
    if count > 0 { try store.sync() }
  }

  private func syncIfNeeded() throws(Failure) {
    if isDirty.load(ordering: .sequentiallyConsistent) { try sync() }
  }

  /// Sends kept files to a store that has no files of this machine; each stays here until the
  /// store has it for good.
  private func send(
    _ digests: some Sequence<SHA256Digest>,
    replacing: Bool
  ) throws(Failure) {
    var sent: [SHA256Digest] = []
    for digest in digests {
      try send(digest, replacing: replacing)
      sent.append(digest)
    }
    try store.sync()
    for digest in sent { _ = try directory.removeFile(digest.hex) }
  }

  private func send(_ digest: SHA256Digest, replacing: Bool) throws(Failure) {
    guard let size = try directory.sizeOfOwnFile(digest.hex) else {
      // Sent before, or never kept.
      if try store.size(of: digest) != nil { return }
      throw .system("open", directory.describe(digest.hex), errno: ENOENT)
    }
    let file = SharedFile(try open(digest))
    if replacing { _ = try store.remove(digest) }
    _ = try store.admit(digest, size: size) { (offset, block) throws(Failure) in
      try file.file.read(into: block, at: offset)
    }
  }
}
