import BundleFormat
import BundleMedium
import SafeIO
import TestSupport
import Testing

/// A copy of a scenario's only medium, opened without its signature.
private struct OpenedBundle {
  let path: String
  private let directory: Directory
  let media: BundleMedia
  let manifest: Manifest
  let table: EntryTable

  init(_ scenario: String, in scratch: ScratchDirectory) throws {
    path = scratch.path("medium")
    try Disk.copyTree("\(Vector.directory)/\(scenario)/medium-1", to: path)
    directory = try Directory(opening: path)
    let found = try BundleMedia.find(in: [path])
    media = found[0]
    manifest = try media.manifest.claimed()
    table = try EntriesFile.read(from: media, for: manifest)
  }

  /// Checks chunk 1 with these bytes; `isSigned` lets the manifest name them.
  func accepts(_ bytes: [UInt8], isSigned: Bool) throws -> Bool {
    let file = try directory.openOrCreateFile("chunks/" + manifest.chunkName(1), mode: 0o644)
    try file.write(bytes)
    try file.truncate(to: UInt64(bytes.count))
    var manifest = manifest
    if isSigned {
      let old = manifest.chunks[0]
      manifest.chunks[0] = Manifest.Chunk(
        digest: SHA256Digest.of(bytes),
        size: UInt64(bytes.count),
        plainSize: old.plainSize,
        isCompressed: old.isCompressed
      )
    }
    return try BundleCheck(media: media, manifest: manifest).run(table: table).isComplete
  }
}

@Suite struct DamageTests {
  @Test func `T001: no two texts of MANIFEST say the same`() throws {
    let text = try Disk.read("\(Vector.directory)/plain/medium-1/MANIFEST")
    let manifest = try Manifest(text: text)
    #expect(manifest.text == text)
    for position in text.indices {
      for bit in 0..<8 as Range<UInt8> {
        var flipped = text
        flipped[position] ^= 1 << bit
        #expect(SHA256Digest.of(flipped) != SHA256Digest.of(text))
        if let read = try? Manifest(text: flipped), read == manifest {
          Issue.record("byte \(position), bit \(bit) makes no difference")
        }
      }
    }
  }

  @Test(arguments: [false, true])
  func `T003: every bit of a stored chunk counts, also when it was signed so`(
    _ isSigned: Bool
  ) throws {
    try withScratchDirectory { scratch in
      let bundle = try OpenedBundle("stored-only", in: scratch)
      let chunk = try Disk.read(bundle.path + "/chunks/000001.tar")
      #expect(try bundle.accepts(chunk, isSigned: isSigned))
      for position in chunk.indices {
        // All bits of the header, one of each byte of content, padding and end; where the digest
        // alone must tell, one of each byte.
        let isAll = position < 512 && isSigned
        for bit in isAll ? 0..<8 : position % 8..<position % 8 + 1 {
          var flipped = chunk
          flipped[position] ^= 1 << UInt8(bit)
          let isAccepted = try bundle.accepts(flipped, isSigned: isSigned)
          #expect(!isAccepted, "byte \(position), bit \(bit)")
        }
      }
    }
  }

  @Test func `T004: every bit of a compressed chunk counts`() throws {
    try withScratchDirectory { scratch in
      let bundle = try OpenedBundle("compressed-only", in: scratch)
      let chunk = try Disk.read(bundle.path + "/chunks/000001.tar.zst")
      #expect(try bundle.accepts(chunk, isSigned: false))
      for position in chunk.indices {
        for bit in 0..<8 as Range<UInt8> {
          var flipped = chunk
          flipped[position] ^= 1 << bit
          let isAccepted = try bundle.accepts(flipped, isSigned: false)
          #expect(!isAccepted, "byte \(position), bit \(bit)")
        }
      }
    }
  }

  @Test(arguments: ["stored-only", "compressed-only"], [false, true])
  func `T073: a chunk cut at any byte is refused`(_ scenario: String, _ isSigned: Bool) throws {
    try withScratchDirectory { scratch in
      let bundle = try OpenedBundle(scenario, in: scratch)
      let chunk = try Disk.read(bundle.path + "/chunks/" + bundle.manifest.chunkName(1))
      for length in chunk.indices where !isSigned || length % 16 == 0 || length > 2000 {
        let isAccepted = try bundle.accepts(Array(chunk[..<length]), isSigned: isSigned)
        #expect(!isAccepted, "\(length) bytes")
      }
      #expect(try bundle.accepts(chunk, isSigned: isSigned))
    }
  }

  @Test func `A damaged chunk with a part names the split file as lost`() throws {
    try withScratchDirectory { scratch in
      let bundle = try OpenedBundle("split-file", in: scratch)
      let name = bundle.path + "/chunks/" + bundle.manifest.chunkName(1)
      try Damage.flipBit(of: name, at: 40)
      let check = BundleCheck(media: bundle.media, manifest: bundle.manifest)
      let findings = try check.run(table: bundle.table)
      #expect(findings.lostEntries == ["s/Contents-all", "s/copy"])
    }
  }

  @Test func `A FIFO in place of any file is refused and never waited for`() throws {
    for name in ["MANIFEST", "MANIFEST.asc", "ENTRIES.zst", "chunks/000001.tar", "README.txt"] {
      try withScratchDirectory { scratch in
        let path = scratch.path("medium")
        try Disk.copyTree("\(Vector.directory)/stored-only/medium-1", to: path)
        Disk.remove(path + "/" + name)
        try run(["mkfifo", path + "/" + name]).succeeded()
        do {
          let media = try BundleMedia.find(in: [path])[0]
          let manifest = try media.manifest.claimed()
          let table = try EntriesFile.read(from: media, for: manifest)
          let findings = try BundleCheck(media: media, manifest: manifest).run(table: table)
          #expect(!findings.isComplete || findings.alteredSideFiles.count == 1)
        } catch let failure as Failure {
          #expect(["E-UNSAFE-NOT-REGULAR", "E-INTEGRITY-ENTRIES-DAMAGED"].contains(failure.code))
        }
      }
    }
  }

  @Test func `A directory that nobody may open does not hide the bundle beside it`() throws {
    try withScratchDirectory { scratch in
      try Disk.copyTree("\(Vector.directory)/plain/medium-1", to: scratch.path("acme-000001"))
      _ = try scratch.directory("lost+found")
      try run(["chmod", "0", scratch.path("lost+found")]).succeeded()
      #expect(try BundleMedia.find(in: [scratch.path]).count == 1)
      try run(["chmod", "755", scratch.path("lost+found")]).succeeded()
    }
  }
}
