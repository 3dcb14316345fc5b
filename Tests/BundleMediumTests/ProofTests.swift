import BundleFormat
import BundleMedium
import SafeIO
import TestSupport
import Testing

/// Remembers which contents were whole.
private final class Takings: ChunkSink {
  private(set) var taken: [UInt64: (bytes: UInt64, isGood: Bool)] = [:]
  private var bytes: UInt64 = 0

  func begin(_ member: ChunkLayout.Member) { bytes = 0 }
  func write(_ bytes: RawSpan) { self.bytes += UInt64(bytes.byteCount) }
  func end(_ member: ChunkLayout.Member, isGood: Bool) { taken[member.offset] = (bytes, isGood) }
}

/// A reader that takes contents need not hash a stored chunk's file: it must say the same all the same.
@Suite struct ProofTests {
  /// Reads every file that may be a chunk in both ways; answers how many were damaged.
  private func compare(_ media: BundleMedia, _ manifest: Manifest) throws -> Int {
    let table = try EntriesFile.read(from: media, for: manifest)
    var damaged = 0
    for number in 1...max(1, manifest.chunks.count) where number <= manifest.chunks.count {
      for candidate in media.candidates(forChunk: number, of: manifest) {
        let takings = [Takings(), Takings()]
        let outcomes = try zip([ChunkReader.Proof.file, .contents], takings).map { proof, sink in
          try ChunkReader(chunk: number, of: manifest, table: table, proving: proof)
            .read(candidate, scratch: nil, into: sink)
        }
        #expect(outcomes[0].faults == outcomes[1].faults)
        #expect(outcomes[0].damagedEntries == outcomes[1].damagedEntries)
        #expect(outcomes[0].isGood || outcomes[0].digest == outcomes[1].digest)
        #expect(takings[0].taken.mapValues(\.bytes) == takings[1].taken.mapValues(\.bytes))
        #expect(takings[0].taken.mapValues(\.isGood) == takings[1].taken.mapValues(\.isGood))
        damaged += outcomes[0].isGood ? 0 : 1
      }
    }
    return damaged
  }

  @Test(arguments: Vector.all)
  func `Both proofs say the same of every scenario`(_ vector: Vector) throws {
    do {
      for media in try BundleMedia.find(in: try vector.media()) {
        _ = try compare(media, try media.manifest.claimed())
      }
    } catch is Failure {
      // Refused before its chunks are looked at.
    }
  }

  @Test(arguments: ["stored-only", "plain", "hard-links", "split-file"])
  func `T003: both proofs find the same bit`(_ scenario: String) throws {
    try withScratchDirectory { scratch in
      let path = scratch.path("medium")
      try Disk.copyTree("\(Vector.directory)/\(scenario)/medium-1", to: path)
      try findEveryBit(of: path, step: 11)
    }
  }

  @Test func `T003: both proofs find the same bit of a part, which has no digest of its own`()
    throws
  {
    try withScratchDirectory { scratch in
      let content = (0..<150_000).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 9) }
      let digest = SHA256Digest.of(content)
      try Disk.write(content, to: scratch.path(digest.hex))
      var files = FileList.Builder()
      try files.add(path: "s/large.deb", size: 150_000, digest: digest)
      let writer = try BundleWriter(
        plan: BundlePlan(entries: try files.finish(), chunkSize: 1 << 16),
        description: BundleWriter.Description(
          stream: "acme",
          sequence: 1,
          created: .earliest,
          previous: nil,
          snapshots: [
            Manifest.Snapshot(
              name: "s",
              digest: SHA256Digest.of(Array("\(digest.hex) 150000 large.deb\n".utf8)),
              files: 1,
              bytes: 150_000,
              isVerbatim: true,
              suites: []
            )
          ]
        ),
        in: Directory(opening: try scratch.directory("out"))
      )
      let source = Contents(directory: try Directory(opening: scratch.path))
      try writer.finish(try writer.write(from: source) { _ in [0] })
      try findEveryBit(of: scratch.path("out/acme-000001"), step: 997)
    }
  }

  private struct Contents: ContentSource {
    let directory: Directory

    func open(_ digest: SHA256Digest) throws(Failure) -> OpenFile { try directory.file(digest.hex) }
  }

  private func findEveryBit(of path: String, step: Int) throws {
    let media = try BundleMedia.find(in: [path])[0]
    let manifest = try media.manifest.claimed()
    let name = path + "/chunks/" + manifest.chunkName(1)
    #expect(try compare(media, manifest) == 0)
    for position in stride(from: 0, to: try Disk.read(name).count, by: step) {
      try Damage.flipBit(of: name, at: position)
      #expect(try compare(media, manifest) == 1, "byte \(position)")
      try Damage.flipBit(of: name, at: position)
    }
  }
}
