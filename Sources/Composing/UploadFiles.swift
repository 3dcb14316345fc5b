internal import DebianRepository
internal import Objects
internal import SafeIO

/// The files of one addition: each is taken into the staging once, and hashed on the way.
///
/// What was checked is what is kept: nothing is read from where the files lay a second time.
struct UploadFiles {
  /// A file as it was taken.
  typealias Kept = (size: UInt64, digest: SHA256Digest)

  let staging: Staging
  /// Where it was read from, and what it is.
  private var taken: [String: Kept] = [:]

  init(_ staging: Staging) { self.staging = staging }

  /// Takes any file.
  mutating func take(_ path: String) throws(Failure) -> Kept {
    if let kept = taken[path] { return kept }
    let (directory, name) = try UploadFiles.place(path)
    guard let found = try staging.ingest(try directory.file(name)) else {
      throw Failure(.internal, "taken", "the package was not taken", subject: path)
    }
    taken[path] = (found.size, found.digest)
    return (found.size, found.digest)
  }

  /// Takes a file that a list names, from the directory of that list; nil when it is not there.
  ///
  /// - Throws: `integrity` when it is another file.
  mutating func take(
    _ listed: UploadFile,
    beside list: String
  ) throws(Failure) -> Kept? {
    let directory = try UploadFiles.place(list).directory
    let path = NamedPath.split(list).directory + "/" + listed.name
    guard try directory.status(listed.name) != nil else { return nil }
    let expected = ContentHash(digest: listed.sha256, size: listed.size)
    guard let found = try staging.ingest(try directory.file(listed.name), expecting: expected)
    else {
      throw Failure(
        .integrity,
        "upload-file",
        "a file is not the one that the upload lists",
        subject: path,
        hint: "copy the whole upload again from where it was built; nothing was added",
        details: ["\(list) lists \(listed.size) bytes with SHA-256 \(listed.sha256.hex)"]
      )
    }
    taken[path] = (found.size, found.digest)
    return (found.size, found.digest)
  }

  /// Whether the file at this path was taken.
  func has(_ path: String) -> Bool { taken[path] != nil }

  /// The content of a short file, as it was taken.
  func read(_ kept: Kept, limit: Int, name: String) throws(Failure) -> [UInt8] {
    guard kept.size <= UInt64(limit) else {
      throw Failure(
        .unsafe,
        "too-large",
        "the file has more than the \(limit) bytes that are read of its kind",
        subject: name
      )
    }
    return try staging.open(kept.digest).readAll(limit: limit)
  }

  /// The directory of a file, opened, and its name there.
  static func place(_ path: String) throws(Failure) -> (directory: Directory, name: String) {
    guard path.hasPrefix("/") else {
      throw Failure(.usage, "arguments", "this is not an absolute path", subject: path)
    }
    let (directory, name) = NamedPath.split(path)
    return (try Directory(opening: directory), name)
  }
}

extension SourceControl.Kept {
  /// A file of a source package, with the weak sums that lists have besides.
  init(
    name: String,
    _ kept: UploadFiles.Kept,
    readFrom file: borrowing OpenFile
  ) throws(Failure) {
    var sums = WeakSums()
    let block = Block()
    try file.seek(to: 0)
    while true {
      try Interruption.check()
      block.clear()
      if try file.read(into: block) == 0 { break }
      sums.update(block.bytes)
    }
    self.init(name: name, size: kept.size, sha256: kept.digest, sums: sums.finish())
  }
}
