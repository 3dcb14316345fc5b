import SafeIO
import TestSupport
import Testing

/// Keys live and die: successors and revocations (T190 to T194).
@Suite struct ThreatsKeyTests {
  /// An exporter of a test's own, whose key is replaced.
  private struct Exporter {
    let ferry: AptFerry
    let site: ThreatsSite
    let depot: String

    init(_ site: ThreatsSite) throws {
      self.site = site
      depot = site.scratch.path("exporter")
      try run(["cp", "-a", site.lab.path + "/connected", depot]).succeeded()
      ferry = try AptFerry(home: site.scratch.path("home"), depot: depot)
    }

    /// The fingerprint of the key that signs now.
    var fingerprint: String {
      get throws { String(try Disk.text(depot + "/signing-key").prefix(40)) }
    }

    /// Exports the lab's snapshot once more; answers the medium.
    func export(_ name: String) throws -> String {
      let medium = site.scratch.path(name)
      try Disk.makeDirectory(medium)
      try ferry("export", "first", "--full", "--to", medium).succeeded()
      return medium
    }

    func end() throws {
      try run(["gpgconf", "--homedir", depot + "/gnupg", "--kill", "all"]).succeeded()
    }
  }

  @Test func t190AKeyIsReplacedOnTheWordOfTheOneBefore() throws {
    try ThreatsSite.with { site in
      let exporter = try Exporter(site)
      let old = try exporter.fingerprint
      try exporter.ferry("key", "rotate", "--reason", "yearly").succeeded()
      let new = try exporter.fingerprint
      #expect(new != old)
      // Who knows the old key only takes the bundle, and is told of the new one.
      let both = try exporter.export("both")
      let taken = try site.expectImport(media: [both])
      #expect(taken.errors.contains(new) && taken.errors.contains("accept-successor"))
      #expect(try !site.site("trust", "list").succeeded().contains(new))
      // gpgv alone, with either key.
      for key in [old, new] {
        let ring = site.scratch.path("\(key).gpg")
        let exported = try run(
          ["gpg", "--homedir", exporter.depot + "/gnupg", "--batch", "--export", key]
        ).succeeded()
        _ = exported
        try run(
          ["gpg", "--homedir", exporter.depot + "/gnupg", "--batch", "--output", ring, "--export"]
            + [key]
        ).succeeded()
        let bundle = try both + "/" + #require(Disk.names(in: both).first)
        let judged = try run(
          ["gpgv", "--keyring", ring, bundle + "/MANIFEST.asc", bundle + "/MANIFEST"]
        )
        #expect(judged.errors.contains("Good signature"), "\(judged.everything)")
      }
      let accepted = try site.site("trust", "accept-successor", both)
      #expect(accepted.status == 0, "\(accepted.everything)")
      #expect(try site.site("trust", "list").succeeded().contains(new))
      // Again changes nothing.
      try site.site("trust", "accept-successor", both).succeeded()
      // After the overlap the new one signs alone.
      try run(["sed", "-i", "s/ 20[0-9][0-9]-/ 2001-/", exporter.depot + "/signing-key"])
        .succeeded()
      let alone = try exporter.export("alone")
      let result = try site.expectImport(media: [alone])
      #expect(!result.errors.contains("two exporters"), "\(result.errors)")
      let manifest = try alone + "/" + #require(Disk.names(in: alone).first) + "/MANIFEST"
      #expect(try Disk.text(manifest).contains("Key-Statements:\n"))
      try exporter.end()
    }
  }

  @Test func t191ARevokedKeyIsTrustedNoMoreAndWhatItSignedIsTold() throws {
    try ThreatsSite.with { site in
      let exporter = try Exporter(site)
      let old = try exporter.fingerprint
      let early = try exporter.export("early")
      try site.expectImport(media: [early])
      let current = try exporter.ferry("key", "revoke", old, "--reason", "stolen")
      #expect(current.refused(.state) && current.errors.contains("key rotate"))
      try exporter.ferry("key", "rotate", "--reason", "the old one was stolen").succeeded()
      try exporter.ferry("key", "revoke", old, "--reason", "stolen from the van").succeeded()
      let shown = try exporter.ferry("key", "show").succeeded()
      #expect(shown.contains("revoked"), "\(shown)")
      // The new key alone signs, and it is not pinned: but the statements speak for themselves.
      let late = try exporter.export("late")
      let refused = try site.site("import", late)
      #expect(refused.refused(.trust), "\(refused.everything)")
      let accepted = try site.site("trust", "accept-successor", late)
      #expect(accepted.status == 0, "\(accepted.everything)")
      #expect(accepted.errors.contains("It had signed: bundle mainland 2"), "\(accepted.errors)")
      let listed = try site.site("trust", "list").succeeded()
      #expect(listed.contains("revoked: \(old)") && listed.contains("stolen from the van"))
      // What the thief makes with the old key is refused, also in another stream.
      var forge = try site.lab.forge()
      for (stream, sequence) in [("mainland", "9"), ("harbour", "1")] {
        (forge.stream, forge.sequence) = (stream, sequence)
        try forge.write(to: site.medium)
        try site.expectRefusal(.trust, "TRUST-REVOKED-KEY", naming: "stolen from the van")
        Disk.remove(site.medium)
        try Disk.makeDirectory(site.medium)
      }
      // It is not pinned again, and the exporter goes on.
      let pinned = try site.site(
        ["trust", "add", site.lab.exporterKey, "--role", "exporter", "--fingerprint", old]
      )
      #expect(pinned.refused(.trust), "\(pinned.everything)")
      try site.expectImport(media: [late])
      // Who looks later is told.
      let evidence = site.scratch.path("evidence")
      let told = try site.site("audit", "export", "--evidence", "mainland-000002", evidence)
      #expect(told.status == 0 && told.errors.contains("\(old) is REVOKED"), "\(told.everything)")
      #expect(try Disk.text(evidence + "/README.txt").contains("\(old)  REVOKED 20"))
      let trail = try site.site("audit", "package", "pier").succeeded()
      #expect(trail.contains("REVOKED \(old)"), "\(trail)")
      // Both are in the log.
      let log = try Disk.text(site.depot + "/audit.log")
      #expect(log.contains("accept-successor") && log.contains(old))
      try exporter.end()
    }
  }

  @Test func t192ARevocationInABundleTakesEffectAtOnce() throws {
    try ThreatsSite.with { site in
      let exporter = try Exporter(site)
      let old = try exporter.fingerprint
      try exporter.ferry("key", "rotate", "--reason", "yearly").succeeded()
      let both = try exporter.export("both")
      try site.site("trust", "accept-successor", both).succeeded()
      try exporter.ferry("key", "revoke", old, "--reason", "lost").succeeded()
      let late = try exporter.export("late")
      let before = try site.site("trust", "list").succeeded()
      let dry = try site.site("import", late, "--dry-run")
      #expect(dry.status == 0 && dry.errors.contains("revoked by its owner"), "\(dry.everything)")
      #expect(try site.site("trust", "list").succeeded() == before)
      let taken = try site.expectImport(media: [late])
      #expect(taken.errors.contains("ALARM: the key \(old)"), "\(taken.errors)")
      #expect(try site.site("trust", "list").succeeded().contains("revoked: \(old)"))
      try site.expectRefusal(.trust, "TRUST-REVOKED-KEY", media: [site.lab.medium])
      try exporter.end()
    }
  }

  @Test func t193StatementsThatTheOwnerDidNotMakeDoNotCount() throws {
    try ThreatsSite.with { site in
      let exporter = try Exporter(site)
      let thief = try VendorKey(name: "Thief <thief@example.org>")
      let real = try exporter.fingerprint
      let home = exporter.depot + "/gnupg"
      func binary(_ home: String, _ key: String) throws -> String {
        let text = try run(
          ["sh", "-c", "gpg --homedir \(home) --batch --export \(key) | base64 -w 64 | tr -d ="]
        ).succeeded()
        return text.split(separator: "\n").map { " \($0)\n" }.joined()
      }
      func successor(_ key: String, _ next: String, _ material: String, made: String) -> String {
        "Format: aptferry-key-statement 1\nStatement: successor\nKey: \(key)\nSite: mainland\n"
          + "Made: \(made)\nSuccessor: \(next)\nPublic-Key:\n\(material)"
      }
      func sign(_ text: String, _ home: String, _ key: String) throws -> String {
        try run(
          ["gpg", "--homedir", home, "--batch", "--local-user", key, "--clear-sign"],
          input: Array(text.utf8)
        ).succeeded()
      }
      let stolen = try binary(thief.home, thief.fingerprint)
      let time = "2026-11-20T08:00:00Z"
      let forged = successor(real, thief.fingerprint, stolen, made: time)
      let own = successor(thief.fingerprint, real, try binary(home, real), made: time)
      let revocation =
        "Format: aptferry-key-statement 1\nStatement: revocation\nKey: \(real)\nSite: mainland\n"
        + "Made: \(time)\nReason: a lie\n"
      let texts: [(String, String)] = [
        ("signed by the thief alone", try sign(forged, thief.home, thief.fingerprint)),
        ("without the new key's signature", try sign(forged, home, real)),
        ("a stranger's revocation", try sign(revocation, thief.home, thief.fingerprint)),
        ("about a key that is not pinned", try sign(own, thief.home, thief.fingerprint)),
        (
          "of the future",
          try sign(revocation.replacing(time, with: "2036-01-01T00:00:00Z"), home, real)
        ),
        ("with an unknown requirement", try sign(revocation + "Requires: more\n", home, real)),
        ("altered", try sign(revocation, home, real).replacing("a lie", with: "a lye")),
        ("nothing at all", "no statement\n"),
      ]
      let before = try site.state()
      for (what, text) in texts {
        let file = site.scratch.path("home/statement.asc")
        try Disk.write(text, to: file)
        let result = try site.site("trust", "accept-successor", file)
        #expect(result.status != 0, "\(what): \(result.everything)")
        #expect(result.status != 1, "\(what): \(result.everything)")
        #expect(try site.changes(since: before) == [], "\(what)")
      }
      // In a bundle that the real key signed, they are passed over with a word.
      var forge = try site.lab.forge()
      let base64 = try run(
        ["base64", "-w", "0"],
        input: Array(texts[2].1.utf8)
      ).succeeded().replacing("=", with: "")
      forge.head = ["Key-Statements:", " \(base64)"]
      try forge.write(to: site.medium)
      let taken = try site.expectImport()
      #expect(taken.errors.contains("does not count"), "\(taken.errors)")
      #expect(try site.site("trust", "list").succeeded().contains(real))
      try exporter.end()
    }
  }

  @Test func t194AnInterruptedRotationIsFinished() throws {
    try ThreatsSite.with { site in
      let exporter = try Exporter(site)
      let before = try Disk.text(exporter.depot + "/signing-key")
      try exporter.ferry("key", "rotate", "--reason", "yearly").succeeded()
      let stated = try exporter.fingerprint
      // Killed between the statement and the switch.
      try Disk.write(before, to: exporter.depot + "/signing-key")
      try exporter.ferry("key", "rotate", "--reason", "yearly, again").succeeded()
      #expect(try exporter.fingerprint == stated)
      let statements = try exporter.ferry("key", "statements", "-").succeeded()
      #expect(statements.split(separator: "BEGIN PGP SIGNED MESSAGE").count == 2, "\(statements)")
      try exporter.end()
    }
  }
}
