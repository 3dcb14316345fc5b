import Foundation
import SafeIO
import TestSupport
import Testing

/// Threats T140, T141 and T147: what is printed, and how a command ends.
@Suite struct ThreatsOutputTests {
  /// Characters that steer a terminal, hide text, or forge a line.
  static let evil = "\u{1b}[31m\u{1b}]52;c;ZXZpbA==\u{7}\u{9b}2J\u{9d}8;;x\u{9c}\u{202e}gpj\u{2028}"

  /// Runs a command as text and as JSON, and expects that neither writes a raw control character.
  private func expectHarmless(_ site: AptFerry, _ arguments: [String]) throws {
    for more in [[], ["--json"]] {
      let result = try site(arguments + more)
      ThreatsSite.expectHarmless(result, "\(arguments + more)")
      for document in [result.text, result.errors] where !more.isEmpty && !document.isEmpty {
        let parsed = try run(["python3", "-m", "json.tool"], input: Array(document.utf8))
        #expect(parsed.status == 0, "\(arguments): \(document)")
      }
    }
  }

  @Test func t140FileNamesOnMediaCannotSteerATerminal() throws {
    try ThreatsSite.with(exported: true) { site in
      for place in ["", "/chunks"] {
        try Disk.write("x", to: site.bundle + place + "/\(ThreatsOutputTests.evil)")
        try Disk.write("x", to: site.bundle + place + "/a\nstranger: forged\r")
      }
      // A directory on the way, and a renamed chunk that is damaged.
      let medium = site.scratch.path("m\(ThreatsOutputTests.evil)")
      try Disk.rename(site.medium, to: medium)
      let keyring = ["--keyring", site.lab.exporterKey]
      try expectHarmless(site.kiosk, ["inspect", medium])
      try expectHarmless(site.kiosk, ["verify", medium] + keyring)
      try expectHarmless(site.site, ["import", medium, "--dry-run"])
      let chunks = medium + "/mainland-000001/chunks"
      let chunk = try #require(try Disk.names(in: chunks).first { $0.hasPrefix("00") })
      try Damage.flipBit(of: chunks + "/" + chunk, at: 600)
      try expectHarmless(site.kiosk, ["verify", medium] + keyring)
      try expectHarmless(site.site, ["import", medium])
      try Damage.flipBit(of: medium + "/mainland-000001/MANIFEST", at: 10)
      try expectHarmless(site.kiosk, ["inspect", medium])
      try expectHarmless(site.kiosk, ["verify", medium] + keyring)
      try expectHarmless(site.site, ["import", medium])
    }
  }

  @Test func t140ReleaseFieldsAndPackageNamesCannotSteerATerminal() throws {
    try ThreatsSite.with { site in
      let evil = ThreatsOutputTests.evil
      // Without control characters that a reader of deb822 refuses, so that they are shown at all.
      for text in [evil, "\u{202e}gpj \u{200b}\u{2066}\u{fffd}\u{85}\u{9b}2J"] {
        try site.lab.forge {
          $0.editRelease = { release in
            release.replacingOccurrences(of: "Origin: Test", with: "Origin: \(text)")
              .replacingOccurrences(of: "Codename: stable", with: "Codename: \(text)")
              .replacingOccurrences(of: "Suite: stable", with: "Suite: \(text)\nVersion: \(text)")
          }
          $0.editPackages = {
            $0.replacingOccurrences(of: "Package: pier", with: "Package: \(text)")
              .replacingOccurrences(of: "Description: ", with: "Description: \(text)")
          }
        }.write(to: site.medium)
        try expectHarmless(site.kiosk, ["inspect", site.medium])
        try expectHarmless(
          site.kiosk,
          ["verify", site.medium, "--keyring", site.lab.exporterKey]
        )
        try expectHarmless(site.site, ["import", site.medium])
        try expectHarmless(site.site, ["snapshot", "list"])
        try expectHarmless(site.site, ["snapshot", "show", "first"])
        try expectHarmless(site.site, ["snapshot", "files", "first"])
        Disk.remove(site.bundle)
      }
    }
  }

  @Test func t140ArgumentsComeBackEscaped() throws {
    try ThreatsSite.with { site in
      let evil = ThreatsOutputTests.evil
      for arguments in [
        [evil], ["--" + evil], ["depot", "status", evil], ["import", evil],
        ["import", "/dev/null/" + evil], ["snapshot", "show", evil],
        ["publish", evil, "--at", evil], ["publication", "show", evil],
        ["trust", "remove", evil], ["verify", ".", "--keyring", evil],
        ["export", "x", "--to", ".", "--chunk-size", evil],
      ] {
        try expectHarmless(site.site, arguments)
      }
    }
  }

  @Test func t141OneFindingIsOneLineAndALongOneIsCut() throws {
    try ThreatsSite.with(exported: true) { site in
      let long = String(repeating: "x", count: 200)
      try Disk.write("x", to: site.bundle + "/" + long)
      try Disk.write("x", to: site.bundle + "/a\ncomplete:  forged\n")
      let verified = try site.kiosk("verify", site.medium, "--keyring", site.lab.exporterKey)
      #expect(verified.status == 0, "\(verified.everything)")
      #expect(!verified.text.contains("\ncomplete:  forged"), "\(verified.everything)")
      #expect(
        verified.text.split(separator: "\n").filter { $0.hasPrefix("complete:") }.count == 1
      )
      // A word of many kilobytes in the argument of a command.
      let result = try site.site("snapshot", "show", String(repeating: "y", count: 100_000))
      #expect(result.status != 0)
      #expect(result.errors.utf8.count < 10_000, "\(result.errors.utf8.count) bytes")
    }
  }

  @Test func t147EveryClassOfFailureHasItsStatusAndIsOneJSONObject() throws {
    try ThreatsSite.with(exported: true) { site in
      let lab = site.lab
      let chunk = try #require(try site.chunks.first)
      let medium = site.medium
      let depot = site.depot
      let rows: [(kind: FailureClass, prepare: String, arguments: [String])] = [
        (.usage, "true", ["import", "/nonexistent/medium"]),
        (.usage, "true", ["no-such-command"]),
        (.configuration, "chmod o+w '\(depot)/objects'", ["import", medium]),
        (.trust, "rm '\(site.bundle)/MANIFEST.asc'", ["import", medium]),
        (.integrity, "truncate -s 100 '\(chunk)'", ["import", medium]),
        (.incomplete, "rm '\(chunk)'", ["import", medium]),
        (.unsafe, "cd '\(site.bundle)' && rm MANIFEST && mkfifo MANIFEST", ["import", medium]),
        (.state, "truncate -s 0 '\(depot)/catalogue.sqlite'", ["import", medium]),
        (.policy, "true", ["import", site.scratch.path("policy")]),
        (.freshness, "true", ["import", site.scratch.path("future")]),
        (.busy, "true", ["import", medium]),
      ]
      var forge = try lab.forge()
      forge.head = ["Site: elsewhere"]
      try forge.write(to: site.scratch.path("policy"))
      forge = try lab.forge()
      forge.created = UTCTime.now().adding(seconds: 9 * 86_400).rfc3339
      try forge.write(to: site.scratch.path("future"))
      let keep = site.scratch.path("keep")
      try run(["cp", "-a", depot, keep]).succeeded()
      for row in rows {
        for json in [false, true] {
          try run(["sh", "-ec", row.prepare]).succeeded()
          let under = row.kind == .busy ? ["flock", depot + "/import.lock"] : []
          let result = try site.site(row.arguments + (json ? ["--json"] : []), under: under)
          let shown = Comment(rawValue: "\(row.arguments) \(result.everything)")
          #expect(result.refused(row.kind), shown)
          #expect(result.text.isEmpty, shown)
          if json {
            let fields = try run(
              [
                "python3", "-c",
                "import json,sys; d=json.load(sys.stdin); print(d['code'], d['exit'], "
                  + "d['class'], len(d['message'])>0)",
              ],
              input: Array(result.errors.utf8)
            )
            #expect(fields.text.hasPrefix("E-\(row.kind.label)-"), shown)
            #expect(
              fields.text.contains(" \(row.kind.rawValue) \(row.kind.label.lowercased()) True"),
              shown
            )
          } else if row.arguments != ["no-such-command"] {
            #expect(result.errors.contains("code: E-\(row.kind.label)-"), shown)
            #expect(result.errors.contains("(exit \(row.kind.rawValue))"), shown)
          }
          Disk.remove(depot)
          try run(["cp", "-a", keep, depot]).succeeded()
          Disk.remove(medium)
          try Disk.copyTree(lab.medium, to: medium)
        }
      }
    }
  }

  @Test func t147ResultsThatCannotBeWrittenAreNoSuccess() throws {
    try ThreatsSite.with { site in
      let result = try site.site(
        ["snapshot", "list", "--json"],
        under: ["sh", "-c", "\"$@\" >/dev/full", "sh"]
      )
      #expect(result.refused(.io), "\(result.everything)")
    }
  }
}
