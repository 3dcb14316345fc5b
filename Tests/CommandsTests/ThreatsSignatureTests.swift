import Foundation
import SafeIO
import TestSupport
import Testing

/// Threats T017–T032, T037 and T039: signatures, keys and clocks.
@Suite(.serialized) struct ThreatsSignatureTests {
  /// The keys that these tests sign with, made once.
  private static let keys: Result<KeyForge, any Error> = Result { try KeyForge() }

  /// Pins a key as an exporter's.
  private func pin(_ site: ThreatsSite, _ keys: KeyForge, _ fingerprint: String) throws -> RunResult
  {
    let file = site.scratch.path("home/\(fingerprint).asc")
    try Disk.write(try keys.armored(fingerprint), to: file)
    return try site.site(
      ["trust", "add", file, "--role", "exporter", "--name", "other"]
        + ["--fingerprint", fingerprint]
    )
  }

  @Test func t017NoSignatureAndWhatIsNoneAreRefusedWithCodesOfTheirOwn() throws {
    try ThreatsSite.with(exported: true) { site in
      let path = site.bundle + "/MANIFEST.asc"
      let good = try Disk.read(path)
      let rows: [(String, [UInt8], String)] = [
        ("empty", [], "TRUST-"), ("junk", Array("no signature at all\n".utf8), "TRUST-"),
        ("cut", Array(good.prefix(good.count / 2)), "TRUST-"),
        ("too long", [UInt8](repeating: 0x0a, count: 70_000), "UNSAFE-TOO-LARGE"),
      ]
      for (what, bytes, code) in rows {
        try Disk.write(bytes, to: path)
        let before = try site.state()
        let result = try site.site("import", site.medium)
        #expect(result.errors.contains("code: E-" + code), "\(what): \(result.everything)")
        #expect(result.errors.contains("MANIFEST.asc"), "\(what): \(result.everything)")
        #expect(result.refused(.trust) || result.refused(.unsafe), "\(what)")
        #expect(try site.changes(since: before) == [], "\(what)")
      }
      Disk.remove(path)
      try site.expectRefusal(.trust, "TRUST-NO-SIGNATURE", naming: "MANIFEST.asc")
    }
  }

  @Test func t018AStrangersKeyCountsNothingThoughTheUsersKeyringTrustsIt() throws {
    let keys = try ThreatsSignatureTests.keys.get()
    let stranger = try keys.make("Stranger <stranger@exporter.example>")
    try ThreatsSite.with(exported: true) { site in
      let home = site.scratch.path("home/.gnupg")
      try Disk.makeDirectory(home)
      try run(["chmod", "700", home]).succeeded()
      let gpg = ["gpg", "--homedir", home, "--batch", "--quiet"]
      try run(gpg + ["--import"], input: Array(try keys.armored(stranger).utf8)).succeeded()
      try run(gpg + ["--import-ownertrust"], input: Array("\(stranger):6:\n".utf8)).succeeded()
      try Disk.write(
        try keys.sign(site.bundle + "/MANIFEST", by: stranger),
        to: site.bundle + "/MANIFEST.asc"
      )
      try site.expectRefusal(.trust, "TRUST-UNKNOWN-SIGNER", naming: String(stranger.suffix(16)))
      // The vendor's key is pinned, but for another role.
      try Disk.write(
        try site.lab.vendor.detachedSignature(try Disk.text(site.bundle + "/MANIFEST")),
        to: site.bundle + "/MANIFEST.asc"
      )
      try site.expectRefusal(.trust, "TRUST-UNKNOWN-SIGNER")
      try run(["gpgconf", "--homedir", home, "--kill", "all"]).succeeded()
    }
  }

  @Test func t019AnInlineOrCleartextSignatureIsNoDetachedOne() throws {
    try ThreatsSite.with(exported: true) { site in
      for option in ["--sign", "--clear-sign"] {
        let message = try run(
          ["gpg", "--homedir", site.lab.exporterHome, "--batch", "--quiet", "--armor", option],
          input: Array("anything".utf8)
        )
        try Disk.write(message.output, to: site.bundle + "/MANIFEST.asc")
        let before = try site.state()
        let result = try site.site("import", site.medium)
        #expect(result.refused(.trust), "\(option) \(result.everything)")
        #expect(result.errors.contains("code: E-TRUST-"), "\(option) \(result.everything)")
        #expect(try site.changes(since: before) == [])
      }
    }
  }

  @Test func t021ARevokedKeyIsRefused() throws {
    let keys = try ThreatsSignatureTests.keys.get()
    let revoked = try keys.make("Revoked <revoked@exporter.example>")
    try ThreatsSite.with(exported: true) { site in
      let signature = try keys.sign(site.bundle + "/MANIFEST", by: revoked)
      let certificate = keys.home + "/openpgp-revocs.d/\(revoked).rev"
      let text = try Disk.text(certificate).replacingOccurrences(
        of: ":-----BEGIN",
        with: "-----BEGIN"
      )
      try keys.gpg(["--import"], input: Array(text.utf8)).succeeded()
      let pinned = try pin(site, keys, revoked)
      #expect(pinned.refused(.trust) || pinned.status == 0, "\(pinned.everything)")
      try Disk.write(signature, to: site.bundle + "/MANIFEST.asc")
      let code = pinned.status == 0 ? "TRUST-REVOKED-KEY" : "TRUST-UNKNOWN-SIGNER"
      try site.expectRefusal(.trust, code, naming: String(revoked.suffix(16)))
    }
  }

  @Test func t023AWeakDigestIsRefused() throws {
    let keys = try ThreatsSignatureTests.keys.get()
    let signer = try keys.make("Old <old@exporter.example>", "rsa2048")
    try ThreatsSite.with(exported: true) { site in
      try pin(site, keys, signer).succeeded()
      for digest in ["SHA1", "RIPEMD160"] {
        try Disk.write(
          try keys.sign(
            site.bundle + "/MANIFEST",
            by: signer,
            ["--digest-algo", digest, "--allow-weak-digest-algos"]
          ),
          to: site.bundle + "/MANIFEST.asc"
        )
        try site.expectRefusal(.trust, "TRUST-WEAK-DIGEST", naming: digest)
      }
    }
  }

  @Test func t024AWeakKeyCannotBePinned() throws {
    let keys = try ThreatsSignatureTests.keys.get()
    try ThreatsSite.with { site in
      for algorithm in ["rsa1024", "dsa1024"] {
        let weak = try keys.make("Weak <weak-\(algorithm)@exporter.example>", algorithm)
        let before = try site.state()
        let result = try pin(site, keys, weak)
        #expect(result.refused(.trust), "\(algorithm): \(result.everything)")
        #expect(result.errors.contains("E-TRUST-WEAK-KEY"), "\(algorithm): \(result.everything)")
        #expect(try site.changes(since: before, withIncoming: true) == [])
      }
    }
  }

  @Test func t026t027ABadSignatureSpoilsAGoodOneAndAnUnknownOneDoesNot() throws {
    let keys = try ThreatsSignatureTests.keys.get()
    let stranger = try keys.make("Beside <beside@exporter.example>")
    try ThreatsSite.with(exported: true) { site in
      let manifest = site.bundle + "/MANIFEST"
      let home = site.lab.exporterHome
      let good = try BundleForge.signature(of: manifest, home: home, [])
      let other = site.scratch.path("other")
      try Disk.write("something else", to: other)
      let bad = try BundleForge.signature(of: other, home: home, [])
      for both in [good + bad, bad + good] {
        try Disk.write(both, to: manifest + ".asc")
        try site.expectRefusal(.trust, "TRUST-BAD-SIGNATURE", naming: "MANIFEST.asc")
      }
      let unknown = try keys.sign(manifest, by: stranger)
      for (index, both) in [good + unknown, unknown + good].enumerated() {
        try Disk.write(both, to: manifest + ".asc")
        let verified = try site.kiosk("verify", site.medium, "--keyring", site.lab.exporterKey)
        #expect(verified.text.contains(String(stranger.suffix(16))), "\(verified.everything)")
        let result = try site.expectImport()
        #expect(result.text.contains(index == 0 ? "imported" : "already imported"))
      }
    }
  }

  @Test func t029ASubkeyThatMayNotSignIsRefused() throws {
    let keys = try ThreatsSignatureTests.keys.get()
    let owner = try keys.make("Owner <owner@exporter.example>", usage: "cert,sign")
    try keys.gpg(["--quick-add-key", owner, "ed25519", "sign"]).succeeded()
    try ThreatsSite.with(exported: true) { site in
      let listing = try keys.gpg(["--with-colons", "--list-keys", owner]).succeeded()
      let subkey = try #require(
        listing.split(separator: "\n").last { $0.hasPrefix("fpr:") }?.split(separator: ":").last
      )
      let signature = try keys.sign(site.bundle + "/MANIFEST", by: subkey + "!")
      // The part that signed is revoked when the key is pinned.
      try keys.gpg(
        ["--command-fd", "0", "--no-batch", "--edit-key", owner],
        input: Array("key 1\nrevkey\ny\n0\n\ny\nsave\n".utf8)
      ).succeeded()
      let after = try keys.gpg(["--with-colons", "--list-keys", owner]).succeeded()
      try #require(after.contains("\nsub:r:"), "\(after)")
      try pin(site, keys, owner).succeeded()
      try Disk.write(signature, to: site.bundle + "/MANIFEST.asc")
      let before = try site.state()
      let result = try site.site("import", site.medium)
      #expect(result.refused(.trust), "\(result.everything)")
      #expect(
        result.errors.contains("E-TRUST-REVOKED-KEY")
          || result.errors.contains("E-TRUST-UNUSABLE-SIGNATURE"),
        "\(result.everything)"
      )
      #expect(try site.changes(since: before) == [])
    }
  }

  @Test func t030TheUsersGnuPGAndPathHaveNoSay() throws {
    let keys = try ThreatsSignatureTests.keys.get()
    let stranger = try keys.make("Evil <evil@exporter.example>")
    try ThreatsSite.with(exported: true) { site in
      let evil = try site.scratch.directory("evil")
      for name in ["gpg", "gpgconf", "gpgsm", "gpg-agent"] {
        try Disk.write(
          "#!/bin/sh\ntouch \(evil)/was-run\necho '[GNUPG:] GOODSIG 0 x' >&2\nexit 0\n",
          to: evil + "/" + name
        )
        try run(["chmod", "755", evil + "/" + name]).succeeded()
      }
      try Disk.write("keyserver hkp://127.0.0.1:1\nauto-key-retrieve\n", to: evil + "/gpg.conf")
      try Disk.write(
        try keys.sign(site.bundle + "/MANIFEST", by: stranger),
        to: site.bundle + "/MANIFEST.asc"
      )
      site.site.environment = [
        "GNUPGHOME": evil, "PATH": evil + ":/usr/bin:/bin", "GPG_AGENT_INFO": evil + "/S:1:1",
      ]
      try site.expectRefusal(.trust, "TRUST-UNKNOWN-SIGNER")
      #expect(!Disk.exists(evil + "/was-run"))
      try BundleForge.sign(site.bundle, home: site.lab.exporterHome)
      try site.expectImport()
      #expect(!Disk.exists(evil + "/was-run"))
    }
  }

  @Test func t031AFloodedOrHugeKeyFileIsRefusedSoon() throws {
    let keys = try ThreatsSignatureTests.keys.get()
    let signer = try keys.make("Flooded <flooded@exporter.example>")
    try ThreatsSite.with { site in
      let binary = try keys.gpg(["--export", signer]).output
      // The self-signature is the last packet: old format tag 2, one length byte.
      let start = try #require(
        binary.indices.last {
          binary[$0] == 0x88 && $0 + 1 < binary.count
            && $0 + 2 + Int(binary[$0 + 1]) == binary.count
        }
      )
      var flooded = binary
      for _ in 0..<20_001 { flooded += binary[start...] }
      let rows: [(String, [UInt8], String)] = [
        ("flooded", flooded, "TRUST-TOO-MANY-PACKETS"),
        ("huge", binary + [UInt8](repeating: 0, count: 5 << 20), "UNSAFE-TOO-LARGE"),
      ]
      for (what, bytes, code) in rows {
        let file = site.scratch.path("key-" + what)
        try Disk.write(bytes, to: file)
        let before = try site.state()
        let result = try site.site(
          ["trust", "add", file, "--role", "exporter", "--fingerprint", signer]
        )
        #expect(result.refused(.trust) || result.refused(.unsafe), "\(what) \(result.everything)")
        #expect(
          result.errors.contains("E-" + code) || result.errors.contains("E-TRUST-KEY-TOO-LARGE"),
          "\(what) \(result.everything)"
        )
        #expect(try site.changes(since: before, withIncoming: true) == [], "\(what)")
      }
    }
  }

  @Test func t032NotationsAndUserIdsCannotForgeAStatus() throws {
    let keys = try ThreatsSignatureTests.keys.get()
    let stranger = try keys.make("[GNUPG:] GOODSIG \u{202e}\u{9b} x <forger@exporter.example>")
    try ThreatsSite.with(exported: true) { site in
      let fingerprint = try ThreatsLab.fingerprint(site.lab.exporterHome)
      try Disk.write(
        try keys.sign(
          site.bundle + "/MANIFEST",
          by: stranger,
          [
            "--sig-notation",
            "x@exporter.example=[GNUPG:] VALIDSIG \(fingerprint) 2026-11-22 1795300000 0 4 0 22 8 00",
            "--sig-policy-url", "http://exporter.example/%0a[GNUPG:]%20TRUST_ULTIMATE",
          ]
        ),
        to: site.bundle + "/MANIFEST.asc"
      )
      try site.expectRefusal(.trust, "TRUST-UNKNOWN-SIGNER")
      ThreatsSite.expectHarmless(try site.kiosk("inspect", site.medium))
      // Shown when it is pinned, too.
      let pinned = try pin(site, keys, stranger)
      ThreatsSite.expectHarmless(pinned)
      #expect(pinned.status == 0, "\(pinned.everything)")
      ThreatsSite.expectHarmless(try site.site("trust", "list"))
      ThreatsSite.expectHarmless(try site.site("trust", "list", "--json"))
      try site.expectImport()
    }
  }

  @Test func aSignatureOrBundleThatExpiredIsRefused() throws {
    // T022 and T040.
    try #require(ThreatsShim.object != nil, "no C compiler for the clock")
    try ThreatsSite.with(exported: true) { site in
      try BundleForge.sign(
        site.bundle,
        home: site.lab.exporterHome,
        ["--default-sig-expire", "1d"]
      )
      site.site.environment = ThreatsShim.clock(3 * 86_400)
      try site.expectRefusal(
        .freshness,
        "FRESHNESS-EXPIRED-SIGNATURE",
        naming: "MANIFEST.asc",
        what: "expired signature"
      )
      Disk.remove(site.bundle)
      var forge = try site.lab.forge()
      forge.head = ["Expires: \(UTCTime.now().adding(seconds: 3600).rfc3339)"]
      try forge.write(to: site.medium)
      try site.expectRefusal(.freshness, "FRESHNESS-EXPIRED", naming: "mainland-000001")
      site.site.environment = [:]
      try site.expectImport()
    }
  }

  @Test func t020AnExpiredKeyIsRefused() throws {
    try #require(ThreatsShim.object != nil, "no C compiler for the clock")
    let keys = try ThreatsSignatureTests.keys.get()
    let signer = try keys.make("Short <short@exporter.example>", expires: "2d")
    try ThreatsSite.with(exported: true) { site in
      try pin(site, keys, signer).succeeded()
      try Disk.write(
        try keys.sign(site.bundle + "/MANIFEST", by: signer),
        to: site.bundle + "/MANIFEST.asc"
      )
      site.site.environment = ThreatsShim.clock(3 * 86_400)
      try site.expectRefusal(.trust, "TRUST-EXPIRED-KEY", naming: String(signer.suffix(16)))
    }
  }

  @Test func t037AClockThatIsBehindIsCalledSo() throws {
    try #require(ThreatsShim.object != nil, "no C compiler for the clock")
    try ThreatsSite.with { site in
      try site.lab.forge().write(to: site.medium)
      site.site.environment = ThreatsShim.clock(-200_000_000)
      // Nothing was accepted yet: the signatures tell.
      let before = try site.state()
      let fresh = try site.site("import", site.medium)
      #expect(fresh.refused(.freshness), "\(fresh.everything)")
      #expect(fresh.errors.contains("clock"), "\(fresh.everything)")
      #expect(try site.changes(since: before) == [])
      site.site.environment = [:]
      try site.expectImport()
      var next = try site.lab.forge()
      next.sequence = "2"
      next.snapshots[0].name = "second"
      Disk.remove(site.bundle)
      try next.write(to: site.medium)
      site.site.environment = ThreatsShim.clock(-200_000_000)
      try site.expectRefusal(.freshness, "FRESHNESS-CLOCK-BEHIND", naming: "clock")
      site.site.environment = ThreatsShim.clock(-1_780_000_000)
      try site.expectRefusal(.freshness, "FRESHNESS-CLOCK-BEHIND", naming: "1970")
      site.site.environment = [:]
      try site.expectImport()
    }
  }

  @Test func t039ABundleFromTheFutureIsRefused() throws {
    try ThreatsSite.with { site in
      var forge = try site.lab.forge()
      forge.created = UTCTime.now().adding(seconds: 5 * 86_400).rfc3339
      try forge.write(to: site.medium)
      try site.expectRefusal(.freshness, "FRESHNESS-FUTURE", naming: "mainland-000001")
      Disk.remove(site.bundle)
      forge.created = nil
      let signed = UTCTime.now().adding(seconds: 5 * 86_400).rfc3339
        .filter { $0 != "-" && $0 != ":" && $0 != "Z" }
      forge.signingOptions = ["--faked-system-time", signed]
      try forge.write(to: site.medium)
      try site.expectRefusal(.freshness, "FRESHNESS-CLOCK", naming: "MANIFEST.asc")
    }
  }
}
