internal import Glibc
package import SafeIO

/// Objects as files of one directory: `ab/<sha256>`, each written once and read-only.
package final class LocalObjects: ObjectStore {
  private let directory: Directory

  package init(_ directory: Directory) { self.directory = directory }

  /// The mode of every object.
  static let mode: UInt32 = 0o444

  /// `ab/<sha256>`.
  static func name(of digest: SHA256Digest) -> String {
    var text: [UInt8] = []
    text.reserveCapacity(67)
    digest.appendHex(to: &text)
    text.insert(contentsOf: [text[0], text[1], 0x2f], at: 0)
    return String(decoding: text, as: UTF8.self)
  }

  /// The name of the directory that the objects of a bucket lie in.
  static func name(ofBucket bucket: UInt8) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: [digits[Int(bucket >> 4)], digits[Int(bucket & 0xf)]], as: UTF8.self)
  }

  package func describe(_ digest: SHA256Digest) -> String {
    directory.describe(LocalObjects.name(of: digest))
  }

  /// One system call; an object's bytes are read only when its mark is gone (`ObjectMark`).
  package func contains(_ digest: SHA256Digest, size: UInt64) throws(Failure) -> Bool {
    try LocalObjects.contains(digest, size: size, in: directory)
  }

  static func contains(
    _ digest: SHA256Digest,
    size: UInt64,
    in directory: Directory
  ) throws(Failure) -> Bool {
    let name = LocalObjects.name(of: digest)
    guard let status = try directory.statusOfOwnFile(name), status.size == size else {
      return false
    }
    if ObjectMark.isThere(status, digest) { return true }
    return try ContentHash.of(try directory.file(name)).digest == digest
  }

  package func size(of digest: SHA256Digest) throws(Failure) -> UInt64? {
    try directory.sizeOfOwnFile(LocalObjects.name(of: digest))
  }

  package func read(
    _ digest: SHA256Digest,
    at offset: UInt64,
    limit: Int,
    into block: Block
  ) throws(Failure) -> Int {
    guard try size(of: digest) != nil else { throw missing(digest) }
    return try file(digest).read(into: block, at: offset, limit: limit)
  }

  package func list(
    bucket: UInt8,
    after last: SHA256Digest?,
    limit: Int
  ) throws(Failure) -> [ListedObject] {
    try Interruption.check()
    let name = LocalObjects.name(ofBucket: bucket)
    guard let directory = try directory.directoryIfPresent(name) else { return [] }
    var digests: [SHA256Digest] = []
    try directory.forEachEntry { entry in
      guard entry.kind == .regular, let digest = SHA256Digest(hex: entry.name),
        digest.firstByte == bucket
      else { return }
      if let last, digest <= last { return }
      digests.append(digest)
    }
    digests.sort()
    return digests.prefix(limit).map { ListedObject(digest: $0) }
  }

  package func remove(_ digest: SHA256Digest) throws(Failure) -> Bool {
    try directory.removeFile(LocalObjects.name(of: digest))
  }

  package func sync() throws(Failure) { try directory.syncFileSystem() }

  package func strays() throws(Failure) -> [String] {
    var strays: [String] = []
    for entry in try directory.list() {
      guard entry.kind == .directory, let bucket = UInt8(entry.name, radix: 16),
        LocalObjects.name(ofBucket: bucket) == entry.name
      else {
        strays.append(entry.name)
        continue
      }
      try self.directory.directory(entry.name).forEachEntry { object in
        if object.kind == .regular, SHA256Digest(hex: object.name)?.firstByte == bucket { return }
        strays.append(entry.name + "/" + object.name)
      }
    }
    return strays.sorted()
  }

  package var links: (any LinkableObjects)? { self }
  package var marks: (any MarkedObjects)? { self }
  package var space: (any MeasuredObjects)? { self }
}

extension LocalObjects {
  /// Written into a file without a name, which gets its name when all of it is right: killed on
  /// the way, nothing of it is left.
  package func admit(
    _ digest: SHA256Digest,
    size: UInt64,
    from source: ObjectSource
  ) throws(Failure) -> Bool {
    if try contains(digest, size: size) { return false }
    let name = LocalObjects.name(of: digest)
    try ObjectAdoption.refuseLink(String(name.prefix(2)), in: directory)
    let file = try directory.unnamedFile()
    try ObjectContent.copy(digest, size: size, from: source) { (bytes) throws(Failure) in
      try file.write(bytes)
    }
    try file.setMode(LocalObjects.mode)
    try ObjectMark.set(file, digest)
    // A name must not become durable before its content.
    try file.sync()
    return try give(name, to: file, digest, size)
  }

  /// False when somebody else was quicker.
  private func give(
    _ name: String,
    to file: borrowing OpenFile,
    _ digest: SHA256Digest,
    _ size: UInt64
  ) throws(Failure) -> Bool {
    while true {
      switch directory.tryLink(file, as: name) {
      case 0: return true
      case EEXIST:
        if try contains(digest, size: size) { return false }
        // Damaged: as good as absent, and so is what a power cut leaves between these two calls.
        _ = try directory.removeFile(name)
      case ENOENT:
        _ = try directory.makeDirectory(String(name.prefix(2)), mode: 0o700)
      case let code: throw .system("give a name to", directory.describe(name), errno: code)
      }
    }
  }
}

extension LocalObjects: LinkableObjects {
  package func file(_ digest: SHA256Digest) throws(Failure) -> OpenFile {
    try directory.file(LocalObjects.name(of: digest))
  }

  package func tryLink(
    _ digest: SHA256Digest,
    to other: Directory,
    as name: String
  ) -> Int32 {
    directory.tryLink(LocalObjects.name(of: digest), to: other, as: name)
  }

  package func isName(_ status: FileStatus, of digest: SHA256Digest) throws(Failure) -> Bool {
    guard let object = try directory.statusOfOwnFile(LocalObjects.name(of: digest)) else {
      return false
    }
    return object.inode == status.inode && object.device == status.device
  }

  package func footprint(of digest: SHA256Digest) throws(Failure) -> ObjectFootprint? {
    guard let status = try directory.statusOfOwnFile(LocalObjects.name(of: digest)) else {
      return nil
    }
    return ObjectFootprint(size: status.size, isShared: status.links > 1)
  }

  package func adoption(from directory: Directory) -> ObjectAdoption {
    ObjectAdoption(from: directory, into: self.directory)
  }
}

extension LocalObjects: MarkedObjects {
  package func mark(_ digest: SHA256Digest) throws(Failure) {
    try ObjectMark.set(LocalObjects.name(of: digest), in: directory, digest)
  }
}

extension LocalObjects: MeasuredObjects {
  package func freeSpace() throws(Failure) -> (bytes: UInt64, inodes: UInt64?) {
    try directory.freeSpace()
  }
}
