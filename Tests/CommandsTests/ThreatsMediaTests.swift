import Foundation
import SafeIO
import TestSupport
import Testing

/// Threats T068–T077 and T084: media that lack something, are damaged, or are no honest disks.
@Suite struct ThreatsMediaTests {
  @Test func t068EachMissingChunkIsNamedAndTheRestIsKept() throws {
    try ThreatsSite.with(exported: true) { site in
      let chunks = try site.chunks
      try #require(chunks.count >= 3)
      for chunk in chunks {
        try Disk.rename(chunk, to: site.scratch.path("away"))
        let name = String(chunk.split(separator: "/").last ?? "")
        let result = try site.expectRefusal(
          .incomplete,
          "INCOMPLETE-CHUNKS-MISSING",
          naming: name,
          leaving: .arrivedChunks,
          media: [site.medium]
        )
        for other in chunks where other != chunk {
          let otherName = String(other.split(separator: "/").last ?? "")
          #expect(!result.errors.contains(otherName), "\(result.everything)")
        }
        try Disk.rename(site.scratch.path("away"), to: chunk)
        try site.reset()
      }
      // What arrived counts: with the rest alone the import ends.
      Disk.remove(site.scratch.path("rest"))
      try Disk.copyTree(site.medium, to: site.scratch.path("rest"))
      Disk.remove(try #require(chunks.first))
      try site.expectRefusal(
        .incomplete,
        "INCOMPLETE-CHUNKS-MISSING",
        leaving: .arrivedChunks
      )
      for chunk in chunks.dropFirst() {
        Disk.remove(site.scratch.path("rest") + chunk.dropFirst(site.medium.count))
      }
      try site.expectImport(media: [site.scratch.path("rest")])
      try site.site("depot", "check").succeeded()
    }
  }

  @Test(arguments: [false, true])
  func t069t070OfTwoCopiesTheGoodOneIsUsedAndTheBadOneNamed(isBadFirst: Bool) throws {
    try ThreatsSite.with(exported: true) { site in
      let other = site.scratch.path("other")
      try Disk.copyTree(site.medium, to: other)
      try site.expectImport(media: [site.medium, other], "two good copies")
    }
    try ThreatsSite.with(exported: true) { site in
      let other = site.scratch.path("other")
      try Disk.copyTree(site.medium, to: other)
      let chunk = try #require(try site.chunks.first)
      try Damage.flipBit(of: chunk, at: 600)
      let media = isBadFirst ? [site.medium, other] : [other, site.medium]
      let verified = try site.kiosk(["verify"] + media + ["--keyring", site.lab.exporterKey])
      #expect(verified.status == 0, "\(verified.everything)")
      #expect(verified.text.contains("DAMAGED:   \(chunk)"), "\(verified.everything)")
      let result = try site.expectImport(media: media)
      // The second copy is not read when the first is good.
      #expect(result.errors.contains(chunk) == isBadFirst, "\(result.everything)")
    }
  }

  @Test func t071ChunksAreKnownByWhatTheyAreNotByTheirNames() throws {
    try ThreatsSite.with(exported: true) { site in
      let chunks = try site.chunks
      for (index, chunk) in chunks.enumerated() {
        try Disk.rename(
          chunk,
          to: site.bundle + (index % 2 == 0 ? "/chunks" : "") + "/F\(index).BIN"
        )
      }
      try site.expectImport()
    }
    try ThreatsSite.with(exported: true) { site in
      // Two chunks under each other's names.
      let stored = try site.chunks.filter { $0.hasSuffix(".tar") }
      try #require(stored.count >= 2)
      try Damage.swap(stored[0], stored[1])
      let result = try site.site("import", site.medium)
      // Of one length, each stands in for the other; else both names are told.
      #expect([0, 11].contains(result.status), "\(result.everything)")
      if result.status != 0 {
        for chunk in stored.prefix(2) {
          #expect(result.errors.contains(String(chunk.split(separator: "/").last ?? "")))
        }
      }
      try site.expectOnlyTrueNames(below: "objects")
    }
  }

  @Test func t072StrangersOnTheMediumAreListedAndNeverOpened() throws {
    try ThreatsSite.with(exported: true) { site in
      let chunk = try #require(try site.chunks.first)
      try Disk.write("a letter", to: site.bundle + "/letter.txt")
      try run(["mkfifo", site.bundle + "/pipe", site.bundle + "/chunks/pipe"]).succeeded()
      try Disk.symbolicLink(site.bundle + "/dangling", to: "/nonexistent/file")
      try Disk.symbolicLink(site.bundle + "/chunks/000009.tar", to: chunk)
      try Disk.symbolicLink(site.medium + "/loop", to: ".")
      try Disk.makeDirectory(site.medium + "/lost+found")
      let verified = try site.kiosk("verify", site.medium, "--keyring", site.lab.exporterKey)
      #expect(verified.refused(.unsafe), "\(verified.everything)")
      #expect(verified.errors.contains("E-UNSAFE-NOT-REGULAR"), "\(verified.everything)")
      for name in [
        "letter.txt", "/pipe", "chunks/pipe", "dangling", "chunks/000009.tar", "medium/loop",
      ] {
        #expect(verified.text.contains(name), "\(name): \(verified.everything)")
      }
      try site.expectImport()
    }
  }

  @Test func t073t074AChunkThatIsTooShortOrTooLongIsRefusedAndSaysByHowMuch() throws {
    try ThreatsSite.with(exported: true) { site in
      let stored = try #require(try site.chunks.first { $0.hasSuffix(".tar") })
      let packed = try #require(try site.chunks.first { $0.hasSuffix(".zst") })
      for chunk in [stored, packed] {
        let good = try Disk.read(chunk)
        let name = String(chunk.split(separator: "/").last ?? "")
        // No bytes, one, a block, a whole first member, all but the end mark, all but one.
        let cuts = [0, 1, 512, 1024, 4096, good.count - 1024, good.count - 512, good.count - 1]
        for size in cuts where size >= 0 && size < good.count {
          try Disk.write(Array(good[..<size]), to: chunk)
          try site.expectRefusal(
            .integrity,
            "INTEGRITY-CHUNKS-DAMAGED",
            naming: name,
            "truncated: \(size) of \(good.count) bytes",
            leaving: .arrivedChunks
          )
          try site.reset()
        }
        // Zeros, another archive, another frame.
        for more in [[0], [UInt8](repeating: 0, count: 512), good] {
          try Disk.write(good + more, to: chunk)
          try site.expectRefusal(
            .integrity,
            "INTEGRITY-CHUNKS-DAMAGED",
            naming: name,
            "longer than it should be: \(good.count + more.count) instead of \(good.count) bytes",
            leaving: .arrivedChunks
          )
          try site.reset()
        }
        try Disk.write(good, to: chunk)
      }
      try site.expectImport()
    }
  }

  @Test func t074ASecondFrameInASignedChunkIsRefused() throws {
    try ThreatsSite.with { site in
      var forge = try site.lab.forge()
      forge.isCompressed = true
      let directory = try forge.write(to: site.medium)
      let chunk = directory + "/chunks/000001.tar.zst"
      let old = try Disk.read(chunk)
      let frame = try run(["zstd", "-q", "-c"], input: Array("evil".utf8)).output
      // Also a skippable frame, which decoders pass over.
      for more in [frame, [0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4]] {
        let new = old + more
        try Disk.write(new, to: chunk)
        try resign(directory, chunk, site)
        try site.expectRefusal(
          .integrity,
          "INTEGRITY-CHUNKS-DAMAGED",
          naming: "000001.tar.zst",
          "behind the end",
          leaving: .arrivedChunks
        )
      }
    }
  }

  /// Makes MANIFEST and SHA256SUMS say what the only chunk is now.
  private func resign(_ directory: String, _ chunk: String, _ site: ThreatsSite) throws {
    let bytes = try Disk.read(chunk)
    let digest = SHA256Digest.of(bytes).hex
    let name = String(chunk.split(separator: "/").last ?? "")
    let sums = "\(digest)  chunks/\(name)\n"
    try Disk.write(sums, to: directory + "/SHA256SUMS")
    try BundleForge.alter(directory, home: site.lab.exporterHome) { text in
      text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
        let words = line.split(separator: " ")
        if line.hasPrefix("Sums: ") {
          return "Sums: \(SHA256Digest.of(Array(sums.utf8)).hex) \(sums.utf8.count)"
        }
        guard line.hasSuffix(" " + name) else { return String(line) }
        return " \(digest) \(bytes.count) \(words[2]) \(name)"
      }.joined(separator: "\n")
    }
  }

  @Test func t075WhatOnlyHasTheNameOfAChunkIsNone() throws {
    try ThreatsSite.with(exported: true) { site in
      let chunk = try #require(try site.chunks.first)
      let name = String(chunk.split(separator: "/").last ?? "")
      let away = site.scratch.path("away")
      try Disk.rename(chunk, to: away)
      try Disk.write([], to: chunk)
      try site.expectRefusal(
        .integrity,
        "INTEGRITY-CHUNKS-DAMAGED",
        naming: name,
        "truncated: 0",
        leaving: .arrivedChunks
      )
      let makers: [(String, [String])] = [
        ("directory", ["mkdir", chunk]), ("link", ["ln", "-s", away, chunk]),
        ("FIFO", ["mkfifo", chunk]), ("link to a device", ["ln", "-s", "/dev/zero", chunk]),
      ]
      for (what, command) in makers {
        try run(["rm", "-rf", chunk]).succeeded()
        try run(command).succeeded()
        try site.expectRefusal(
          .unsafe,
          "UNSAFE-NOT-REGULAR",
          naming: name,
          leaving: .arrivedChunks,
          what: what
        )
        try site.reset()
      }
    }
  }

  @Test func t076AMediumThatSaysSomethingElseOnEachReadBringsNothingWrongIn() throws {
    try #require(ThreatsShim.object != nil, "no C compiler for the medium")
    let names = try ThreatsSite.names()
    for name in names {
      for good in 0...2 {
        try ThreatsSite.with(exported: true) { site in
          site.site.environment = ThreatsShim.changing(name, after: good, at: 40)
          let before = try site.state()
          let result = try site.site("import", site.medium)
          let shown = Comment(rawValue: "\(name) after \(good): \(result.everything)")
          // Either the first, true bytes were used and no second look was needed, or it is refused.
          if result.status == 0 {
            #expect(good > 0, shown)
            site.site.environment = [:]
            try site.site("depot", "check").succeeded()
          } else {
            #expect([10, 11].contains(result.status), shown)
            #expect(try site.changes(since: before, withIncoming: false) == [], shown)
          }
          try site.expectOnlyTrueNames(below: "objects")
          try site.expectOnlyTrueNames(below: "incoming")
        }
      }
    }
  }

  @Test func t077AnUnreadablePlaceIsNamedWithItsOffsetAndTheRestIsCheckedAllTheSame() throws {
    try #require(ThreatsShim.object != nil, "no C compiler for the medium")
    try ThreatsSite.with(exported: true) { site in
      let chunks = try site.chunks
      let chunk = try #require(chunks.first)
      let name = String(chunk.split(separator: "/").last ?? "")
      site.site.environment = ThreatsShim.unreadable(
        "/medium/mainland-000001/chunks/" + name,
        at: 0
      )
      let result = try site.expectRefusal(
        .integrity,
        "INTEGRITY-CHUNKS-DAMAGED",
        naming: name,
        "unreadable at byte 0",
        leaving: .arrivedChunks
      )
      for other in chunks.dropFirst() {
        #expect(!result.errors.contains(String(other.split(separator: "/").last ?? "")))
      }
      // Another copy of the one chunk ends it; the others are not needed again.
      let other = site.scratch.path("other")
      try Disk.copyTree(site.medium, to: other)
      for chunk in chunks.dropFirst() {
        Disk.remove(other + chunk.dropFirst(site.medium.count))
      }
      try site.expectImport(media: [site.medium, other])
      // The lists, too.
      site.site.environment = ThreatsShim.unreadable("MANIFEST", at: 0)
      let manifest = try site.site("import", site.medium)
      #expect(manifest.refused(.io), "\(manifest.everything)")
      #expect(manifest.errors.contains("MANIFEST"), "\(manifest.everything)")
    }
  }

  /// Whether a bind mount can be made read-only here.
  static let canMount =
    (try? run(["unshare", "-rm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]))?.status == 0

  @Test(.enabled(if: ThreatsMediaTests.canMount, "needs user namespaces"))
  func t084AWriteProtectedMediumIsEnough() throws {
    try ThreatsSite.with(exported: true) { site in
      let script = """
        mount --bind "\(site.medium)" "\(site.medium)" || exit 99
        mount -o remount,bind,ro "\(site.medium)" || exit 98
        touch "\(site.medium)/x" 2>/dev/null && exit 97
        exec "$@"
        """
      let result = try site.site(
        ["import", site.medium],
        under: ["unshare", "-rm", "sh", "-c", script, "sh"]
      )
      #expect(result.status == 0, "\(result.everything)")
    }
  }
}

extension ThreatsSite {
  /// The files of the lab's bundle that an import reads.
  static func names() throws -> [String] {
    let lab = try ThreatsLab.shared.get()
    let chunks = try Disk.names(in: lab.medium + "/mainland-000001/chunks")
    return ["/MANIFEST", "/MANIFEST.asc", "/ENTRIES.zst"] + chunks.map { "/chunks/" + $0 }
  }
}
