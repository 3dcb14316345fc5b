import SafeIO
import TestSupport
import Testing

/// Bounds of what is read, at the program's level (T197, T199, T200, T202, T206).
@Suite struct ThreatsBoundsTests {
  /// A bundle with another Packages index, under the first sequence.
  private func carry(
    _ site: ThreatsSite,
    packages: @escaping (String) -> String
  ) throws -> RunResult {
    let forge = try site.lab.forge { $0.editPackages = packages }
    Disk.remove(site.medium)
    try Disk.makeDirectory(site.medium)
    try forge.write(to: site.medium)
    return try site.site("import", site.medium)
  }

  @Test func t197AnUnsignedManifestCostsNoMoreThan150MegabytesWhateverIsInIt() throws {
    try ThreatsSite.with(exported: true) { site in
      let head = try Disk.text(site.bundle + "/MANIFEST")
      let size = 15 << 20
      for hostile in [
        head + String(repeating: "\nA: b\n", count: size / 6),
        head + "\nX:\n" + String(repeating: " x\n", count: size / 3),
        head + "\n" + String(repeating: "A:\n", count: size / 3),
        head + "\nX: " + String(repeating: "x", count: size) + "\n",
      ] {
        try Disk.write(hostile, to: site.bundle + "/MANIFEST")
        for command in [
          ["inspect", site.medium], ["verify", site.medium, "--keyring", site.lab.exporterKey],
        ] {
          // Without the limit, so that it is the format's refusal that is seen.
          let free = try site.kiosk(command)
          #expect([10, 11, 19].contains(free.status), "\(free.everything.prefix(2000))")
          let bounded = try site.kiosk(
            command,
            under: ["env", "MALLOC_ARENA_MAX=1", "prlimit", "--data=153600000"]
          )
          #expect(bounded.status == free.status, "\(bounded.everything.prefix(2000))")
        }
      }
    }
  }

  @Test func t199ACatalogueWithValuesOfNoUseIsCalledDamagedAtOnce() throws {
    try ThreatsSite.with(exported: true) { site in
      try site.expectImport()
      let whole = try Disk.read(site.depot + "/catalogue.sqlite")
      for (change, command) in [
        ("UPDATE snapshot SET created = -9223372036854775808", ["snapshot", "list"]),
        ("UPDATE snapshot SET created = 9223372036854775807", ["depot", "status"]),
        ("UPDATE pinned_key SET added = -1", ["trust", "list"]),
        ("UPDATE snapshot SET digest = x'00'", ["snapshot", "list"]),
      ] {
        try Disk.write(whole, to: site.depot + "/catalogue.sqlite")
        let script = """
          import sqlite3, sys
          db = sqlite3.connect(sys.argv[1])
          db.execute("PRAGMA ignore_check_constraints = ON")
          db.execute(sys.argv[2])
          db.commit()
          """
        try run(["python3", "-c", script, site.depot + "/catalogue.sqlite", change]).succeeded()
        let refused = try site.site(command)
        #expect(refused.refused(.state), "\(change): \(refused.everything)")
        #expect(refused.errors.contains("E-STATE-CATALOGUE-DAMAGED"), "\(refused.everything)")
      }
    }
  }

  @Test func t200WhatAnIndexMayHoldIsSaidByTheFileThePackageAndTheLimit() throws {
    try ThreatsSite.with { site in
      func description(_ bytes: Int) -> (String) -> String {
        { $0 + " " + String(repeating: "x", count: bytes) + "\n" }
      }
      let name = String(repeating: "n", count: 70_000)
      for refused in [
        try carry(site) { $0.replacing("Package: quay", with: "Package: \(name)") },
        try carry(site) { $0.replacing("Version: 1.0-1", with: "Version: 1.\(name)") },
      ] {
        #expect(refused.refused(.unsafe), "\(refused.everything.prefix(2000))")
        #expect(refused.errors.contains("E-UNSAFE-TOO-LARGE"), "\(refused.errors.prefix(2000))")
        #expect(refused.errors.contains("main/binary-amd64/Packages"))
        #expect(refused.errors.contains("65535"), "\(refused.errors.prefix(2000))")
        #expect(refused.errors.utf8.count < 4000)
      }
      #expect(try !site.site("snapshot", "list").succeeded().contains("first"))
      // Nobody here asks for a description, and apt takes this one.
      try site.reset()
      let taken = try carry(site, packages: description(2_000_000))
      #expect(taken.status == 0, "\(taken.everything.prefix(2000))")
    }
  }

  @Test func t202AStrangerWhoseNameEndsLikeAChunksIsNoDamagedChunk() throws {
    try ThreatsSite.with(exported: true) { site in
      let chunk = try #require(try site.chunks.first)
      var bytes = try Disk.read(chunk)
      bytes[700] ^= 1
      let name = try #require(chunk.split(separator: "/").last)
      Disk.remove(chunk)
      try Disk.write(bytes, to: site.bundle + "/chunks/x" + name)
      let refused = try site.site("import", site.medium)
      #expect(refused.refused(.incomplete), "\(refused.everything)")
      #expect(refused.errors.contains("chunks/\(name)"), "\(refused.everything)")
    }
  }

  @Test func t206ALongFieldInAVendorsReleaseIsARefusal() throws {
    try ThreatsSite.with { site in
      for field in [
        "X-Long: \(String(repeating: "x", count: 70_000))\n",
        "\(String(repeating: "X", count: 70_000)): x\n",
      ] {
        // Not clear-signed: gpg cuts long lines there.
        let forge = try site.lab.forge { vendor in
          let index = Array(vendor.packages.utf8)
          let text = field + vendor.release(listing: [("main/binary-amd64/Packages", index)])
          vendor.lacks = [vendor.inReleasePath]
          vendor.files = [
            ("dists/stable/Release", Array(text.utf8)),
            ("dists/stable/Release.gpg", Array(try vendor.key.detachedSignature(text).utf8)),
          ]
        }
        Disk.remove(site.medium)
        try Disk.makeDirectory(site.medium)
        try forge.write(to: site.medium)
        for command in [["inspect", site.medium, "--against-depot"], ["import", site.medium]] {
          let refused = try site.site(command)
          #expect(refused.refused(.unsafe), "\(refused.everything.prefix(2000))")
          #expect(refused.errors.contains("65536"), "\(refused.errors.prefix(2000))")
        }
      }
    }
  }
}
