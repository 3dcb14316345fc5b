import DiscImages
import SafeIO
import TestSupport
import Testing

@Suite struct PlanTests {
  @Test func hasItsSizeBefore() throws {
    try withScratchDirectory { scratch in
      let sample = DiscSample.bundles
      let plan = try sample.plan()
      let digest = try sample.write("disc.iso", in: scratch.path)
      let bytes = try Disk.read(scratch.path("disc.iso"))
      #expect(UInt64(bytes.count) == plan.size)
      #expect(SHA256Digest.of(bytes) == digest)
      for (index, file) in plan.files.enumerated() where file.size > 0 {
        let start = Int(file.sector) * DiscImagePlan.sectorLength
        #expect(Array(bytes[start..<(start + Int(file.size))]) == sample.content(index))
      }
      #expect(bytes.suffix(150 * 2048).allSatisfy { $0 == 0 })
    }
  }

  @Test func isTheSameAgain() throws {
    try withScratchDirectory { scratch in
      let first = try DiscSample.bundles.write("one.iso", in: scratch.path)
      #expect(try DiscSample.bundles.write("two.iso", in: scratch.path) == first)
      // The same image is written over, nothing else is.
      #expect(try DiscSample.bundles.write("two.iso", in: scratch.path) == first)
      var altered = try Disk.read(scratch.path("one.iso"))
      altered[altered.count - 1] = 7
      for other: [UInt8] in [[1, 2, 3], altered] {
        try Disk.write(other, to: scratch.path("three.iso"))
        #expect(throws: Failure(.state, "image-exists", "")) {
          try DiscSample.bundles.write("three.iso", in: scratch.path)
        }
        #expect(try Disk.read(scratch.path("three.iso")) == other)
      }
      Disk.remove(scratch.path("three.iso"))
      #expect(try run(["cmp", "one.iso", "two.iso"], in: scratch.path).status == 0)
      #expect(try run(["ls", scratch.path]).text == "one.iso\ntwo.iso\n")
    }
  }

  /// The sectors of an image beside those of its contents, as they were counted by another writer.
  @Test(arguments: [(10, 30), (100, 38), (1000, 119), (10_000, 925)])
  func hasTheOverheadOfTheFormat(_ chunks: Int, _ sectors: Int) throws {
    let names = (1...chunks).map { number in
      "mainland-000001/chunks/" + String("00000\(number)".suffix(6)) + ".tar"
    }
    let plan = try DiscImagePlan(
      files: names.map { ($0, 2048) },
      label: "X",
      date: UTCTime(seconds: 0)
    )
    #expect(Int(plan.sectors) - chunks - Int(DiscImagePlan.padding) == sectors)
    #expect(plan.files.map(\.sector) == plan.files.indices.map { UInt32(sectors + $0) })
  }

  @Test func refusesOtherLengths() throws {
    try withScratchDirectory { scratch in
      for (wanted, given) in [(5, 4), (5, 6), (0, 1), (4096, 2048)] {
        let plan = try DiscImagePlan(
          files: [("a", UInt64(wanted))],
          label: "X",
          date: UTCTime(seconds: 0)
        )
        let bytes = [UInt8](repeating: 7, count: given)
        #expect(throws: Failure(.io, "image-content", "")) {
          try DiscImageFile.write("d.iso", in: Directory(opening: scratch.path), plan) {
            (writer) throws(Failure) in
            try unsafe writer.write(bytes.span.bytes)
            try writer.endFile()
          }
        }
      }
      #expect(try run(["ls", scratch.path]).text.isEmpty)
    }
  }

  @Test(arguments: [
    ["../a"], ["/a"], ["a//b"], ["a/./b"], [""], ["a", "a"], ["a", "a/b"], ["a/b", "a"],
    [String(repeating: "n", count: 121)], ["a\nb"],
  ])
  func refusesNamesThatNoDiscHas(_ paths: [String]) throws {
    #expect(throws: Failure(.usage, "image-name", "")) {
      try DiscImagePlan(
        files: paths.map { ($0, 1) },
        label: "X",
        date: UTCTime(seconds: 0)
      )
    }
  }

  @Test(arguments: [String(repeating: "L", count: 33), "Lübeck", "a\nb"])
  func refusesLabels(_ label: String) throws {
    #expect(throws: Failure(.usage, "image-label", "")) {
      try DiscImagePlan(files: [], label: label, date: UTCTime(seconds: 0))
    }
  }

  @Test func refusesWhatNoDiscHolds() throws {
    #expect(throws: Failure(.resource, "image-length", "")) {
      try DiscImagePlan(
        files: [("a", 8 << 40)],
        label: "X",
        date: UTCTime(seconds: 0)
      )
    }
  }
}
