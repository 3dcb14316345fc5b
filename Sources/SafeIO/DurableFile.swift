/// The one recipe for a durable file: temporary file in the same directory, write, check the
/// length, fsync, rename, fsync once more, fsync the directory.
package enum DurableFile {
  /// Makes a written file durable, and gives it its name for good; the directory is still to be
  /// synced.
  ///
  /// The second fsync is for vfat: there a rename makes a new entry of size 0, and the right size
  /// follows only when the file itself is written out.
  package static func settle(
    _ file: borrowing OpenFile,
    _ temporary: String,
    as name: String,
    in directory: Directory
  ) throws(Failure) {
    try file.sync()
    try directory.rename(temporary, to: directory, as: name)
    try file.sync()
  }

  /// Writes `contents` as `name`, replacing what was there at once or not at all; until it is
  /// complete it is called `temporary`, else `name.part`.
  package static func write(
    _ contents: [UInt8],
    as name: String,
    in directory: Directory,
    mode: UInt32 = 0o644,
    temporary: String? = nil
  ) throws(Failure) {
    let temporary = temporary ?? name + ".part"
    _ = try directory.removeFile(temporary)
    let file = try directory.createFile(temporary, mode: mode)
    try file.write(contents)
    let size = try file.status().size
    guard size == UInt64(contents.count) else {
      throw Failure(
        .io,
        "short-write",
        "\(size) of \(contents.count) bytes arrived",
        subject: directory.describe(name)
      )
    }
    try settle(file, temporary, as: name, in: directory)
    try file.close()
    try directory.sync()
  }

  /// Copies a file into another directory under the same name, replacing what was there at once or
  /// not at all.
  package static func copy(
    _ name: String,
    from source: Directory,
    to directory: Directory
  ) throws(Failure) {
    let original = try source.file(name)
    try copy(name, to: directory, length: try original.status().size) {
      (block, offset) throws(Failure) in
      try original.read(into: block, at: offset)
    }
  }

  /// Makes a file of `length` bytes that `read` gives, by offset, until it answers 0; it replaces
  /// what was there at once or not at all.
  package static func copy(
    _ name: String,
    to directory: Directory,
    length expected: UInt64,
    _ read: (Block, UInt64) throws(Failure) -> Int
  ) throws(Failure) {
    let temporary = name + ".part"
    _ = try directory.removeFile(temporary)
    let file = try directory.createFile(temporary)
    let block = Block(capacity: 1 << 18)
    var length: UInt64 = 0
    while true {
      block.clear()
      if try read(block, length) == 0 { break }
      length &+= UInt64(block.count)
      try file.write(block.bytes)
    }
    let written = try file.status().size
    guard expected == length, written == length else {
      throw Failure(
        .io,
        "short-write",
        "\(written) of \(expected) bytes arrived",
        subject: directory.describe(name)
      )
    }
    try settle(file, temporary, as: name, in: directory)
    try file.close()
    try directory.sync()
  }
}
