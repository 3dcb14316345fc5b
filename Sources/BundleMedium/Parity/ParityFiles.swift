internal import BundleFormat
internal import SafeIO
private import Synchronization

/// Writes the files of parity: its strips one behind the other, cut into files.
struct ParityFiles {
  private let layout: ParityLayout
  private let directory: Directory
  private let files: [SharedFile]
  // Where each begins among all bytes, and the end of the last.
  private let starts: [UInt64]

  /// Begins files of these lengths in a directory.
  init(_ layout: ParityLayout, lengths: [UInt64], in directory: Directory) throws(Failure) {
    (self.layout, self.directory) = (layout, directory)
    var starts: [UInt64] = [0]
    var files: [SharedFile] = []
    for (index, length) in lengths.enumerated() {
      let temporary = ParityFiles.temporary(index + 1)
      _ = try directory.removeFile(temporary)
      files.append(SharedFile(try directory.createFile(temporary)))
      starts.append(starts[index] + length)
    }
    (self.files, self.starts) = (files, starts)
  }

  private static func temporary(_ number: Int) -> String { ParityList.fileName(number) + ".part" }

  /// Writes bytes at a place among those of all strips; they lie in one block of a strip.
  func write(_ bytes: RawSpan, at place: UInt64) throws(Failure) {
    var (low, high) = (0, files.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if starts[middle] <= place { low = middle } else { high = middle }
    }
    try files[low].file.seek(to: place - starts[low])
    try files[low].file.write(bytes)
  }

  /// Makes the files durable, under their names, and says what they are.
  func finish() throws(Failure) -> [Manifest.FileSum] {
    let sums = Mutex([Manifest.FileSum?](repeating: nil, count: files.count))
    let shared = Shared(sums)
    try Threads.forEach(count: files.count) { [files, directory] (index) throws(Failure) in
      let number = index + 1
      let content = try ParityFiles.sum(of: directory.file(ParityFiles.temporary(number)))
      try DurableFile.settle(
        files[index].file,
        ParityFiles.temporary(number),
        as: ParityList.fileName(number),
        in: directory
      )
      shared.sums.withLock { $0[index] = content }
    }
    try directory.sync()
    let found = shared.sums.withLock { $0.compactMap { $0 } }
    guard found.count == files.count, found.reduce(0, { $0 + $1.size }) == layout.parityLength
    else {
      throw Failure(.io, "short-write", "not all bytes of parity arrived", subject: directory.path)
    }
    return found
  }

  private final class Shared: Sendable {
    let sums: Mutex<[Manifest.FileSum?]>

    init(_ sums: consuming Mutex<[Manifest.FileSum?]>) { self.sums = sums }
  }

  private static func sum(of file: consuming OpenFile) throws(Failure) -> Manifest.FileSum {
    let block = Block()
    var hasher = SHA256Hasher()
    var length: UInt64 = 0
    while true {
      block.clear()
      if try file.read(into: block) == 0 { break }
      length += UInt64(block.count)
      hasher.update(block.bytes)
      try Interruption.check()
    }
    return Manifest.FileSum(digest: hasher.finish(), size: length)
  }
}
