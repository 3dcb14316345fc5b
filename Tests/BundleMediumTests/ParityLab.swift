import BundleFormat
import BundleMedium
import Foundation
import SafeIO
import TestSupport

/// A bundle with parity in short blocks, whose contents do not compress.
struct ParityLab {
  let scratch: ScratchDirectory
  /// The bundle's directory.
  let path: String
  let manifest: Manifest
  /// What the drive cannot read of it, by the file's path.
  var unreadable: [String: [Range<Int>]] = [:]

  /// Makes a bundle of some hundred kilobytes in chunks of 64 KiB.
  init(
    _ scratch: ScratchDirectory,
    files: Int = 9,
    percent: Int = 25,
    block: Int = 4096,
    out: String = "out"
  ) throws {
    self.scratch = scratch
    let contents = try scratch.directory("contents")
    var list = FileList.Builder()
    var lines: [(path: String, size: Int, digest: SHA256Digest)] = []
    var generator = SeededGenerator(seed: 7)
    for number in 0..<files {
      let size = 20_000 + number * 3001
      let bytes = (0..<size).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
      let digest = SHA256Digest.of(bytes)
      try Disk.write(bytes, to: contents + "/" + digest.hex)
      // One in a chunk that is compressed.
      lines.append(("f\(number)" + (number == 0 ? ".txt" : ".deb"), size, digest))
    }
    for line in lines {
      let name = Array("s/\(line.path)".utf8)
      try list.add(path: name.span, size: UInt64(line.size), digest: line.digest)
    }
    let text = lines.map { "\($0.digest.hex) \($0.size) \($0.path)\n" }.joined()
    let writer = try BundleWriter(
      plan: BundlePlan(entries: try list.finish(), chunkSize: 1 << 16),
      description: BundleWriter.Description(
        stream: "acme",
        sequence: 1,
        created: .earliest,
        previous: nil,
        snapshots: [
          Manifest.Snapshot(
            name: "s",
            digest: SHA256Digest.of(Array(text.utf8)),
            files: UInt64(files),
            bytes: UInt64(lines.reduce(0) { $0 + $1.size }),
            isVerbatim: true,
            suites: []
          )
        ],
        parity: ParityShare(hundredths: percent * 100, blockSize: block)
          .map { .share($0, longest: 1 << 16) }
      ),
      in: Directory(opening: try scratch.directory(out))
    )
    let source = Contents(directory: try Directory(opening: contents))
    let written = try writer.write(from: source) { _ in Array("signature".utf8) }
    try writer.finish(written)
    path = scratch.path(out + "/acme-000001")
    manifest = written.manifest
  }

  struct Contents: ContentSource {
    let directory: Directory

    func open(_ digest: SHA256Digest) throws(Failure) -> OpenFile { try directory.file(digest.hex) }
  }

  func chunk(_ number: Int) -> String { path + "/chunks/" + manifest.chunkName(number) }

  /// Another copy of the bundle, to be damaged.
  func copy(_ name: String) throws -> ParityLab {
    let other = scratch.path(name)
    Disk.remove(other)
    try Disk.copyTree(path, to: other)
    return ParityLab(scratch: scratch, path: other, manifest: manifest)
  }

  private init(scratch: ScratchDirectory, path: String, manifest: Manifest) {
    (self.scratch, self.path, self.manifest) = (scratch, path, manifest)
  }

  func media(_ more: [String] = []) throws -> BundleMedia {
    var far = FarMedia()
    if !unreadable.isEmpty { far[path] = UnreadableMedium(name: path, bad: unreadable) }
    return try BundleMedia.find(in: [path] + more, among: far)[0]
  }

  func set(_ more: [String] = []) throws -> ParitySet? {
    try ParitySet.read(from: media(more), for: manifest)
  }

  /// What a full check says.
  func check(_ more: [String] = []) throws -> BundleFindings {
    let media = try media(more)
    let table = try EntriesFile.read(from: media, for: manifest)
    return try BundleCheck(media: media, manifest: manifest).run(table: table)
  }

  /// Repairs into a directory, and says what came of it.
  func repair(_ wanted: Set<Int>? = nil, _ more: [String] = []) throws -> ParityRepair.Outcome {
    let media = try media(more)
    guard let set = try ParitySet.read(from: media, for: manifest) else {
      throw TestSupportError("there is no parity")
    }
    Disk.remove(repaired)
    try Disk.makeDirectory(repaired)
    return try ParityRepair(media, of: manifest, with: set)
      .run(wanted, into: NamedChunks(in: Directory(opening: repaired), of: manifest)) { _ in }
  }

  var repaired: String { scratch.path("repaired") }

  /// Whether these chunks, and no others, were made again, and are what they were in `original`.
  func isMade(_ numbers: [Int], as original: ParityLab) throws -> Bool {
    let names = numbers.map(manifest.chunkName)
    guard try Disk.names(in: repaired).sorted() == names.sorted() else { return false }
    return try numbers.allSatisfy {
      try Disk.read(repaired + "/" + manifest.chunkName($0)) == Disk.read(original.chunk($0))
    }
  }
}
