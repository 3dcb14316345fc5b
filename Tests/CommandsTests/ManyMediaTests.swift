import Foundation
import SafeIO
import TestSupport
import Testing

/// Media as people bring them: many bundles, parent directories, changed names, parts at a time.
@Suite struct ManyMediaTests {
  @Test func aStickWithTenBundlesComesInInTheirOrder() throws {
    try withScratchDirectory { scratch in
      let lab = try IslandLab(scratch, arrives: false)
      let stick = try scratch.directory("stick")
      for number in 1...10 {
        try lab.build(["pier", "quay"], version: "1.\(number)-1")
        try lab.crossing.freeze("state-\(number)", "stable")
        try lab.export("state-\(number)", to: "stick")
      }
      #expect(try Disk.names(in: stick).count == 10)
      let result = try lab.isolated("import", stick)
      #expect(result.status == 0, "\(result.everything)")
      let ledger = try lab.isolated("ledger", "show").text
      for number in 1...10 {
        #expect(ledger.contains("mainland-0000" + (number < 10 ? "0" : "") + "\(number)"))
      }
    }
  }

  @Test func mediaLieBelowADirectoryWhereTheyAreMounted() throws {
    try ThreatsSite.with(exported: true) { site in
      let mounts = try site.scratch.directory("media")
      for half in 0...1 {
        let mount = mounts + "/stick-\(half)"
        try Disk.copyTree(site.medium, to: mount)
        for (index, chunk) in try site.chunks.enumerated() where index % 2 != half {
          Disk.remove(mount + chunk.dropFirst(site.medium.count))
        }
        if half == 1 { try Disk.write("x", to: mount + "/letter.txt") }
      }
      let verified = try site.kiosk("verify", mounts, "--keyring", site.lab.exporterKey)
      #expect(verified.status == 0, "\(verified.everything)")
      // What lies beside the bundles is listed, and the bundles are not.
      #expect(verified.text.components(separatedBy: "stranger:").count == 2, "\(verified.text)")
      #expect(verified.text.contains("stick-1/letter.txt"), "\(verified.text)")
      try site.expectImport(media: [mounts])
    }
  }

  /// What discs and people make of names.
  static let changes = [
    "for x in *; do mv $x $(echo $x | tr a-z A-Z); done", "mv MANIFEST manifest",
    "mv MANIFEST.asc 'MANIFEST.ASC;1'", "mv ENTRIES.zst ENTRIES.ZST", "mv SHA256SUMS SHA256SU",
    "mv SHA256SUMS SHA256~1", "mv chunks CHUNKS", "mv MANIFEST.asc MANIFE~1.ASC",
    "cd chunks; for x in *; do mv $x \"$(echo $x | tr a-z A-Z);1\"; done",
    "cd chunks; for x in *.tar.zst; do mv $x ${x%.tar.zst}_TAR.ZST; done",
    "cd chunks; for x in *.tar.zst; do mv $x ${x%.tar.zst}~1.ZST; done",
    "mv MANIFEST 'list (1).txt'; mv MANIFEST.asc 'list (1).txt.asc'", "mv ENTRIES.zst e.bin",
    "mv chunks 'New folder'", "mkdir sub; mv chunks/* sub/", "mv chunks/* .",
  ]

  @Test(arguments: changes) func changedNamesAreKnownAgain(_ change: String) throws {
    try ThreatsSite.with(exported: true) { site in
      try run(["bash", "-c", change], in: site.bundle).succeeded()
      let verified = try site.kiosk("verify", site.medium, "--keyring", site.lab.exporterKey)
      #expect(verified.status == 0, "\(verified.everything)")
      // A chunk beside its directory has its own name still.
      let keepsNames = change.contains("e.bin") || change == "mv chunks/* ."
      #expect(verified.text.contains("renamed:") || keepsNames, "\(verified.text)")
      let inspected = try site.kiosk("inspect", site.medium)
      #expect(inspected.status == 0, "\(inspected.everything)")
      try site.expectImport()
      try site.site("depot", "check").succeeded()
    }
  }

  /// A chunk with a changed name that is damaged is a damaged chunk, and not a missing one.
  @Test func aDamagedChunkIsNamedUnderItsChangedName() throws {
    try ThreatsSite.with(exported: true) { site in
      let change = "cd chunks; for x in *; do mv $x \"$(echo $x | tr a-z A-Z);1\"; done"
      try run(["bash", "-c", change], in: site.bundle).succeeded()
      let chunk = try #require(try site.chunks.first)
      try Damage.flipBit(of: chunk, at: 600)
      let result = try site.expectRefusal(
        .integrity,
        "INTEGRITY-CHUNKS-DAMAGED",
        naming: chunk,
        "to bring again: chunks 1",
        leaving: .arrivedChunks
      )
      #expect(!result.errors.contains("000002"), "\(result.everything)")
    }
  }

  @Test func strangersAreNotedByTheImport() throws {
    try ThreatsSite.with(exported: true) { site in
      try Disk.write("a letter", to: site.bundle + "/letter.txt")
      try run(["mkfifo", site.bundle + "/pipe"]).succeeded()
      let result = try site.expectImport()
      #expect(result.errors.contains("letter.txt") && result.errors.contains("/pipe"))
    }
  }

  @Test func publishedIsWhatIsComplete() throws {
    try ThreatsSite.with(exported: true) { site in
      let chunk = try #require(try site.chunks.last)
      let away = site.scratch.path("away")
      try Disk.rename(chunk, to: away)
      let words = ["import", site.medium, "--publish-when-complete", "debian"]
      let first = try site.site(words)
      #expect(first.refused(.incomplete), "\(first.everything)")
      #expect(first.errors.contains("INCOMPLETE-CHUNKS-MISSING"), "\(first.everything)")
      // The request stands on standard output, as `receipt request` writes it.
      let asked = try site.site("receipt", "request", site.medium).succeeded()
      #expect(first.text == asked, "\(first.everything)")
      #expect(first.text.contains("Chunks: "), "\(first.everything)")
      #expect(!Disk.exists(site.depot + "/public/debian"))
      let json = try site.site(words + ["--json"])
      #expect(json.refused(.incomplete) && json.text.contains("aptferry-resend"))
      try Disk.rename(away, to: chunk)
      let second = try site.site(words)
      #expect(second.status == 0, "\(second.everything)")
      #expect(Disk.exists(site.depot + "/public/debian"))
    }
  }
}
