import TestSupport
import Testing

/// The forge is a judge of everything else, so a real apt judges the forge.
@Suite struct RepositoryForgeTests {
  @Test func aptTakesEverythingFromAFullSuite() throws {
    try withScratchDirectory { scratch in
      let forge = try RepositoryForge(at: scratch.path("tree"))
      try forge.build(.full(), .small("testing"))
      let client = try AptClient(root: scratch.path("client"), architectures: ["amd64", "arm64"])
      try client.addSource(
        tree: forge.root,
        suite: "stable",
        components: ["main", "contrib"],
        armoredKey: forge.key.armored,
        withSources: true
      )
      let update = try client.update()
      #expect(update.status == 0, "\(update.everything)")
      let available = try client.available()
      #expect(available.count == 10, "\(available)")
      #expect(try client.downloadAll().count == 10)
      let installed = try client.simulateInstall("hawser")
      #expect(installed == ["crate", "crate-data", "hawser", "libcrate1"])
      let source = try client.aptGet("source", "--download-only", "libcrate1")
      #expect(source.status == 0, "\(source.everything)")
      let description = try client.aptCache("show", "crate").succeeded()
      #expect(description.contains("The long description of crate"))
    }
  }

  @Test func aptTakesAFlatRepository() throws {
    try withScratchDirectory { scratch in
      let forge = try RepositoryForge(at: scratch.path("tree"))
      try forge.build(.flat("flat", ForgedSuite.small().components["main"] ?? []))
      let client = try AptClient(root: scratch.path("client"))
      try client.addSource(
        tree: forge.root,
        suite: "flat/",
        components: [],
        armoredKey: forge.key.armored
      )
      let update = try client.update()
      #expect(update.status == 0, "\(update.everything)")
      #expect(try client.downloadAll().count == 2)
    }
  }

  @Test func aptRefusesAnotherKeyAndADamagedIndex() throws {
    try withScratchDirectory { scratch in
      let forge = try RepositoryForge(at: scratch.path("tree"))
      try forge.build(.small())
      let stranger = try VendorKey(name: "Stranger <stranger@repository.example>")
      let client = try AptClient(root: scratch.path("client"))
      try client.addSource(
        tree: forge.root,
        suite: "stable",
        components: ["main"],
        armoredKey: stranger.armored
      )
      #expect(try client.update().status != 0)
      try client.addSource(
        tree: forge.root,
        suite: "stable",
        components: ["main"],
        armoredKey: forge.key.armored
      )
      #expect(try client.update().status == 0)
      let second = try AptClient(root: scratch.path("second"))
      try second.addSource(
        tree: forge.root,
        suite: "stable",
        components: ["main"],
        armoredKey: forge.key.armored
      )
      for path in try Disk.files(below: forge.root) where path.contains("binary-amd64") {
        try Damage.flipBit(of: forge.root + "/" + path, at: -1)
      }
      #expect(try second.update().status != 0)
    }
  }

  @Test func theTreeDigestSeesEveryKindOfChange() throws {
    try withScratchDirectory { scratch in
      let forge = try RepositoryForge(at: scratch.path("tree"))
      try forge.build(.small())
      let before = try TreeDigest(of: forge.root, [.modes, .times])
      #expect(try TreeDigest(of: forge.root, [.modes, .times]) == before)
      let path = forge.root + "/dists/stable/InRelease"
      try Damage.flipBit(of: path, at: 100)
      let after = try TreeDigest(of: forge.root)
      #expect(try TreeDigest(of: forge.root, [.modes, .times]) != before)
      try Damage.flipBit(of: path, at: 100)
      #expect(try TreeDigest(of: forge.root).difference(to: after).count == 2)
      try Disk.symbolicLink(forge.root + "/link", to: "dists")
      #expect(try TreeDigest(of: forge.root).entries.contains { $0.kind == .link })
    }
  }
}
