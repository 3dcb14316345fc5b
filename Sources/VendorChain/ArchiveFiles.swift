package import SafeIO

/// The Release files of an APT tree by path below its root, wherever they lie.
package protocol ReleaseSource {
  /// The whole content of a small file (a Release file); nil when it is absent.
  ///
  /// Refused above `limit` bytes.
  func contents(of path: String, limit: Int) throws(Failure) -> [UInt8]?
}

/// The files of an APT tree by path below its root, wherever they lie: a directory, or the
/// objects of a bundle.
package protocol ArchiveFiles: ReleaseSource {
  /// Whether there is a file of this path.
  func has(_ path: String) throws(Failure) -> Bool

  /// Takes a file that the vendor states; nil when it is absent.
  ///
  /// Whatever "takes" means (to hash and store it, to compare it with a list that was verified),
  /// the file is exactly what was expected when this returns: use `ExpectedFile.check`.
  /// - Throws: `integrity` when it is another file than expected.
  func take(_ expected: ExpectedFile) throws(Failure) -> TakenFile?

  /// Takes several files; the answers are in the order of the files.
  ///
  /// The default takes one after the other. Failures of single files are answers, so that a
  /// report can name all of them.
  func takeAll(_ expected: [ExpectedFile]) throws(Failure) -> [Result<TakenFile?, Failure>]

  /// Whether what was taken is remembered here, so that a check need not keep a list of it.
  ///
  /// Files that the indexes list are then taken while the indexes are read, in batches, each as
  /// often as it is listed, and `ChainResult.files` stays empty. It is for files that are compared
  /// with a list: one path must always be the same file, since nothing else notices that two
  /// indexes state different content for it.
  var remembersTaken: Bool { get }

  /// How many files are given to `takeAll` at once, at most.
  var batchLength: Int { get }

  /// Told when all indexes have been read and what they list is taken next.
  func beginPoolFiles()

  /// Told what will be taken before it is, in batches; what the list has and was taken already
  /// is among it.
  func willTake(_ list: FileList) throws(Failure)

  /// Opens a file that was taken.
  func open(_ taken: TakenFile) throws(Failure) -> OpenFile
}

extension ArchiveFiles {
  package var remembersTaken: Bool { false }
  package var batchLength: Int { 1024 }
  package func beginPoolFiles() {}
  package func willTake(_ list: FileList) throws(Failure) {}

  package func takeAll(
    _ expected: [ExpectedFile]
  ) throws(Failure) -> [Result<TakenFile?, Failure>] {
    expected.map { file in
      Result { () throws(Failure) in try take(file) }
    }
  }
}

/// What a vendor's signed list says of one file.
package struct ExpectedFile: Hashable, Sendable {
  /// The path below the archive's root.
  package let path: String
  /// The size in bytes; nil where the list has none (an installer's SHA256SUMS).
  package let size: UInt64?
  /// The SHA-256; nil when only a SHA-512 is listed.
  package let sha256: SHA256Digest?
  /// The SHA-512 as 128 lower-case digits, when it must be checked.
  package let sha512: String?

  package init(path: String, size: UInt64?, sha256: SHA256Digest?, sha512: String? = nil) {
    self.path = path
    self.size = size
    self.sha256 = sha256
    self.sha512 = sha512
  }

  /// Whether the taker must compute a SHA-512 of the content.
  package var needsSHA512: Bool { sha512 != nil }

  /// Refuses a file that is not exactly this.
  ///
  /// - Throws: `integrity` for another size or another hash, `trust` when no strong hash is
  ///   listed, or one that is listed was not computed.
  package func check(
    size actualSize: UInt64,
    sha256 actual: SHA256Digest,
    sha512 actual512: String?
  ) throws(Failure) {
    if let size, size != actualSize {
      throw Failure(
        .integrity,
        "wrong-size",
        "the file has \(actualSize) bytes, the vendor's list says \(size)",
        subject: path
      )
    }
    guard sha256 != nil || sha512 != nil else {
      throw Failure(.trust, "weak-hashes", "no strong hash is listed", subject: path)
    }
    if let sha256, sha256 != actual { throw differs("SHA-256", sha256.hex, actual.hex) }
    if let sha512 {
      guard let actual512 else {
        throw Failure(.trust, "weak-hashes", "the SHA-512 was not computed", subject: path)
      }
      guard sha512 == actual512 else { throw differs("SHA-512", sha512, actual512) }
    }
  }

  /// Neighbours that are one content under several names (an index and its by-hash names): each
  /// range is one piece of work.
  package static func groups(_ files: [ExpectedFile]) -> [Range<Int>] {
    guard !files.isEmpty else { return [] }
    var groups: [Range<Int>] = []
    var start = 0
    for index in 1...files.count {
      if index < files.count, let digest = files[index].sha256, digest == files[start].sha256,
        files[index].size == files[start].size, files[index].sha512 == files[start].sha512
      {
        continue
      }
      groups.append(start..<index)
      start = index
    }
    return groups
  }

  private func differs(_ hash: String, _ expected: String, _ actual: String) -> Failure {
    Failure(
      .integrity,
      "wrong-hash",
      "the file's \(hash) is \(actual), the vendor's list says \(expected)",
      subject: path
    )
  }
}

/// A file that was taken and is what the vendor stated.
package struct TakenFile: Hashable, Sendable {
  /// The path below the archive's root.
  package let path: String
  /// The size in bytes.
  package let size: UInt64
  /// The SHA-256.
  package let sha256: SHA256Digest

  package init(path: String, size: UInt64, sha256: SHA256Digest) {
    self.path = path
    self.size = size
    self.sha256 = sha256
  }
}
