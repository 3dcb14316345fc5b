import DiscImages
import SafeIO
import TestSupport
import Testing

private func isHere(_ program: String) -> Bool {
  (try? run(["which", program]))?.status == 0
}

/// Programs of others that read discs: what they find in an image of ours is what was put in.
@Suite struct JudgeTests {
  @Test(.enabled(if: isHere("bsdtar"), "bsdtar is not installed"))
  func libarchiveReadsEveryFile() throws { try check { ["bsdtar", "-xf", $0] } }

  @Test(.enabled(if: isHere("xorriso"), "xorriso is not installed"))
  func xorrisoReadsEveryFile() throws {
    try check { ["xorriso", "-osirrox", "on", "-indev", "stdio:" + $0, "-extract", "/", "."] }
  }

  @Test(.enabled(if: isHere("7z"), "7z is not installed"))
  func sevenZipReadsEveryFile() throws { try check { ["7z", "x", "-y", "-bd", $0] } }

  /// Lets a program unpack an image into the current directory, and compares.
  private func check(_ unpacking: (String) -> [String]) throws {
    try withScratchDirectory { scratch in
      let sample = DiscSample.bundles
      try sample.write("disc.iso", in: scratch.path)
      let target = try scratch.directory("unpacked")
      let result = try run(unpacking(scratch.path("disc.iso")), in: target)
      #expect(result.status == 0, "\(result.everything)")
      #expect(try sums(in: target) == sample.sums)
      try run(["chmod", "-R", "u+w", target]).succeeded()
    }
  }

  @Test(.enabled(if: UserModeLinux.isInstalled, "user-mode-linux is not installed"))
  func kernelReadsEveryHierarchy() throws {
    try withScratchDirectory { scratch in
      let sample = DiscSample.bundles
      try sample.write("disc.iso", in: scratch.path)
      let result = try UserModeLinux.run(
        """
        for options in ro ro,norock ro,norock,nojoliet; do
          mount -t iso9660 -o $options,iocharset=utf8 /dev/ubda m || exit 1
          echo "== $options"; (cd m; find . -type f -exec sha256sum {} +); umount m
        done
        blkid -o value -s LABEL /dev/ubda
        """,
        images: [scratch.path("disc.iso")],
        in: scratch
      )
      // Not every machine lets a kernel run as a process.
      if result.status == 125 { return print("skipped: no kernel starts here") }
      let parts = result.text.split(separator: "== ").map { part in
        part.split(separator: "\n").dropFirst().map(String.init)
      }
      try #require(parts.count == 3, "\(result.everything)")
      #expect(Set(parts[0]) == sample.sums)
      // Joliet shows what has the length for it under its own name.
      #expect(Set(parts[1]) == sample.sums)
      // Plain names: the contents are all there, each once.
      let plain = parts[2].filter { $0.contains("  ./") }
      #expect(plain.map { $0.prefix(64) }.sorted() == sample.sums.map { $0.prefix(64) }.sorted())
      #expect(plain.contains { $0.hasSuffix("  ./mainland_000012/manifest") }, "\(plain)")
      #expect(plain.contains { $0.hasSuffix("  ./mainland_000012/chunks/000007_tar.zst") })
      #expect(parts[2].last == sample.label)
    }
  }

  @Test(
    .enabled(if: isHere("isoinfo"), "isoinfo is not installed")
  )
  func saysWhatItIs() throws {
    try withScratchDirectory { scratch in
      try DiscSample.bundles.write("disc.iso", in: scratch.path)
      let text = try run(["isoinfo", "-d", "-i", scratch.path("disc.iso")]).succeeded()
      #expect(text.contains("Volume id: MAINLAND-12-3"), "\(text)")
      #expect(text.contains("Joliet with UCS level 3 found"), "\(text)")
      #expect(text.contains("Rock Ridge signatures version 1 found"), "\(text)")
      let size = try DiscSample.bundles.plan().sectors
      #expect(text.contains("Volume size is: \(size)"), "\(text)")
      let names = try run(["isoinfo", "-R", "-f", "-i", scratch.path("disc.iso")]).succeeded()
      let wide = try run(["isoinfo", "-J", "-f", "-i", scratch.path("disc.iso")]).succeeded()
      for (path, _) in DiscSample.bundles.files {
        #expect(names.split(separator: "\n").contains { $0 == "/" + path })
        #expect(wide.split(separator: "\n").contains { $0 == "/" + path })
      }
    }
  }

  /// A file of more than 4 GiB: written as a hole but for the bytes around its extents' border.
  @Test(.enabled(if: isHere("bsdtar"), "bsdtar is not installed"))
  func readsAFileOfTwoExtents() throws {
    try withScratchDirectory(onDisk: true) { scratch in
      let sample = DiscSample(files: [
        ("b-000001/a", 3), ("b-000001/large", (4 << 30) + 5000), ("b-000001/z", 4),
      ])
      try LargeImage.write(sample, to: scratch.path("large.iso"))
      let image = scratch.path("large.iso")
      let last = try run([
        "sh", "-c", "bsdtar -xOf \(image) b-000001/large | tail -c 9096 | head -c 13",
      ])
      #expect(try last.succeeded() == "at the border")
      #expect(try run(["bsdtar", "-xOf", image, "b-000001/z"]).text == "last")
      let list = try run(["bsdtar", "-tvf", image]).succeeded()
      #expect(list.contains("4294972296"), "\(list)")
    }
  }

  private func sums(in directory: String) throws -> Set<String> {
    let text = try run(["find", ".", "-type", "f", "-exec", "sha256sum", "{}", "+"], in: directory)
      .succeeded()
    return Set(text.split(separator: "\n").map(String.init))
  }
}
