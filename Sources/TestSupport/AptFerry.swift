private import Foundation
package import SafeIO

/// The built program, run as a user runs it but with nothing of this machine in its environment.
package struct AptFerry: Sendable {
  /// The path of the program.
  package let program: String
  /// What `HOME` is set to.
  package let home: String
  /// Added to the clean environment.
  package var environment: [String: String] = [:]
  /// Ends every call as `--depot` and this directory; nothing when nil.
  package var depot: String?

  /// The program that lies beside the running test bundle, or the one `APTFERRY_BINARY` names.
  package init(home: String, depot: String? = nil) throws {
    if let named = ProcessInfo.processInfo.environment["APTFERRY_BINARY"] {
      program = named
    } else {
      let bundle = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
      program = (bundle as NSString).deletingLastPathComponent + "/aptferry"
    }
    guard Disk.exists(program) else {
      throw TestSupportError("there is no program at \(program): swift build makes it")
    }
    try Disk.makeDirectory(home)
    self.home = home
    self.depot = depot
  }

  /// Runs `aptferry` with these arguments.
  package func callAsFunction(_ arguments: String...) throws -> RunResult {
    try self(arguments)
  }

  /// Runs `aptferry` with these arguments, below another program when `under` names one: a
  /// tracer, a shell that sets limits.
  package func callAsFunction(
    _ arguments: [String],
    under: [String] = [],
    in directory: String? = nil
  ) throws -> RunResult {
    try run(
      under + [program] + arguments + (depot.map { ["--depot", $0] } ?? []),
      environment: ["HOME": home].merging(environment) { _, new in new },
      in: directory
    )
  }
}

extension RunResult {
  /// Whether the program refused with the exit status of this class.
  package func refused(_ kind: FailureClass) -> Bool { status == kind.rawValue }
}
