package import SafeIO

/// Reads what was written on a medium again, past the kernel's memory, after the last byte of it was
/// written: a medium of less capacity than it says loses what was written first only then.
package struct MediumReadBack {
  /// From where the bytes came.
  package enum Source: Sendable {
    case medium
    /// A program gives the file system, and what it keeps in memory cannot be passed.
    case cache
  }

  /// A file that is to be there.
  package struct Expected: Sendable {
    package let name: String
    package let digest: SHA256Digest
    package let size: UInt64

    package init(_ name: String, digest: SHA256Digest, size: UInt64) {
      (self.name, self.digest, self.size) = (name, digest, size)
    }
  }

  private let directory: Directory

  /// For a bundle's directory on the medium.
  package init(_ directory: Directory) { self.directory = directory }

  /// Reads all files in full.
  ///
  /// - Parameters:
  ///   - files: what is to be there.
  ///   - progress: called with the number of bytes that were read.
  /// - Returns: from where they came.
  /// - Throws: `integrity` with the names of all that the medium gives back otherwise, or not at all.
  package func check(
    _ files: [Expected],
    progress: (UInt64) -> Void
  ) throws(Failure) -> Source {
    let source = forgetMemory()
    var wrong: [String] = []
    for file in files {
      do throws(Failure) {
        if try digest(of: file, progress) != file.digest {
          wrong.append("\(file.name): other bytes")
        }
      } catch {
        guard error.isOfMedium || error.kind == .io else { throw error }
        wrong.append("\(file.name): \(error.reason)")
      }
    }
    guard wrong.isEmpty else {
      throw Failure(
        .integrity,
        "read-back",
        "the medium does not give back what was written: \(Counted.text(wrong.count, "file"))",
        subject: directory.path,
        hint: "use another medium: this one has less room than it says, or is worn out",
        details: wrong
      )
    }
    return source
  }

  /// Has the system forget what it keeps of the medium in memory, and says from where bytes come then.
  private func forgetMemory() -> Source {
    guard directory.isFUSE else { return .medium }
    return MediumDevice(of: directory)?.dropCache() ?? false ? .medium : .cache
  }

  private func digest(
    of expected: Expected,
    _ progress: (UInt64) -> Void
  ) throws(Failure) -> SHA256Digest? {
    let file = SharedFile(try directory.file(expected.name))
    guard try file.file.status().size == expected.size else { return nil }
    file.file.dropCache()
    // Where it cannot, what was dropped comes from the medium all the same.
    let isDirect = file.file.readDirectly(true)
    let stream = BlockStream(capacity: 1 << 20)
    return try Threads.beside { () throws(Failure) in
      do throws(Failure) {
        var rest = expected.size
        // Past the kernel's memory nothing may be asked for behind a ragged end.
        while rest > 0, let block = stream.takeFree() {
          let count = UInt64(try MediumReadBack.read(file, into: block, isDirect))
          guard count > 0, count <= rest, stream.send(block) else { break }
          rest -= count
          try Interruption.check()
        }
        stream.finish()
      } catch {
        stream.cancel()
        throw error
      }
    } _: { () throws(Failure) in
      defer { stream.cancel() }
      var hasher = SHA256Hasher()
      while let block = stream.next() {
        hasher.update(block.bytes)
        progress(UInt64(block.count))
        stream.giveBack(block)
      }
      return hasher.finish()
    }
  }

  /// Reads the next bytes; a file system may take the flag and no such reads.
  private static func read(
    _ file: SharedFile,
    into block: Block,
    _ isDirect: Bool
  ) throws(Failure) -> Int {
    do throws(Failure) {
      return try file.file.read(into: block)
    } catch {
      guard isDirect, error.kind == .io else { throw error }
      _ = file.file.readDirectly(false)
      return try file.file.read(into: block)
    }
  }
}
