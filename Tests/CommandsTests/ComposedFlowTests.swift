import Foundation
import SafeIO
import TestSupport
import Testing

/// Snapshots that are composed of others cross the gap with what vouches for their packages, and real
/// apt installs from them under the site's signature.
@Suite struct ComposedFlowTests {
  /// A vendor's whole suite, frozen as `whole`.
  private func lab(_ scratch: ScratchDirectory) throws -> Crossing {
    let crossing = try Crossing(scratch)
    try crossing.forge.build(ForgedSuite.full())
    try crossing.freeze("whole", "stable")
    return crossing
  }

  /// A client inside of what the site publishes at `p`.
  private func client(
    _ lab: Crossing,
    suite: String = "stable",
    components: [String] = ["main"],
    architectures: [String] = ["amd64"],
    withSources: Bool = false
  ) throws -> AptClient {
    let key = lab.scratch.path("island.asc")
    if !Disk.exists(key) { try lab.isolated("key", "export", key).succeeded() }
    let client = try AptClient(
      root: lab.scratch.path("client-\(UUID().uuidString)"),
      architectures: architectures
    )
    try client.addSource(
      tree: lab.scratch.path("isolated/public/p"),
      suite: suite,
      components: components,
      armoredKey: try Disk.text(key),
      withSources: withSources
    )
    try client.update().succeeded()
    return client
  }

  /// Whoever chooses the packages chooses which of the vendor's lists come along: lists that have nothing in
  /// common with what is here are no other repository's for that.
  @Test func `A choice from a component that is gone is an older state all the same`() throws {
    try withScratchDirectory { scratch in
      let lab = try Crossing(scratch)
      func freeze(_ name: String, _ date: String, _ components: [String: [ForgedPackage]]) throws {
        var suite = ForgedSuite("stable", components)
        suite.date = date
        try lab.forge.build(suite)
        try lab.freeze(name, "stable")
      }
      let pier = [ForgedPackage("pier")]
      let early = "Thu, 19 Nov 2026 09:00:00 UTC"
      try freeze("old", early, ["main": pier, "contrib": [ForgedPackage("quay")]])
      try freeze("new", "Fri, 20 Nov 2026 09:00:00 UTC", ["main": pier])
      try lab.export("new")
      try lab.isolated("import", lab.medium).succeeded()
      try lab.connected("snapshot", "filter", "old", "choice", "quay").succeeded()
      let medium = try scratch.directory("second-medium")
      try lab.connected("export", "choice", "--to", medium).succeeded()
      let refused = try lab.isolated("import", medium)
      #expect(refused.refused(.freshness, "older-suite"), "\(refused.everything)")
    }
  }

  /// Lists of another component have nothing in common with those that are here, and prove nothing.
  @Test func `An older state with another component alone is an older state`() throws {
    try withScratchDirectory { scratch in
      let lab = try Crossing(scratch)
      func freeze(_ name: String, _ date: String, _ components: [String: [ForgedPackage]]) throws {
        var suite = ForgedSuite("stable", components)
        suite.date = date
        try lab.forge.build(suite)
        try lab.freeze(name, "stable")
      }
      let (pier, quay) = ([ForgedPackage("pier")], [ForgedPackage("quay")])
      try freeze("old", "Thu, 19 Nov 2026 09:00:00 UTC", ["contrib": quay])
      try freeze("new", "Fri, 20 Nov 2026 09:00:00 UTC", ["main": pier])
      try lab.export("new")
      try lab.isolated("import", lab.medium).succeeded()
      let medium = try scratch.directory("second-medium")
      try lab.connected("export", "old", "--to", medium).succeeded()
      let refused = try lab.isolated("import", medium)
      #expect(refused.refused(.freshness, "older-suite"), "\(refused.everything)")
    }
  }

  @Test func `A filter crosses with the vendor's proof, and apt installs from it`() throws {
    try withScratchDirectory { scratch in
      let lab = try lab(scratch)
      let words = [
        "snapshot", "filter", "whole", "some", "crate", "Name (% libcrate*)", "crate-data",
      ]
      let made = try lab.connected(words).succeeded()
      #expect(made.contains("kind:    composed"), "\(made)")
      #expect(made.contains("composed of packages that are signed by"), "\(made)")
      #expect(try lab.connected(words).succeeded().contains("nothing to do"))
      let files = try lab.connected("snapshot", "files", "some").succeeded()
      #expect(!files.contains("bollard") && files.contains("/InRelease"), "\(files)")
      try lab.export("some")
      let manifest = try Disk.text(lab.bundle() + "/MANIFEST")
      #expect(manifest.contains("\nRequires: composed\n"))
      #expect(manifest.contains("\nKind: composed\nSuites:\n stable unsigned - -\n"))
      try lab.kiosk("verify", lab.medium, "--keyring", lab.exporterKey).succeeded()
      try lab.isolated("import", lab.medium, "--dry-run").succeeded()
      try lab.isolated("import", lab.medium).succeeded()
      let shown = try lab.isolated("snapshot", "show", "some").succeeded()
      #expect(shown.contains("composed of packages that are signed by"), "\(shown)")
      try lab.isolated("publish", "some", "--at", "p").succeeded()
      let client = try client(lab, architectures: ["amd64", "arm64"])
      #expect(
        try client.available() == [
          "crate-data:all=1:2.0-1", "crate:amd64=1:2.0-1", "crate:arm64=1:2.0-1",
          "libcrate1:amd64=2.0-1", "libcrate1:arm64=2.0-1",
        ]
      )
      #expect(try client.simulateInstall("crate") == ["crate", "crate-data", "libcrate1"])
      #expect(try client.downloadAll().count == 5)
      #expect(!Disk.exists(scratch.path("isolated/public/p/provenance")))
      try lab.isolated("depot", "check").succeeded()
      #expect(try lab.isolated("publish", "some", "--at", "p").succeeded().contains("unchanged"))
      for mode in ["verbatim", "both"] {
        let refused = try lab.isolated("publish", "some", "--at", "q", "--mode", mode)
        #expect(refused.refused(.usage, "composed-mode"), "\(refused.everything)")
      }
    }
  }

  @Test func `Where clients have a vendor's signature nothing composed comes in for it`() throws {
    try withScratchDirectory { scratch in
      let lab = try lab(scratch)
      try lab.export("whole")
      try lab.isolated("import", lab.medium, "--publish", "p").succeeded()
      try lab.connected("snapshot", "merge", "all", "whole").succeeded()
      let second = try scratch.directory("second")
      try lab.connected("export", "all", "--to", second).succeeded()
      let refused = try lab.isolated("import", second, "--publish", "p")
      #expect(refused.refused(.usage, "composed-mode"), "\(refused.everything)")
      #expect(try lab.isolated("snapshot", "show", "all").refused(.usage))
      try lab.isolated("import", second).succeeded()
      try lab.isolated("publish", "all", "--at", "p", "--mode", "resigned").succeeded()
    }
  }

  @Test func `Stanzas, sources and the installer's packages stay as the vendor wrote them`() throws
  {
    try withScratchDirectory { scratch in
      let lab = try lab(scratch)
      try lab.connected(
        "snapshot",
        "merge",
        "all",
        "whole",
        "--compression",
        "gz",
        "--compression",
        "none",
        "--compression",
        "zst"
      ).succeeded()
      func stanzas(_ path: String) throws -> Set<String> {
        let text = try run(["zcat", "-f", path]).succeeded()
        return Set(
          text.components(separatedBy: "\n\n").map { $0.trimmingCharacters(in: .newlines) }
        ).subtracting([""])
      }
      try lab.export("all")
      try lab.isolated("import", lab.medium).succeeded()
      try lab.isolated("publish", "all", "--at", "p").succeeded()
      for index in [
        "main/binary-amd64/Packages", "main/binary-arm64/Packages", "main/source/Sources",
        "contrib/binary-amd64/Packages", "contrib/source/Sources",
        "main/debian-installer/binary-amd64/Packages",
      ] {
        let vendor = try stanzas(lab.forge.root + "/dists/stable/\(index).gz")
        let ours = scratch.path("isolated/public/p/dists/stable/\(index)")
        #expect(try stanzas(ours + ".gz") == vendor, "\(index)")
        #expect(try stanzas(ours) == vendor, "\(index)")
        #expect(Disk.exists(ours + ".zst"))
      }
      let client = try client(lab, components: ["main", "contrib"], withSources: true)
      try client.aptGet("source", "--download-only", "hawser").succeeded()
      #expect(try client.simulateInstall("hawser").contains("crate"))
    }
  }

  @Test func `Of several sources the rule decides, and the proof of each comes along`() throws {
    try withScratchDirectory { scratch in
      let lab = try Crossing(scratch)
      func freeze(_ name: String, _ version: String, _ more: String..., date: String) throws {
        var suite = ForgedSuite(
          "stable",
          ["main": [ForgedPackage("pier", version: version)] + more.map { ForgedPackage($0) }]
        )
        suite.date = date
        try lab.forge.build(suite)
        try lab.freeze(name, "stable")
      }
      try freeze("old", "1.2-1", "quay", date: "Fri, 20 Nov 2026 08:00:00 UTC")
      try freeze("new", "1.1-1", "dock", date: "Sat, 21 Nov 2026 08:00:00 UTC")
      func versions(_ name: String, _ more: String...) throws -> [String] {
        try lab.connected(["snapshot", "merge", name, "old", "new"] + more).succeeded()
        return try lab.connected("snapshot", "search", name, "Name").succeeded()
          .split(separator: "\n").map { String($0) }
      }
      let (quay, dock) = ("quay 1.0-1 amd64", "dock 1.0-1 amd64")
      #expect(try versions("right") == [dock, "pier 1.1-1 amd64", quay])
      #expect(try versions("left", "--left-first") == [dock, "pier 1.2-1 amd64", quay])
      #expect(try versions("latest", "--latest") == [dock, "pier 1.2-1 amd64", quay])
      #expect(
        try versions("both", "--all") == [dock, "pier 1.1-1 amd64", "pier 1.2-1 amd64", quay]
      )
      // What was composed can be composed again, and its proofs go on.
      try lab.connected("snapshot", "filter", "both", "again", "pier (>= 1.2)", "dock").succeeded()
      let files = try lab.connected("snapshot", "files", "again").succeeded()
      #expect(files.split(separator: "\n").count { $0.hasSuffix("/InRelease") } == 2, "\(files)")
      try lab.export("again", "right")
      try lab.isolated("import", lab.medium).succeeded()
      try lab.isolated("publish", "again", "--at", "p").succeeded()
      #expect(try client(lab).available() == ["dock:amd64=1.0-1", "pier:amd64=1.2-1"])
      let difference = try lab.isolated("snapshot", "diff", "again", "right").succeeded()
      #expect(difference.contains("pier") && difference.contains("quay"), "\(difference)")
    }
  }

  @Test func `A pull puts packages of one snapshot in the place of another's`() throws {
    try withScratchDirectory { scratch in
      let lab = try Crossing(scratch)
      func freeze(_ name: String, _ packages: [ForgedPackage]) throws {
        try lab.forge.build(ForgedSuite("stable", ["main": packages]))
        try lab.freeze(name, "stable")
      }
      try freeze("base", [ForgedPackage("pier", version: "1.2-1"), ForgedPackage("quay")])
      try freeze(
        "more",
        [
          ForgedPackage("pier", version: "1.0-1"), ForgedPackage("pier", version: "1.1-1"),
          ForgedPackage("dock"), ForgedPackage("hull"),
        ]
      )
      func pull(_ name: String, _ more: String...) throws -> [String] {
        try lab.connected(
          ["snapshot", "pull", "base", "more", name, "pier", "dock"] + more
        ).succeeded()
        return try lab.connected("snapshot", "search", name, "Name").succeeded()
          .split(separator: "\n").map { String($0) }
      }
      let (dock, quay) = ("dock 1.0-1 amd64", "quay 1.0-1 amd64")
      func pier(_ version: String) -> String { "pier \(version)-1 amd64" }
      #expect(try pull("a") == [dock, pier("1.1"), quay])
      #expect(try pull("b", "--all-matches") == [dock, pier("1.0"), pier("1.1"), quay])
      #expect(try pull("c", "--no-remove") == [dock, pier("1.1"), pier("1.2"), quay])
    }
  }

  @Test func `The auditor learns which vendor's list has a package`() throws {
    try withScratchDirectory { scratch in
      let lab = try lab(scratch)
      try lab.connected("snapshot", "filter", "whole", "some", "crate").succeeded()
      try lab.export("some")
      try lab.isolated("import", lab.medium).succeeded()
      let vendor = "listed in the vendor's stable, signed by vendor \(lab.forge.key.fingerprint)"
      #expect(try lab.isolated("audit", "package", "crate").succeeded().contains(vendor))
      let json = try lab.isolated("audit", "package", "crate", "--json").succeeded()
      #expect(json.contains("\"vendorSuite\": \"stable\""), "\(json)")
      // What vouches for it is kept when the snapshot goes.
      try lab.isolated("snapshot", "remove", "some").succeeded()
      try lab.isolated("depot", "gc").succeeded()
      #expect(try lab.isolated("audit", "package", "crate").succeeded().contains(vendor))
    }
  }

  @Test func `Increments, receipts, rollback and clients have composed snapshots like others`()
    throws
  {
    try withScratchDirectory { scratch in
      let lab = try IslandLab(scratch)
      try lab.connected("snapshot", "filter", "first", "c1", "pier", "quay").succeeded()
      try lab.export("c1", to: "two")
      // The packages came with the whole suite: only indexes and proofs are carried.
      let manifest = try Disk.text(scratch.path("two") + "/mainland-000002/MANIFEST")
      #expect(manifest.contains("\nBase:\n"), "\(manifest)")
      try lab.bring("two")
      try lab.acknowledge("second-receipt")
      try lab.build(["pier", "quay"], version: "2.0-1")
      try lab.crossing.freeze("second", "stable")
      try lab.connected("snapshot", "filter", "second", "c2", "pier", "quay").succeeded()
      try lab.export("c2", to: "three")
      try lab.bring("three")
      try lab.isolated("publish", "c1", "--at", "p").succeeded()
      #expect(try client(lab.crossing).available() == ["pier:amd64=1.0-1", "quay:amd64=1.0-1"])
      try lab.isolated("publish", "c2", "--at", "p").succeeded()
      #expect(try client(lab.crossing).available() == ["pier:amd64=2.0-1", "quay:amd64=2.0-1"])
      try lab.isolated("publication", "rollback", "p", "--reason", "to see it").succeeded()
      #expect(try client(lab.crossing).available() == ["pier:amd64=1.0-1", "quay:amd64=1.0-1"])
      try lab.isolated("client-config", "p", "--url", "http://apt.example").succeeded()
      try lab.isolated("publication", "check", "p").succeeded()
      try lab.isolated("depot", "gc").succeeded()
      try lab.isolated("depot", "check").succeeded()
    }
  }

  @Test func `Every package's signature can be verified again`() throws {
    try withScratchDirectory { scratch in
      let lab = try lab(scratch)
      try lab.connected("snapshot", "filter", "whole", "some", "crate", "hawser").succeeded()
      let signed = ", signed by vendor \(lab.forge.key.fingerprint)"
      for name in ["some", "whole"] {
        let text = try lab.connected("snapshot", "verify", name, "--provenance").succeeded()
        #expect(text.contains("crate 1:2.0-1 amd64: stable of 2"), "\(text)")
        #expect(text.contains(signed) && !text.contains("NO VENDOR"), "\(text)")
      }
      try lab.connected("snapshot", "verify", "some", "--provenance", "--json").succeeded()
      try lab.connected("trust", "remove", lab.forge.key.fingerprint, "--yes").succeeded()
      let refused = try lab.connected("snapshot", "verify", "some", "--provenance")
      #expect(refused.refused(.trust), "\(refused.everything)")
    }
  }

  @Test func `A review before the import judges a composed snapshot as the import will`() throws {
    try withScratchDirectory { scratch in
      let crossing = try Crossing(scratch, pinsVendorInside: false)
      try crossing.forge.build(ForgedSuite.full())
      try crossing.freeze("whole", "stable")
      try crossing.connected("snapshot", "filter", "whole", "some", "crate").succeeded()
      try crossing.export("some")
      for words in [["inspect", crossing.medium, "--against-depot"]] {
        let review = try crossing.isolated(words)
        #expect(review.everything.contains("whose key is not pinned here"), "\(review.everything)")
      }
      let dry = try crossing.isolated("import", crossing.medium, "--dry-run")
      #expect(dry.refused(.trust, "upstream-not-pinned"), "\(dry.everything)")
      let taken = try crossing.isolated("import", crossing.medium)
      #expect(taken.refused(.trust, "upstream-not-pinned"), "\(taken.everything)")
      let key = scratch.path("vendor.asc")
      try crossing.isolated(
        "trust",
        "add",
        key,
        "--role",
        "upstream",
        "--name",
        "vendor",
        "--fingerprint",
        crossing.forge.key.fingerprint
      ).succeeded()
      let review = try crossing.isolated("inspect", crossing.medium, "--against-depot").succeeded()
      #expect(review.contains("composed of packages that are signed by"), "\(review)")
      try crossing.isolated("import", crossing.medium).succeeded()
    }
  }
}
