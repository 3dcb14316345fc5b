import Foundation
import TestSupport
import Testing

/// The commands of the tutorial and of guides are run, in their order, as a reader would type them.
@Suite struct GuideTests {
  /// The command lines of a page: what stands behind `$ `, with the lines that continue it.
  static func commands(of page: String) throws -> [String] {
    var commands: [String] = []
    var isContinued = false
    for line in try DocumentFiles.text(page).split(separator: "\n") {
      let words = line.drop { $0 == " " }
      if line.hasPrefix("    $ ") {
        commands.append(String(words.dropFirst(2)))
      } else if isContinued {
        commands[commands.count - 1] += "\n" + words
      }
      isContinued = (isContinued || line.hasPrefix("    $ ")) && line.hasSuffix("\\")
    }
    return commands
  }

  /// Runs lines as one shell, each shown before it; the program is first in the path.
  private func type(_ lines: [String], _ scratch: ScratchDirectory, _ more: [String: String] = [:])
    throws -> RunResult
  {
    let site = try AptFerry(home: scratch.path("home"))
    let program = scratch.path("bin")
    if !Disk.exists(program) {
      try Disk.makeDirectory(program)
      try Disk.symbolicLink(program + "/aptferry", to: site.program)
    }
    let script = (["set -eo pipefail", "PATH=\(program):$PATH", "set -v"] + lines)
      .joined(separator: "\n")
    let variables = ["HOME": scratch.path("home")].merging(more) { _, new in new }
    return try run(
      ["bash", "-c", script],
      environment: variables,
      in: try scratch.directory("desk")
    )
  }

  @Test func theTutorialWorks() throws {
    try withScratchDirectory { scratch in
      let forge = try RepositoryForge(at: scratch.path("vendor"))
      try forge.build(.small())
      try Disk.write(forge.key.armored, to: scratch.path("vendor.asc"))
      var lines = try GuideTests.commands(of: "docs/tutorial.md")
      // The network is all that a test has not got.
      for (index, line) in lines.enumerated() {
        if line.hasPrefix("upstream=") {
          lines[index] = "upstream=file:\(forge.root) suite=\(ForgedSuite.small().name)"
        }
        if line.hasPrefix("keyring=") { lines[index] = "keyring=\(scratch.path("vendor.asc"))" }
      }
      #expect(lines.count > 25)
      let result = try type(lines, scratch)
      #expect(result.status == 0, "\(result.everything.suffix(3000))")
      for seen in [
        "complete:  everything is here", "mainland-000001: imported", "island: acknowledged",
        "the audit log is whole", "the depot is clean",
      ] { #expect(result.everything.contains(seen), "\(seen)\n\(result.everything.suffix(3000))") }
    }
  }

  /// The way from the release engineer's guide to the media officer's, on one desk.
  ///
  /// What other people do meanwhile is done for them.
  @Test func theGuidesOfTheEngineerAndTheMediaOfficerWork() throws {
    try withScratchDirectory { scratch in
      let forge = try RepositoryForge(at: scratch.path("vendor"))
      try build(forge, ["crate"])
      let island = try AptFerry(home: scratch.path("home"), depot: scratch.path("island"))
      let outside = try AptFerry(home: scratch.path("home"), depot: scratch.path("mainland"))
      let desk = try scratch.directory("desk")
      try Disk.write(forge.key.armored, to: desk + "/vendor.asc")
      let medium = try scratch.directory("stick")
      // Lines about other repositories than the one of the guide are examples only.
      let engineer = try GuideTests.commands(of: "docs/guides/release-engineer.md")
        .filter { !$0.contains(" tools ") && !$0.contains("security-7") }
      let officer = try GuideTests.commands(of: "docs/guides/media-officer.md")
      #expect(engineer.count >= 9 && officer.count >= 3)
      func say(_ line: String) throws {
        var line = line.replacing("/media/stick", with: medium)
          .replacing("https://vendor.example/debian", with: "file:\(forge.root)")
        if line.contains("/media/disc2") {
          try damage(medium)
          line = line.replacing("/media/disc2", with: medium)
        }
        let result = try type([line], scratch, ["APTFERRY_DEPOT": scratch.path("mainland")])
        let wanted: Int32 = line.contains("verify") && isDamaged(medium) ? 11 : 0
        #expect(result.status == wanted, "\(line)\n\(result.everything)")
      }
      for line in engineer {
        if line.contains("receipt add island.receipt") {
          try each(officer.filter { !$0.contains("disc2") }, say)
          try take(medium, island, outside, desk)
          try build(forge, ["crate", "barrel"])
          try outside("mirror", "update", "harbour").succeeded()
          try outside("snapshot", "create", "harbour-2", "--mirror", "harbour").succeeded()
        }
        if line.contains("--resend") { try ask(medium, island, outside, desk) }
        try say(line)
      }
      try each(officer.filter { $0.contains("disc2") }, say)
    }
  }

  private func each(_ lines: [String], _ work: (String) throws -> Void) throws {
    for line in lines { try work(line) }
  }

  private func build(_ forge: RepositoryForge, _ packages: [String]) throws {
    for suite in ["harbour", "harbour-security"] {
      try forge.build(
        ForgedSuite(suite, ["main": packages.map { ForgedPackage($0, payload: 100_000) }])
      )
    }
  }

  /// The island takes the first bundle in; its receipt and its key come out.
  private func take(_ medium: String, _ island: AptFerry, _ outside: AptFerry, _ desk: String)
    throws
  {
    try island("init", "--site", "island").succeeded()
    try island(
      "trust",
      "add",
      desk + "/exporter.asc",
      "--role",
      "exporter",
      "--name",
      "mainland",
      "--all"
    )
    .succeeded()
    try island(
      "trust",
      "add",
      desk + "/vendor.asc",
      "--role",
      "upstream",
      "--name",
      "vendor",
      "--all"
    )
    .succeeded()
    try island("import", medium, "--receipt", desk + "/island.receipt").succeeded()
    for site in ["island", "islet"] {
      let other = try AptFerry(home: island.home, depot: (island.depot ?? "") + "-" + site)
      let key = desk + "/\(site).asc"
      if site == "island" {
        try island("key", "export", key).succeeded()
      } else {
        try other("init", "--site", site).succeeded()
        try other("key", "export", key).succeeded()
      }
      try outside("trust", "add", key, "--role", "site", "--name", site, "--all").succeeded()
    }
  }

  /// A second bundle loses a chunk; the island asks for it.
  private func ask(_ medium: String, _ island: AptFerry, _ outside: AptFerry, _ desk: String) throws
  {
    try outside("export", "harbour-2", "--to", medium, "--site", "island").succeeded()
    let chunks = medium + "/mainland-000002/chunks"
    try Disk.remove(chunks + "/" + (Disk.names(in: chunks).first ?? ""))
    _ = try island("import", medium + "/mainland-000002")
    try island("receipt", "request", medium + "/mainland-000002", "--to", desk + "/request.txt")
      .succeeded()
    try Disk.rename(medium + "/mainland-000002", to: desk + "/lost")
  }

  private func damage(_ medium: String) throws {
    let chunks = medium + "/mainland-000001/chunks"
    let chunk = chunks + "/" + (try Disk.names(in: chunks).first ?? "")
    var bytes = try Disk.read(chunk)
    bytes[bytes.count / 2] ^= 1
    try Disk.write(bytes, to: chunk)
    try Disk.write("", to: medium + "/../damaged")
  }

  private func isDamaged(_ medium: String) -> Bool { Disk.exists(medium + "/../damaged") }
}
