import Foundation
import SafeIO
import TestSupport
import Testing

/// Threats T089–T099: what an archive or a list of entries could make a careless importer do.
///
/// All of it is signed by the exporter.
@Suite struct ThreatsArchiveTests {
  /// The first header block with other bytes at an offset, and its checksum made right.
  private static func header(
    _ archive: [UInt8],
    _ offset: Int,
    _ bytes: [UInt8]
  ) -> [UInt8] {
    var block = Array(archive[..<512])
    for (index, byte) in bytes.enumerated() { block[offset + index] = byte }
    return TarForge.sealed(block) + archive[512...]
  }

  /// Archives that a stock tar would unpack differently from what ENTRIES says.
  static let archives: [(what: String, edit: @Sendable ([UInt8]) -> [UInt8])] = [
    ("T089 a name that climbs", { header($0, 0, Array("../../../etc/evil\0".utf8)) }),
    ("T089 an absolute name", { header($0, 0, Array("/etc/evil\0".utf8)) }),
    ("T089 a prefix that climbs", { header($0, 345, Array("../..".utf8)) }),
    ("T090 a symbolic link", { header(header($0, 156, [0x32]), 157, Array("/etc".utf8)) }),
    ("T090 a hard link out", { header(header($0, 156, [0x31]), 157, Array("/etc/shadow".utf8)) }),
    ("T091 a device", { header($0, 156, [0x33]) }), ("T091 a FIFO", { header($0, 156, [0x36]) }),
    ("T091 a directory", { header($0, 156, [0x35]) }),
    ("T091 setuid", { header($0, 100, Array("0004755".utf8)) }),
    ("T091 an owner", { header($0, 108, Array("0001750".utf8)) }),
    ("T091 a long name record", { header($0, 156, [0x4c]) }),
    ("T091 a pax header", { header($0, 156, [0x78]) }),
    ("T091 several volumes", { header($0, 156, [0x4d]) }),
    ("T092 a sparse file", { header($0, 156, [0x53]) }),
    ("T092 a size of 8 GiB", { header($0, 124, Array("77777777777".utf8)) }),
    ("T092 a size in base 256", { header($0, 124, [0x80, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]) }),
    (
      "T095 bytes in the padding",
      { bytes in
        var bytes = bytes
        bytes[bytes.count - 1025] = 1
        return bytes
      }
    ),
    (
      "T095 bytes in the end",
      { bytes in
        var bytes = bytes
        bytes[bytes.count - 1] = 1
        return bytes
      }
    ),
  ]

  @Test func t089ToT095AnArchiveThatIsNotWhatEntriesSayIsRefused() throws {
    try ThreatsSite.with { site in
      for row in ThreatsArchiveTests.archives {
        var forge = try site.lab.forge()
        forge.editArchive = row.edit
        try forge.write(to: site.medium)
        try site.expectRefusal(
          .integrity,
          "INTEGRITY-CHUNKS-DAMAGED",
          naming: "000001.tar",
          leaving: .arrivedChunks,
          what: row.what
        )
        Disk.remove(site.bundle)
        try site.reset()
      }
    }
  }

  @Test func t095MembersThatAreNotListedOrLackAreRefused() throws {
    try ThreatsSite.with { site in
      var forge = try site.lab.forge()
      // A further member: the archive is longer than its entries give.
      forge.editArchive = { archive in
        var more = TarForge()
        more.add(file: "first/evil", Array("evil".utf8))
        return Array(archive.dropLast(1024)) + more.ended()
      }
      try forge.write(to: site.medium)
      try site.expectRefusal(
        .integrity,
        "INTEGRITY-ENTRIES",
        naming: "ENTRIES",
        what: "further member"
      )
      Disk.remove(site.bundle)
      forge = try site.lab.forge()
      forge.editEntries = { text in
        text.split(separator: "\n").dropLast().map { $0 + "\n" }.joined()
      }
      try forge.write(to: site.medium)
      try site.expectRefusal(.integrity, "INTEGRITY-ENTRIES", naming: "ENTRIES", what: "not listed")
      Disk.remove(site.bundle)
      forge.editEntries = { text in
        let lines = text.split(separator: "\n").map { $0 + "\n" }
        return (lines + [lines[lines.count - 1]]).joined()
      }
      try forge.write(to: site.medium)
      try site.expectRefusal(
        .integrity,
        "INTEGRITY-ENTRIES",
        naming: "ENTRIES",
        what: "listed twice"
      )
      Disk.remove(site.bundle)
      forge.editEntries = { $0 + $0.prefix(64) + " 1 - other/file\n" }
      try forge.write(to: site.medium)
      try site.expectRefusal(
        .integrity,
        "INTEGRITY-ENTRIES",
        naming: "ENTRIES",
        what: "no snapshot's"
      )
    }
  }

  /// Paths in ENTRIES; each is the last by bytes or in its place, so that only it is wrong.
  @Test func t089t097t098PathsThatMayNotBeAreRefused() throws {
    let long = String(repeating: "n", count: 256)
    let deep = String(repeating: "directory/", count: 103) + "file"
    let rows: [(what: String, path: String)] = [
      ("climbing", "zz/../../etc/evil"), ("a dot", "zz/./x"), ("empty component", "zz//x"),
      ("a final slash", "zz/"), ("an ESC", "zz/\u{1b}[2J"), ("a CSI", "zz/\u{9b}2J"),
      ("a bidi override", "zz/\u{202e}gpj"), ("a NUL", "zz/a\0b"), ("a DEL", "zz/\u{7f}"),
      ("a backslash", "zz/a\\b"), ("a trailing dot", "zz/a."), ("a trailing space", "zz/a "),
      ("256 bytes", "zz/\(long)"), ("more than 1024 bytes", "zz/\(deep)"),
      ("a part's name", "zz/a.aptferry-part-0001"), ("a file below a file", "zz/x/y"),
    ]
    try ThreatsSite.with { site in
      for row in rows {
        var forge = try site.lab.forge()
        let digest = SHA256Digest.of(Array("the first package\n".utf8)).hex
        forge.editEntries = { text in
          let first = row.path == "zz/x/y" ? "\(digest) 18 - first/zz/x\n" : ""
          return text + first + "\(digest) 18 - first/\(row.path)\n"
        }
        try forge.write(to: site.medium)
        let before = try site.state()
        let result = try site.site("import", site.medium)
        #expect(result.refused(.unsafe), "\(row.what): \(result.everything)")
        #expect(result.errors.contains("code: E-UNSAFE-"), "\(row.what): \(result.everything)")
        ThreatsSite.expectHarmless(result, row.what)
        #expect(try site.changes(since: before) == [], "\(row.what)")
        Disk.remove(site.bundle)
      }
    }
  }

  @Test func aPathThatIsNoUTF8IsRefused() throws {
    try ThreatsSite.with { site in
      var forge = try site.lab.forge()
      // The first letter of the last path becomes a byte that UTF-8 has not.
      let directory = try forge.write(to: site.medium)
      let plain = site.scratch.path("entries")
      try run(["zstd", "-q", "-d", directory + "/ENTRIES.zst", "-o", plain]).succeeded()
      var bytes = try Disk.read(plain)
      let place = try #require(bytes.lastIndex(of: UInt8(ascii: "q")))
      bytes[place] = 0xff
      try Disk.write(bytes, to: plain)
      try run(["zstd", "-q", "-f", "-6", "--check", plain, "-o", directory + "/ENTRIES.zst"])
        .succeeded()
      let packed = try Disk.read(directory + "/ENTRIES.zst")
      try BundleForge.alter(directory, home: site.lab.exporterHome) { text in
        text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
          guard line.hasPrefix("Entries: ") else { return String(line) }
          return "Entries: \(SHA256Digest.of(packed).hex) \(packed.count) "
            + "\(SHA256Digest.of(bytes).hex) \(bytes.count)"
        }.joined(separator: "\n")
      }
      forge.sequence = "1"
      try site.expectRefusal(.unsafe, "UNSAFE-PATH")
    }
  }

  @Test func t093t094BombsAreStoppedAtTheSignedLength() throws {
    try ThreatsSite.with { site in
      let bomb = [UInt8](repeating: 0, count: 64 << 20)
      let hasTime = Disk.exists("/usr/bin/time")
      let peak = site.scratch.path("home/peak")
      let rows: [(String, [String], String)] = [
        ("T093 much more than is signed", ["-6"], "frame declares"),
        ("T094 a window of 128 MiB", ["--ultra", "-22", "--long=27"], "window"),
      ]
      for (what, options, reason) in rows {
        var forge = try site.lab.forge()
        forge.isCompressed = true
        forge.editChunk = { chunk in
          chunk.plainSize = UInt64(chunk.archive.count)
          chunk.archive += options.count > 1 ? bomb + bomb + bomb : bomb
          chunk.compression = options
        }
        try forge.write(to: site.medium)
        let result = try site.expectRefusal(
          .integrity,
          "INTEGRITY-CHUNKS-DAMAGED",
          naming: "000001.tar.zst",
          leaving: .arrivedChunks,
          under: hasTime ? ["/usr/bin/time", "-f", "%M", "-o", peak] : [],
          what: what
        )
        if hasTime {
          let line = try Disk.text(peak).split(separator: "\n").last ?? ""
          let kilobytes = try #require(Int(line), "\(line)")
          #expect(kilobytes < 120_000, "\(what): \(kilobytes) KB")
        }
        #expect(result.errors.contains(reason), "\(what): \(result.everything)")
        Disk.remove(site.bundle)
        try site.reset()
      }
      // The same for the list of entries, which is in memory.
      var forge = try site.lab.forge()
      forge.editEntries = { $0 + String(repeating: "\n", count: 64 << 20) }
      let directory = try forge.write(to: site.medium)
      try BundleForge.alter(directory, home: site.lab.exporterHome) { text in
        text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
          guard line.hasPrefix("Entries: ") else { return String(line) }
          let words = line.split(separator: " ")
          return words[..<4].joined(separator: " ") + " 5000"
        }.joined(separator: "\n")
      }
      try site.expectRefusal(.integrity, "INTEGRITY-ZSTD-SIZE")
    }
  }

  @Test func t096NamesThatSomeFileSystemsTakeForOneArriveAsTheyAre() throws {
    try ThreatsSite.with { site in
      let pool: [(path: String, bytes: [UInt8])] = [
        ("pool/a/Packages", Array("upper".utf8)), ("pool/a/packages", Array("lower".utf8)),
        ("pool/\u{e9}/x.deb", Array("composed".utf8)),
        ("pool/e\u{301}/x.deb", Array("decomposed".utf8)),
        ("pool/\u{301}x/y.deb", Array("a combining character behind a slash".utf8)),
      ]
      try site.lab.forge { $0.pool = pool }.write(to: site.medium)
      let result = try site.site("import", site.medium)
      try #require(result.status == 0, "\(result.everything)")
      let published = try site.site("publish", "first", "--at", "debian")
      #expect(published.status == 0, "\(published.everything)")
      for (path, bytes) in pool {
        #expect(try Disk.read(site.depot + "/public/debian/" + path) == bytes, "\(path)")
      }
      let files = try run(["find", site.depot + "/public/debian/pool", "-follow", "-type", "f"])
      #expect(files.text.split(separator: "\n").count == pool.count, "\(files.text)")
      try site.site("depot", "check").succeeded()
    }
  }

  @Test func aSplitFileWhosePartsAreWrittenTwiceIsNotKeptUnderAWrongHash() throws {
    // Two entries of one digest, each with parts of its own: the first ones right, the second ones
    // something else. The file that comes of it must be what its name says, or nothing.
    try ThreatsSite.with { site in
      let good = [UInt8](repeating: 0x41, count: 3000)
      let evil = [UInt8](repeating: 0x42, count: 3000)
      var forged = ForgedVendor(site.lab.vendor)
      forged.pool = [("pool/a.deb", good), ("pool/b.deb", good)]
      let snapshot = try forged.snapshot()
      let forge = BundleForge(signingHome: site.lab.exporterHome, [snapshot])
      var lines: [String] = []
      var chunks: [BundleForge.Chunk] = []
      for (name, bytes) in [("pool/a.deb", good), ("pool/b.deb", evil)] {
        var places: [String] = []
        for part in 1...2 {
          var archive = TarForge()
          let piece = Array(part == 1 ? bytes[..<1024] : bytes[1024...])
          let offset = archive.add(file: "first/\(name).aptferry-part-000\(part)", piece)
          chunks.append(.init(archive.ended()))
          places.append("\(chunks.count):\(offset)+\(piece.count)")
        }
        lines.append(
          "\(SHA256Digest.of(good).hex) 3000 \(places.joined(separator: ",")) first/\(name)"
        )
      }
      var archive = TarForge()
      for (path, bytes) in snapshot.files where path.hasPrefix("dists/") {
        let offset = archive.add(file: "first/" + path, bytes)
        lines.append(
          "\(SHA256Digest.of(bytes).hex) \(bytes.count) \(chunks.count + 1):\(offset) first/\(path)"
        )
      }
      chunks.append(.init(archive.ended()))
      let paths = lines.sorted {
        ($0.split(separator: " ").last ?? "") < ($1.split(separator: " ").last ?? "")
      }
      try forge.write(
        to: site.medium,
        entries: paths.map { $0 + "\n" }.joined(),
        chunks: chunks
      )
      let before = try site.state()
      let result = try site.site("import", site.medium)
      #expect(result.refused(.integrity), "\(result.everything)")
      #expect(try site.changes(since: before, withIncoming: false) == [])
      try site.expectOnlyTrueNames(below: "objects")
      try site.expectOnlyTrueNames(below: "incoming")
    }
  }

  @Test func twoContentsAtOnePlaceAndOneContentAtTwoAreRefused() throws {
    try ThreatsSite.with { site in
      // The second package's entry points into the first one's bytes.
      var forge = try site.lab.forge {
        $0.pool = [("pool/a.deb", Array("aaaa".utf8)), ("pool/b.deb", Array("bbbb".utf8))]
      }
      forge.editEntries = { text in
        var lines = text.split(separator: "\n").map(String.init)
        func words(_ suffix: String) -> (index: Int, words: [Substring]) {
          let index = lines.firstIndex { $0.hasSuffix(suffix) } ?? 0
          return (index, lines[index].split(separator: " "))
        }
        let (first, second) = (words("/a.deb").words, words("/b.deb"))
        lines[second.index] =
          "\(second.words[0]) \(second.words[1]) \(first[2]) \(second.words[3])"
        return lines.map { $0 + "\n" }.joined()
      }
      try forge.write(to: site.medium)
      let before = try site.state()
      let result = try site.site("import", site.medium)
      #expect(result.refused(.integrity), "\(result.everything)")
      #expect(try site.changes(since: before) == [])
    }
  }

  @Test(
    .enabled(if: ProcessInfo.processInfo.environment["APTFERRY_LONG"] != nil, "APTFERRY_LONG=1")
  )
  func t099ManyTinyFilesNeedLittleMemory() throws {
    try ThreatsSite.with { site in
      func peak(_ count: Int, sequence: String) throws -> Int {
        var forge = try site.lab.forge {
          $0.pool = (0..<count).map { ("pool/\($0 % 100)/p\($0)_1_amd64.deb", Array("\($0)".utf8)) }
        }
        forge.sequence = sequence
        forge.snapshots[0].name = "many-\(count)"
        let directory = try forge.write(to: site.medium)
        let result = try site.site(
          ["import", directory],
          under: ["/usr/bin/time", "-f", "PEAK %M", "-o", site.scratch.path("time")]
        )
        #expect(result.status == 0, "\(result.everything)")
        let line = try Disk.text(site.scratch.path("time")).split(separator: " ").last ?? ""
        return Int(line.trimmingCharacters(in: .whitespacesAndNewlines)) ?? .max
      }
      let small = try peak(2000, sequence: "1")
      let large = try peak(20_000, sequence: "2")
      #expect(large < small * 3 / 2, "\(small) KB for 2,000 files, \(large) KB for 20,000")
      #expect(large < 120_000, "\(large) KB")
    }
  }
}
