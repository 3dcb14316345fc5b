import Foundation
import SafeIO
import TestSupport
import Testing

/// aptly's REST API, asked by a driver of our own and by unchanged clients from PyPI.
@Suite(.enabled(if: hasNetwork), .serialized) struct AptlyAPITests {
  private static let place = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("AptlyAPI")
  private static let judge = place.appendingPathComponent("judge.py").path

  @Test func theConformanceDriverFindsNothing() throws {
    try withScratchDirectory { scratch in
      let result = try run([
        "python3", AptlyAPITests.judge, ServingLab.program(), scratch.path,
      ])
      #expect(result.status == 0, "\(result.everything)")
    }
  }

  /// schemathesis asks whatever the description lets one ask; without PyPI it is not there.
  @Test func theDescriptionHoldsWhateverIsAsked() throws {
    try withScratchDirectory { scratch in
      let script = AptlyAPITests.place.appendingPathComponent("schema.py").path
      let result = try run(
        ["python3", script, ServingLab.program(), scratch.path, "5"],
        limit: 600
      )
      if result.status == 77 {
        print("not run: PyPI cannot be reached\n\(result.errors)")
        return
      }
      #expect(result.status == 0, "\(result.everything.suffix(8000))")
    }
  }

  /// Without PyPI there are no clients to run: that is said, and is no failure.
  @Test func unchangedClientsWork() throws {
    try withScratchDirectory { scratch in
      let result = try run([
        "python3", AptlyAPITests.judge, ServingLab.program(), scratch.path, "clients",
      ])
      if result.status == 77 {
        print("not run: PyPI cannot be reached\n\(result.errors)")
        return
      }
      #expect(result.status == 0, "\(result.everything)")
    }
  }
}
