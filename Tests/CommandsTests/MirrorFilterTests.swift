import Foundation
import SafeIO
import TestSupport
import Testing

/// A mirror that takes a part of its upstream: only that is fetched, and the vendor's whole lists stay as
/// proof.
@Suite(.enabled(if: hasNetwork)) struct MirrorFilterTests {
  /// Both sides of a gap, and a vendor's tree behind a server that remembers what it was asked for.
  private struct Lab {
    let crossing: Crossing
    let server: UpstreamServer
    let site: AptFerry

    init(_ scratch: ScratchDirectory, _ suites: ForgedSuite...) throws {
      crossing = try Crossing(scratch)
      for suite in suites { try crossing.forge.build(suite) }
      server = try UpstreamServer(tree: crossing.forge.root)
      try Disk.write("", to: scratch.path("apt.conf"))
      var site = crossing.connected
      site.environment["APT_CONFIG"] = scratch.path("apt.conf")
      site.environment["no_proxy"] = "127.0.0.1"
      self.site = site
    }

    func create(_ arguments: String...) throws {
      try site(
        ["mirror", "create", "m", server.url] + arguments + ["--architecture", "amd64"]
      ).succeeded()
    }

    func edit(_ arguments: String...) throws {
      try site(["mirror", "edit", "m"] + arguments).succeeded()
    }

    func update(_ arguments: String...) throws -> RunResult {
      server.forgetRequests()
      return try site(
        ["mirror", "update", "m", "--timeout", "1", "--retries", "1"] + arguments
      )
    }

    /// An update that is promised by a dry run: what it fetched, and that it is what was asked for.
    @discardableResult
    func updated() throws -> (pool: [String], other: Set<String>) {
      let promise = try update("--dry-run", "--json").succeeded()
      let text = try update("--json").succeeded()
      #expect(try number("fetchedFiles", promise) == pool.count, "\(promise)")
      let paths = Set(server.paths)
      #expect(pool.count == server.paths.filter { $0.hasPrefix("pool/") }.count)
      #expect(try number("fetchedBytes", promise) == bytes(of: pool), "\(promise)")
      // The Release file is read anyway, to see whether it is new, and fetched only then.
      let told = try #require(try number("fetchedBytes", text))
      let listed = try bytes(of: paths.filter { !$0.hasSuffix("/InRelease") })
      #expect(try told >= listed && told <= bytes(of: Array(paths)), "\(text)")
      return (pool, paths.filter { !$0.hasPrefix("pool/") })
    }

    /// The package files that were asked for, by their names.
    var pool: [String] { Set(server.paths.filter { $0.hasPrefix("pool/") }).sorted() }

    private func bytes(of paths: [String]) throws -> Int {
      // The server also says of by-hash names that it has none.
      try paths.map { crossing.forge.root + "/" + $0 }.filter(Disk.exists).reduce(0) {
        try $0 + Disk.read($1).count
      }
    }

    private func number(_ name: String, _ document: String) throws -> Int? {
      try document.firstMatch(of: Regex("\"\(name)\": ([0-9]+)")).flatMap {
        Int($0.output[1].substring ?? "")
      }
    }
  }

  private func names(_ paths: [String]) -> [String] {
    paths.compactMap { $0.split(separator: "/").last.map { String($0.prefix { $0 != "_" }) } }
      .sorted()
  }

  private func suite(_ packages: [ForgedPackage], named name: String = "stable") -> ForgedSuite {
    ForgedSuite(name, ["main": packages])
  }

  private var fleet: [ForgedPackage] {
    [
      ForgedPackage("ship", depends: "hull (>= 1.0), mast | pole", hasSource: true),
      ForgedPackage("hull", depends: "nail"), ForgedPackage("nail", architecture: "all"),
      ForgedPackage("mast"), ForgedPackage("pole"), ForgedPackage("raft"),
      ForgedPackage("wreck", depends: "treasure (>= 2)"),
    ]
  }

  @Test func `Only what the filter takes is fetched, carried and installed`() throws {
    try withScratchDirectory { scratch in
      let lab = try Lab(scratch, suite(fleet))
      try lab.create("stable", "--filter", "raft", "--filter", "nail")
      let (pool, other) = try lab.updated()
      #expect(names(pool) == ["nail", "raft"])
      #expect(other.contains { $0.contains("binary-amd64") || $0.contains("by-hash") }, "\(other)")
      let shown = try lab.site("mirror", "show", "m").succeeded()
      #expect(shown.contains("only:          (raft) | (nail)\n"), "\(shown)")
      #expect(shown.contains("main/binary-amd64/Packages: 2 packages"), "\(shown)")
      let made = try lab.site("snapshot", "create", "s", "--mirror", "m").succeeded()
      #expect(made.contains("kind:    composed"), "\(made)")
      #expect(made.contains("composed of packages that are signed by"), "\(made)")
      #expect(
        try lab.site("snapshot", "create", "s", "--mirror", "m").succeeded()
          .contains("nothing to do")
      )
      let found = try lab.site("package", "search", "ship").succeeded()
      #expect(!found.contains("mirror m"), "\(found)")
      try lab.crossing.export("s")
      try lab.crossing.isolated("import", lab.crossing.medium).succeeded()
      try lab.crossing.isolated("snapshot", "verify", "s", "--provenance").succeeded()
      try lab.crossing.isolated("publish", "s", "--at", "p").succeeded()
      let client = try client(lab.crossing)
      #expect(try client.available() == ["nail:all=1.0-1", "raft:amd64=1.0-1"])
      #expect(try client.simulateInstall("raft", "nail") == ["nail", "raft"])
      #expect(try client.downloadAll().count == 2)
      try lab.site("depot", "check").succeeded()
      try lab.site("depot", "gc").succeeded()
      try lab.site("snapshot", "create", "again", "--mirror", "m").succeeded()
      #expect(try lab.updated().pool.isEmpty)
    }
  }

  private func client(_ lab: Crossing) throws -> AptClient {
    let key = lab.scratch.path("island.asc")
    try lab.isolated("key", "export", key).succeeded()
    let client = try AptClient(root: lab.scratch.path("client"))
    try client.addSource(
      tree: lab.scratch.path("isolated/public/p"),
      suite: "stable",
      components: ["main"],
      armoredKey: try Disk.text(key)
    )
    try client.update().succeeded()
    return client
  }

  @Test func `Another filter costs the Release file and the new packages`() throws {
    try withScratchDirectory { scratch in
      let lab = try Lab(scratch, suite(fleet))
      let release: Set = ["dists/stable/InRelease"]
      try lab.create("stable", "--filter", "raft")
      #expect(names(try lab.updated().pool) == ["raft"])
      try lab.edit("--filter", "raft | mast")
      #expect(
        try lab.site("mirror", "show", "m").succeeded().contains(
          "has:   raft, until the next update"
        )
      )
      // What is frozen between is what was fetched.
      try lab.site("snapshot", "create", "between", "--mirror", "m").succeeded()
      var fetched = try lab.updated()
      #expect(names(fetched.pool) == ["mast"] && fetched.other == release, "\(fetched)")
      try lab.edit("--filter", "mast")
      fetched = try lab.updated()
      #expect(fetched.pool.isEmpty && fetched.other == release, "\(fetched)")
      try lab.edit("--filter", "ship", "--filter-with-deps")
      fetched = try lab.updated()
      #expect(names(fetched.pool) == ["hull", "nail", "ship"] && fetched.other == release)
      try lab.edit("--no-filter-with-deps")
      #expect(try lab.updated().pool.isEmpty)
      #expect(
        try lab.site("mirror", "show", "m").succeeded().contains("Packages: 1 packages")
      )
      try lab.edit("--filter", "none")
      fetched = try lab.updated()
      #expect(names(fetched.pool) == ["pole", "wreck"] && fetched.other == release, "\(fetched)")
      let whole = try lab.site("snapshot", "create", "whole", "--mirror", "m").succeeded()
      #expect(whole.contains("kind:    verbatim"), "\(whole)")
    }
  }

  @Test func `What the packages need may be in another suite, and follows it`() throws {
    try withScratchDirectory { scratch in
      func updates(_ hull: ForgedPackage, _ day: Int) -> ForgedSuite {
        var suite = suite([hull], named: "updates")
        suite.date = "Sun, 0\(day) Nov 2026 00:00:00 UTC"
        return suite
      }
      let lab = try Lab(
        scratch,
        suite([
          ForgedPackage("ship", depends: "hull (>= 2)"), ForgedPackage("hull"),
          ForgedPackage("nail"),
          ForgedPackage("glue"),
        ]),
        updates(ForgedPackage("hull", version: "2.0-1", depends: "nail"), 1)
      )
      try lab.create("stable", "updates", "--filter", "ship", "--filter-with-deps")
      #expect(names(try lab.updated().pool) == ["hull", "nail", "ship"])
      #expect(lab.pool.contains { $0.contains("hull_2.0-1") })
      try lab.site("snapshot", "create", "s", "--mirror", "m").succeeded()
      let verified = try lab.site("snapshot", "verify", "s").succeeded()
      #expect(verified.contains("3 packages, 2 dependencies: all can be installed"), "\(verified)")
      // Only `updates` changes, and what its package needs now is in `stable`.
      try lab.crossing.forge.build(
        updates(ForgedPackage("hull", version: "2.1-1", depends: "glue"), 2)
      )
      #expect(names(try lab.updated().pool) == ["glue", "hull"])
      #expect(try lab.updated().pool.isEmpty)
    }
  }

  @Test func `What cannot be installed is explained, and nothing changes`() throws {
    try withScratchDirectory { scratch in
      let lab = try Lab(scratch, suite(fleet))
      try lab.create("stable", "--filter", "wreck | raft", "--filter-with-deps")
      for more in [["--dry-run"], []] {
        let refused = try lab.site(["mirror", "update", "m"] + more)
        #expect(refused.refused(.incomplete, "unsatisfiable"), "\(refused.everything)")
        #expect(refused.errors.contains("treasure (>= 2)"), "\(refused.errors)")
        #expect(refused.errors.contains("--no-filter-with-deps"), "\(refused.errors)")
      }
      #expect(lab.pool.isEmpty)
      #expect(try lab.site("mirror", "show", "m").succeeded().contains("never updated"))
      try lab.edit("--no-filter-with-deps")
      #expect(names(try lab.updated().pool) == ["raft", "wreck"])
    }
  }

  @Test func `Words that say nothing are refused`() throws {
    try withScratchDirectory { scratch in
      let lab = try Lab(scratch, suite(fleet))
      let words = ["mirror", "create", "m", lab.server.url, "stable"]
      #expect(try lab.site(words + ["--filter", "ship ("]).status == 2)
      #expect(try lab.site(words + ["--filter-with-deps"]).refused(.usage, "arguments"))
      #expect(
        try lab.site(words + ["--filter", "none", "--filter", "a"]).refused(.usage, "arguments")
      )
      try lab.create("stable")
      #expect(
        try lab.site("mirror", "edit", "m", "--filter-with-deps").refused(.usage, "arguments")
      )
      #expect(try lab.site("mirror", "edit", "m", "--filter", "ship (").status == 2)
      #expect(!(try lab.site("mirror", "show", "m").succeeded()).contains("only:"))
    }
  }

  @Test func `What is wrong with a wanted package is seen, and what is not wanted is no matter`()
    throws
  {
    try withScratchDirectory { scratch in
      let lab = try Lab(scratch, suite(fleet))
      let root = lab.crossing.forge.root
      try Disk.write("damage", to: root + "/pool/main/m/mast/mast_1.0-1_amd64.deb")
      Disk.remove(root + "/pool/main/p/pole/pole_1.0-1_amd64.deb")
      try lab.create("stable", "--filter", "raft")
      #expect(names(try lab.updated().pool) == ["raft"])
      try lab.edit("--filter", "raft | mast")
      #expect(try lab.update().refused(.integrity))
      try lab.edit("--filter", "raft | pole")
      #expect(try lab.update().refused(.incomplete))
      try lab.update("--leave-out", "missing:pole").succeeded()
      #expect(try lab.site("mirror", "show", "m").succeeded().contains("LACKS: "))
      try lab.site("snapshot", "create", "s", "--mirror", "m").succeeded()
      let files = try lab.site("snapshot", "files", "s").succeeded()
      #expect(files.contains("raft") && !files.contains("pole"), "\(files)")
    }
  }

  @Test func `An object that the depot lost is missed when it is frozen, and fetched again`() throws
  {
    try withScratchDirectory { scratch in
      let lab = try Lab(scratch, suite(fleet))
      try lab.create("stable", "--filter", "raft")
      _ = try lab.updated()
      let deb = lab.crossing.forge.root + "/pool/main/r/raft/raft_1.0-1_amd64.deb"
      let digest = SHA256Digest.of(try Disk.read(deb)).hex
      let found = try run([
        "find", scratch.path("connected/objects"), "-name", "*\(digest.dropFirst(2))", "-delete",
        "-print",
      ]).succeeded()
      #expect(!found.isEmpty)
      let refused = try lab.site("snapshot", "create", "s", "--mirror", "m")
      #expect(refused.status != 0 && refused.status != 1, "\(refused.everything)")
      #expect(try lab.site("depot", "check").status != 0)
      try lab.edit("--filter", "raft ")
      #expect(names(try lab.updated().pool) == ["raft"])
      try lab.site("depot", "check").succeeded()
      try lab.site("snapshot", "create", "s", "--mirror", "m").succeeded()
    }
  }

  @Test func `Each architecture gets what its machines need, and its sources`() throws {
    try withScratchDirectory { scratch in
      var fleet = suite([
        ForgedPackage("ship", depends: "hull", hasSource: true),
        ForgedPackage("ship", architecture: "arm64", depends: "oar"),
        ForgedPackage("hull", fields: ["Source": "hull (1.0+1)"], hasSource: true),
        ForgedPackage("hull", architecture: "arm64"),
        ForgedPackage("oar"), ForgedPackage("oar", architecture: "arm64"),
        ForgedPackage("raft", hasSource: true),
      ])
      fleet.architectures = ["amd64", "arm64"]
      let lab = try Lab(scratch, fleet)
      try lab.create(
        "stable",
        "--architecture",
        "arm64",
        "--with",
        "sources",
        "--filter",
        "ship",
        "--filter-with-deps"
      )
      let pool = try lab.updated().pool
      #expect(pool.contains { $0.hasSuffix("/hull_1.0-1_amd64.deb") }, "\(pool)")
      #expect(pool.contains { $0.hasSuffix("/oar_1.0-1_arm64.deb") }, "\(pool)")
      #expect(pool.contains { $0.hasSuffix("/ship_1.0+1.dsc") }, "\(pool)")
      #expect(pool.contains { $0.hasSuffix("/hull_1.0+1.dsc") }, "\(pool)")
      #expect(!pool.contains { $0.hasSuffix("/hull_1.0-1_arm64.deb") || $0.contains("/raft") })
      try lab.site("snapshot", "create", "s", "--mirror", "m").succeeded()
      let verified = try lab.site("snapshot", "verify", "s").succeeded()
      #expect(verified.contains("arm64: 2 packages"), "\(verified)")
    }
  }

  @Test func `Of a flat repository the suite has the name that its Release file says`() throws {
    try withScratchDirectory { scratch in
      let packages = ["pier", "quay"].map { ForgedPackage($0) }
      let lab = try Lab(scratch, .flat("tools", packages))
      try lab.create("tools/", "--filter", "pier")
      _ = try lab.update().succeeded()
      let shown = try lab.site("snapshot", "create", "s", "--mirror", "m").succeeded()
      #expect(shown.contains("composed"), "\(shown)")
      let files = try lab.site("snapshot", "files", "s").succeeded()
      #expect(files.contains("pier_") && !files.contains("quay_"), "\(files)")
      try lab.crossing.export("s")
      try lab.crossing.isolated("import", lab.crossing.medium).succeeded()
      try lab.crossing.isolated("publish", "s", "--at", "p").succeeded()
    }
  }

  @Test func `A stanza that nobody can use is told only where it is wanted`() throws {
    try withScratchDirectory { scratch in
      var fleet = suite(fleet)
      fleet.furtherStanzas = """
        Package: gone
        Version: 1
        Architecture: all
        Filename: pool/gone_1_all.deb
        SHA256: \(String(repeating: "a", count: 64))


        """
      let lab = try Lab(scratch, fleet)
      try lab.create("stable", "--filter", "raft")
      let first = try lab.update()
      try first.succeeded()
      #expect(!first.everything.contains("gone"), "\(first.everything)")
      #expect(!(try lab.site("mirror", "show", "m").succeeded().contains("LACKS")))
      for more in ["--no-filter-with-deps", "--filter-with-deps"] {
        try lab.edit("--filter", "raft | gone", more)
        let text = try lab.update()
        try text.succeeded()
        #expect(text.everything.contains("has no Size"), "\(text.everything)")
        #expect(try lab.site("mirror", "show", "m").succeeded().contains("LACKS: "))
      }
    }
  }

  @Test func `Lists that are not the vendor's choose nothing`() throws {
    try withScratchDirectory { scratch in
      let lab = try Lab(scratch, suite(fleet))
      try lab.create("stable", "--filter", "raft", "--filter-with-deps")
      _ = try lab.updated()
      let (again, index) = (
        scratch.path("connected/objects"),
        lab.crossing.forge.root + "/dists/stable/main/binary-amd64"
      )
      // A list that the depot lost is fetched again, and checked as ever.
      let digest = SHA256Digest.of(try Disk.read(index + "/Packages.xz")).hex
      let lost = try run(["find", again, "-name", "*\(digest.dropFirst(2))", "-delete", "-print"])
      #expect(!lost.text.isEmpty)
      try lab.edit("--filter", "mast")
      for name in try Disk.names(in: index) where name.hasPrefix("Packages") {
        try Disk.write("damage", to: index + "/" + name)
      }
      // Each form in turn is another file than the Release file lists.
      let refused = try lab.update()
      #expect(refused.refused(.incomplete), "\(refused.everything)")
      #expect(lab.pool.isEmpty)
      let shown = try lab.site("mirror", "show", "m").succeeded()
      #expect(shown.contains("has:   raft, with what these packages need"), "\(shown)")
    }
  }

  @Test func `Whoever asks the log or a program sees the filter`() throws {
    try withScratchDirectory { scratch in
      let lab = try Lab(scratch, suite(fleet))
      try lab.create("stable", "--filter", "raft", "--filter-with-deps")
      try lab.updated()
      let shown = try lab.site("mirror", "show", "m", "--json").succeeded()
      #expect(shown.components(separatedBy: "\"query\": \"raft\"").count == 3, "\(shown)")
      #expect(shown.contains("\"withDependencies\": true"))
      let log = try lab.site("audit", "show", "--json").succeeded()
      #expect(log.contains("filter-with-deps") && log.contains("raft"), "\(log)")
      try lab.edit("--filter", "none")
      #expect(try lab.site("mirror", "list", "--json").succeeded().contains("\"filter\": null"))
    }
  }
}
