package import SafeIO

/// Writes an image from front to back in one pass: the directories at once, then the content of each
/// file of the plan in its order.
package struct DiscImageWriter: ~Copyable {
  private let plan: DiscImagePlan
  private let file: SharedFile
  private var writer: SequentialWriter
  private let block: Block
  private var hasher = SHA256Hasher()
  // The file whose content is written, and how much of it came.
  private var index = 0
  private var length: UInt64 = 0

  /// Begins the image in a new, empty file.
  package init(_ plan: DiscImagePlan, to file: SharedFile) throws(Failure) {
    self.plan = plan
    self.file = file
    writer = SequentialWriter(for: file.file)
    block = Block(capacity: writer.blockSize)
    try plan.forEachPieceOfFront { (piece) throws(Failure) in
      try unsafe put(piece.span.bytes)
    }
  }

  /// The file whose content is wanted next; nil behind the last.
  package var next: DiscImagePlan.File? { index < plan.files.count ? plan.files[index] : nil }

  /// Takes the next bytes of the file that is wanted.
  ///
  /// - Throws: `io` when it has more bytes than planned.
  package mutating func write(_ bytes: RawSpan) throws(Failure) {
    guard let wanted = next else {
      throw Failure(.internal, "image-order", "the image has all files already")
    }
    length += UInt64(bytes.byteCount)
    guard length <= wanted.size else { throw otherLength(wanted) }
    try put(bytes)
  }

  /// Ends the content of the file.
  ///
  /// - Throws: `io` when it has not exactly the length that was planned.
  package mutating func endFile() throws(Failure) {
    guard let wanted = next else {
      throw Failure(.internal, "image-order", "the image has all files already")
    }
    guard length == wanted.size else { throw otherLength(wanted) }
    try putZeros((DiscBytes.sector - Int(length % UInt64(DiscBytes.sector))) % DiscBytes.sector)
    (index, length) = (index + 1, 0)
  }

  /// Ends the image and makes its content durable; its name is the caller's to settle.
  ///
  /// - Returns: the SHA-256 of all its bytes.
  package consuming func finish() throws(Failure) -> SHA256Digest {
    guard next == nil else {
      throw Failure(.internal, "image-order", "the image lacks files of its plan")
    }
    try putZeros(Int(DiscImagePlan.padding) * DiscBytes.sector)
    try flush()
    let written = try file.file.status().size
    guard written == plan.size else {
      throw Failure(
        .io,
        "short-write",
        "\(written) of \(plan.size) bytes arrived",
        subject: file.file.name
      )
    }
    try file.file.sync()
    return hasher.finish()
  }

  private func otherLength(_ wanted: DiscImagePlan.File) -> Failure {
    Failure(
      .io,
      "image-content",
      "the content does not have the \(wanted.size) bytes that the image has room for",
      subject: wanted.path,
      hint: "it changed meanwhile: begin again"
    )
  }

  private mutating func put(_ bytes: RawSpan) throws(Failure) {
    var done = 0
    while done < bytes.byteCount {
      done += block.append(bytes.extracting(done..<bytes.byteCount))
      if block.room == 0 { try flush() }
    }
  }

  private mutating func putZeros(_ count: Int) throws(Failure) {
    var rest = count
    while rest > 0 {
      rest -= block.appendZeros(rest)
      if block.room == 0 { try flush() }
    }
  }

  private mutating func flush() throws(Failure) {
    let full = block
    hasher.update(full.bytes)
    try writer.write(full.bytes, to: file.file)
    full.clear()
    try Interruption.check()
  }
}

/// An image as a file: made durable before it has its name.
package enum DiscImageFile {
  /// Writes an image; until it is complete it is called `name.part`, and that goes when it fails.
  ///
  /// - Parameters:
  ///   - name: what the image is called, in `directory`. The same image is replaced, nothing else.
  ///   - directory: where it is to be.
  ///   - plan: the plan.
  ///   - contents: hands over the content of each file of the plan, in its order.
  /// - Returns: the SHA-256 of the image.
  /// - Throws: `io` when a content does not have the planned length, `state` when something else has the
  ///   name, and what `contents` throws.
  package static func write(
    _ name: String,
    in directory: Directory,
    _ plan: DiscImagePlan,
    contents: (inout DiscImageWriter) throws(Failure) -> Void
  ) throws(Failure) -> SHA256Digest {
    let temporary = name + ".part"
    // Not after hours of work.
    let there = try directory.status(name)
    guard there.map({ $0.kind == .regular && $0.size == plan.size }) ?? true else {
      throw exists(name, directory)
    }
    _ = try directory.removeFile(temporary)
    do throws(Failure) {
      let file = SharedFile(try directory.createFile(temporary))
      var writer = try DiscImageWriter(plan, to: file)
      try contents(&writer)
      let digest = try writer.finish()
      if try directory.status(name) != nil, try self.digest(of: name, in: directory) != digest {
        throw exists(name, directory)
      }
      try DurableFile.settle(file.file, temporary, as: name, in: directory)
      try directory.sync()
      try directory.syncFileSystem()
      return digest
    } catch {
      // What went wrong first is what has to be told.
      do { _ = try directory.removeFile(temporary) } catch {}
      throw error
    }
  }

  private static func digest(
    of name: String,
    in directory: Directory
  ) throws(Failure) -> SHA256Digest {
    let file = try directory.file(name)
    let block = Block()
    var hasher = SHA256Hasher()
    while try file.read(into: block) > 0 {
      hasher.update(block.bytes)
      block.clear()
      try Interruption.check()
    }
    return hasher.finish()
  }

  private static func exists(_ name: String, _ directory: Directory) -> Failure {
    Failure(
      .state,
      "image-exists",
      "another file has the name of the image",
      subject: directory.describe(name),
      hint: "move it away, or name another directory"
    )
  }
}
