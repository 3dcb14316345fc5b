import SafeIO
import TestSupport
import Testing

/// One file that is missing or broken does not keep a suite out: what lacks is left out knowingly, is
/// recorded and shown on the way, and real apt inside gets the others.
@Suite struct LeaveOutTests {
  private static let deb = "pool/main/d/dock/dock_1.0-1_amd64.deb"
  private static let words = [("missing", nil as String?), ("broken", "other bytes")]

  /// A vendor whose package `dock` is gone, or has other bytes.
  private func lab(_ scratch: ScratchDirectory, _ bytes: String?) throws -> Crossing {
    let crossing = try Crossing(scratch)
    let packages = ["pier", "quay", "dock"].map { ForgedPackage($0) }
    try crossing.forge.build(ForgedSuite("stable", ["main": packages]))
    let file = crossing.forge.root + "/" + LeaveOutTests.deb
    #expect(try Disk.read(file).count > 0)
    Disk.remove(file)
    if let bytes { try Disk.write(bytes, to: file) }
    return crossing
  }

  private func freeze(_ lab: Crossing, _ more: String...) throws -> RunResult {
    try lab.connected(
      ["snapshot", "create", "s", "--tree", lab.forge.root, "--suite", "stable"] + more
    )
  }

  @Test(arguments: words)
  func `The refusal names the file and the option, and the rest comes in with it`(
    reason: String,
    bytes: String?
  ) throws {
    try withScratchDirectory { scratch in
      let lab = try lab(scratch, bytes)
      let refused = try freeze(lab)
      #expect(bytes == nil ? refused.refused(.incomplete) : refused.refused(.integrity))
      #expect(refused.errors.contains(LeaveOutTests.deb), "\(refused.errors)")
      #expect(refused.errors.contains("--leave-out \(reason)"), "\(refused.errors)")
      let other = try freeze(lab, "--leave-out", "\(reason):pier")
      #expect(other.status == refused.status)
      try freeze(lab, "--leave-out", "\(reason):dock").succeeded()
      let line = "\(LeaveOutTests.deb), \(reason)"
      #expect(try lab.connected("snapshot", "show", "s").succeeded().contains("LACKS:   \(line)"))
      try lab.export("s")
      let manifest = try Disk.text(lab.bundle() + "/MANIFEST")
      #expect(manifest.contains("\nRequires: left-out\n"))
      #expect(manifest.contains("\nLeft-Out:\n \(reason) file \(LeaveOutTests.deb)\n"))
      let review = try lab.isolated("inspect", lab.medium, "--against-depot").succeeded()
      #expect(review.contains(line), "\(review)")
      try lab.isolated("import", lab.medium).succeeded()
      #expect(try lab.isolated("snapshot", "show", "s").succeeded().contains("LACKS:   \(line)"))
      try lab.isolated("publish", "s", "--at", "p").succeeded()
      #expect(try lab.isolated("publication", "show", "p").succeeded().contains(line))
      let client = try lab.client(prefix: "p", suite: "stable", components: ["main"])
      try client.update().succeeded()
      // The vendor's own index still lists it.
      #expect(try client.available().count == 3)
      try client.aptGet("download", "pier", "quay").succeeded()
    }
  }

  @Test(arguments: ["resigned", "both"])
  func `Under this site's signature the index leaves it out too`(mode: String) throws {
    try withScratchDirectory { scratch in
      let lab = try lab(scratch, nil)
      try freeze(lab, "--leave-out").succeeded()
      try lab.export("s")
      try lab.isolated("import", lab.medium).succeeded()
      let dry = try lab.isolated("publish", "s", "--at", "p", "--mode", mode, "--dry-run")
      try dry.succeeded()
      try lab.isolated("publish", "s", "--at", "p", "--mode", mode).succeeded()
      let key = scratch.path("island.asc")
      try lab.isolated("key", "export", key).succeeded()
      let client = try AptClient(root: scratch.path("client"))
      try client.addSource(
        tree: scratch.path("isolated/public/p"),
        suite: "stable",
        components: ["main"],
        armoredKey: try Disk.text(key)
      )
      try client.update().succeeded()
      #expect(try client.available() == ["pier:amd64=1.0-1", "quay:amd64=1.0-1"])
      #expect(try client.downloadAll().count == 2)
      try lab.isolated("depot", "check").succeeded()
      // Nothing new: the same indexes are written again.
      let again = try lab.isolated("publish", "s", "--at", "p", "--mode", mode).succeeded()
      #expect(again.contains("unchanged"))
      guard mode == "both" else { return }
      let vendor = try lab.client(
        "vendor-client",
        prefix: "p/vendor",
        suite: "stable",
        components: ["main"]
      )
      try vendor.update().succeeded()
      #expect(try vendor.available().count == 3)
    }
  }

  /// What the client of a site that signs `stable` itself can have.
  private func offered(_ lab: Crossing, _ scratch: ScratchDirectory) throws -> [String] {
    try lab.export("s")
    try lab.isolated("import", lab.medium).succeeded()
    try lab.isolated("publish", "s", "--at", "p", "--mode", "resigned").succeeded()
    let key = scratch.path("island.asc")
    try lab.isolated("key", "export", key).succeeded()
    let client = try AptClient(root: scratch.path("client"))
    try client.addSource(
      tree: scratch.path("isolated/public/p"),
      suite: "stable",
      components: ["main"],
      armoredKey: try Disk.text(key)
    )
    try client.update().succeeded()
    let available = try client.available()
    #expect(try client.downloadAll().count == available.count)
    return available
  }

  @Test func `A path that is listed with two contents is left out, whichever is there`() throws {
    try withScratchDirectory { scratch in
      let lab = try Crossing(scratch)
      let packages = ["pier", "quay"].map { ForgedPackage($0) }
      var suite = ForgedSuite("stable", ["main": packages])
      let path = "pool/main/p/pier/pier_1.0-1_amd64.deb"
      suite.furtherStanzas =
        "\nPackage: pier\nVersion: 2\nArchitecture: amd64\nFilename: \(path)\nSize: 5\nSHA256: "
        + String(repeating: "0", count: 64) + "\n"
      try lab.forge.build(suite)
      let refused = try freeze(lab)
      #expect(refused.refused(.integrity) && refused.errors.contains(path), "\(refused.errors)")
      #expect(refused.errors.contains("--leave-out conflicting"), "\(refused.errors)")
      #expect(try freeze(lab, "--leave-out", "missing,broken").refused(.integrity))
      try freeze(lab, "--leave-out", "conflicting").succeeded()
      #expect(try offered(lab, scratch) == ["quay:amd64=1.0-1"])
      #expect(
        try lab.isolated("snapshot", "show", "s").succeeded().contains("\(path), conflicting")
      )
    }
  }

  /// A directory of other files, and a directory where there is a package.
  @Test(arguments: ["pool/main", "pool/main/p/pier/pier_1.0-1_amd64.deb/x.deb"])
  func `A path that is listed as a file and as a directory is left out`(path: String) throws {
    try withScratchDirectory { scratch in
      let lab = try Crossing(scratch)
      var suite = ForgedSuite("stable", ["main": ["pier", "quay"].map { ForgedPackage($0) }])
      suite.furtherStanzas =
        "\nPackage: old\nVersion: 2\nArchitecture: amd64\nFilename: \(path)\nSize: 5\nSHA256: "
        + String(repeating: "0", count: 64) + "\n"
      try lab.forge.build(suite)
      let refused = try freeze(lab)
      #expect(refused.refused(.unsafe) && refused.errors.contains(path), "\(refused.errors)")
      #expect(refused.errors.contains("--leave-out conflicting"), "\(refused.errors)")
      try freeze(lab, "--leave-out", "conflicting").succeeded()
      #expect(try offered(lab, scratch) == ["pier:amd64=1.0-1", "quay:amd64=1.0-1"])
    }
  }

  @Test(arguments: [
    "Filename: pool/old.deb\nMD5sum: d41d8cd98f00b204e9800998ecf8427e", "Filename: pool/old.deb",
    "Filename: ../../x.deb\nSHA256: " + String(repeating: "0", count: 64),
    "Filename: pool/\0x.deb\nSHA256: " + String(repeating: "0", count: 64),
    "Filename: dists/stable/InRelease\nSHA256: " + String(repeating: "0", count: 64),
    "Filename: ./dists//stable/main/binary-amd64/Packages.gz\nSHA256: "
      + String(repeating: "0", count: 64),
  ])
  func `A stanza that apt cannot use is passed over at once and named`(lines: String) throws {
    try withScratchDirectory { scratch in
      let lab = try Crossing(scratch)
      let packages = ["pier", "quay"].map { ForgedPackage($0) }
      var suite = ForgedSuite("stable", ["main": packages])
      suite.furtherStanzas =
        "\nPackage: old\nVersion: 1\nArchitecture: amd64\nSize: 5\n\(lines)\n"
      try lab.forge.build(suite)
      let frozen = try freeze(lab)
      #expect(frozen.errors.contains("old 1 amd64"), "\(frozen.errors)")
      let shown = try frozen.succeeded()
      #expect(shown.contains("LACKS:   dists/stable/main/binary-amd64/Packages, stanza 3, broken"))
      #expect(try offered(lab, scratch) == ["pier:amd64=1.0-1", "quay:amd64=1.0-1"])
      let inside = try lab.isolated("snapshot", "show", "s").succeeded()
      #expect(inside.contains("stanza 3, broken: the stanza of old 1 amd64"), "\(inside)")
    }
  }

  /// Debian's archive keys sign by subkeys.
  @Test(arguments: [OldVendor.Key.plain, .expiredSubkey, .subkeyOfExpired])
  fileprivate func `A suite whose key expired after it signed is taken only when that is said`(
    kind: OldVendor.Key
  ) throws {
    // The key of the case that people met: made in 2015, ended in 2018, signed in 2017.
    try withScratchDirectory { scratch in
      let old = try OldVendor(scratch, kind)
      let lab = try Crossing(scratch)
      let pin = ["trust", "add", old.key, "--role", "upstream", "--name", "old", "--all"]
      #expect(try lab.connected(pin).refused(.trust))
      try lab.connected(pin + ["--allow-expired-key"]).succeeded()
      try lab.isolated(pin + ["--allow-expired-key"]).succeeded()
      let command = ["snapshot", "create", "s", "--tree", old.tree, "--suite", "old"]
      let refused = try lab.connected(command)
      #expect(refused.refused(.trust) && refused.errors.contains("--allow-expired-key"))
      try lab.connected(command + ["--allow-expired-key"]).succeeded()
      #expect(try lab.connected("snapshot", "show", "s").succeeded().contains("EXPIRED since"))
      try lab.export("s")
      let inside = try lab.isolated("import", lab.medium)
      #expect(inside.refused(.trust) && inside.errors.contains("--allow-expired-key"))
      try lab.isolated("import", lab.medium, "--allow-expired-key").succeeded()
      #expect(try lab.isolated("snapshot", "show", "s").succeeded().contains("EXPIRED since"))
    }
  }

  @Test func `A mirror keeps what it leaves out until it is there`() throws {
    guard hasNetwork else { return }
    try withScratchDirectory { scratch in
      let lab = try MirrorLab(scratch, .small())
      let file = "pool/main/p/pier/pier_1.0-1_amd64.deb"
      try lab.create("stable")
      lab.server.misbehave(at: file, .status(404))
      let refused = try lab.update()
      #expect(refused.refused(.incomplete) && refused.errors.contains("--leave-out missing"))
      try lab.update("--leave-out", "missing").succeeded()
      let lacks = "LACKS: \(file), missing"
      #expect(try lab.site("mirror", "show", "m").succeeded().contains(lacks))
      #expect(try !lab.files().contains(file))
      #expect(try lab.site("snapshot", "show", "s").succeeded().contains("LACKS:   \(file)"))
      // What was allowed for this state needs no saying again.
      try lab.update().succeeded()
      #expect(try lab.site("mirror", "show", "m").succeeded().contains(lacks))
      lab.server.behave()
      try lab.update().succeeded()
      #expect(try !lab.site("mirror", "show", "m").succeeded().contains("LACKS"))
      #expect(try lab.files("whole").contains(file))
    }
  }

  @Test func `An edited mirror keeps what it has, and the next update brings the rest`() throws {
    guard hasNetwork else { return }
    try withScratchDirectory { scratch in
      let packages = ["main": [ForgedPackage("pier")], "contrib": [ForgedPackage("quay")]]
      let lab = try MirrorLab(scratch, ForgedSuite("stable", packages))
      try lab.create("stable", "--component", "main")
      try lab.update().succeeded()
      try lab.site("mirror", "edit", "m", "--component", "all", "--with", "sources").succeeded()
      let shown = try lab.site("mirror", "show", "m").succeeded()
      #expect(shown.contains("components:    all") && shown.contains("sources"), "\(shown)")
      #expect(try lab.files("before").contains { $0.hasSuffix("pier_1.0-1_amd64.deb") })
      lab.server.forgetRequests()
      try lab.update().succeeded()
      #expect(lab.server.paths.contains { $0.contains("quay") })
      #expect(!lab.server.paths.contains { $0.contains("pier_1.0-1") })
      #expect(try lab.files("after").contains { $0.hasSuffix("quay_1.0-1_amd64.deb") })
      let bad = try lab.site("mirror", "edit", "m", "--suite", "../x")
      #expect(bad.refused(.usage))
    }
  }

  @Test func `Removing a mirror keeps what an unfinished update fetched until gc`() throws {
    guard hasNetwork else { return }
    try withScratchDirectory { scratch in
      let lab = try MirrorLab(scratch, .small())
      try lab.create("stable")
      lab.server.misbehave(at: "pier_1.0-1_amd64.deb", .status(404))
      #expect(try lab.update().refused(.incomplete))
      lab.server.behave()
      try lab.site("mirror", "remove", "m").succeeded()
      #expect(try !Disk.names(in: scratch.path("depot")).contains("mirror-m.lock"))
      try lab.create("stable")
      lab.server.forgetRequests()
      try lab.update().succeeded()
      #expect(!lab.server.paths.contains { $0.contains("pier-data") })
      try lab.site("depot", "check").succeeded()
    }
  }

  @Test func `Several mirrors are updated, and one that is refused does not stop the others`()
    throws
  {
    guard hasNetwork else { return }
    try withScratchDirectory { scratch in
      let lab = try MirrorLab(scratch, .small())
      try lab.create("stable")
      try lab.site(["mirror", "create", "bad", lab.server.url, "nosuch", "--keyring", lab.key])
        .succeeded()
      let result = try lab.site(["mirror", "update", "--all", "--timeout", "1", "--retries", "0"])
      #expect(result.refused(.incomplete), "\(result.errors)")
      #expect(result.errors.contains("1 of 2 mirrors could not be updated; bad:"))
      #expect(try lab.files().count > 0)
      #expect(try lab.site("mirror", "update").refused(.usage))
      #expect(try lab.site("mirror", "update", "m", "--all").refused(.usage))
    }
  }
}

/// A vendor that closed its only suite while its key was good.
private struct OldVendor {
  /// Which part of the key signs, and which one has ended.
  enum Key: String, CaseIterable {
    case plain, expiredSubkey, subkeyOfExpired
  }

  let tree: String
  let key: String

  init(_ scratch: ScratchDirectory, _ kind: Key) throws {
    let home = try scratch.directory("old-gnupg")
    tree = scratch.path("old")
    key = scratch.path("old.asc")
    func gpg(_ arguments: String...) throws {
      try run(["gpg", "--homedir", home, "--batch", "--yes", "--quiet"] + arguments).succeeded()
    }
    try run(["chmod", "700", home]).succeeded()
    defer { Disk.removeGnuPGHome(home) }
    let early = ["--faked-system-time", "20150101T000000!", "--passphrase", ""]
    func make(_ arguments: String...) throws {
      let all = ["gpg", "--homedir", home, "--batch", "--yes", "--quiet"] + early + arguments
      try run(all).succeeded()
    }
    let name = "Old <old@vendor.example>"
    let end = kind == .expiredSubkey ? "never" : "2018-01-01"
    try make("--quick-gen-key", name, "rsa3072", kind == .plain ? "sign" : "cert", end)
    if kind != .plain {
      let list = try run(["gpg", "--homedir", home, "--batch", "--with-colons", "--list-keys"])
      let fingerprint = list.text.split(separator: "\n").first { $0.hasPrefix("fpr:") }?
        .split(separator: ":").last.map { String($0) }
      let subkeyEnd = kind == .expiredSubkey ? "2018-01-01" : "never"
      try make("--quick-add-key", try #require(fingerprint), "rsa3072", "sign", subkeyEnd)
    }
    try gpg("--armor", "--output", key, "--export")
    var suite = ForgedSuite("old", ["main": [ForgedPackage("pier"), ForgedPackage("quay")]])
    suite.hasDetachedSignature = false
    suite.date = "Sat, 01 Jul 2017 09:00:00 UTC"
    try RepositoryForge(at: tree).build(suite)
    let place = tree + "/dists/old/InRelease"
    let text = try run(["gpg", "--homedir", home, "--batch", "--decrypt", place])
    try Disk.write(text.text, to: scratch.path("old-release"))
    Disk.remove(place)
    try gpg(
      "--faked-system-time",
      "20170701T090000!",
      "--output",
      place,
      "--clearsign",
      scratch.path("old-release")
    )
  }
}
