package import SafeIO

/// The content of a depot: `objects/ab/<sha256>`, each written once and read-only.
package final class ObjectStore: Sendable {
  let objects: Directory
  let incoming: Directory

  init(objects: Directory, incoming: Directory) {
    self.objects = objects
    self.incoming = incoming
  }

  /// The mode of every object.
  static let objectMode: UInt32 = 0o444

  /// `ab/<sha256>`, below `objects`.
  static func name(of digest: SHA256Digest) -> String {
    var text: [UInt8] = []
    text.reserveCapacity(67)
    digest.appendHex(to: &text)
    text.insert(contentsOf: [text[0], text[1], 0x2f], at: 0)
    return String(decoding: text, as: UTF8.self)
  }

  /// Where an object lies (or would), for linking.
  package func location(of digest: SHA256Digest) -> (directory: Directory, name: String) {
    (objects, ObjectStore.name(of: digest))
  }

  /// Whether the object is here with that size, and nobody has written to it since it came.
  ///
  /// One system call; its bytes are read only when its mark is gone (`ObjectMark`).
  package func contains(_ digest: SHA256Digest, size: UInt64) throws(Failure) -> Bool {
    let name = ObjectStore.name(of: digest)
    guard let status = try objects.statusOfOwnFile(name), status.size == size else { return false }
    if ObjectMark.isThere(status, digest) { return true }
    return try ContentHash.of(try objects.file(name)).digest == digest
  }

  /// The size of an object, or nil when it is not here.
  package func size(of digest: SHA256Digest) throws(Failure) -> UInt64? {
    try objects.sizeOfOwnFile(ObjectStore.name(of: digest))
  }

  /// Opens an object for reading; its bytes are for the caller to check.
  package func open(_ digest: SHA256Digest) throws(Failure) -> OpenFile {
    let name = ObjectStore.name(of: digest)
    guard try objects.sizeOfOwnFile(name) != nil else {
      throw Failure(
        .state,
        "missing-object",
        "the depot lacks an object that it should have",
        subject: objects.describe(name),
        hint: "run: aptferry depot check --repair-from DIR"
      )
    }
    return try objects.file(name)
  }

  /// Opens the staging directory of that name, with what an earlier run left there.
  package func staging(_ name: String) throws(Failure) -> Staging {
    guard let path = RelativePath(name), path.components.count == 1, !name.hasPrefix(".") else {
      throw Failure(
        .internal,
        "staging-name",
        "this cannot name a staging directory",
        subject: name
      )
    }
    let isNew = try incoming.makeDirectory(name, mode: 0o700)
    let directory = try incoming.directory(name)
    return try Staging(name, directory, isNew: isNew, parent: incoming, store: self)
  }

  /// The names of the staging directories: imports and freezes that are not finished.
  package func stagings() throws(Failure) -> [String] {
    try incoming.list().map(\.name)
  }

  /// Removes a staging directory with all that is in it; false when there is none.
  package func discardStaging(_ name: String) throws(Failure) -> Bool {
    guard let path = RelativePath(name), path.components.count == 1 else { return false }
    return try incoming.removeTree(name)
  }
}
