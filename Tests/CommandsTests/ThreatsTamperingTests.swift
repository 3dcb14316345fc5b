import Foundation
import SafeIO
import TestSupport
import Testing

/// Threats T001–T006 and T008–T016: bytes altered on the way, and lists that do not agree although
/// the exporter signed them.
@Suite struct ThreatsTamperingTests {
  @Test func aForgedBundleThatIsRightIsTakenIn() throws {
    // What the other tests change one thing of.
    for isCompressed in [false, true] {
      try ThreatsSite.with { site in
        var forge = try site.lab.forge()
        forge.isCompressed = isCompressed
        try forge.write(to: site.medium)
        try site.expectImport()
        try site.site("publish", "first", "--at", "debian").succeeded()
        try site.site("depot", "check").succeeded()
      }
    }
  }

  @Test func t001AFlippedBitInTheManifestIsRefusedBeforeAnythingElseIsOpened() throws {
    try ThreatsSite.with(exported: true) { site in
      let path = site.bundle + "/MANIFEST"
      let good = try Disk.read(path)
      // Nothing else is there: the refusal must not depend on it.
      for name in ["ENTRIES.zst", "chunks", "SHA256SUMS", "README.txt"] {
        Disk.remove(site.bundle + "/" + name)
      }
      for step in 0..<6 {
        try Disk.write(good, to: path)
        try Damage.flipBit(of: path, at: good.count * step / 6 + step, bit: UInt8(step))
        try site.expectRefusal(
          .trust,
          "TRUST-BAD-SIGNATURE",
          naming: "MANIFEST",
          what: "byte \(step)"
        )
      }
    }
  }

  @Test func t002AFlippedBitInTheSignatureIsRefused() throws {
    try ThreatsSite.with(exported: true) { site in
      let path = site.bundle + "/MANIFEST.asc"
      let good = try Disk.read(path)
      for step in 0..<6 {
        // Behind the armor's first line, whose every byte counts too.
        let offset = 40 + (good.count - 80) * step / 6
        try Disk.write(good, to: path)
        try Damage.flipBit(of: path, at: offset, bit: UInt8(step))
        let before = try site.state()
        let result = try site.site("import", site.medium)
        #expect(result.refused(.trust), "byte \(offset): \(result.everything)")
        #expect(result.errors.contains("MANIFEST.asc"), "\(result.everything)")
        #expect(try site.changes(since: before) == [])
      }
    }
  }

  @Test func t003t004t005AFlippedBitAnywhereInAChunkIsRefusedAndTheChunkNamed() throws {
    try ThreatsSite.with(exported: true) { site in
      for chunk in try site.chunks {
        let good = try Disk.read(chunk)
        let name = String(chunk.split(separator: "/").last ?? "")
        // Header, content, padding and the zero blocks at the end.
        for offset in [0, 700, good.count / 2, good.count - 1] {
          guard good.indices.contains(offset) else { continue }
          try Disk.write(good, to: chunk)
          try Damage.flipBit(of: chunk, at: offset, bit: 3)
          try site.expectRefusal(
            .integrity,
            "INTEGRITY-CHUNKS-DAMAGED",
            naming: name,
            leaving: .arrivedChunks,
            what: "\(name) byte \(offset)"
          )
          try site.reset()
        }
        try Disk.write(good, to: chunk)
      }
      try site.expectImport()
    }
  }

  @Test func t006AChunkThatWasCompressedAnewIsNotTheOneThatWasSigned() throws {
    try ThreatsSite.with(exported: true) { site in
      let chunk = try #require(try site.chunks.first { $0.hasSuffix(".zst") })
      try run(["zstd", "-q", "-d", chunk, "-o", chunk + ".plain"]).succeeded()
      try run(["zstd", "-q", "-f", "-1", "--check", chunk + ".plain", "-o", chunk]).succeeded()
      Disk.remove(chunk + ".plain")
      try site.expectRefusal(
        .integrity,
        "INTEGRITY-CHUNKS-DAMAGED",
        naming: String(chunk.split(separator: "/").last ?? ""),
        leaving: .arrivedChunks
      )
    }
  }

  /// Signed bundles whose lists do not agree: the vendor's chain is what refuses them.
  static let disagreements:
    [(
      what: String, kind: FailureClass, code: String, names: String,
      change: @Sendable (inout ForgedVendor) -> Void
    )] = [
      (
        "T008 Packages lists another hash", .integrity, "INTEGRITY-WRONG-HASH", "pier_1.0-1",
        { vendor in
          let digest = SHA256Digest.of(Array("the first package\n".utf8)).hex
          vendor.editPackages = {
            $0.replacingOccurrences(of: digest, with: String(repeating: "a", count: 64))
          }
        }
      ),
      (
        "T009 Release lists another hash of Packages", .integrity, "INTEGRITY-WRONG-HASH",
        "main/binary-amd64/Packages",
        { vendor in
          let digest = SHA256Digest.of(Array(vendor.packages.utf8)).hex
          vendor.editRelease = {
            $0.replacingOccurrences(of: digest, with: String(repeating: "b", count: 64))
          }
        }
      ),
      (
        "T010 Release has MD5 only", .trust, "TRUST-WEAK-HASHES", "dists/stable/InRelease",
        { vendor in
          vendor.editRelease = { text in
            text.replacingOccurrences(of: "SHA256:", with: "MD5Sum:")
              .split(separator: "\n").map { line in
                let words = line.split(separator: " ")
                guard line.hasPrefix(" "), words.count == 3 else { return String(line) }
                return " \(words[0].prefix(32)) \(words[1]) \(words[2])"
              }.joined(separator: "\n") + "\n"
          }
        }
      ),
      (
        "T010 Packages has MD5 only", .trust, "TRUST-WEAK-HASHES", "pier 1.0-1",
        { vendor in
          vendor.editPackages = { text in
            text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
              guard line.hasPrefix("SHA256: ") else { return String(line) }
              return "MD5sum: " + line.dropFirst(8).prefix(32)
            }.joined(separator: "\n")
          }
        }
      ),
      (
        "T011 the uncompressed index has another hash", .integrity, "INTEGRITY-INDEX-CONTENT",
        "Packages.gz",
        { vendor in
          guard
            let packed = try? run(
              ["gzip", "-nc"],
              input: Array(
                vendor.packages.replacingOccurrences(of: "1.0-1\nArch", with: "6.6-6\nArch").utf8
              )
            )
            .output
          else { return }
          vendor.files = [("dists/stable/main/binary-amd64/Packages.gz", packed)]
          vendor.lacks = ["dists/stable/main/binary-amd64/Packages"]
          vendor.editRelease = {
            $0 + " \(SHA256Digest.of(packed).hex) \(packed.count) main/binary-amd64/Packages.gz\n"
          }
        }
      ),
      (
        "T012 a hash by an unknown name only", .trust, "TRUST-WEAK-HASHES", "pier 1.0-1",
        { vendor in
          vendor.editPackages = { $0.replacingOccurrences(of: "SHA256:", with: "SHA999:") }
        }
      ),
      (
        "T013 the right hash with another size", .integrity, "INTEGRITY-WRONG-SIZE", "pier_1.0-1",
        { vendor in
          vendor.editPackages = { $0.replacingOccurrences(of: "Size: 18\n", with: "Size: 17\n") }
        }
      ),
      (
        "a package that no index lists", .integrity, "INTEGRITY-NOT-REACHED", "extra.deb",
        { vendor in vendor.files = [("pool/main/extra.deb", Array("extra".utf8))] }
      ),
      (
        "a package that an index lists and the bundle lacks", .incomplete,
        "INCOMPLETE-MISSING-FILES",
        "pier_1.0-1",
        { vendor in vendor.lacks = ["pool/main/p/pier/pier_1.0-1_amd64.deb"] }
      ),
    ]

  @Test(arguments: ThreatsTamperingTests.disagreements.indices)
  func t008ToT013SignedListsThatDisagreeAreRefused(index: Int) throws {
    let row = ThreatsTamperingTests.disagreements[index]
    try ThreatsSite.with { site in
      try site.lab.forge { row.change(&$0) }.write(to: site.medium)
      try site.expectRefusal(row.kind, row.code, naming: row.names, what: row.what)
    }
  }

  @Test func t012AnUnknownHashBesideAStrongOneIsIgnored() throws {
    try ThreatsSite.with { site in
      try site.lab.forge {
        $0.editPackages = { $0.replacingOccurrences(of: "SHA256:", with: "SHA999: 00\nSHA256:") }
      }.write(to: site.medium)
      try site.expectImport()
    }
  }

  /// T015 and T016: signed manifests that a lax reader would take.
  static let manifests: [(what: String, code: String, edit: @Sendable (String) -> String)] = [
    ("a byte order mark", "POLICY-FORMAT INTEGRITY-MANIFEST", { "\u{feff}" + $0 }),
    ("carriage returns", "", { $0.replacingOccurrences(of: "\n", with: "\r\n") }),
    ("no final line feed", "", { String($0.dropLast()) }),
    ("bytes behind the end", "", { $0 + "\n" }),
    ("a field twice", "", { $0.replacingOccurrences(of: "Stream:", with: "Stream: x\nStream:") }),
    ("a field twice, case", "", { $0.replacingOccurrences(of: "Sums:", with: "SUMS: 1\nSums:") }),
    ("two spaces", "", { $0.replacingOccurrences(of: "Stream: ", with: "Stream:  ") }),
    ("a tab", "", { $0.replacingOccurrences(of: "Stream: ", with: "Stream:\t") }),
    ("a NUL", "", { $0.replacingOccurrences(of: "Stream: ", with: "Stream: \0") }),
    ("a name that climbs", "", { $0.replacingOccurrences(of: ": mainland", with: ": ../evil") }),
    ("sequence 0", "", { $0.replacingOccurrences(of: "Sequence: 1", with: "Sequence: 0") }),
    ("sequence -1", "", { $0.replacingOccurrences(of: "Sequence: 1", with: "Sequence: -1") }),
    ("sequence 1.0", "", { $0.replacingOccurrences(of: "Sequence: 1", with: "Sequence: 1.0") }),
    ("sequence 1e3", "", { $0.replacingOccurrences(of: "Sequence: 1", with: "Sequence: 1e3") }),
    ("sequence 01", "", { $0.replacingOccurrences(of: "Sequence: 1", with: "Sequence: 01") }),
    (
      "sequence 2^63", "",
      { $0.replacingOccurrences(of: "Sequence: 1", with: "Sequence: 9223372036854775808") }
    ),
    (
      "sequence 2^64+1", "",
      { $0.replacingOccurrences(of: "Sequence: 1", with: "Sequence: 18446744073709551617") }
    ),
    ("files 2^63-1", "", { ThreatsTamperingTests.set("Files", "9223372036854775807", in: $0) }),
    ("bytes 2^63-1", "", { ThreatsTamperingTests.set("Bytes", "9223372036854775807", in: $0) }),
    ("a chunk of 2^62", "", { ThreatsTamperingTests.setChunkSize("4611686018427387904", in: $0) }),
    ("a chunk of 2^44", "", { ThreatsTamperingTests.setChunkSize("17592186044416", in: $0) }),
    ("a chunk of 0", "", { ThreatsTamperingTests.setChunkSize("0", in: $0) }),
    ("a month 13", "", { ThreatsTamperingTests.set("Created", "2026-13-01T00:00:00Z", in: $0) }),
    ("the year 0", "", { ThreatsTamperingTests.set("Created", "0000-01-01T00:00:00Z", in: $0) }),
    ("no snapshot", "", { $0.components(separatedBy: "\n\nSnapshot:")[0] + "\n" }),
    (
      "an unknown feature", "POLICY-REQUIRES",
      { $0.replacingOccurrences(of: "Entries:", with: "Requires: magic\nEntries:") }
    ),
    (
      "another format", "POLICY-FORMAT",
      { $0.replacingOccurrences(of: "bundle 1", with: "bundle 2") }
    ),
  ]

  private static func set(_ field: String, _ value: String, in text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false)
      .map { $0.hasPrefix(field + ": ") ? "\(field): \(value)" : String($0) }
      .joined(separator: "\n")
  }

  /// Both lengths of the only chunk.
  private static func setChunkSize(_ size: String, in text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      let words = line.split(separator: " ")
      guard line.hasSuffix(" 000001.tar"), words.count == 4 else { return String(line) }
      return " \(words[0]) \(size) \(size) \(words[3])"
    }.joined(separator: "\n")
  }

  @Test func t015t016ManifestsThatALaxReaderWouldTakeAreRefused() throws {
    try ThreatsSite.with { site in
      for row in ThreatsTamperingTests.manifests {
        var forge = try site.lab.forge()
        forge.editManifest = row.edit
        let directory = try forge.write(to: site.medium)
        let before = try site.state()
        let result = try site.site("import", site.medium)
        let codes =
          row.code.isEmpty ? ["INTEGRITY-"] : row.code.split(separator: " ").map { String($0) }
        #expect(
          codes.contains { result.errors.contains("code: E-" + $0) },
          "\(row.what): \(result.everything)"
        )
        #expect([10, 11, 12, 19].contains(result.status), "\(row.what): \(result.everything)")
        #expect(try site.changes(since: before) == [], "\(row.what)")
        Disk.remove(directory)
      }
    }
  }

  /// T016: signed entries with extreme numbers; a size that overflows must be a refusal, no trap.
  @Test(arguments: [
    ("size 2^63", "18 1:", "9223372036854775808 1:"), ("size -1", "18 1:", "-1 1:"),
    ("size 2^63-1", "18 1:", "9223372036854775807 1:"), ("size 018", "18 1:", "018 1:"),
    ("chunk 0", "18 1:", "18 0:"), ("chunk 2^32", "18 1:", "18 4294967296:"),
    ("chunk 2", "18 1:", "18 2:"), ("offset 2^63-1", "18 1:", "18 1:9223372036854775807"),
    ("offset 2^44", "18 1:", "18 1:17592186044416"), ("no offset", "18 1:", "18 1: "),
    ("a part of 2^63-1", "18 1:", "18 1:512+9223372036854775807,1:"),
    ("a part of nothing", "18 1:", "18 1:0+0,1:"), ("one part", "18 1:512 ", "18 1:512+18 "),
    ("nowhere", "18 1:512 ", "18 - "),
  ])
  func t016EntriesWithExtremeNumbersAreRefused(row: (String, String, String)) throws {
    try ThreatsSite.with { site in
      var forge = try site.lab.forge {
        // First in the archive, so that its offset is known.
        $0.pool[0].path = "a/pier_1.0-1_amd64.deb"
      }
      forge.editEntries = { text in
        guard let range = text.range(of: row.1) else { return text }
        return text.replacingCharacters(in: range, with: row.2)
      }
      try forge.write(to: site.medium)
      let before = try site.state()
      let result = try site.site("import", site.medium)
      #expect([11, 12].contains(result.status), "\(row.0): \(result.everything)")
      #expect(result.errors.contains("code: E-IN"), "\(row.0): \(result.everything)")
      #expect(try site.changes(since: before, withIncoming: false) == [], "\(row.0)")
    }
  }
}
