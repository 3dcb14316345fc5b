import Foundation
import SafeIO
import TestSupport
import Testing

/// The short form of `scripts/transfer-histories`, which is run in full by hand: 1,000 histories.
@Suite(.waits, .long) struct TransferHistoriesTests {
  private static let script =
    URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().path + "/scripts/transfer-histories"

  private static func live(_ scratch: ScratchDirectory, _ words: [String]) throws -> RunResult {
    let program = try AptFerry(home: scratch.path("home")).program
    return try run([script, "--program", program] + words, limit: 600)
  }

  @Test func noHistoryEndsWithAnythingButWhatTheExportersMade() throws {
    try withScratchDirectory { scratch in
      let found = try TransferHistoriesTests.live(
        scratch,
        [
          "--histories", "1", "--seed", "35", "--steps", "10", "11", "--begin", "impersonate",
          "impersonate", "impersonate", "steal", "steal", "steal", "steal", "compose",
        ]
      )
      #expect(found.status == 0, "\(found.everything)")
      // Histories in which nothing came in prove nothing.
      let counts = found.text.split(separator: "\n").first {
        $0.contains("imports: imported:")
      }
      let imported = counts?.split(separator: " ").last.flatMap { DecimalNumber.read(String($0)) }
      #expect(imported ?? 0 >= 5, "\(found.text)")
      for step in [
        "stolen key: refused with 11", "stolen key: false choices", "imports: another vendor",
        "keys renewed", "published: composed",
      ] {
        #expect(found.text.contains(step), "\(found.text)")
      }
    }
  }

  @Test func aLedgerThatForgetsReceiptsIsFound() throws {
    try withScratchDirectory { scratch in
      let found = try TransferHistoriesTests.live(
        scratch,
        [
          "--histories", "1", "--steps", "9", "10", "--seed", "7", "--sabotage",
          "forgets-receipts",
        ]
      )
      #expect(found.status == 1 && found.errors.contains("PROBLEM seed 7"), "\(found.everything)")
    }
  }
}
