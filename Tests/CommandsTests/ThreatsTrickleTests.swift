import SafeIO
import TestSupport
import Testing

/// T214: an upstream that sends just enough not to be silent.
@Suite(.waits, .enabled(if: hasNetwork)) struct ThreatsTrickleTests {
  private static let deb = "ballast_1.0-1_amd64.deb"

  private static var suite: ForgedSuite {
    var suite = ForgedSuite.small()
    suite.components["main"]?.append(ForgedPackage("ballast", payload: 90_000))
    return suite
  }

  @Test(
    "t214 an upstream that trickles ends the update, and what came is kept",
    arguments: [UpstreamFault.trickling(200, 100), .trickling(3000, 700)]
  )
  func trickle(fault: UpstreamFault) throws {
    try withScratchDirectory { scratch in
      let lab = try MirrorLab(scratch, ThreatsTrickleTests.suite)
      try lab.create("stable")
      lab.server.misbehave(at: ThreatsTrickleTests.deb, fault)
      let result = try lab.update(
        "--timeout",
        "2",
        "--least-rate",
        "10KiB",
        "--least-rate-window",
        "2"
      )
      #expect(result.refused(.io), "\(result.everything)")
      #expect(result.errors.contains("E-IO-UPSTREAM-SLOW"), "\(result.errors)")
      #expect(result.errors.contains(ThreatsTrickleTests.deb), "\(result.errors)")
      try lab.checkNothingIsVisible()
      lab.server.behave()
      lab.server.forgetRequests()
      try lab.update().succeeded()
      let again = lab.server.requests.filter { $0.path.hasSuffix(ThreatsTrickleTests.deb) }
      #expect(again.first?.headers["range"]?.hasPrefix("bytes=") == true)
      _ = try lab.files()
      try lab.checkBytes()
    }
  }

  @Test func `t214 a slow upstream is waited for when that is wanted`() throws {
    try withScratchDirectory { scratch in
      let lab = try MirrorLab(scratch, ThreatsTrickleTests.suite)
      try lab.create("stable")
      lab.server.misbehave(at: ThreatsTrickleTests.deb, .trickling(20_000, 700), times: 1)
      try lab.site(
        ["mirror", "update", "m", "--least-rate", "0", "--least-rate-window", "1"]
      ).succeeded()
    }
  }

  @Test func `t214 an InRelease that trickles ends the update`() throws {
    try withScratchDirectory { scratch in
      let lab = try MirrorLab(scratch, ThreatsTrickleTests.suite)
      try lab.create("stable")
      lab.server.misbehave(at: "InRelease", .trickling(20, 100))
      let result = try lab.update(
        "--timeout",
        "9",
        "--least-rate",
        "1KiB",
        "--least-rate-window",
        "2"
      )
      #expect(result.refused(.io), "\(result.everything)")
      #expect(result.errors.contains("InRelease"), "\(result.errors)")
      // At the least rate, and yet without an end in sight.
      let steady = try lab.update(
        "--retries",
        "0",
        "--timeout",
        "9",
        "--least-rate",
        "1",
        "--least-rate-window",
        "1"
      )
      #expect(steady.refused(.io), "\(steady.everything)")
      #expect(steady.code == "E-IO-UPSTREAM-SLOW", "\(steady.errors)")
    }
  }
}
