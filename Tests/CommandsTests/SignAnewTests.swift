import SafeIO
import TestSupport
import Testing

/// Generations that are signed anew after the keys that sign have changed, seen by a real apt (T195).
@Suite struct SignAnewTests {
  /// A depot that has published two states of a suite under its own signature, and has another key
  /// since, which signs alone.
  private struct Site {
    let crossing: Crossing
    let oldKey: String
    let newKey: String

    init(_ scratch: ScratchDirectory, mode: String = "resigned", more: [String] = []) throws {
      crossing = try Crossing(scratch)
      for (name, version) in [("first", "1.0-1"), ("second", "2.0-1")] {
        try crossing.forge.build(
          ForgedSuite("stable", ["main": [ForgedPackage("pier", version: version)]])
        )
        try crossing.freeze(name, "stable")
        try crossing.connected(["publish", name, "--at", "debian", "--mode", mode] + more)
          .succeeded()
      }
      oldKey = try Disk.text(crossing.exporterKey)
      let rotated = try crossing.connected("key", "rotate", "--overlap", "0", "--reason", "stolen")
        .succeeded()
      _ = rotated
      let file = scratch.path("new.asc")
      try crossing.connected("key", "export", file).succeeded()
      newKey = try Disk.text(file)
    }

    func client(_ name: String, _ prefix: String, key: String) throws -> AptClient {
      let client = try AptClient(root: crossing.scratch.path(name))
      try client.addSource(
        tree: crossing.scratch.path("connected/public/\(prefix)"),
        suite: "stable",
        components: ["main"],
        armoredKey: key
      )
      return client
    }

    /// The bytes of every Release file that this site made, by generation and name.
    func releases() throws -> [String: [UInt8]] {
      var found: [String: [UInt8]] = [:]
      let home = crossing.scratch.path("connected/public/.publications/debian/generations")
      for generation in try Disk.names(in: home) {
        for name in ["Release", "InRelease", "Release.gpg"] {
          found["\(generation)/\(name)"] =
            try Disk.read("\(home)/\(generation)/dists/stable/\(name)")
        }
      }
      return found
    }
  }

  private static let addresses = ["debian", "debian/snapshots/first", "debian/snapshots/second"]

  @Test func t195AptWithTheNewKeyTakesWhatIsKeptAfterItWasSignedAnew() throws {
    try withScratchDirectory { scratch in
      let site = try Site(scratch)
      for (index, address) in Self.addresses.enumerated() {
        let client = try site.client("before\(index)", address, key: site.newKey)
        #expect(try client.update().everything.contains("NO_PUBKEY"), "\(address)")
      }
      let old = try site.releases()
      let told = try site.crossing.connected(
        ["publication", "sign", "debian", "--reason", "stolen"]
      )
      #expect(told.status == 0, "\(told.everything)")
      for (index, address) in Self.addresses.enumerated() {
        let client = try site.client("after\(index)", address, key: site.newKey)
        try client.update().succeeded()
        #expect(
          try client.available() == ["pier:amd64=\(address.hasSuffix("first") ? "1" : "2").0-1"]
        )
        #expect(try client.downloadAll().count == 1)
        let left = try site.client("left\(index)", address, key: site.oldKey)
        #expect(try left.update().everything.contains("NO_PUBKEY"), "\(address)")
      }
      // Release itself is what it was; the signatures are not.
      for (name, bytes) in try site.releases() {
        #expect((bytes == old[name]) == name.hasSuffix("/Release"), "\(name)")
      }
      try site.crossing.connected("depot", "check").succeeded()
      // A second run has nothing to do, and says so.
      let again = try site.crossing.connected(
        ["publication", "sign", "debian", "--reason", "again", "--json"]
      ).succeeded()
      #expect(again.contains("\"signed\": 0"), "\(again)")
      let history = try site.crossing.connected("publication", "history", "debian").succeeded()
      #expect(history.contains("sign ") && history.contains("stolen"), "\(history)")
      // What a client has stays what it is at the next publish, and a rollback works.
      try site.crossing.connected("publication", "rollback", "debian", "--reason", "x").succeeded()
      let client = try site.client("last", "debian", key: site.newKey)
      try client.update().succeeded()
      #expect(try client.available() == ["pier:amd64=1.0-1"])
      try site.crossing.connected("depot", "check").succeeded()
    }
  }

  @Test func t195WhatWasDoneIsAFactInTheLog() throws {
    try withScratchDirectory { scratch in
      let site = try Site(scratch)
      let fingerprint = try Disk.text(scratch.path("connected/signing-key")).prefix(40)
      let dry = try site.crossing.connected(
        ["publication", "sign", "debian", "--dry-run", "--reason", "look"]
      ).succeeded()
      #expect(dry.contains("would be signed anew") && dry.contains(fingerprint), "\(dry)")
      let log = scratch.path("connected/audit.log")
      let before = try Disk.text(log)
      #expect(!before.contains("publication sign"))
      let releases = try site.releases()
      try site.crossing.connected(
        ["publication", "sign", "debian", "--generation", "1", "--reason", "one alone"]
      ).succeeded()
      for (name, bytes) in try site.releases() where name.hasPrefix("000002") {
        #expect(bytes == releases[name])
      }
      let facts = try Disk.text(log).split(separator: "\n").last ?? ""
      #expect(facts.contains("\"fact\":\"generation-signed\",\"prefix\":\"debian\",\"number\":1"))
      #expect(facts.contains(fingerprint) && !facts.contains("\"number\":2"), "\(facts)")
      try site.crossing.connected("audit", "verify").succeeded()
    }
  }

  @Test func aPublishAfterTheRotationIsSignedByTheNewKey() throws {
    try withScratchDirectory { scratch in
      let site = try Site(scratch)
      // The same snapshot again: only the key is another one.
      try site.crossing.connected("publish", "second", "--at", "debian").succeeded()
      let client = try site.client("client", "debian", key: site.newKey)
      try client.update().succeeded()
      #expect(try client.available() == ["pier:amd64=2.0-1"])
    }
  }

  @Test func whatOnlyTheVendorSignedIsRefusedWithTheReason() throws {
    try withScratchDirectory { scratch in
      let site = try Site(scratch, mode: "verbatim")
      let refused = try site.crossing.connected(
        ["publication", "sign", "debian", "--reason", "stolen"]
      )
      #expect(refused.refused(.usage), "\(refused.everything)")
      #expect(refused.code == "E-USAGE-NOTHING-TO-SIGN", "\(refused.errors)")
      #expect(refused.errors.contains("--mode resigned"), "\(refused.errors)")
      let none = try site.crossing.connected(
        ["publication", "sign", "debian", "--generation", "7", "--reason", "stolen"]
      )
      #expect(none.refused(.usage) && none.code == "E-USAGE-NO-GENERATION", "\(none.everything)")
    }
  }

  @Test func theOperatorIsToldWhatTheKeyBeforeHadSigned() throws {
    try withScratchDirectory { scratch in
      let site = try Site(scratch)
      let told = try site.crossing.connected("key", "rotate", "--reason", "again")
      #expect(told.status == 0 && !told.errors.contains("next: sign"), "\(told.everything)")
      try site.crossing.connected("publication", "sign", "debian", "--reason", "both").succeeded()
      let next = try site.crossing.connected("key", "rotate", "--reason", "once more")
      #expect(next.errors.contains("next: sign debian (generations 1, 2)"), "\(next.errors)")
      #expect(next.errors.contains(" publication sign debian"), "\(next.errors)")
      let other = try GnuPGHome()
      let fingerprint = try other.makeKey("Next <next@site.example>", algorithm: "ed25519")
      let edited = try site.crossing.connected(
        ["publication", "edit", "debian", "--signing-key", fingerprint, "--gnupg-home", other.path]
      )
      #expect(edited.errors.contains("next, to sign them"), "\(edited.everything)")
      #expect(edited.errors.contains(" publication sign PREFIX"), "\(edited.errors)")
      try site.crossing.connected("publication", "sign", "debian", "--reason", "other").succeeded()
      let client = try site.client(
        "client",
        "debian/snapshots/first",
        key: try other.armoredKey(fingerprint)
      )
      try client.update().succeeded()
    }
  }

  @Test func aTreeWithoutLinksIsSignedWhereItStands() throws {
    try withScratchDirectory { scratch in
      let site = try Site(scratch, more: ["--no-links"])
      try site.crossing.connected("publication", "sign", "debian", "--reason", "x").succeeded()
      let client = try site.client("client", "debian", key: site.newKey)
      try client.update().succeeded()
      #expect(try client.available() == ["pier:amd64=2.0-1"])
      try site.crossing.connected("depot", "check").succeeded()
    }
  }
}
