import Foundation
import TestSupport
import Testing

/// The Python module against a real server, as a wheel that is installed.
@Suite(.waits) struct PythonModuleTests {
  @Test func theWholeRoundOfTheSeedWorks() throws {
    try withScratchDirectory { scratch in
      let program = try AptFerry(home: scratch.path("home")).program
      let python = try python(scratch)
      let round = try run(
        [
          python, DocumentFiles.root + "/Tests/PythonClient/whole-round", program,
          try scratch.directory("round"),
        ],
        limit: 600
      )
      #expect(round.status == 0, "\(round.everything)")
      #expect(round.text.hasSuffix("all steps were taken\n"), "\(round.everything)")
    }
  }

  /// A Python that has the module as a wheel, and requests; this machine's, with the module's sources,
  /// where PyPI cannot be reached.
  private func python(_ scratch: ScratchDirectory) throws -> String {
    let place = scratch.path("python")
    let python = place + "/bin/python"
    guard try run(["python3", "-m", "venv", place]).status == 0 else { return "python3" }
    // pip leaves files beside the sources.
    let sources = scratch.path("sources")
    try run(["cp", "-r", DocumentFiles.root + "/Sources/PythonClient", sources]).succeeded()
    let pip = [python, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    guard try run(pip + ["install", "requests"], limit: 300).status == 0 else { return "python3" }
    try run(
      pip + ["wheel", "--no-deps", "--wheel-dir", scratch.path("wheels"), sources],
      limit: 300
    ).succeeded()
    try run(
      pip + ["install", "--no-deps", scratch.path("wheels/aptferry-0.2.0-py3-none-any.whl")]
    ).succeeded()
    return python
  }
}
