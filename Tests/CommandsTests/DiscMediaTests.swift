import DiscImages
import Foundation
import SafeIO
import TestSupport
import Testing

/// Images of discs in place of mounted media: threats T068 to T077 once more, where the medium is a
/// file.
@Suite struct DiscMediaTests {
  /// Writes the tree as an image by our own writer.
  @discardableResult
  static func image(of tree: String, to path: String) throws -> DiscImagePlan {
    let files = try Disk.files(below: tree).sorted()
    let sized = try files.map { (path: $0, size: UInt64(try Disk.read(tree + "/" + $0).count)) }
    let plan = try DiscImagePlan(files: sized, label: "TEST", date: UTCTime(seconds: 0))
    let (parent, name) = NamedPath.split(path)
    _ = try DiscImageFile.write(name, in: Directory(opening: parent), plan) {
      (writer) throws(Failure) in
      let source = try Directory(opening: tree)
      for file in files {
        let bytes = try source.contents(of: file, limit: 1 << 30)
        try unsafe writer.write(bytes.span.bytes)
        try writer.endFile()
      }
    }
    return plan
  }

  private func verify(_ site: ThreatsSite, _ media: String...) throws -> RunResult {
    try site.kiosk(["verify"] + media + ["--keyring", site.lab.exporterKey])
  }

  @Test func anImageIsVerifiedInspectedAndTakenIn() throws {
    try ThreatsSite.with(exported: true) { site in
      let image = site.scratch.path("disc.iso")
      try DiscMediaTests.image(of: site.medium, to: image)
      Disk.remove(site.medium)
      try Disk.makeDirectory(site.medium)
      let verified = try verify(site, image)
      #expect(verified.status == 0, "\(verified.everything)")
      #expect(!verified.text.contains("stranger"), "\(verified.everything)")
      for words in [["inspect", image], ["inspect", image, "--against-depot"]] {
        let inspected = try site.site(words)
        #expect(inspected.status == 0, "\(inspected.everything)")
      }
      let before = try Disk.read(image)
      try site.expectImport(media: [image])
      #expect(try Disk.read(image) == before)
      try site.site("depot", "check").succeeded()
    }
  }

  /// The disc in its drive, not mounted: a block device.
  @Test(.enabled(if: LoopDevice.canBeHad, "needs a loop device"))
  func anUnmountedDiscIsTakenIn() throws {
    try ThreatsSite.with(exported: true) { site in
      let image = site.scratch.path("disc.iso")
      try DiscMediaTests.image(of: site.medium, to: image)
      try LoopDevice.with(image) { device in
        let verified = try verify(site, device)
        #expect(verified.status == 0, "\(verified.everything)")
        try site.expectImport(media: [device])
      }
    }
  }

  @Test func aSetOfImagesComesInOneByOneOrTogetherInAnyOrder() throws {
    try ThreatsSite.with(exported: true) { site in
      let images = try split(site)
      let first = try site.expectRefusal(
        .incomplete,
        "INCOMPLETE-CHUNKS-MISSING",
        naming: "not here: chunks ",
        leaving: .arrivedChunks,
        media: [images[1]]
      )
      // As it can be typed: the image, not what is in it.
      #expect(
        first.errors.contains("receipt request \(images[1]) --to FILE"),
        "\(first.everything)"
      )
      try site.expectImport(media: [images[0]])
      try site.reset()
      try site.expectImport(media: [images[1], images[0]])
      try site.reset()
      // An image and a directory are one set, too.
      try site.expectImport(media: [images[0], site.scratch.path("half-1")])
    }
  }

  /// The bundle on two images, each with every second chunk.
  private func split(_ site: ThreatsSite) throws -> [String] {
    try (0...1).map { half in
      let tree = site.scratch.path("half-\(half)")
      try Disk.copyTree(site.medium, to: tree)
      for (index, chunk) in try site.chunks.enumerated() where index % 2 != half {
        Disk.remove(tree + chunk.dropFirst(site.medium.count))
      }
      let image = site.scratch.path("half-\(half).iso")
      try DiscMediaTests.image(of: tree, to: image)
      return image
    }
  }

  @Test func t077AnUnreadableSectorIsNamedWithItsChunkAndTheRestIsChecked() throws {
    try #require(ThreatsShim.object != nil, "no C compiler for the medium")
    try ThreatsSite.with(exported: true) { site in
      let image = site.scratch.path("disc.iso")
      let plan = try DiscMediaTests.image(of: site.medium, to: image)
      let chunk = try #require(plan.files.first { $0.path.hasSuffix("000001.tar") })
      let bad = Int(chunk.sector) + 3
      var kiosk = site.kiosk
      kiosk.environment = ThreatsShim.unreadable("disc.iso", from: bad * 2048, to: (bad + 1) * 2048)
      let verified = try kiosk("verify", image, "--keyring", site.lab.exporterKey)
      #expect(verified.status == 11, "\(verified.everything)")
      let line = "unreadable at byte \(3 * 2048): "
      #expect(verified.text.contains("chunks/000001.tar") && verified.text.contains(line))
      #expect(verified.text.contains("(sector \(bad) of the disc)"), "\(verified.everything)")
      #expect(verified.text.components(separatedBy: "DAMAGED:").count == 2, "\(verified.text)")
      site.site.environment = kiosk.environment
      let refused = try site.expectRefusal(
        .integrity,
        "INTEGRITY-CHUNKS-DAMAGED",
        naming: "to bring again: chunks 1",
        "(sector \(bad) of the disc)",
        leaving: .arrivedChunks,
        media: [image]
      )
      #expect(!refused.errors.contains("000002"), "\(refused.everything)")
      // Another copy of that chunk ends it.
      try site.expectImport(media: [image, site.medium])
    }
  }

  @Test func aDiscIsReadFromFrontToBack() throws {
    try #require(try run(["which", "strace"]).status == 0, "strace is not installed")
    try ThreatsSite.with(exported: true) { site in
      let image = site.scratch.path("disc.iso")
      let plan = try DiscMediaTests.image(of: site.medium, to: image)
      let trace = site.scratch.path("trace")
      let result = try site.site(
        ["import", image],
        under: ["strace", "-f", "-y", "-e", "trace=pread64", "-o", trace]
      )
      #expect(result.status == 0, "\(result.everything)")
      let first = try #require(
        plan.files.filter { $0.path.contains("/chunks/") }.map(\.sector).min()
      )
      let offsets = try Disk.text(trace).split(separator: "\n").filter { $0.contains("disc.iso") }
        .compactMap { line -> Int? in
          guard let close = line.range(of: ") ") ?? line.range(of: ")=") else { return nil }
          return line[..<close.lowerBound].split(separator: " ").last.flatMap { Int($0) }
        }
        .filter { $0 >= Int(first) * 2048 }
      #expect(offsets.count > 1)
      #expect(offsets == offsets.sorted(), "\(offsets)")
    }
  }

  @Test(arguments: [["-iso-level", "1"], ["-iso-level", "2"], ["-iso-level", "3", "-U"]])
  func aDiscWithPlainNamesIsKnownByWhatIsInIt(_ options: [String]) throws {
    try #require(try run(["which", "genisoimage"]).status == 0, "genisoimage is not installed")
    try ThreatsSite.with(exported: true) { site in
      let image = site.scratch.path("plain.iso")
      try run(["genisoimage", "-quiet"] + options + ["-o", image, site.medium]).succeeded()
      let verified = try verify(site, image)
      #expect(verified.status == 0, "\(verified.everything)")
      #expect(!verified.text.contains("stranger"), "\(verified.everything)")
      try site.expectImport(media: [image])
    }
  }

  @Test func whatIsNoImageIsRefusedWithAHint() throws {
    try ThreatsSite.with(exported: true) { site in
      for path in ["README.txt", "MANIFEST"].map({ site.bundle + "/" + $0 }) {
        let result = try verify(site, path)
        #expect(result.status == 2, "\(result.everything)")
        #expect(result.errors.contains("E-USAGE-NO-DISC"), "\(result.everything)")
      }
      for path in ["/dev/null", site.scratch.path("nowhere")] {
        #expect(try verify(site, path).errors.contains("E-USAGE-NO-DIRECTORY"))
      }
    }
  }

  @Test func aDamagedImageOfEverySortIsRefused() throws {
    try ThreatsSite.with(exported: true) { site in
      let image = site.scratch.path("disc.iso")
      let plan = try DiscMediaTests.image(of: site.medium, to: image)
      let good = try Disk.read(image)
      // One bit of every sector that has something: the verdict is never that all is well, unless the
      // bit is in what nobody reads.
      let last = plan.files.map { $0.sector + UInt32(($0.size + 2047) / 2048) }.max() ?? 0
      for sector in stride(from: 16, to: Int(last), by: 3) {
        var bad = good
        bad[sector * 2048 + 5] ^= 1
        try Disk.write(bad, to: image)
        let result = try verify(site, image)
        #expect([0, 2, 10, 11, 12, 14].contains(result.status), "\(sector): \(result.everything)")
        let chunk = plan.files.first { file in
          file.path.contains("/chunks/") && UInt32(sector) >= file.sector
            && UInt64(sector) < UInt64(file.sector) + (file.size + 2047) / 2048
        }
        if let chunk {
          #expect(result.status == 11, "\(sector): \(result.everything)")
          #expect(result.text.contains(chunk.path), "\(sector): \(result.everything)")
        }
      }
    }
  }
}

/// A file as a block device.
enum LoopDevice {
  static let canBeHad: Bool = {
    (try? withScratchDirectory { scratch in
      try Disk.write([UInt8](repeating: 0, count: 1 << 20), to: scratch.path("x"))
      try with(scratch.path("x")) { _ in }
      return true
    }) ?? false
  }()

  static func with(_ file: String, _ body: (String) throws -> Void) throws {
    let device = try run(["losetup", "-r", "-f", "--show", file]).succeeded()
      .trimmingCharacters(in: .whitespacesAndNewlines)
    defer { _ = try? run(["losetup", "-d", device]) }
    try body(device)
  }
}
