import Foundation
import TestSupport
import Testing

/// The short form of `scripts/publish-soak`, which is run in full by hand: 50 clients, 200 switches.
@Suite(.waits, .long) struct PublishingSoakTests {
  @Test(arguments: ["nginx", "aptferry"])
  func noClientEverSeesAMixtureOfGenerations(server: String) throws {
    try withScratchDirectory { scratch in
      let script =
        URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path + "/scripts/publish-soak"
      let soak = try run(
        [
          script, "--program", try AptFerry(home: scratch.path("home")).program, "--clients", "8",
          "--publishes", "20", "--packages", "12", "--server", server, "--rest", "0.3",
        ],
        limit: 600
      )
      #expect(soak.status == 0, "\(soak.everything)")
      // A soak in which nobody got anywhere proves nothing.
      #expect(soak.text.hasPrefix("20 switches"), "\(soak.text)")
    }
  }
}
