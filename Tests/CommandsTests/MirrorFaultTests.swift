import SafeIO
import TestSupport
import Testing

/// An upstream that lies, breaks, stalls or cheats: refused with the file named and nothing kept as
/// good, or healed where the trouble passes.
@Suite(.waits, .enabled(if: hasNetwork)) struct MirrorFaultTests {
  private static let deb = "pier_1.0-1_amd64.deb"

  @Test(arguments: [
    (UpstreamFault.page, "HTML"), (.truncated(100), "bytes"), (.wrongLength(-3), "bytes of it"),
    (.wrongLength(9), "bytes of it"), (.flipped, "SHA-256"), (.endless, "more than"),
    (.stalled(50), "nothing came"), (.dripping, "bytes came"), (.reset, "connection"),
    (.status(304), "304"), (.status(404), "missing"), (.status(416), "416"),
    (.status(429), "429"), (.status(503), "503"), (.status(403), "forbids"),
    // Followed, as apt does; nobody answers there.
    (.status(301, ["Location": "https://127.0.0.1:9/x"]), "refuses it"),
    (.status(302, ["Location": "file:///etc/passwd"]), "redirects from http to file"),
    (.status(302, ["Location": "pier_1.0-1_amd64.deb"]), "redirects more than"),
  ])
  func aPackageThatCannotBeHadIsNamedAndNothingCounts(fault: UpstreamFault, reason: String) throws {
    try withScratchDirectory { scratch in
      let lab = try MirrorLab(scratch, .small())
      try lab.create("stable")
      lab.server.misbehave(at: MirrorFaultTests.deb, fault)
      let result = try lab.update()
      let isSlow = if case .dripping = fault { true } else { false }
      #expect(
        isSlow
          ? result.refused(.io) : result.refused(.incomplete) || result.refused(.integrity),
        "\(result.status)"
      )
      #expect(result.errors.contains(MirrorFaultTests.deb), "\(result.errors)")
      #expect(result.errors.contains(reason), "\(result.errors)")
      try lab.checkNothingIsVisible()
      lab.server.behave()
      try lab.update().succeeded()
      _ = try lab.files()
      try lab.checkBytes()
    }
  }

  @Test(arguments: [
    (UpstreamFault.truncated(100), 1), (.reset, 1), (.status(503), 1), (.stalled(100), 1),
    (.status(429, ["Retry-After": "1"]), 1), (.noRanges, 2), (.wrongRange, 2),
    (.status(302, ["Location": "/pool/main/p/pier/pier_1.0-1_amd64.deb"]), 1),
  ])
  func troubleThatPassesIsOvercome(fault: UpstreamFault, times: Int) throws {
    try withScratchDirectory { scratch in
      let lab = try MirrorLab(scratch, .small())
      try lab.create("stable")
      if times == 2 {
        lab.server.misbehave(at: MirrorFaultTests.deb, .truncated(200), times: 1)
      }
      lab.server.misbehave(at: MirrorFaultTests.deb, fault, times: 1)
      try lab.update().succeeded()
      _ = try lab.files()
      try lab.checkBytes()
    }
  }

  @Test func aFileThatBrokeOffGoesOnThere() throws {
    try withScratchDirectory { scratch in
      let lab = try MirrorLab(scratch, .small())
      try lab.create("stable")
      lab.server.misbehave(at: MirrorFaultTests.deb, .truncated(300), times: 2)
      #expect(try lab.update("--retries", "0").refused(.incomplete))
      lab.server.forgetRequests()
      try lab.update().succeeded()
      let again = lab.server.requests.filter { $0.path.hasSuffix(MirrorFaultTests.deb) }
      #expect(again.first?.headers["range"] == "bytes=300-")
      // The other package was there: nobody asked for it again.
      #expect(!lab.server.paths.contains { $0.contains("pier-data") })
      _ = try lab.files()
      try lab.checkBytes()
    }
  }

  @Test func aBeginningThatIsNotTheFilesIsThrownAway() throws {
    try withScratchDirectory { scratch in
      let lab = try MirrorLab(scratch, .small())
      try lab.create("stable")
      lab.server.misbehave(at: MirrorFaultTests.deb, .truncated(300), times: 1)
      lab.server.misbehave(at: MirrorFaultTests.deb, .wrongBytesOfRange, times: 1)
      try lab.update().succeeded()
      _ = try lab.files()
      try lab.checkBytes()
    }
  }

  @Test(arguments: [UpstreamFault.status(404), .flipped, .page, .truncated(10)])
  func anotherFormOrNameOfAnIndexIsTried(fault: UpstreamFault) throws {
    try withScratchDirectory { scratch in
      let lab = try MirrorLab(scratch, .small())
      try lab.create("stable")
      // First the by-hash name of the best form, then its plain name, then the next form.
      lab.server.misbehave(at: "Packages.xz", fault)
      let index = lab.forge.root + "/dists/stable/main/binary-amd64/by-hash/SHA256"
      for name in try Disk.names(in: index) { lab.server.misbehave(at: name, fault, times: 1) }
      try lab.update().succeeded()
      #expect(try lab.files().contains("dists/stable/main/binary-amd64/Packages.gz"))
      try lab.checkBytes()
    }
  }

  @Test(arguments: [UpstreamFault.page, .truncated(20), .endless, .status(500), .flipped])
  func aReleaseFileThatIsNoneIsRefused(fault: UpstreamFault) throws {
    try withScratchDirectory { scratch in
      let lab = try MirrorLab(scratch, .small())
      try lab.create("stable")
      lab.server.misbehave(at: "InRelease", fault)
      let result = try lab.update()
      #expect(result.status != 0 && result.status < 100)
      #expect(result.errors.contains("dists/stable/InRelease"), "\(result.errors)")
      try lab.checkNothingIsVisible()
    }
  }

  @Test func aReleaseFileThatBrokeOffBeginsAnew() throws {
    try withScratchDirectory { scratch in
      let lab = try MirrorLab(scratch, .small())
      try lab.create("stable")
      // What comes then may be another state: nothing tells that both parts are of one file.
      lab.server.misbehave(at: "InRelease", .truncated(200), times: 1)
      lab.server.misbehave(at: "InRelease", .wrongBytesOfRange, times: 1)
      try lab.update().succeeded()
      #expect(lab.server.requests.allSatisfy { $0.headers["range"] == nil })
    }
  }

  @Test func sizesThatAddUpToNothingAreMoreThanThereIsRoomFor() throws {
    try withScratchDirectory { scratch in
      var suite = ForgedSuite.small()
      // Together 2^64 bytes, with the last one.
      for (name, size) in [("a", UInt64.max / 2), ("b", UInt64.max / 2), ("c", 2)] {
        suite.furtherStanzas += """
          Package: \(name)
          Version: 1
          Architecture: amd64
          Filename: pool/\(name).deb
          Size: \(size)
          SHA256: \(String(repeating: name, count: 64))


          """
      }
      let lab = try MirrorLab(scratch, suite)
      try lab.create("stable")
      lab.server.forgetRequests()
      #expect(try lab.update().refused(.resource))
      #expect(!lab.server.paths.contains { $0.hasPrefix("pool/") })
    }
  }

  @Test func whereInReleaseIsForbiddenTheDetachedSignatureCounts() throws {
    try withScratchDirectory { scratch in
      let lab = try MirrorLab(scratch, .small())
      try lab.create("stable")
      lab.server.misbehave(at: "InRelease", .status(403))
      try lab.update().succeeded()
      let files = try lab.files()
      #expect(files.contains("dists/stable/Release.gpg"))
      #expect(!files.contains("dists/stable/InRelease"))
    }
  }

  @Test func whereAllReleaseFilesAreForbiddenThatIsSaid() throws {
    try withScratchDirectory { scratch in
      let lab = try MirrorLab(scratch, .small())
      try lab.create("stable")
      lab.server.misbehave(at: "Release", .status(403))
      let result = try lab.update()
      #expect(
        result.refused(.incomplete) && result.code == "E-INCOMPLETE-NOT-FETCHED",
        "\(result.errors)"
      )
    }
  }

  @Test func anUpstreamThatIsGoneIsSaidSoSoon() throws {
    try withScratchDirectory { scratch in
      let lab = try MirrorLab(scratch, .small())
      try lab.create("stable")
      lab.server.stop()
      let result = try lab.update()
      #expect(result.refused(.io) && result.code == "E-IO-UPSTREAM-UNREACHABLE", "\(result.errors)")
      #expect(result.errors.contains("E-IO-UPSTREAM-UNREACHABLE"))
    }
  }
}
