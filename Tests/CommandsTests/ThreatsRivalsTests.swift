import SafeIO
import TestSupport
import Testing

/// Several bundles at once: two under one sequence, and which fault counts (T204, T205).
@Suite struct ThreatsRivalsTests {
  /// Another bundle under a sequence, on a medium of its own.
  private func medium(
    _ site: ThreatsSite,
    sequence: String,
    _ snapshot: String
  ) throws -> String {
    var forge = BundleForge(
      signingHome: site.lab.exporterHome,
      [try ForgedVendor(site.lab.vendor).snapshot(snapshot)]
    )
    forge.sequence = sequence
    let place = site.scratch.path("medium-\(snapshot)")
    try Disk.makeDirectory(place)
    try forge.write(to: place)
    return place
  }

  @Test func t204TwoBundlesUnderOneSequenceAreAnAlarmToEverybodyWhoHasBoth() throws {
    try ThreatsSite.with { site in
      let one = try medium(site, sequence: "1", "one")
      let two = try medium(site, sequence: "1", "two")
      let keyring = ["--keyring", site.lab.exporterKey]
      let before = try site.state()
      for media in [[one, two], [two, one]] {
        for refused in [
          try site.kiosk(["verify"] + media + keyring), try site.kiosk(["inspect"] + media),
          try site.site(["import"] + media),
        ] {
          #expect(refused.refused(.freshness), "\(refused.everything)")
          #expect(refused.errors.contains("E-FRESHNESS-EQUIVOCATION"), "\(refused.everything)")
          #expect(refused.errors.contains("medium-one") && refused.errors.contains("medium-two"))
        }
      }
      #expect(try site.changes(since: before) == [])
      // The same bundle twice is one.
      let copy = site.scratch.path("copy")
      try Disk.copyTree(one, to: copy)
      try site.kiosk(["verify", one, copy] + keyring).succeeded()
      try site.site("import", one, copy).succeeded()
    }
  }

  @Test func t205WhatIsDamagedCountsMoreThanWhatIsMissingInWhicheverOrder() throws {
    try ThreatsSite.with { site in
      let short = try medium(site, sequence: "1", "short")
      let damaged = try medium(site, sequence: "2", "damaged")
      func chunk(_ medium: String, _ number: Int) throws -> String {
        let chunks = "\(medium)/mainland-00000\(number)/chunks"
        return chunks + "/" + (try #require(try Disk.names(in: chunks).first))
      }
      Disk.remove(try chunk(short, 1))
      try Damage.flipBit(of: try chunk(damaged, 2), at: 700)
      for media in [[short, damaged], [damaged, short]] {
        let refused = try site.kiosk(["verify"] + media + ["--keyring", site.lab.exporterKey])
        #expect(refused.refused(.integrity), "\(refused.everything)")
        #expect(refused.errors.contains("mainland-000001"), "\(refused.everything)")
        #expect(refused.errors.contains("mainland-000002"), "\(refused.everything)")
      }
      let missing = try site.kiosk("verify", short, "--keyring", site.lab.exporterKey)
      #expect(missing.refused(.incomplete), "\(missing.everything)")
    }
  }
}
