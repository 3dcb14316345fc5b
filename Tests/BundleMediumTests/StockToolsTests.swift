import BundleFormat
import BundleMedium
import SafeIO
import TestSupport
import Testing

@Suite struct StockToolsTests {
  /// Does what README.txt says, line by line, and answers how it ended; `alter` may change the
  /// bundle before.
  private func follow(
    _ scenario: String,
    in scratch: ScratchDirectory,
    alter: (String) throws -> Void = { _ in }
  ) throws -> RunResult {
    let path = scratch.path("bundle")
    try Disk.copyTree("\(Vector.directory)/\(scenario)/medium-1", to: path)
    try alter(path)
    let key = "\(Vector.directory)/keys/exporter.asc"
    let home = try scratch.directory("home")
    let keyring = home + "/exporter.gpg"
    try run(["gpg", "--homedir", home, "--output", keyring, "--dearmor", key]).succeeded()
    let commands = try Disk.text(path + "/README.txt").split(separator: "\n")
      .filter { $0.hasPrefix("$ ") }.map { $0.dropFirst(2) }
    #expect(commands.count >= 12)
    let script = "set -eo pipefail\n" + commands.joined(separator: "\n") + "\n"
    try Disk.write(script, to: scratch.path("script"))
    return try run(
      ["bash", scratch.path("script")],
      environment: ["GNUPGHOME": home, "HOME": home],
      in: path
    )
  }

  @Test(arguments: [
    "plain", "split-file", "hard-links", "two-snapshots", "long-names", "stored-only",
    "compressed-only",
  ])
  func `README.txt is enough to verify and unpack a bundle`(_ scenario: String) throws {
    try withScratchDirectory { scratch in
      let result = try follow(scenario, in: scratch)
      #expect(result.status == 0, "\(result.everything)")
      #expect(result.text.hasSuffix("complete\n"))
      #expect(!result.text.contains("STRANGER"))
      let unpacked = scratch.path("home/unpacked/tree")
      let media = try BundleMedia.find(in: ["\(Vector.directory)/\(scenario)/medium-1"])[0]
      let table = try EntriesFile.read(from: media, for: try media.manifest.claimed())
      let files = try Disk.files(below: unpacked)
      #expect(files == (0..<table.count).map { table.files.path(at: $0) })
      for (index, file) in files.enumerated() {
        let digest = SHA256Digest.of(try Disk.read(unpacked + "/" + file))
        #expect(digest == table.files.digest(at: index))
      }
    }
  }

  @Test(arguments: [
    "manifest-flipped", "unknown-signer", "entries-flipped", "chunk-content-flipped",
  ])
  func `README.txt ends with an error for a bundle that is not whole`(_ scenario: String) throws {
    try withScratchDirectory { scratch in
      let result = try follow(scenario, in: scratch)
      #expect(result.status != 0)
      let tree = scratch.path("home/unpacked/tree")
      #expect(try !Disk.exists(tree) || Disk.files(below: tree).isEmpty)
    }
  }

  @Test func `t196 what README.txt says never unpacks what the list does not name`() throws {
    try withScratchDirectory { scratch in
      let outside = try scratch.directory("outside")
      let result = try follow("plain", in: scratch) { bundle in
        try plantStrangers(in: bundle + "/chunks", leadingTo: outside, scratch)
      }
      #expect(result.status == 0, "\(result.everything)")
      #expect(result.text.contains("STRANGER: ./chunks/000000.tar\n"))
      #expect(result.text.contains("STRANGER: ./chunks/zz.tar.zst\n"))
      #expect(try Disk.names(in: outside).isEmpty)
      #expect(try Disk.names(in: scratch.path("home/unpacked/tree")) == ["stable"])
    }
  }

  @Test func `t196 a chunk that was exchanged is not unpacked, whatever was checked before`() throws
  {
    try withScratchDirectory { scratch in
      let outside = try scratch.directory("outside")
      let result = try follow("plain", in: scratch) { bundle in
        try plantStrangers(in: bundle + "/chunks", leadingTo: outside, scratch)
        // Whoever types on although step 5 says FAILED.
        let readme = bundle + "/README.txt"
        let text = try Disk.text(readme).replacing("$ sha256sum -c \"$W", with: "# sha256sum \"$W")
          .replacing("$ awk '/^Readme", with: "# awk '/^Readme")
        try Disk.write(text, to: readme)
        try Disk.write(
          try Disk.read(bundle + "/chunks/000000.tar"),
          to: bundle + "/chunks/000001.tar"
        )
      }
      #expect(result.status != 0)
      #expect(result.everything.contains("NOT UNPACKED: chunks/000001.tar"))
      #expect(try Disk.files(below: scratch.path("home/unpacked/tree")).isEmpty)
    }
  }

  /// Two archives beside the chunks: the first leaves a link that leads out, the last writes
  /// through it.
  private func plantStrangers(
    in chunks: String,
    leadingTo outside: String,
    _ scratch: ScratchDirectory
  ) throws {
    let build = try scratch.directory("build")
    try Disk.symbolicLink(build + "/x", to: outside)
    try run(["tar", "-cf", chunks + "/000000.tar", "-C", build, "x"]).succeeded()
    Disk.remove(build + "/x")
    try Disk.write("written through a link\n", to: try scratch.directory("build/x") + "/evil")
    let tar = scratch.path("second.tar")
    try run(["tar", "-cf", tar, "-C", build, "x/evil"]).succeeded()
    try run(["zstd", "-q", tar, "-o", chunks + "/zz.tar.zst"]).succeeded()
  }
}

/// Contents by digest, as files in a directory.
private struct Contents: ContentSource {
  let directory: Directory

  func open(_ digest: SHA256Digest) throws(Failure) -> OpenFile { try directory.file(digest.hex) }
}

@Suite struct TwoExportersTests {
  /// The vectors were made by another program, in another language: from the same files, this one
  /// must make the same bundle. (What zstd makes of it depends on zstd's version.)
  @Test(arguments: [
    "plain", "split-file", "hard-links", "two-snapshots", "long-names", "empty-snapshot",
    "stored-only", "compressed-only",
  ])
  func `Two exporters make the same bundle from the same files`(_ scenario: String) throws {
    try withScratchDirectory { scratch in
      let vector = "\(Vector.directory)/\(scenario)/medium-1"
      let media = try BundleMedia.find(in: [vector])[0]
      let manifest = try media.manifest.claimed()
      let table = try EntriesFile.read(from: media, for: manifest)
      let plan = try BundlePlan(
        entries: table.files,
        chunkSize: BundleLimits.smallestChunkSize
      )
      #expect(plan.table.placements == table.placements)
      let contents = try scratch.directory("contents")
      try unpack(vector, to: scratch.directory("tree"))
      for index in 0..<table.count {
        let name = table.files.digest(at: index).hex
        let parts = try Disk.names(in: contents)
        if parts.contains(name) { continue }
        try Disk.write(
          try Disk.read(scratch.path("tree/" + table.files.path(at: index))),
          to: contents + "/" + name
        )
      }
      let writer = try BundleWriter(
        plan: plan,
        description: BundleWriter.Description(
          stream: manifest.stream,
          sequence: manifest.sequence,
          created: manifest.created,
          previous: nil,
          snapshots: manifest.snapshots.sorted { $0.name < $1.name }
        ),
        in: try Directory(opening: scratch.path)
      )
      let source = Contents(directory: try Directory(opening: contents))
      let written = try writer.write(from: source, sign: { _ in Array("signature".utf8) })
      let made = written.manifest
      try writer.finish(written)
      #expect(made.chunks.map(\.plainSize) == manifest.chunks.map(\.plainSize))
      #expect(made.plainEntries == manifest.plainEntries)
      if made.entries == manifest.entries, made.chunks == manifest.chunks {
        #expect(withoutReadme(made.text) == withoutReadme(media.manifest.bytes))
      }
      for (index, chunk) in manifest.chunks.enumerated() {
        let name = "chunks/" + manifest.chunkName(index + 1)
        let isSame =
          try plain(vector + "/" + name) == plain(scratch.path("\(made.directory)/\(name)"))
        #expect(isSame, "\(name)")
        if !chunk.isCompressed { #expect(made.chunks[index] == chunk) }
      }
    }
  }

  /// A MANIFEST without the line about README.txt: that text may become another one.
  private func withoutReadme(_ manifest: [UInt8]) -> [ArraySlice<UInt8>] {
    manifest.split(separator: 0x0a, omittingEmptySubsequences: false)
      .filter { !$0.starts(with: "Readme: ".utf8) }
  }

  private func plain(_ path: String) throws -> [UInt8] {
    guard path.hasSuffix(".zst") else { return try Disk.read(path) }
    let result = try run(["zstd", "-dcq", path])
    try result.succeeded()
    return result.output
  }

  private func unpack(_ bundle: String, to tree: String) throws {
    for name in try Disk.exists(bundle + "/chunks") ? Disk.names(in: bundle + "/chunks") : [] {
      let archive = try plain("\(bundle)/chunks/\(name)")
      try run(["tar", "-xf", "-", "-C", tree], input: archive).succeeded()
    }
    let first = ".aptferry-part-0001"
    for path in try Disk.files(below: tree) where path.hasSuffix(first) {
      let file = tree + "/" + path.dropLast(first.count)
      let parts = try run(["bash", "-c", "cat \"$1\".aptferry-part-*", "x", file])
      try parts.succeeded()
      try Disk.write(parts.output, to: file)
    }
  }
}
