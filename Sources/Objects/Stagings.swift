package import SafeIO

/// Where objects lie on their way into a store: `incoming/NAME/`, one directory for each command
/// that brings some.
///
/// Always on this machine, wherever the store is: what arrives is checked here first, may come in
/// parts from media that come one after the other, and outlives the run.
package final class Stagings: Sendable {
  private let directory: Directory
  private let store: any ObjectStore

  package init(_ directory: Directory, into store: any ObjectStore) {
    self.directory = directory
    self.store = store
  }

  /// Opens the staging with that name; what an earlier run left in it is still there.
  package func open(_ name: String) throws(Failure) -> Staging {
    guard let path = RelativePath(name), path.components.count == 1, !name.hasPrefix(".") else {
      throw Failure(
        .internal,
        "staging-name",
        "this cannot name a staging directory",
        subject: name
      )
    }
    let isNew = try directory.makeDirectory(name, mode: 0o700)
    return try Staging(
      name,
      try directory.directory(name),
      isNew: isNew,
      parent: directory,
      store: store
    )
  }

  /// The names of the stagings: imports and freezes that are not finished.
  package func names() throws(Failure) -> [String] { try directory.list().map(\.name) }

  /// Removes a staging with all that is in it; false when there is none.
  package func discard(_ name: String) throws(Failure) -> Bool {
    guard let path = RelativePath(name), path.components.count == 1 else { return false }
    return try directory.removeTree(name)
  }

  /// How many bytes lie in a staging.
  package func size(of name: String) throws(Failure) -> UInt64 {
    guard let staging = try directory.directoryIfPresent(name) else { return 0 }
    var bytes: UInt64 = 0
    try staging.forEachEntry { (entry) throws(Failure) in
      bytes &+= try staging.sizeOfOwnFile(entry.name) ?? 0
    }
    return bytes
  }

  /// Where a staging lies, for messages.
  package func describe(_ name: String) -> String { directory.describe(name) }

  /// Free space for what comes in, in bytes, and free inodes (nil where nobody counts them).
  package func freeSpace() throws(Failure) -> (bytes: UInt64, inodes: UInt64?) {
    try directory.freeSpace()
  }
}

extension Stagings {
  /// The content that a staging notes as that kind of thing; its bytes are for the caller to check.
  package func notes(_ kind: String, in staging: String) throws(Failure) -> [SHA256Digest] {
    guard let directory = try directory.directoryIfPresent(staging) else { return [] }
    var found: [SHA256Digest] = []
    try directory.forEachEntry { entry in
      if let note = StagedNote(entry.name), note.kind == kind { found.append(note.digest) }
    }
    return found.sorted()
  }

  /// Opens what a staging notes.
  package func openNote(
    _ digest: SHA256Digest,
    _ kind: String,
    in staging: String
  ) throws(Failure) -> OpenFile {
    try directory.directory(staging).file(StagedNote(digest: digest, kind: kind).name)
  }
}
