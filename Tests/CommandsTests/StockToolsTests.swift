import Foundation
import SafeIO
import TestSupport
import Testing

/// A person without aptferry does what README.txt on the medium says, and nothing else.
@Suite struct StockToolsTests {
  /// What README.txt promises to be enough, and what every Debian has besides.
  private static let tools = [
    "gpgv", "sha256sum", "zstd", "tar", "awk", "cat", "sh", "find", "mkdir", "rm", "cp", "cut",
  ]

  /// Types the commands of a bundle's README.txt, what follows `$ `, into one shell that ends with
  /// the first that fails.
  private static func follow(_ bundle: String, _ scratch: ScratchDirectory) throws -> RunResult {
    let commands = try Disk.text(bundle + "/README.txt").split(separator: "\n")
      .map { $0.trimmingCharacters(in: .whitespaces) }
      .filter { $0.hasPrefix("$ ") }.map { String($0.dropFirst(2)) }
    #expect(commands.count >= 12)
    return try run(
      ["sh", "-ec", commands.joined(separator: "\n")],
      environment: ["PATH": try path(scratch), "HOME": scratch.path("home")],
      in: bundle
    )
  }

  /// A PATH with the promised tools only.
  private static func path(_ scratch: ScratchDirectory) throws -> String {
    let directory = try scratch.directory("tools")
    for tool in tools where !Disk.exists(directory + "/" + tool) {
      let found = try run(["sh", "-c", "command -v " + tool]).succeeded()
      try Disk.symbolicLink(
        directory + "/" + tool,
        to: found.trimmingCharacters(in: .whitespacesAndNewlines)
      )
    }
    return directory
  }

  /// A bundle with a file that is split over chunks, and the exporter's key at home.
  private static func crossing(_ scratch: ScratchDirectory) throws -> Crossing {
    let crossing = try Crossing(scratch)
    var suite = ForgedSuite.full()
    suite.components["main"]?.append(
      ForgedPackage("anchor-chain", version: "1.0~rc1+b2-1", payload: 300_000)
    )
    try crossing.forge.build(suite, .small("testing"))
    try crossing.freeze("first", "stable")
    try crossing.freeze("second", "testing")
    try crossing.export("first", "second")
    let home = try scratch.directory("home")
    try crossing.connected("key", "export", home + "/exporter.gpg").succeeded()
    return crossing
  }

  @Test func whatREADMESaysUnpacksEverything() throws {
    try withScratchDirectory { scratch in
      let crossing = try StockToolsTests.crossing(scratch)
      let bundle = crossing.bundle()
      let before = try TreeDigest(of: bundle)
      let result = try StockToolsTests.follow(bundle, scratch)
      #expect(result.status == 0, "\(result.everything)")
      // The engineer reads these digits out; a disc can have the bundle, since nothing is written.
      let digest = try run(["sha256sum", bundle + "/MANIFEST"]).text.prefix(16)
      #expect("\n\(result.text)".contains("\n\(digest)\n"))
      #expect(try TreeDigest(of: bundle).entries == before.entries)
      var unpacked: [String: String] = [:]
      for snapshot in ["first", "second"] {
        for entry in try TreeDigest(of: scratch.path("home/unpacked/tree/") + snapshot).entries
        where entry.kind != .directory {
          unpacked[entry.path] = entry.content
        }
      }
      var vendor: [String: String] = [:]
      for entry in try TreeDigest(of: crossing.forge.root).entries where entry.kind == .file {
        vendor[entry.path] = entry.content
      }
      #expect(unpacked.keys.sorted() == vendor.keys.sorted())
      #expect(unpacked == vendor)
    }
  }

  @Test func t303WhatREADMESaysEndsBehindALinkThatTheExporterSigned() throws {
    try withScratchDirectory { scratch in
      let crossing = try StockToolsTests.crossing(scratch)
      let (bundle, outside) = (crossing.bundle(), try scratch.directory("outside"))
      var (first, second) = (TarForge(), TarForge())
      first.add(link: "first/x", to: outside)
      _ = second.add(file: "first/x/planted", Array("planted\n".utf8))
      Disk.remove(bundle + "/chunks")
      var sums = ""
      for (name, bytes) in [("000001.tar", first.ended()), ("000002.tar", second.ended())] {
        try Disk.write(bytes, to: "\(bundle)/chunks/\(name)")
        sums += "\(SHA256Digest.of(bytes).hex)  chunks/\(name)\n"
      }
      try Disk.write(sums, to: bundle + "/SHA256SUMS")
      let manifest = try Disk.text(bundle + "/MANIFEST").split(separator: "\n").map { line in
        line.hasPrefix("Sums: ")
          ? "Sums: \(SHA256Digest.of(Array(sums.utf8)).hex) \(sums.utf8.count)" : String(line)
      }
      try Disk.write(manifest.joined(separator: "\n") + "\n", to: bundle + "/MANIFEST")
      try BundleForge.sign(bundle, home: scratch.path("connected/gnupg"))
      let result = try StockToolsTests.follow(bundle, scratch)
      #expect(result.status != 0, "\(result.everything)")
      #expect(result.text.contains("NOT UNPACKED: chunks/000001.tar"), "\(result.everything)")
      #expect(try Disk.names(in: outside).isEmpty)
    }
  }

  @Test func whatREADMESaysFindsDamage() throws {
    try withScratchDirectory { scratch in
      let crossing = try StockToolsTests.crossing(scratch)
      let chunks = try Disk.names(in: crossing.bundle() + "/chunks").map { "chunks/" + $0 }
      let lists = ["MANIFEST", "ENTRIES.zst", "SHA256SUMS", "README.txt"]
      for file in lists + [chunks.first, chunks.last].compactMap({ $0 }) {
        let copy = scratch.path("damaged")
        Disk.remove(copy)
        try Disk.copyTree(crossing.bundle(), to: copy)
        try Damage.flipBit(of: copy + "/" + file, at: 70)
        Disk.remove(scratch.path("home/unpacked"))
        #expect(try StockToolsTests.follow(copy, scratch).status != 0, "\(file)")
      }
    }
  }
}
