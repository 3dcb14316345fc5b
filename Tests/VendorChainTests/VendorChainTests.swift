import DebianRepository
import SafeIO
import TestSupport
import Testing
import VendorChain

private let packages = "main/binary-amd64/Packages"

/// What comes behind the signature; the trees here are taken unsigned.
@Suite struct VendorChainTests {
  @Test func `Everything in a full tree is reached, each file once, and nothing else`() throws {
    try withScratchDirectory { scratch in
      var full = ForgedSuite.full()
      full.compressions = ["xz", "gz", "bz2", "zst"]
      let scenario = try Scenario(scratch, full)
      try Disk.write("not listed anywhere", to: scenario.dist("main/binary-amd64/stray"))
      try Disk.write("an old generation", to: scenario.dist("main/by-hash/SHA256/0123"))
      try Disk.write("not listed anywhere", to: scenario.tree("pool/main/s/stray.deb"))
      let result = try scenario.checkUnsigned()
      let all = result.files
      let strays = ["stray", "0123", "stray.deb"]
      let expected = try Disk.files(below: scenario.forge.root).filter { path in
        !strays.contains { path.hasSuffix("/" + $0) }
      }
      #expect(all.allPaths == expected.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
      for index in 0..<all.count {
        let bytes = try Disk.read(scenario.tree(all.path(at: index)))
        #expect(all.digest(at: index) == SHA256Digest.of(bytes))
        #expect(all.size(at: index) == UInt64(bytes.count))
      }
      #expect(try result.pool.allPaths.allSatisfy { $0.hasPrefix("pool/") })
      #expect(try result.pool.allPaths.contains { $0.hasSuffix(".dsc") })
      #expect(try result.pool.allPaths.contains { $0.hasSuffix(".udeb") })
      #expect(result.indexes.allPaths.contains { $0.contains("by-hash/SHA256/") })
      #expect(try #require(result.suites.first).signature == .unsigned)
      #expect(result.notes.contains { $0.text.contains("without a signature") })
      let again = try scenario.checkUnsigned()
      #expect(again.files.listDigest == all.listDigest)
    }
  }

  @Test func `A taker that remembers is asked for every file, and no list is kept`() throws {
    try withScratchDirectory { scratch in
      let scenario = try Scenario(scratch, .full())
      let list = try scenario.checkUnsigned().files
      let taker = RememberingFiles(list)
      let result = try taker.check(scenario)
      #expect(result.files.count == 0)
      #expect(result.indexes.count > 0)
      #expect(taker.taken == Set(list.allPaths))
    }
  }

  @Test func `A taker that remembers hears of every absent file once`() throws {
    try withScratchDirectory { scratch in
      let scenario = try Scenario(scratch, .full())
      let list = try scenario.checkUnsigned().files
      let absent = list.allPaths.filter { $0.hasSuffix(".deb") }
      let taker = RememberingFiles(list, without: absent)
      let refusal = try #require(scenario.refusal { try taker.check(scenario) })
      #expect(refusal.code == "E-INCOMPLETE-MISSING-FILES")
      #expect(refusal.details.sorted() == absent.map { "\($0): missing" }.sorted())
    }
  }

  @Test func `A taker that remembers refuses what is not in its list as it is listed`() throws {
    try withScratchDirectory { scratch in
      let scenario = try Scenario(scratch, .full())
      let list = try scenario.checkUnsigned().files
      let deb = try #require(list.allPaths.first { $0.hasSuffix(".deb") })
      let taker = RememberingFiles(list, damaged: deb)
      let refusal = try #require(scenario.refusal { try taker.check(scenario) })
      #expect(refusal.code == "E-INTEGRITY-WRONG-HASH")
      #expect(refusal.details.count == 1)
    }
  }

  @Test(arguments: [".", "packages", "deep/er"])
  func `A flat repository's files lie below the root of the archive`(directory: String) throws {
    try withScratchDirectory { scratch in
      let flat = ForgedSuite.flat(
        directory,
        [ForgedPackage("pier", hasSource: true), ForgedPackage("jetty", hasSource: true)]
      )
      let scenario = try Scenario(scratch, flat)
      let result = try scenario.checkUnsigned()
      #expect(try result.pool.count == 6)
      let files = try Disk.files(below: scenario.forge.root)
      #expect(Set(result.files.allPaths) == Set(files))
    }
  }

  @Test func `Indexes that Release lists and the tree lacks are normal`() throws {
    try withScratchDirectory { scratch in
      let scenario = try Scenario(scratch, .full())
      for component in ["main", "contrib"] {
        Disk.remove(scenario.dist("\(component)/binary-arm64"))
        Disk.remove(scenario.dist("\(component)/debian-installer"))
        Disk.remove(scenario.dist("\(component)/source"))
      }
      for path in try Disk.files(below: scenario.tree("pool")) where !path.hasSuffix(".deb") {
        Disk.remove(scenario.tree("pool/" + path))
      }
      let result = try scenario.checkUnsigned()
      #expect(try !result.pool.allPaths.contains { $0.contains("arm64") })
      #expect(try result.pool.allPaths.contains { $0.hasSuffix("_all.deb") })
    }
  }

  @Test func `Where only the by-hash names are there, they are read, and have their own name too`()
    throws
  {
    try withScratchDirectory { scratch in
      let scenario = try Scenario(scratch, .small())
      for suffix in [".xz", ".gz"] { Disk.remove(scenario.dist(packages + suffix)) }
      let result = try scenario.checkUnsigned()
      #expect(try result.pool.count == 2)
      #expect(result.indexes.allPaths.contains { $0.hasSuffix(packages + ".xz") })
      #expect(result.indexes.allPaths.contains { $0.contains("binary-amd64/by-hash/SHA256/") })
    }
  }

  @Test func `A stanza with SHA512 only is enough`() throws {
    try withScratchDirectory { scratch in
      let scenario = try Scenario(scratch, .plain)
      try scenario.rewrite(packages) { withoutFields(["SHA256", "SHA1", "MD5sum"], $0) }
      try scenario.relist()
      let result = try scenario.checkUnsigned()
      #expect(try result.pool.count == 2)
      let deb = try #require(try result.pool.allPaths.first)
      try Damage.flipBit(of: scenario.tree(deb), at: 100)
      #expect(scenario.refusal?.code == "E-INTEGRITY-WRONG-HASH")
    }
  }

  @Test func `T007 T008: every damaged and every missing pool file is named`() throws {
    try withScratchDirectory { scratch in
      let scenario = try Scenario(scratch, .full())
      let pool = try scenario.checkUnsigned().pool.allPaths
      try Damage.flipBit(of: scenario.tree(pool[1]), at: -1)
      try Damage.truncate(scenario.tree(pool[3]), to: -1)
      Disk.remove(scenario.tree(pool[5]))
      let refusal = try #require(scenario.refusal)
      #expect(refusal.kind == .integrity)
      #expect(refusal.details.count == 3)
      for index in [1, 3, 5] {
        #expect(refusal.details.contains { $0.contains(pool[index]) })
      }
    }
  }

  @Test func `Two valid packages that changed places are refused`() throws {
    try withScratchDirectory { scratch in
      let scenario = try Scenario(scratch, .small())
      let pool = try scenario.checkUnsigned().pool.allPaths
      try Damage.swap(scenario.tree(pool[0]), scenario.tree(pool[1]))
      #expect(scenario.refusal?.kind == .integrity)
      #expect(scenario.refusal?.details.count == 2)
    }
  }

  @Test func `A pool file that is not there makes the tree incomplete`() throws {
    try withScratchDirectory { scratch in
      let scenario = try Scenario(scratch, .small())
      let pool = try scenario.checkUnsigned().pool.allPaths
      for path in pool { Disk.remove(scenario.tree(path)) }
      let refusal = try #require(scenario.refusal)
      #expect(refusal.code == "E-INCOMPLETE-MISSING-FILES")
      #expect(refusal.details == pool.map { "\($0): missing" })
    }
  }

  @Test func `T009: an index that is not what Release lists is refused`() throws {
    try withScratchDirectory { scratch in
      let scenario = try Scenario(scratch, .small())
      try Damage.flipBit(of: scenario.dist(packages + ".xz"), at: -5)
      #expect(scenario.refusal?.code == "E-INTEGRITY-WRONG-HASH")
      #expect(scenario.refusal?.subject?.hasSuffix("Packages.xz") == true)
    }
  }

  @Test func `T009: a Translation or by-hash file that is not what Release lists is refused`()
    throws
  {
    try withScratchDirectory { scratch in
      let scenario = try Scenario(scratch, .small())
      let translation = scenario.dist("main/i18n/Translation-en.xz")
      let before = try Disk.read(translation)
      try Damage.append([0], to: translation)
      #expect(scenario.refusal?.code == "E-INTEGRITY-WRONG-SIZE")
      try Disk.write(before, to: translation)
      #expect(scenario.refusal == nil)
      let hash = SHA256Digest.of(before).hex
      try Disk.write("x", to: scenario.dist("main/i18n/by-hash/SHA256/\(hash)"))
      #expect(scenario.refusal?.code == "E-INTEGRITY-WRONG-SIZE")
    }
  }

  @Test func `T010: weak hashes are refused in Release and in Packages`() throws {
    try withScratchDirectory { scratch in
      let scenario = try Scenario(scratch, .plain)
      Disk.remove(scenario.dist("main/binary-all"))
      try scenario.rewrite(packages) { withoutFields(["SHA256", "SHA512"], $0) }
      try scenario.relist()
      #expect(scenario.refusal?.code == "E-TRUST-WEAK-HASHES")
      let md5 = String(repeating: "0", count: 32)
      try Disk.write("MD5Sum:\n \(md5) 1 \(packages)\n", to: scenario.dist("Release"))
      #expect(scenario.refusal?.code == "E-TRUST-WEAK-HASHES")
    }
  }

  @Test func `T010: a file that only MD5Sum lists is left out, with a note`() throws {
    try withScratchDirectory { scratch in
      let scenario = try Scenario(scratch, .plain)
      let md5 = String(repeating: "0", count: 32)
      try scenario.relist(more: "MD5Sum:\n \(md5) 7 main/binary-arm64/Packages\n")
      try Disk.write("content", to: scenario.dist("main/binary-arm64/Packages"))
      let result = try scenario.checkUnsigned()
      #expect(result.indexes.index(of: "dists/stable/main/binary-arm64/Packages") == nil)
      #expect(
        result.notes.contains { $0.text.contains("main/binary-arm64/Packages is listed by MD5") }
      )
    }
  }

  @Test func `T012: an unknown hash beside SHA-256 is ignored, alone it is refused`() throws {
    try withScratchDirectory { scratch in
      let scenario = try Scenario(scratch, .plain)
      try scenario.relist(more: "BLAKE3:\n whatever\n")
      #expect(scenario.refusal == nil)
      try Damage.replace("SHA256:", with: "SHA999:", in: scenario.dist("Release"))
      #expect(scenario.refusal?.code == "E-TRUST-WEAK-HASHES")
    }
  }

  @Test(arguments: ["xz", "gz", "bz2", "zst"])
  func `T011: a packed index with content other than the plain one listed is refused`(
    compression: String
  ) throws {
    try withScratchDirectory { scratch in
      var suite = ForgedSuite.plain
      suite.compressions = [compression]
      let scenario = try Scenario(scratch, suite)
      // The packed form is listed as it is, the plain one as it was before.
      let path = scenario.dist(packages)
      let before = try Disk.text(path)
      try scenario.rewrite(packages) { $0.replacing("Version: 1.0-1", with: "Version: 9.9-9") }
      try Disk.write(before, to: path)
      try scenario.relist()
      Disk.remove(path)
      #expect(scenario.refusal?.code == "E-INTEGRITY-INDEX-CONTENT")
    }
  }

  @Test func `Two forms of an index with different content are refused`() throws {
    try withScratchDirectory { scratch in
      let scenario = try Scenario(scratch, .plain)
      // Of other indexes the plain form is listed, and each form is compared with that.
      let path = scenario.dist("main/debian-installer/binary-amd64/Packages")
      try Disk.write(try Disk.text(scenario.dist(packages)), to: path)
      try run(["xz", "-k", path]).succeeded()
      try Disk.write(try Disk.text(path) + "\n", to: path)
      try run(["gzip", "-n", "-k", "-f", path]).succeeded()
      Disk.remove(path)
      try scenario.relist()
      #expect(scenario.refusal?.code == "E-INTEGRITY-FORMS-DIFFER")
    }
  }

  @Test func `T093: an index that unpacks to more than is listed stops there`() throws {
    try withScratchDirectory { scratch in
      var suite = ForgedSuite.plain
      suite.compressions = ["gz"]
      let scenario = try Scenario(scratch, suite)
      let path = scenario.dist(packages)
      let before = try Disk.read(path)
      try Disk.write([UInt8](repeating: 0x0a, count: 50 << 20), to: path)
      try run(["gzip", "-n", "-k", "-f", path]).succeeded()
      try Disk.write(before, to: path)
      try scenario.relist()
      Disk.remove(path)
      #expect(scenario.refusal?.code == "E-UNSAFE-TOO-LARGE")
    }
  }

  @Test func `T013: a file of the right hash and another size is refused`() throws {
    try withScratchDirectory { scratch in
      let scenario = try Scenario(scratch, .plain)
      Disk.remove(scenario.dist("main/binary-all"))
      try scenario.rewrite(packages) { $0.replacing("\nSize: ", with: "\nSize: 1") }
      try scenario.relist()
      #expect(scenario.refusal?.code == "E-INTEGRITY-WRONG-SIZE")
    }
  }

  @Test func `One package that apt cannot get is left out, with a note`() throws {
    try withScratchDirectory { scratch in
      let scenario = try Scenario(scratch, .plain)
      let before = try scenario.checkUnsigned().pool.count
      try scenario.rewrite(packages) {
        $0 + "\nPackage: old\nVersion: 1\nFilename: old.deb\nSize: 1\n"
      }
      try scenario.relist()
      let result = try scenario.checkUnsigned()
      #expect(try result.pool.count == before)
      #expect(result.notes.contains { $0.text.contains("the stanza of old 1 has neither SHA256") })
    }
  }

  @Test(arguments: ["/", "pool/..//", "./x/../"])
  func `A Filename that stays in the tree once it is resolved is taken`(prefix: String) throws {
    try withScratchDirectory { scratch in
      let scenario = try Scenario(scratch, .plain)
      let before = try scenario.checkUnsigned().pool.allPaths
      try scenario.rewrite(packages) { $0.replacing("Filename: ", with: "Filename: " + prefix) }
      try scenario.relist()
      #expect(try scenario.checkUnsigned().pool.allPaths == before)
    }
  }

  @Test func `An index that Release lists in a way in which apt does not find it is named`() throws
  {
    try withScratchDirectory { scratch in
      var suite = ForgedSuite.plain
      suite.compressions = ["gz"]
      let scenario = try Scenario(scratch, suite)
      let release = try Disk.text(scenario.dist("Release"))
      let packed = release.split(separator: "\n").filter { !$0.hasSuffix("/Packages") }
      let dotted = release.replacing(" main/", with: " ./main/")
      for text in [packed.joined(separator: "\n") + "\n", dotted] {
        try Disk.write(text, to: scenario.dist("Release"))
        let refusal = try #require(scenario.refusal)
        #expect(refusal.code == "E-INCOMPLETE-NO-INDEX")
        #expect(refusal.details.contains { $0.contains("main/binary-amd64/Packages") })
      }
    }
  }

  @Test(arguments: ["../", "pool/../../"])
  func `T105: a Filename that leaves the tree is refused`(prefix: String) throws {
    try withScratchDirectory { scratch in
      let scenario = try Scenario(scratch, .plain)
      Disk.remove(scenario.dist("main/binary-all"))
      try scenario.rewrite(packages) { $0.replacing("Filename: ", with: "Filename: " + prefix) }
      try scenario.relist()
      let refusal = try #require(scenario.refusal)
      #expect(refusal.code == "E-UNSAFE-PATH")
      #expect(refusal.reason.contains("pier"))
    }
  }

  @Test func `Indexes that list one path with two contents are refused`() throws {
    try withScratchDirectory { scratch in
      let scenario = try Scenario(scratch, .plain)
      let other = try Disk.text(scenario.dist(packages))
        .replacing("\nSHA256: ", with: "\nX: ").replacing("\nSHA512: ", with: "\nY: ")
        .replacing("\nSize:", with: "\nSHA256: \(String(repeating: "a", count: 64))\nSize:")
      try Disk.write(other, to: scenario.dist("main/binary-arm64/Packages"))
      try scenario.relist()
      #expect(scenario.refusal?.code == "E-INTEGRITY-TWO-CONTENTS")
    }
  }

  @Test func `Symbolic links in the tree are not followed`() throws {
    try withScratchDirectory { scratch in
      let scenario = try Scenario(scratch, .small())
      let deb = scenario.tree(try #require(try scenario.checkUnsigned().pool.allPaths.first))
      try Disk.rename(deb, to: scratch.path("elsewhere.deb"))
      try Disk.symbolicLink(deb, to: scratch.path("elsewhere.deb"))
      #expect(scenario.refusal?.kind == .unsafe)
    }
  }

  @Test func `A suite without any index is incomplete, and so is one without Release`() throws {
    try withScratchDirectory { scratch in
      let scenario = try Scenario(scratch, .small())
      Disk.remove(scenario.dist("main/binary-amd64"))
      Disk.remove(scenario.dist("main/binary-all"))
      #expect(scenario.refusal?.code == "E-INCOMPLETE-NO-INDEX")
      Disk.remove(scenario.dist("Release"))
      #expect(scenario.refusal?.code == "E-INCOMPLETE-NO-RELEASE")
    }
  }

  @Test func `Lists of patches are not carried`() throws {
    try withScratchDirectory { scratch in
      let scenario = try Scenario(scratch, .plain)
      try Disk.write("SHA256-Current: x 1\n", to: scenario.dist(packages + ".diff/Index"))
      try scenario.relist()
      let result = try scenario.checkUnsigned()
      #expect(!result.indexes.allPaths.contains { $0.contains(".diff/") })
      #expect(result.indexes.allPaths.contains { $0.hasSuffix(packages) })
    }
  }

  @Test func `Installer images are taken by their SHA256SUMS`() throws {
    try withScratchDirectory { scratch in
      let scenario = try Scenario(scratch, .plain)
      let images = "main/installer-amd64/current/images/"
      let bytes = Array("a kernel".utf8)
      let hash = SHA256Digest.of(bytes).hex
      try Disk.write(bytes, to: scenario.dist(images + "netboot/linux"))
      try Disk.write(
        "\(hash)  ./netboot/linux\n\(hash)  ./cdrom/linux\n",
        to: scenario.dist(images + "SHA256SUMS")
      )
      try scenario.relist()
      // The images stand in SHA256SUMS alone.
      let release = try Disk.text(scenario.dist("Release")).split(separator: "\n")
      let kept = release.filter { !$0.hasSuffix("netboot/linux") }.joined(separator: "\n")
      try Disk.write(kept + "\n", to: scenario.dist("Release"))
      let result = try scenario.checkUnsigned()
      #expect(try result.pool.allPaths.contains("dists/stable/" + images + "netboot/linux"))
      #expect(result.notes.contains { $0.text.contains("1 installer file") })
      try Disk.write("another kernel", to: scenario.dist(images + "netboot/linux"))
      #expect(scenario.refusal?.code == "E-INTEGRITY-WRONG-HASH")
    }
  }

  @Test func `A suite that calls itself otherwise and is past its date is taken with notes`() throws
  {
    try withScratchDirectory { scratch in
      let scenario = try Scenario(scratch, .plain)
      try scenario.relist(
        "Suite: other\nCodename: another\nDate: Thu, 01 Jan 2015  0:00:00 UTC\n"
          + "Valid-Until: Thu, 08 Jan 2015 00:00:00 UTC\n"
      )
      let result = try scenario.checkUnsigned()
      #expect(result.suites.first?.date?.rfc3339 == "2015-01-01T00:00:00Z")
      #expect(result.notes.contains { $0.text.contains("other/another") })
      #expect(result.notes.contains { $0.text.contains("2015-01-08") })
    }
  }

  @Test(arguments: ["../stable", "/etc", "", "a b", "stable/../x"])
  func `A name that is no suite is a usage error`(name: String) throws {
    try withScratchDirectory { scratch in
      _ = #expect(throws: Failure(.usage, "suite", "")) {
        try ChainOfTrust.check(
          suites: [name],
          files: DirectoryFiles(scratch.path),
          trust: UpstreamTrust(keys: [], allowUnsigned: true, now: Scenario.now)
        )
      }
    }
  }
}

/// The text without the lines of these fields.
private func withoutFields(_ names: [String], _ text: String) -> String {
  text.split(separator: "\n", omittingEmptySubsequences: false)
    .filter { line in !names.contains { line.hasPrefix($0 + ":") } }
    .joined(separator: "\n")
}
