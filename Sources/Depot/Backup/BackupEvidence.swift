internal import Objects
internal import SafeIO

/// What a depot keeps for auditors of snapshots that are gone (`KeptEvidence`), in a backup: content
/// by its digest among the objects, and a list of it in each state.
///
/// Nothing ever goes from it, so that a list is enough to copy it without the depot's lock.
enum BackupEvidence {
  /// The file of a state that lists it: digest and size, one a line.
  static let listName = "evidence-objects"

  /// What a depot keeps now.
  static func kept(in root: Directory) throws(Failure) -> [BackupNeeds.Object] {
    guard let place = try root.directoryIfPresent(KeptEvidence.objectsPath) else { return [] }
    var found: [BackupNeeds.Object] = []
    for entry in try place.list() where entry.kind == .regular {
      guard let digest = SHA256Digest(hex: entry.name),
        let size = try place.sizeOfOwnFile(entry.name)
      else { continue }
      found.append(BackupNeeds.Object(digest: digest, size: size, isEvidence: true))
    }
    return found.sorted { $0.digest < $1.digest }
  }

  /// Writes the list of it into a state.
  static func write(_ kept: [BackupNeeds.Object], to state: Directory) throws(Failure) {
    let lines = kept.map { "\($0.digest.hex) \($0.size ?? 0)\n" }.joined()
    try DurableFile.write(Array(lines.utf8), as: listName, in: state, mode: 0o600)
  }

  /// What a state lists, and what one of the first format has in itself.
  static func listed(in state: Directory) throws(Failure) -> [BackupNeeds.Object] {
    var objects = try kept(in: state)
    guard try state.status(listName) != nil else { return objects }
    let text = String(decoding: try state.contents(of: listName, limit: 1 << 28), as: UTF8.self)
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ")
      guard words.count == 2, let digest = SHA256Digest(hex: String(words[0])),
        let size = UInt64(words[1])
      else { throw BackupPlace.damaged(state.describe(listName)) }
      objects.append(BackupNeeds.Object(digest: digest, size: size, isEvidence: true))
    }
    return objects
  }
}
