import Foundation
import TestSupport
import Testing

/// A person without aptferry does what README.txt on the medium says, and nothing else.
@Suite struct StockToolsTests {
  /// What README.txt promises to be enough, and what every Debian has besides.
  private static let tools = [
    "gpgv", "sha256sum", "zstd", "tar", "awk", "cat", "sh", "find", "mkdir", "rm",
  ]

  /// The commands of a README.txt: what follows `$ `.
  private static func commands(_ readme: String) -> [String] {
    readme.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
      .filter { $0.hasPrefix("$ ") }.map { String($0.dropFirst(2)) }
  }

  /// A PATH with the promised tools only.
  private static func path(_ scratch: ScratchDirectory) throws -> String {
    let directory = try scratch.directory("tools")
    for tool in tools {
      let found = try run(["sh", "-c", "command -v " + tool]).succeeded()
      try Disk.symbolicLink(
        directory + "/" + tool,
        to: found.trimmingCharacters(in: .whitespacesAndNewlines)
      )
    }
    return directory
  }

  /// A bundle with a file that is split over chunks, and the exporter's key beside the manifest.
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
    try crossing.connected("key", "export", crossing.bundle() + "/exporter.gpg").succeeded()
    return crossing
  }

  @Test func whatREADMESaysUnpacksEverything() throws {
    try withScratchDirectory { scratch in
      let crossing = try StockToolsTests.crossing(scratch)
      let bundle = crossing.bundle()
      let commands = StockToolsTests.commands(try Disk.text(bundle + "/README.txt"))
      #expect(commands.count >= 6)
      let path = try StockToolsTests.path(scratch)
      for command in commands {
        let result = try run(
          ["sh", "-c", command],
          environment: ["PATH": path, "HOME": scratch.path("home")],
          in: bundle
        )
        #expect(result.status == 0, "\(command)\n\(result.everything)")
      }
      var unpacked: [String: String] = [:]
      for snapshot in ["first", "second"] {
        for entry in try TreeDigest(of: bundle + "/unpacked/" + snapshot).entries
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

  @Test func whatREADMESaysFindsDamage() throws {
    try withScratchDirectory { scratch in
      let crossing = try StockToolsTests.crossing(scratch)
      let commands = StockToolsTests.commands(try Disk.text(crossing.bundle() + "/README.txt"))
      let path = try StockToolsTests.path(scratch)
      func failures(_ bundle: String) throws -> Int {
        try commands.count { command in
          try run(
            ["sh", "-c", command],
            environment: ["PATH": path, "HOME": scratch.path("home")],
            in: bundle
          ).status != 0
        }
      }
      let chunks = try Disk.names(in: crossing.bundle() + "/chunks").map { "chunks/" + $0 }
      let lists = ["MANIFEST", "ENTRIES.zst", "SHA256SUMS", "README.txt"]
      for file in lists + [chunks.first, chunks.last].compactMap({ $0 }) {
        let copy = scratch.path("damaged")
        Disk.remove(copy)
        try Disk.copyTree(crossing.bundle(), to: copy)
        try Damage.flipBit(of: copy + "/" + file, at: 70)
        #expect(try failures(copy) > 0, "\(file)")
      }
    }
  }
}
