import SafeIO
import TestSupport
import Testing

/// What vendors publish out of step, or laid out by another tool, and apt takes all the same.
@Suite(.waits, .enabled(if: hasNetwork)) struct VendorSlipsTests {
  private func lab(_ scratch: ScratchDirectory) throws -> MirrorLab {
    let suite = AskingClient.suite()
    let lab = try MirrorLab(scratch, suite)
    try lab.forge.list(["main/Contents-amd64": "usr/bin/pier pier\n"], in: suite)
    return lab
  }

  @Test(arguments: [UpstreamFault.status(403), .flipped, .wrongLength(9)])
  func aListThatNoClientNeedsIsLeftOutWithANote(fault: UpstreamFault) throws {
    try withScratchDirectory { scratch in
      let lab = try lab(scratch)
      try lab.create("stable", "--with", "contents")
      for form in ["Contents-amd64", "Contents-amd64.gz"] {
        lab.server.misbehave(at: form, fault)
      }
      let result = try lab.update()
      #expect(result.status == 0, "\(result.everything)")
      #expect(result.errors.contains("Contents-amd64: left out"), "\(result.errors)")
      #expect(try !lab.files().contains { $0.contains("Contents") })
    }
  }

  @Test func whatMayComeLaterIsWaitedFor() throws {
    try withScratchDirectory { scratch in
      let lab = try lab(scratch)
      try lab.create("stable", "--with", "contents")
      for form in ["Contents-amd64", "Contents-amd64.gz"] {
        lab.server.misbehave(at: form, .status(503))
      }
      #expect(try lab.update().refused(.incomplete))
    }
  }

  @Test func theNameThatAptOfThisMachineUsesIsUsed() throws {
    try withScratchDirectory { scratch in
      let lab = try lab(scratch)
      try Disk.write("Acquire::http::User-Agent \"Debian APT\";", to: scratch.path("apt.conf"))
      try lab.create("stable")
      try lab.update().succeeded()
      #expect(lab.server.requests.allSatisfy { $0.headers["user-agent"] == "Debian APT" })
    }
  }

  @Test func indexesThatAreThereByTheirHashAloneAreFoundInside() throws {
    try withScratchDirectory { scratch in
      let crossing = try Crossing(scratch)
      var suite = ForgedSuite.small()
      suite.hasByHash = true
      try crossing.forge.build(suite)
      let index = crossing.forge.root + "/dists/stable/main/binary-amd64/Packages"
      for ending in [".gz", ".xz"] { Disk.remove(index + ending) }
      try crossing.freeze("first", "stable")
      try crossing.connected("publish", "first", "--at", "debian").succeeded()
      let client = try AptClient(root: scratch.path("client"))
      try client.addSource(
        tree: scratch.path("connected/public/debian"),
        suite: "stable",
        components: ["main"],
        armoredKey: crossing.forge.key.armored
      )
      try client.update().succeeded()
      #expect(try !client.available().isEmpty)
    }
  }

  @Test func anAbsoluteLinkInsideTheTreeIsFollowed() throws {
    try withScratchDirectory { scratch in
      let crossing = try Crossing(scratch)
      try crossing.forge.build(.small())
      let dists = crossing.forge.root + "/dists"
      try run(["mv", dists + "/stable", dists + "/bookworm"]).succeeded()
      try Disk.symbolicLink(dists + "/stable", to: dists + "/bookworm")
      try crossing.freeze("first", "stable")
      // One that leads out is refused as before.
      try run(["mv", dists + "/bookworm", scratch.path("elsewhere")]).succeeded()
      Disk.remove(dists + "/stable")
      try Disk.symbolicLink(dists + "/stable", to: scratch.path("elsewhere"))
      let refused = try crossing.connected(
        "snapshot",
        "create",
        "second",
        "--tree",
        crossing.forge.root,
        "--suite",
        "stable"
      )
      #expect(refused.refused(.unsafe), "\(refused.everything)")
    }
  }
}
