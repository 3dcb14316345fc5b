import Foundation
import SafeIO
import TestSupport
import Testing

/// Threats T044–T051 and T105: what the vendor signed, or somebody between the vendor and the
/// exporter changed; the exporter's signature is right each time.
@Suite struct ThreatsUpstreamTests {
  private typealias Message = @Sendable (String, VendorKey) throws -> [UInt8]

  private static func clear(_ text: String, _ key: VendorKey) throws -> String {
    try key.clearSign(text)
  }

  /// InRelease files that apt and gpg could read differently, or that are not signed as a whole.
  static let messages: [(what: String, make: @Sendable (String, VendorKey) throws -> [UInt8])] = [
    ("T044 text before", { Array(("Suite: evil\n" + (try clear($0, $1))).utf8) }),
    ("T044 text behind", { Array(((try clear($0, $1)) + "Suite: evil\n").utf8) }),
    ("T044 two messages", { Array(((try clear($0, $1)) + (try clear("Suite: x\n", $1))).utf8) }),
    (
      "T044 text before the signature's armor",
      {
        Array(
          try clear($0, $1).replacingOccurrences(
            of: "-----BEGIN PGP SIGNATURE-----",
            with: "-----END PGP SIGNED MESSAGE-----\nEvil: yes\n-----BEGIN PGP SIGNATURE-----"
          ).utf8
        )
      }
    ),
    (
      "T046 NotDashEscaped",
      {
        Array(
          try clear($0, $1).replacingOccurrences(of: "\nHash:", with: "\nNotDashEscaped: y\nHash:")
            .utf8
        )
      }
    ),
    (
      "T046 the Hash header lies",
      { Array(try clear($0, $1).replacingOccurrences(of: "Hash: SHA256", with: "Hash: SHA1").utf8) }
    ),
    (
      "T047 a form feed in the first line",
      {
        Array(
          try clear($0, $1).replacingOccurrences(of: "MESSAGE-----\n", with: "MESSAGE-----\u{c}\n")
            .utf8
        )
      }
    ),
    (
      "T047 a form feed and blanks in the text",
      {
        Array(
          try clear($0, $1).replacingOccurrences(
            of: "\nOrigin:",
            with: "\n" + String(repeating: " ", count: 20_000) + "\u{c}Evil: yes\nOrigin:"
          ).utf8
        )
      }
    ),
    (
      "T048 a NUL",
      { Array(try clear($0, $1).replacingOccurrences(of: "Label", with: "\0").utf8) + [0] }
    ),
    (
      "T048 another text",
      {
        Array(try clear($0, $1).replacingOccurrences(of: "Origin: Test", with: "Origin: Evil").utf8)
      }
    ),
    ("not signed", { text, _ in Array(text.utf8) }),
    ("empty", { _, _ in [] }),
    ("cut", { Array(try clear($0, $1).utf8.dropLast(60)) }),
    (
      "T051 more than 32 MiB",
      { Array(try clear($0, $1).utf8) + [UInt8](repeating: 0x0a, count: 33 << 20) }
    ),
  ]

  /// What `apt` does not read of a message (its armor headers) may be anything, as long as the signature
  /// is good for the text as `apt` takes it out.
  @Test func t044ToT051InReleaseThatIsNotOneSignedMessageIsRefused() throws {
    for row in ThreatsUpstreamTests.messages {
      try ThreatsSite.with { site in
        let key = site.lab.vendor
        var forge = try site.lab.forge { $0.makeInRelease = { try row.make($0, key) } }
        // The long ones compress well.
        forge.isCompressed = true
        try forge.write(to: site.medium)
        let before = try site.state()
        let result = try site.site("import", site.medium)
        ThreatsSite.expectHarmless(result, row.what)
        guard result.status != 0 else {
          #expect(ThreatsUpstreamTests.takenByApt.contains(row.what), "\(row.what)")
          return
        }
        #expect([10, 11, 14].contains(result.status), "\(row.what): \(result.everything)")
        #expect(result.errors.contains("InRelease"), "\(row.what): \(result.everything)")
        #expect(result.errors.contains("code: E-"), "\(row.what): \(result.everything)")
        #expect(try site.changes(since: before) == [], "\(row.what)")
      }
    }
  }

  private static let takenByApt: Set<String> = ["T046 NotDashEscaped", "T046 the Hash header lies"]

  @Test func t048CarriageReturnsAndTrailingBlanksAreCarriedAsTheyAreOrRefused() throws {
    // Whatever is taken in is byte for byte what the vendor published.
    try ThreatsSite.with { site in
      let key = site.lab.vendor
      let rows: [(String, @Sendable (String) throws -> [UInt8])] = [
        ("CR", { Array(try key.clearSign($0).replacingOccurrences(of: "\n", with: "\r\n").utf8) }),
        (
          // As apt reads it, the blank line may have blanks.
          "T045 spaces in the blank line",
          {
            Array(
              try key.clearSign($0).replacingOccurrences(of: "\n\nOrigin", with: "\n \t\nOrigin")
                .utf8
            )
          }
        ),
        (
          "blanks",
          {
            Array(
              try key.clearSign($0).replacingOccurrences(of: "Vendor\n", with: "Vendor \t\n").utf8
            )
          }
        ),
      ]
      for (index, row) in rows.enumerated() {
        var forge = try site.lab.forge { $0.makeInRelease = row.1 }
        forge.sequence = String(index + 1)
        forge.snapshots[0].name = "taken-\(index)"
        let directory = try forge.write(to: site.medium)
        let before = try site.state()
        let result = try site.site("import", directory)
        guard result.status == 0 else {
          #expect([10, 11, 14].contains(result.status), "\(row.0): \(result.everything)")
          #expect(try site.changes(since: before) == [], "\(row.0)")
          continue
        }
        try site.site("publish", "taken-\(index)", "--at", "p\(index)").succeeded()
        let path = "dists/stable/InRelease"
        let sent = try #require(forge.snapshots[0].files.first { $0.path == path })
        #expect(try Disk.read(site.depot + "/public/p\(index)/" + path) == sent.bytes)
      }
    }
  }

  @Test func t049ReleaseThatSaysSomethingElseThanInReleaseIsRefused() throws {
    try ThreatsSite.with { site in
      try site.lab.forge {
        $0.files = [("dists/stable/Release", Array("Suite: other\n".utf8))]
      }.write(to: site.medium)
      try site.expectRefusal(.integrity, "INTEGRITY-NOT-REACHED", naming: "dists/stable")
    }
  }

  @Test func t050ReleaseGpgWithTextAroundItsArmorIsRefused() throws {
    try ThreatsSite.with { site in
      let vendor = ForgedVendor(site.lab.vendor)
      let release = vendor.release(
        listing: [("main/binary-amd64/Packages", Array(vendor.packages.utf8))]
      )
      let signature = try site.lab.vendor.detachedSignature(release)
      let rows = [
        ("right", signature, true), ("before", "Evil: yes\n" + signature, false),
        ("behind", signature + "Evil: yes\n", false),
        ("between", signature + "Evil: yes\n" + signature, false),
        ("T051 a line of a megabyte", "", false),
        ("of another text", try site.lab.vendor.detachedSignature("other\n"), false),
      ]
      let long = release + "Label: " + String(repeating: "x", count: 1 << 20) + "\n"
      let longSignature = try site.lab.vendor.detachedSignature(long)
      for (what, text, isRight) in rows.reversed() {
        try site.lab.forge {
          $0.lacks = [$0.inReleasePath]
          $0.files = [
            ("dists/stable/Release", Array((text.isEmpty ? long : release).utf8)),
            ("dists/stable/Release.gpg", Array((text.isEmpty ? longSignature : text).utf8)),
          ]
        }.write(to: site.medium)
        if isRight {
          try site.expectImport(what)
          try site.reset()
        } else {
          let before = try site.state()
          let result = try site.site("import", site.medium)
          #expect([10, 11, 14].contains(result.status), "\(what): \(result.everything)")
          #expect(result.errors.contains("dists/stable/Release"), "\(what): \(result.everything)")
          #expect(try site.changes(since: before) == [], "\(what)")
        }
        Disk.remove(site.bundle)
      }
    }
  }

  @Test func aSuiteThatTheExporterCallsUnsignedCannotHideASignature() throws {
    // The exporter's word is believed only for what has no signature at all, where it may vouch.
    try ThreatsSite.with { site in
      let exporter = try ThreatsLab.fingerprint(site.lab.exporterHome)
      try site.site(
        ["trust", "edit", exporter, "--may-vouch", "first/*", "--reason", "it is to be tried"]
      ).succeeded()
      var forge = try site.lab.forge {
        $0.makeInRelease = { text in Array(text.utf8) }
      }
      forge.snapshots[0].suites = ["stable unsigned - -"]
      try forge.write(to: site.medium)
      let before = try site.state()
      let result = try site.site("import", site.medium)
      #expect(result.refused(.trust), "\(result.everything)")
      #expect(try site.changes(since: before) == [])
      Disk.remove(site.bundle)
      forge = try site.lab.forge()
      forge.snapshots[0].suites = ["stable unsigned - -"]
      try forge.write(to: site.medium)
      try site.expectRefusal(.integrity, "INTEGRITY-FALSE-CLAIM", naming: "stable")
    }
  }

  @Test func aComposedSnapshotDoesNotGoAroundTheVendorsChain() throws {
    // An exporter's key alone must not bring in packages that no vendor signed, by calling them no
    // suite at all; ComposedThreatsTests has the rest.
    try ThreatsSite.with { site in
      var forge = BundleForge(
        signingHome: site.lab.exporterHome,
        [.init("first", files: [("pool/evil.deb", Array("evil".utf8))], suites: [])]
      )
      forge.snapshots[0].kind = "composed"
      forge.head = ["Requires: composed"]
      try forge.write(to: site.medium)
      try site.expectRefusal(.integrity, "INTEGRITY-NO-SUITE", naming: "first")
    }
  }

  /// T105: indexes that the vendor signed and that are no honest ones.
  static let indexes: [(what: String, edit: @Sendable (String) -> String)] = [
    (
      "a path that climbs",
      { $0.replacingOccurrences(of: "Filename: pool", with: "Filename: ../pool") }
    ),
    (
      "an absolute path", { $0.replacingOccurrences(of: "Filename: pool", with: "Filename: /pool") }
    ),
    (
      "an empty component",
      { $0.replacingOccurrences(of: "Filename: pool", with: "Filename: pool//x") }
    ),
    (
      "a climb inside",
      { $0.replacingOccurrences(of: "Filename: pool/", with: "Filename: pool/../../") }
    ),
    (
      "a path into dists",
      {
        $0.replacingOccurrences(
          of: "Filename: pool/main/p/pier/pier_1.0-1_amd64.deb",
          with: "Filename: dists/stable/InRelease"
        )
      }
    ),
    (
      "an ESC in the path",
      { $0.replacingOccurrences(of: "Filename: pool", with: "Filename: pool/\u{1b}[31m") }
    ),
    (
      "a NUL in the path",
      { $0.replacingOccurrences(of: "Filename: pool", with: "Filename: pool\0") }
    ),
    (
      "Filename twice",
      { $0.replacingOccurrences(of: "Filename:", with: "Filename: pool/x\nFilename:") }
    ),
    ("Size twice", { $0.replacingOccurrences(of: "Size:", with: "Size: 1\nSize:") }),
    (
      "a size of 2^64",
      { $0.replacingOccurrences(of: "Size: 18\n", with: "Size: 18446744073709551634\n") }
    ),
    ("a negative size", { $0.replacingOccurrences(of: "Size: 18\n", with: "Size: -18\n") }),
    (
      "one path, two contents",
      {
        $0 + "\n"
          + $0.replacingOccurrences(of: "SHA256: ", with: "SHA256: 0").replacingOccurrences(
            of: "pier",
            with: "quay"
          )
      }
    ),
    (
      "a path of 40 MB",
      {
        $0.replacingOccurrences(
          of: "Filename: pool",
          with: "Filename: pool/" + String(repeating: "x", count: 40 << 20)
        )
      }
    ),
  ]

  /// What `apt` passes over, or reads as a path inside, is taken as it reads it; the rest is refused.
  @Test func t105HostileIndexesAreRefused() throws {
    for row in ThreatsUpstreamTests.indexes {
      try ThreatsSite.with { site in
        var forge = try site.lab.forge { $0.editPackages = row.edit }
        forge.isCompressed = true
        try forge.write(to: site.medium)
        let before = try site.state()
        let result = try site.site("import", site.medium)
        ThreatsSite.expectHarmless(result, row.what)
        guard result.status != 0 else {
          #expect(ThreatsUpstreamTests.passedOver.contains(row.what), "\(row.what)")
          return
        }
        #expect([11, 12, 14].contains(result.status), "\(row.what): \(result.everything)")
        #expect(result.errors.contains("code: E-"), "\(row.what): \(result.everything)")
        #expect(try site.changes(since: before) == [], "\(row.what)")
      }
    }
  }

  private static let passedOver: Set<String> = [
    "an absolute path", "an empty component", "a climb inside", "a path into dists",
    "a NUL in the path",
    // The last of two counts.
    "Filename twice", "Size twice",
  ]
}
