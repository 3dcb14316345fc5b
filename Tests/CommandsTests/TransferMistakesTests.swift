import SafeIO
import TestSupport
import Testing

/// What people get wrong while they carry bundles and receipts, and what must not come of it.
@Suite struct TransferMistakesTests {
  @Test func aBlankReasonIsNone() throws {
    try withScratchDirectory { scratch in
      let lab = try IslandLab(scratch)
      for blank in ["", " ", "\u{a0}\u{2003}"] {
        #expect(
          try lab.isolated(
            ["import", scratch.path("one"), "--accept-older", "--reason", blank]
          ).refused(.usage)
        )
        #expect(
          try lab.connected("ledger", "retract", "mainland-000001", "--reason", blank)
            .refused(.usage)
        )
      }
    }
  }

  @Test func aKilledImportHasSaidWhy() throws {
    try withScratchDirectory { scratch in
      let lab = try IslandLab(scratch)
      try lab.isolated(
        ["import", scratch.path("one"), "--accept-older", "--reason", "ticket 4711"]
      ).succeeded()
      let lines = try Disk.text(scratch.path("isolated/audit.log")).split(separator: "\n")
      // In the record of the beginning, which is there before anything is done.
      #expect(lines.contains { $0.contains("\"kind\":\"begun\"") && $0.contains("ticket 4711") })
    }
  }

  /// Puts snapshots into the catalogue that have more and longer suites than any tree has.
  private static let manySuites = """
    import sqlite3, sys
    base = sqlite3.connect(sys.argv[1]); count, length = int(sys.argv[2]), int(sys.argv[3])
    signers = ",".join(f"{number:040X}" for number in range(16))
    for number in range(int(sys.argv[4])):
        name = f"s{number}"
        base.execute("INSERT INTO snapshot SELECT ?, digest, kind, files, bytes, created, origin "
                     "FROM snapshot WHERE name = 'first'", (name,))
        for position in range(count):
            path = "/".join([f"{position:06}"] + ["x" * 200] * (length // 200))
            base.execute("INSERT INTO snapshot_suite VALUES (?, ?, ?)",
                         (name, position, f"{path} unchecked {signers} -"))
    base.commit()
    """

  @Test(arguments: [(1000, 1000, 10, "E-USAGE-MANIFEST-TOO-LONG"), (1001, 0, 1, "1000")])
  func aManifestThatNobodyWouldReadIsRefusedBeforeAByteIsWritten(
    suites: Int,
    length: Int,
    snapshots: Int,
    said: String
  ) throws {
    try withScratchDirectory { scratch in
      let crossing = try Crossing(scratch)
      try crossing.forge.build(.small())
      try crossing.freeze("first", "stable")
      try run([
        "python3", "-c", Self.manySuites, scratch.path("connected/catalogue.sqlite"), "\(suites)",
        "\(length)", "\(snapshots)",
      ]).succeeded()
      let names = (0..<snapshots).map { "s\($0)" }
      for more in [["--dry-run"], []] {
        let refused = try crossing.connected(
          ["export"] + names + ["--to", crossing.medium] + more
        )
        #expect(refused.refused(.usage), "\(refused.everything.prefix(2000))")
        #expect(refused.errors.contains(said), "\(refused.errors.prefix(2000))")
        #expect(refused.errors.contains("fewer"), "\(refused.errors.prefix(2000))")
        #expect(try Disk.names(in: crossing.medium) == [])
      }
    }
  }

  @Test func theReviewSaysThatAnImportWouldBeRefused() throws {
    try withScratchDirectory { scratch in
      let lab = try IslandLab(scratch, arrives: false)
      try lab.export("first", to: "one")
      // The packages of what is new altogether are told as well.
      let fresh = try lab.isolated("inspect", scratch.path("one"), "--against-depot").everything
      #expect(fresh.contains("quay"), "\(fresh)")
      try lab.bring("one")
      try lab.build(["pier", "quay", "dock"])
      try lab.crossing.freeze("second", "stable")
      let away = try scratch.directory("away")
      try lab.connected("export", "second", "--to", away, "--site", "islet", "--new-site")
        .succeeded()
      let page = scratch.path("page.html")
      let review = try lab.isolated("inspect", away, "--against-depot", "--html", page)
      #expect(review.refused(.policy), "\(review.everything)")
      #expect(
        review.everything.contains("REFUSED:   an import would refuse it: the bundle is for islet")
      )
      #expect(try Disk.text(page).contains("an import would refuse it"))
      try lab.export("second", to: "three", "--full")
      try lab.bring("three")
      let again = try lab.isolated("inspect", scratch.path("one"), "--against-depot")
      #expect(again.status == 0 && again.everything.contains("was imported here before"))
    }
  }

  @Test func aDryRunRefusesWhatTheImportWould() throws {
    try withScratchDirectory { scratch in
      let lab = try IslandLab(scratch, arrives: false)
      try lab.build(["pier", "quay", "dock"])
      try lab.crossing.freeze("second", "stable")
      try lab.export("second", to: "two", "--since", "first")
      let refused = try lab.isolated("import", scratch.path("two"), "--dry-run")
      #expect(refused.refused(.incomplete) && refused.errors.contains("relies on"))
      // Not when a bundle before it brings what it relies on.
      try lab.export("first", to: "three", "--full")
      try run(["rm", "-r", scratch.path("three/mainland-000002/chunks")]).succeeded()
      let lacking = try lab.isolated("import", scratch.path("three"), "--dry-run")
      #expect(lacking.refused(.incomplete) && lacking.errors.contains("chunks/000001"))
      #expect(try lab.isolated("import", scratch.path("three")).refused(.incomplete))
    }
  }

  @Test func whatClientsSeeAndNobodyRemembersStopsAnImport() throws {
    try withScratchDirectory { scratch in
      let lab = try IslandLab(scratch)
      let depot = scratch.path("isolated")
      try run([
        "sh", "-c",
        "mkdir '\(depot)-old' && cp -a '\(depot)'/catalogue* '\(depot)'/audit.log '\(depot)-old'",
      ])
      .succeeded()
      try lab.build(["pier", "quay", "dock"])
      try lab.crossing.freeze("second", "stable")
      try lab.export("second", to: "two", "--full")
      try lab.isolated("import", scratch.path("two"), "--publish", "debian").succeeded()
      try run([
        "sh", "-c", "rm '\(depot)'/catalogue* && cp -a '\(depot)-old'/catalogue* '\(depot)'",
      ])
      .succeeded()
      // The log knows what was published: bundles that are newer still come in.
      try lab.export("second", to: "three", "--full")
      try lab.isolated("import", scratch.path("three")).succeeded()
      try run(["sh", "-c", "rm '\(depot)'/catalogue* && cp -a '\(depot)-old'/* '\(depot)'"])
        .succeeded()
      let refused = try lab.isolated("import", scratch.path("two"))
      #expect(refused.refused(.freshness), "\(refused.everything)")
      #expect(
        refused.code == "E-FRESHNESS-FORGOTTEN" && refused.errors.contains("debian, generation 1"),
        "\(refused.everything)"
      )
      try lab.isolated(
        ["import", scratch.path("two"), "--accept-older", "--reason", "the log is lost"]
      ).succeeded()
      // The way on when the catalogue is lost for good.
      let dead = try lab.isolated("publish", "second", "--at", "debian")
      #expect(
        dead.refused(.state) && dead.code == "E-STATE-UNKNOWN-GENERATION",
        "\(dead.everything)"
      )
      try run(["mv", depot + "/public/.publications/debian", scratch.path("aside")]).succeeded()
      try lab.isolated("publish", "second", "--at", "debian").succeeded()
    }
  }

  @Test func twoExportersOfOneStreamAreNamed() throws {
    try withScratchDirectory { scratch in
      let lab = try IslandLab(scratch)
      let other = try AptFerry(home: scratch.path("home"), depot: scratch.path("harbour"))
      try other("init", "--site", "mainland").succeeded()
      let key = scratch.path("harbour.asc")
      try other("key", "export", key).succeeded()
      try lab.isolated(
        ["trust", "add", key, "--role", "exporter", "--name", "harbour", "--all"]
      ).succeeded()
      try other(
        ["trust", "add", scratch.path("vendor.asc"), "--role", "upstream", "--name", "vendor"]
          + ["--all"]
      ).succeeded()
      try other(
        ["snapshot", "create", "theirs", "--tree", lab.crossing.forge.root]
          + ["--upstream", "vendor", "--suite", "stable"]
      ).succeeded()
      let medium = try scratch.directory("theirs")
      try other("export", "theirs", "--to", medium).succeeded()
      let refused = try lab.isolated("import", medium)
      #expect(refused.refused(.freshness), "\(refused.everything)")
      #expect(refused.code == "E-FRESHNESS-EQUIVOCATION", "\(refused.everything)")
    }
  }

  @Test func theLedgerSaysWhoLacksWhat() throws {
    try withScratchDirectory { scratch in
      let lab = try IslandLab(scratch)
      try lab.build(["pier", "quay", "dock"])
      try lab.crossing.freeze("second", "stable")
      try lab.export("second", to: "two")
      try lab.connected("ledger", "retract", "mainland-000002", "--reason", "burnt").succeeded()
      // What was lost is still lacking.
      let shown = try lab.connected("ledger", "show").succeeded()
      #expect(shown.contains("behind by mainland-000002 (retracted)"), "\(shown)")
      try lab.export("second", to: "three")
      try lab.bring("three")
      try lab.acknowledge("receipt2")
      let after = try lab.connected("ledger", "show").succeeded()
      #expect(!after.contains("behind"), "\(after)")
      let second = try lab.connected("ledger", "retract", "mainland-000002", "--reason", "again")
      #expect(second.errors.contains("retracted before") && second.errors.contains("burnt"))
      let plan = ["export", "second", "--to", scratch.path("two"), "--site", "Island", "--dry-run"]
      #expect(try lab.connected(plan).refused(.usage, "unknown-site"))
      let unknown = try lab.connected(plan + ["--new-site"])
      #expect(unknown.status == 0 && unknown.errors.contains("no key of a site called Island"))
    }
  }
}
