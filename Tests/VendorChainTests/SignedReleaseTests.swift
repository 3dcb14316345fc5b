import DebianRepository
import OpenPGP
import SafeIO
import TestSupport
import Testing
import VendorChain

/// The vendor's signature, before anything behind it is looked at.
@Suite struct SignedReleaseTests {
  private static func vendorKeys() throws -> [PublicKey] {
    try keys(of: VendorKey.shared.get())
  }

  private static func keys(of key: VendorKey) throws -> [PublicKey] {
    try KeyFile.read(Array(key.armored.utf8), name: "vendor.asc")
  }

  @Test func `Each form of a vendor's signature is accepted and recorded`() throws {
    try withScratchDirectory { scratch in
      let scenario = try Scenario(scratch, .small())
      let keys = try SignedReleaseTests.vendorKeys()
      let both = try scenario.check(keys: keys)
      #expect(both.suites.first?.signedBy == [scenario.forge.key.fingerprint])
      #expect(both.suites.first?.date != nil)
      #expect(both.notes.isEmpty)
      let directory = "dists/stable/"
      let names = ["InRelease", "Release", "Release.gpg"].map { directory + $0 }
      #expect(names.allSatisfy { both.indexes.index(of: $0) != nil })
      // Release.gpg and Release alone.
      try Disk.rename(scenario.dist("InRelease"), to: scratch.path("InRelease"))
      let detached = try scenario.check(keys: keys)
      #expect(detached.suites == both.suites)
      #expect(detached.indexes.count == both.indexes.count - 1)
      // InRelease alone.
      try Disk.rename(scratch.path("InRelease"), to: scenario.dist("InRelease"))
      for name in ["Release", "Release.gpg"] { Disk.remove(scenario.dist(name)) }
      let inline = try scenario.check(keys: keys)
      #expect(inline.suites == both.suites)
      #expect(inline.indexes.count == both.indexes.count - 2)
    }
  }

  @Test func `Two suites of one tree are checked together`() throws {
    try withScratchDirectory { scratch in
      let forge = try RepositoryForge(at: scratch.path("tree"))
      try forge.build(.small("stable"), .small("stable-security/updates"))
      let result = try ChainOfTrust.check(
        suites: ["stable-security/updates", "stable", "stable"],
        files: DirectoryFiles(forge.root),
        trust: UpstreamTrust(keys: SignedReleaseTests.vendorKeys(), now: Scenario.now)
      )
      #expect(result.suites.map(\.distribution) == ["stable-security/updates", "stable"])
      #expect(try result.pool.count == 2)
      #expect(result.counts.map(\.stanzas) == [1, 2, 1, 2])
      #expect(result.counts.first?.path.hasPrefix("dists/stable-security/updates/main/") == true)
    }
  }

  @Test func `T018: a signature by a key that is not pinned is refused, unsigned allowed or not`()
    throws
  {
    try withScratchDirectory { scratch in
      let scenario = try Scenario(scratch, .small())
      let stranger = try VendorKey(name: "Somebody Else <else@repository.example>")
      let keys = try SignedReleaseTests.keys(of: stranger)
      #expect(scenario.refusal { try scenario.check(keys: keys) }?.kind == .trust)
      let lenient = scenario.refusal { try scenario.check(keys: keys, allowUnsigned: true) }
      #expect(lenient?.kind == .trust)
      let none = scenario.refusal { try scenario.check(keys: [], allowUnsigned: true) }
      #expect(none?.code == "E-TRUST-NO-UPSTREAM-KEY")
    }
  }

  @Test func `A changed Release file is refused in each form, unsigned allowed or not`() throws {
    try withScratchDirectory { scratch in
      let scenario = try Scenario(scratch, .small())
      let keys = try SignedReleaseTests.vendorKeys()
      let inRelease = try Disk.read(scenario.dist("InRelease"))
      for name in ["InRelease", "Release"] {
        // Beside a good InRelease nobody reads the other one.
        if name == "Release" { Disk.remove(scenario.dist("InRelease")) }
        let before = try Disk.read(scenario.dist(name))
        try Damage.replace("Origin: Test", with: "Origin: Best", in: scenario.dist(name))
        let refusal = scenario.refusal { try scenario.check(keys: keys, allowUnsigned: true) }
        #expect(refusal?.kind == .trust)
        try Disk.write(before, to: scenario.dist(name))
      }
      try Disk.write(inRelease, to: scenario.dist("InRelease"))
      _ = try scenario.check(keys: keys)
    }
  }

  @Test func `A tree without signatures is taken only when that is said`() throws {
    try withScratchDirectory { scratch in
      let scenario = try Scenario(scratch, .small())
      let keys = try SignedReleaseTests.vendorKeys()
      for name in ["InRelease", "Release.gpg"] { Disk.remove(scenario.dist(name)) }
      let strict = scenario.refusal { try scenario.check(keys: keys) }
      #expect(strict?.code == "E-TRUST-UNSIGNED")
      #expect(strict?.hint?.contains("--allow-unsigned") == true)
      let result = try scenario.check(keys: keys, allowUnsigned: true)
      #expect(result.suites.first?.signature == .unsigned)
    }
  }

  @Test func `Where the recorded signature is believed, everything behind it is still checked`()
    throws
  {
    try withScratchDirectory { scratch in
      let scenario = try Scenario(scratch, .small())
      func recorded() throws -> ChainResult {
        try ChainOfTrust.check(
          suites: ["stable"],
          files: DirectoryFiles(scenario.forge.root),
          trust: UpstreamTrust(keys: [], acceptRecorded: true, now: Scenario.now)
        )
      }
      let result = try recorded()
      #expect(result.suites.first?.signature == .unchecked)
      #expect(result.notes.contains { $0.text.contains("not checked here") })
      try Damage.replace("Origin: Test", with: "Origin: Best", in: scenario.dist("Release"))
      let other = try recorded()
      #expect(other.indexes.index(of: "dists/stable/Release") == nil)
      #expect(other.notes.contains { $0.text.contains("Release: left out") })
      Disk.remove(scenario.dist("Release"))
      try Damage.flipBit(of: scenario.tree(result.pool.path(at: 0)), at: 70)
      #expect(scenario.refusal(recorded)?.code == "E-INTEGRITY-WRONG-HASH")
    }
  }

  @Test func `T049: InRelease decides, and what it does not vouch for is left out`() throws {
    try withScratchDirectory { scratch in
      let scenario = try Scenario(scratch, .small())
      let keys = try SignedReleaseTests.vendorKeys()
      func left() throws -> [String] {
        let result = try scenario.check(keys: keys)
        let names = ["InRelease", "Release", "Release.gpg"]
        let out = names.filter { result.indexes.index(of: "dists/stable/" + $0) == nil }
        #expect(result.notes.count { $0.text.contains("left out") } == min(1, out.count))
        return out
      }
      let release = try Disk.text(scenario.dist("Release"))
      func write(_ text: String, signature: [UInt8]) throws {
        try Disk.write(text, to: scenario.dist("Release"))
        try Disk.write(signature, to: scenario.dist("Release.gpg"))
      }
      func sign(_ text: String) throws -> [UInt8] {
        Array(try scenario.forge.key.detachedSignature(text).utf8)
      }
      // Trailing white space is no difference: a clear-signed text has none.
      let spaced =
        release.replacing("Origin: Test Vendor\n", with: "Origin: Test Vendor \t\n") + "\n"
      try write(spaced, signature: sign(spaced))
      #expect(try left() == [])
      let other = release.replacing("Origin: Test", with: "Origin: Best")
      try write(other, signature: sign(other))
      #expect(try left() == ["Release", "Release.gpg"])
      for bad in [try sign(other), [], [0xc2, 0x01], Array("no signature".utf8)] {
        try write(release, signature: bad)
        #expect(try left() == ["Release.gpg"])
      }
      try write(release, signature: [UInt8](repeating: 0x20, count: 2 << 20))
      #expect(try left() == ["Release.gpg"])
    }
  }

  @Test func `T044: text around the signed message of InRelease is refused`() throws {
    try withScratchDirectory { scratch in
      let scenario = try Scenario(scratch, .small())
      let keys = try SignedReleaseTests.vendorKeys()
      let inRelease = try Disk.text(scenario.dist("InRelease"))
      for text in [
        "Suite: evil\n\n" + inRelease, inRelease + "Suite: evil\n", inRelease + inRelease,
      ] {
        try Disk.write(text, to: scenario.dist("InRelease"))
        #expect(scenario.refusal { try scenario.check(keys: keys) }?.kind == .trust)
      }
      try Disk.write(try Disk.text(scenario.dist("Release")), to: scenario.dist("InRelease"))
      let bare = scenario.refusal { try scenario.check(keys: keys, allowUnsigned: true) }
      #expect(bare?.kind == .trust)
    }
  }

  @Test func `T050: Release.gpg with text around the armor, or without armor, is refused`() throws {
    try withScratchDirectory { scratch in
      let scenario = try Scenario(scratch, .small())
      let keys = try SignedReleaseTests.vendorKeys()
      Disk.remove(scenario.dist("InRelease"))
      let path = scenario.dist("Release.gpg")
      let signature = try Disk.text(path)
      let binary = try run(["gpg", "--batch", "--dearmor"], input: Array(signature.utf8))
      for bytes in [
        Array(("Suite: evil\n" + signature).utf8), Array((signature + "Suite: evil\n").utf8),
        Array((signature + "Suite: evil\n" + signature).utf8), binary.output, [],
      ] {
        try Disk.write(bytes, to: path)
        #expect(scenario.refusal { try scenario.check(keys: keys) }?.kind == .trust)
      }
      try Disk.write(signature, to: path)
      _ = try scenario.check(keys: keys)
    }
  }

  @Test func `What apt reads in oddly written indexes, the chain reads too`() throws {
    try withScratchDirectory { scratch in
      let scenario = try Scenario(scratch, .plain)
      Disk.remove(scenario.dist("main/binary-all"))
      try scenario.rewrite("main/binary-amd64/Packages") { text in
        text.replacing("Filename: ", with: "filename :\n ").replacing(
          "\nSize: ",
          with: "\nSIZE:\t"
        )
        .replacing("\nDescription", with: "\nX-Odd: a\n \n\t.\n b\nDescription")
        .replacing("\n", with: "\r\n")
      }
      try scenario.relist(
        "Suite: stable\nCodename: stable\nArchitectures: amd64\nComponents: main\n"
          + "Date: \(ArchiveDate.text(Scenario.now))\n"
      )
      try scenario.forge.sign(try Disk.text(scenario.dist("Release")), of: scenario.suite)
      let result = try scenario.check(keys: SignedReleaseTests.vendorKeys())
      #expect(try result.pool.count == 2)
      let apt = try AptClient(root: scratch.path("apt"))
      try apt.addSource(
        tree: scenario.forge.root,
        suite: "stable",
        components: ["main"],
        armoredKey: scenario.forge.key.armored
      )
      let update = try apt.update()
      #expect(update.status == 0, "\(update.everything)")
      let uris = try apt.aptGet("--print-uris", "download", "pier", "pier-data").succeeded()
      let pool = try result.pool
      for index in 0..<pool.count {
        let (path, size) = (pool.path(at: index), pool.size(at: index))
        #expect(uris.contains("\(path)'"), "\(uris)")
        #expect(uris.contains(" \(size) "), "\(uris)")
      }
    }
  }
}
