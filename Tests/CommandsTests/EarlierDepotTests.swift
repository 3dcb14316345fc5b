import SafeIO
import TestSupport
import Testing

/// Depots of earlier versions are brought up to date when they are opened.
@Suite struct EarlierDepotTests {
  /// Makes of a catalogue what the version before `pinned_key` would have left, with what an exporter
  /// claimed of each suite.
  private static let backdate = """
    import sqlite3, sys
    base = sqlite3.connect(sys.argv[1]); signer = sys.argv[2]
    base.execute('''CREATE TABLE trust (fingerprint TEXT NOT NULL CHECK (length(fingerprint) >= 40),
      role TEXT NOT NULL CHECK (role IN ('exporter', 'upstream', 'site')), name TEXT NOT NULL,
      user_ids TEXT NOT NULL, material BLOB NOT NULL CHECK (length(material) > 0),
      added INTEGER NOT NULL, PRIMARY KEY (fingerprint, role, name)) STRICT''')
    base.execute('''INSERT INTO trust SELECT fingerprint, role, name, user_ids, material, added
      FROM pinned_key''')
    first = '''trust snapshot snapshot_suite export export_snapshot export_intent
      export_intent_snapshot accepted arrival clock generation generation_snapshot'''.split()
    old = '''trust
      accepted accepted_older accepted_snapshot acknowledgement arrival audit_checkpoint
      audit_head clock export export_detail export_intent export_intent_detail
      export_intent_snapshot export_site export_snapshot generation generation_recipe
      generation_snapshot mirror mirror_index mirror_state own_receipt publication_event
      retired_snapshot site_receipt snapshot snapshot_suite stream_floor'''.split()
    version = int(sys.argv[3]) if len(sys.argv) > 3 else 5
    if version == 1: old = first
    for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
      if name not in old: base.execute(f'DROP TABLE {name}')
    columns = [row[1] for row in base.execute('PRAGMA table_info(mirror)')]
    if 'edited' in columns: base.execute('ALTER TABLE mirror DROP COLUMN edited')
    lines = base.execute('SELECT snapshot, position, line FROM snapshot_suite').fetchall()
    for snapshot, position, line in lines:
      words = line.split(); words[2] = signer if signer != '-' else words[2]
      base.execute('UPDATE snapshot_suite SET line = ? WHERE snapshot = ? AND position = ?',
        (' '.join(words), snapshot, position))
    base.execute(f'PRAGMA user_version = {version}'); base.commit()
    """

  private static func version(of catalogue: String) throws -> String {
    let script =
      "import sqlite3, sys; print(*sqlite3.connect(sys.argv[1]).execute('PRAGMA user_version')"
      + ".fetchone())"
    return try run(["python3", "-c", script, catalogue]).succeeded()
      .split(separator: "\n").joined()
  }

  /// The catalogue of before the upgrade.
  private static func kept(in depot: String) throws -> String {
    let name = try Disk.names(in: depot).first { $0.hasPrefix("catalogue.before-") }
    return depot + "/" + (try #require(name))
  }

  @Test func aDepotOfTheFirstVersionIsReadUpgradedPublishedAndBackedUp() throws {
    try ThreatsSite.with(exported: true) { site in
      try site.expectImport()
      // That version had no pools: each tree had all of its files.
      try site.site("publish", "first", "--at", "debian", "--no-links").succeeded()
      let catalogue = site.depot + "/catalogue.sqlite"
      try run(["python3", "-c", Self.backdate, catalogue, "-", "1"]).succeeded()
      #expect(try site.site("publication", "list").succeeded().contains("debian"))
      #expect(try Self.version(of: catalogue) == "1")
      // The same bundle again is known, and a new publication comes out of what there was.
      let again = try site.site("import", site.medium)
      #expect(
        again.status == 0 && again.errors.contains("catalogue version 1"),
        "\(again.everything)"
      )
      #expect(try Self.version(of: Self.kept(in: site.depot)) == "1")
      try site.site("publish", "first", "--at", "other").succeeded()
      #expect(try site.site("depot", "check").status == 0)
      try site.site("depot", "backup", "--to", site.scratch.path("backup")).succeeded()
    }
  }

  @Test func commandsAtOnceUpgradeOnceAndKeepTheCatalogueOfBefore() throws {
    try ThreatsSite.with { site in
      let catalogue = site.depot + "/catalogue.sqlite"
      try run(["python3", "-c", Self.backdate, catalogue, "-"]).succeeded()
      // Whoever holds the depot is waited for.
      let lock = try FileLock("lock", in: Directory(opening: site.depot), holder: "a rival")
      let held = try site.site("depot", "gc")
      #expect(held.refused(.busy) && held.errors.contains("a rival"), "\(held.everything)")
      #expect(try site.site("snapshot", "list").status == 0)
      #expect(try Self.version(of: catalogue) == "5")
      _ = consume lock
      let script = """
        for i in 1 2 3 4 5 6; do
          "$0" depot gc --depot "$1" >$2/$i.out 2>&1 &
        done; wait; cat $2/*.out
        """
      let out = try site.scratch.directory("out")
      let told = try run(["sh", "-c", script, site.site.program, site.depot, out]).text
      #expect(!told.contains("not an error") && !told.contains("E-IO"), "\(told)")
      #expect(try Self.version(of: catalogue) != "5")
      #expect(try Self.version(of: Self.kept(in: site.depot)) == "5")
    }
  }

  @Test func `A mirror of before takes everything, until it gets a filter`() throws {
    try ThreatsSite.with { site in
      let words = ["mirror", "create", "m", "http://127.0.0.1:1/debian", "stable"]
      try site.site(words).succeeded()
      let catalogue = site.depot + "/catalogue.sqlite"
      try run(["python3", "-c", Self.backdate, catalogue, "-"]).succeeded()
      #expect(try site.site("mirror", "list", "--json").succeeded().contains("\"filter\": null"))
      #expect(try Self.version(of: catalogue) == "5")
      try site.site("mirror", "edit", "m", "--filter", "ship", "--filter-with-deps").succeeded()
      let shown = try site.site("mirror", "show", "m").succeeded()
      #expect(shown.contains("only:          ship, with what these packages need"), "\(shown)")
      try site.site("depot", "backup", "--to", site.scratch.path("backup")).succeeded()
    }
  }

  @Test func aDepotOfALaterVersionIsRefused() throws {
    try ThreatsSite.with { site in
      let script =
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]);"
        + "c.execute('PRAGMA user_version = 999'); c.commit()"
      try run(["python3", "-c", script, site.depot + "/catalogue.sqlite"]).succeeded()
      let before = try Disk.read(site.depot + "/catalogue.sqlite")
      for command in [["snapshot", "list"], ["depot", "gc"]] {
        let refused = try site.site(command)
        #expect(refused.refused(.state), "\(refused.everything)")
        #expect(refused.errors.contains("use the newer program"), "\(refused.everything)")
      }
      #expect(try Disk.read(site.depot + "/catalogue.sqlite") == before)
    }
  }

  @Test func t184WhatAnEarlierVersionTookOnTheExportersWordIsVerifiedOrMarked() throws {
    try ThreatsSite.with(exported: true) { site in
      try site.expectImport()
      let stranger = String(repeating: "AB", count: 20)
      let vendor = site.lab.vendor.fingerprint
      let catalogue = site.depot + "/catalogue.sqlite"
      try run(["python3", "-c", Self.backdate, catalogue, stranger]).succeeded()
      // The InRelease of the depot itself says who signed.
      let shown = try site.site("snapshot", "show", "first", "--json").succeeded()
      #expect(shown.contains(vendor) && !shown.contains(stranger), "\(shown)")
      #expect(try site.site("trust", "list").succeeded().contains("seen: stable"))

      // Without the vendor's key nothing can be said, and that is said.
      try site.site("trust", "remove", vendor).succeeded()
      try run(["python3", "-c", Self.backdate, catalogue, stranger]).succeeded()
      let first = try site.site("snapshot", "show", "first")
      #expect(first.status == 0 && first.errors.contains("could not be verified"))
      #expect(first.text.contains("NOT VERIFIED here; the exporter named ABAB"), "\(first.text)")
      // Who only reads leaves the file as it is.
      #expect(try Self.version(of: catalogue) == "5")
      let changing = try site.site("depot", "gc")
      #expect(changing.errors.contains("brought up to date now"), "\(changing.errors)")
      #expect(try Self.version(of: catalogue) != "5")
      #expect(try Self.version(of: Self.kept(in: site.depot)) == "5")
      let list = try site.site("snapshot", "list")
      #expect(!list.errors.contains("warning"), "\(list.errors)")
      #expect(list.text.contains("NOT VERIFIED"), "\(list.text)")
      #expect(try site.site("depot", "status").succeeded().contains("never verified here"))
      // With the key it can.
      try site.site(
        ["trust", "add", site.lab.path + "/vendor.asc", "--role", "upstream", "--name", "vendor"]
          + ["--fingerprint", vendor]
      ).succeeded()
      let last = try site.site("snapshot", "show", "first").succeeded()
      #expect(last.contains("signed by") && !last.contains("NOT VERIFIED"), "\(last)")
    }
  }
}
