import BundleMedium
import SafeIO
import TestSupport
import Testing

/// A bundle gets its name only with exactly what was written (threat T166).
@Suite struct PartialBundleTests {
  private func begin(_ scratch: ScratchDirectory) throws -> PartialBundle {
    let parent = try Directory(opening: scratch.path)
    let bundle = try PartialBundle("main-000001", in: parent, isDiscarded: false)
    for name in BundleWriter.listNames {
      try DurableFile.write([1], as: name, in: bundle.directory)
    }
    try DurableFile.write([1], as: "000001.tar", in: bundle.chunks)
    return bundle
  }

  @Test(
    arguments: [
      "touch new", "mkdir files", "touch chunks/000002.tar", "mv MANIFEST other", "rm README.txt",
      "rm chunks/000001.tar", "rm chunks/000001.tar; mkdir chunks/000001.tar",
      "rm MANIFEST; ln -s SHA256SUMS MANIFEST", "touch \"$(printf 'x\\377')\"",
    ]
  )
  func t166WhatChangesWhileABundleIsWrittenIsNotFinished(change: String) throws {
    try withScratchDirectory { scratch in
      let bundle = try begin(scratch)
      try run(["sh", "-c", change], in: bundle.directory.path).succeeded()
      do {
        try bundle.finish(chunks: ["000001.tar"])
        Issue.record("finished after: \(change)")
      } catch let failure as Failure {
        #expect(failure.code == "E-UNSAFE-FOREIGN-FILES")
        #expect(failure.details.count >= 1, "\(failure)")
      }
      #expect(!Disk.exists(scratch.path("main-000001")))
    }
  }

  @Test func whatWasWrittenGetsItsName() throws {
    try withScratchDirectory { scratch in
      try begin(scratch).finish(chunks: ["000001.tar"])
      #expect(try Disk.names(in: scratch.path("main-000001")).count == 6)
      #expect(!Disk.exists(scratch.path("main-000001.partial")))
    }
  }
}
