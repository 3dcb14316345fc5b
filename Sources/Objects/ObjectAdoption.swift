package import SafeIO

/// How files of a staging become objects without being read: by renaming, one after the other.
///
/// Made for each admission: it looks once at every directory that objects go to.
package final class ObjectAdoption {
  private let source: Directory
  private let objects: Directory
  private var looked: Set<String> = []

  init(from source: Directory, into objects: Directory) {
    self.source = source
    self.objects = objects
  }

  /// Makes a file of the source, named by its digest, an object; its bytes are right, and durable.
  ///
  /// A good object that is there already stays; one of another size, or that was written to, is
  /// damaged and gives way. A file that an interrupted call moved before counts as moved.
  package func adopt(_ digest: SHA256Digest, replacing: Bool) throws(Failure) {
    let name = LocalObjects.name(of: digest)
    let parent = String(name.prefix(2))
    if looked.insert(parent).inserted { try ObjectAdoption.refuseLink(parent, in: objects) }
    let hex = String(name.dropFirst(3))
    try ObjectMark.set(hex, in: source, digest)
    if replacing { return try replace(hex, name) }
    var mayMakeDirectory = true
    while true {
      do {
        if try source.renameWithoutReplacing(hex, to: objects, as: name) { return }
        return try settle(digest, hex, name)
      } catch  where error.name == .notFound {
        // Either `ab` lacks, or the file: moved before, or never kept.
        if mayMakeDirectory, try source.sizeOfOwnFile(hex) != nil {
          _ = try objects.makeDirectory(parent, mode: 0o700)
          mayMakeDirectory = false
          continue
        }
        guard try objects.sizeOfOwnFile(name) != nil else { throw error }
        return
      }
    }
  }

  /// Both the staging and the store have the object: the good one stays, the other goes.
  private func settle(_ digest: SHA256Digest, _ hex: String, _ name: String) throws(Failure) {
    guard let size = try source.sizeOfOwnFile(hex),
      try LocalObjects.contains(digest, size: size, in: objects)
    else { return try replace(hex, name) }
    _ = try source.removeFile(hex)
  }

  private func replace(_ hex: String, _ name: String) throws(Failure) {
    _ = try objects.makeDirectory(String(name.prefix(2)), mode: 0o700)
    try source.rename(hex, to: objects, as: name)
  }

  /// A link in place of `ab` would lead objects out of the store.
  static func refuseLink(_ name: String, in objects: Directory) throws(Failure) {
    guard let status = try objects.status(name), status.kind != .directory else { return }
    throw Failure(
      .unsafe,
      "path",
      "this should be a directory of the depot",
      subject: objects.describe(name),
      hint: "find out who changed it; remove it, and run: aptferry depot check"
    )
  }
}
