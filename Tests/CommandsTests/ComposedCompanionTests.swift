import Foundation
import SafeIO
import TestSupport
import Testing

/// Descriptions and lists of files of composed snapshots: what their packages have of the vendor's, and
/// nothing else.
@Suite struct ComposedCompanionTests {
  /// A vendor's whole suite, frozen as `whole`.
  private func lab(_ scratch: ScratchDirectory) throws -> Crossing {
    let crossing = try Crossing(scratch)
    try crossing.forge.build(ForgedSuite.full())
    try crossing.freeze("whole", "stable")
    return crossing
  }

  /// Brings snapshots to the other side and publishes the first one.
  private func publish(_ lab: Crossing, _ names: String...) throws {
    try lab.connected(["export"] + names + ["--to", lab.medium]).succeeded()
    try lab.isolated("import", lab.medium, "--dry-run").succeeded()
    try lab.isolated("import", lab.medium).succeeded()
    try lab.isolated("publish", names[0], "--at", "p").succeeded()
  }

  /// A client inside that asks for descriptions and, as apt-file lets it, for lists of files.
  private func client(_ lab: Crossing, components: [String] = ["main"]) throws -> AptClient {
    let key = lab.scratch.path("island.asc")
    if !Disk.exists(key) { try lab.isolated("key", "export", key).succeeded() }
    let client = try AptClient(
      root: lab.scratch.path("client-\(UUID().uuidString)"),
      architectures: ["amd64", "arm64"]
    )
    let conf = try Disk.text(client.root + "/apt.conf")
    try Disk.write(
      conf + """
        Acquire::IndexTargets::deb::Contents-deb {
          MetaKey "$(COMPONENT)/Contents-$(ARCHITECTURE)";
          ShortDescription "Contents-$(ARCHITECTURE)";
          Description "$(RELEASE)/$(COMPONENT) $(ARCHITECTURE) Contents (deb)";
          flatMetaKey "Contents-$(ARCHITECTURE)";
          PDiffs "false"; KeepCompressed "true";
        };

        """,
      to: client.root + "/apt.conf"
    )
    try client.addSource(
      tree: lab.scratch.path("isolated/public/p"),
      suite: "stable",
      components: components,
      armoredKey: try Disk.text(key)
    )
    try client.update().succeeded()
    return client
  }

  /// What `apt-file` would look through.
  private func contents(_ client: AptClient) throws -> Set<String> {
    let lists = try client.aptGet(
      "indextargets",
      "--format",
      "$(FILENAME)",
      "Created-By: Contents-deb"
    )
    .succeeded().split(separator: "\n").map { String($0) }
    let texts = try lists.map { try run(["/usr/lib/apt/apt-helper", "cat-file", $0]).succeeded() }
    return Set(texts.joined().split(separator: "\n").map { String($0) })
  }

  /// The stanzas of an index of the published suite.
  private func text(_ lab: Crossing, _ path: String) throws -> String {
    try run(["xzcat", lab.scratch.path("isolated/public/p/dists/stable/\(path).xz")]).succeeded()
  }

  @Test func `Clients get the descriptions and files of what was chosen`() throws {
    try withScratchDirectory { scratch in
      let lab = try lab(scratch)
      try lab.connected("snapshot", "filter", "whole", "some", "crate", "crate-data", "hawser")
        .succeeded()
      try publish(lab, "some")
      let client = try client(lab, components: ["main", "contrib"])
      for name in ["crate", "crate-data", "hawser"] {
        let shown = try client.aptCache("show", name).succeeded()
        #expect(shown.contains(" The long description of \(name)."), "\(shown)")
      }
      let main = try text(lab, "main/i18n/Translation-en")
      let vendor = try run(["xzcat", lab.forge.root + "/dists/stable/main/i18n/Translation-en.xz"])
        .succeeded()
      #expect(main.components(separatedBy: "Package: ").count == 3, "\(main)")
      for stanza in main.components(separatedBy: "\n\n").dropLast() {
        #expect(vendor.contains(stanza))
      }
      #expect(
        try contents(client) == [
          "usr/share/crate/payload-amd64 misc/crate", "usr/share/crate/payload-arm64 misc/crate",
          "usr/share/crate-data/payload-all misc/crate-data",
          "usr/share/hawser/payload-amd64 misc/hawser",
          "usr/share/hawser/payload-arm64 misc/hawser",
        ]
      )
      let byHash = scratch.path("isolated/public/p/dists/stable/main/i18n/by-hash/SHA256")
      #expect(try !Disk.names(in: byHash).isEmpty)
      try lab.isolated("publication", "check", "p").succeeded()
      try lab.isolated("snapshot", "verify", "some", "--provenance").succeeded()
      try lab.isolated("depot", "check").succeeded()
    }
  }

  @Test func `A merge has those of each source, and what is composed again keeps them`() throws {
    try withScratchDirectory { scratch in
      let lab = try Crossing(scratch)
      func freeze(_ name: String, _ packages: [ForgedPackage], hasContents: Bool) throws {
        var suite = ForgedSuite("stable", ["main": packages])
        suite.hasContents = hasContents
        try lab.forge.build(suite)
        try lab.freeze(name, "stable")
      }
      try freeze("base", [ForgedPackage("pier"), ForgedPackage("quay")], hasContents: true)
      try freeze(
        "more",
        [ForgedPackage("pier", version: "1.1-1"), ForgedPackage("dock")],
        hasContents: false
      )
      try lab.connected("snapshot", "merge", "both", "base", "more", "--latest").succeeded()
      try lab.connected("snapshot", "filter", "both", "again", "pier", "dock").succeeded()
      try publish(lab, "both", "again")
      let whole = try client(lab)
      for name in ["pier", "quay", "dock"] {
        let shown = try whole.aptCache("show", name).succeeded()
        #expect(shown.contains(" The long description of \(name)."), "\(shown)")
      }
      // The newer source lists no files: for its package those of the other one stand.
      #expect(
        try contents(whole) == [
          "usr/share/pier/payload-amd64 misc/pier", "usr/share/quay/payload-amd64 misc/quay",
        ]
      )
      try lab.isolated("publish", "again", "--at", "p").succeeded()
      let some = try client(lab)
      #expect(try some.available() == ["dock:amd64=1.0-1", "pier:amd64=1.1-1"])
      for name in ["pier", "dock"] {
        let shown = try some.aptCache("show", name).succeeded()
        #expect(shown.contains(" The long description of \(name)."), "\(shown)")
      }
    }
  }

  @Test func `Of a line only the packages that were chosen stay`() throws {
    try withScratchDirectory { scratch in
      let lab = try Crossing(scratch)
      var suite = ForgedSuite("stable", ["main": [ForgedPackage("pier"), ForgedPackage("quay")]])
      (suite.hasByHash, suite.keepsPlainIndexes) = (false, true)
      try lab.forge.build(suite)
      try lab.forge.list(
        [
          "main/Contents-amd64": """
          FILE                                                    LOCATION
          etc/both of them		admin/quay,net/pier
          etc/one admin/quay
          etc/other   net/pier,universe/net/pierx
          """,
          "main/Contents-all": "usr/all net/pier\n",
        ],
        in: suite
      )
      try lab.freeze("whole", "stable")
      try lab.connected("snapshot", "filter", "whole", "some", "pier").succeeded()
      try publish(lab, "some")
      #expect(
        try text(lab, "main/Contents-amd64")
          == "usr/all net/pier\netc/both of them\t\tnet/pier\netc/other   net/pier\n"
      )
    }
  }

  @Test func `Packages that nobody signed keep what their source says of them`() throws {
    try withScratchDirectory { scratch in
      let lab = try Crossing(scratch)
      var suite = ForgedSuite("stable", ["main": [ForgedPackage("pier"), ForgedPackage("quay")]])
      suite.hasContents = true
      try lab.forge.build(suite)
      try lab.freeze("whole", "stable")
      for name in ["InRelease", "Release.gpg"] {
        Disk.remove(lab.forge.root + "/dists/stable/" + name)
      }
      try lab.connected(
        [
          "snapshot", "create", "free", "--tree", lab.forge.root, "--suite", "stable",
          "--upstream", "vendor", "--allow-unsigned",
        ]
      ).succeeded()
      try lab.connected("snapshot", "filter", "free", "own", "pier").succeeded()
      let exporter = try Crossing.fingerprint(ofKeyIn: lab.exporterKey, scratch)
      try lab.isolated(
        ["trust", "edit", exporter, "--may-vouch", "own/*", "--reason", "it is to be tried"]
      ).succeeded()
      try publish(lab, "own")
      let shown = try client(lab).aptCache("show", "pier").succeeded()
      #expect(shown.contains(" The long description of pier."), "\(shown)")
    }
  }
}
