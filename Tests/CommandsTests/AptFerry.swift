import Commands
import Foundation
import SafeIO
import TestSupport

/// The program with nothing of this machine in its environment, run as a user runs it.
///
/// A call runs in this process where a process of its own is not the point: it costs a tenth. What
/// the system gives to a process only (another program above it, a directory, variables that not
/// the commands themselves ask for) gets one.
struct AptFerry: Sendable {
  /// The path of the built program.
  let program: String
  /// What `HOME` is set to.
  let home: String
  /// Added to the clean environment.
  var environment: [String: String] = [:]
  /// Ends every call as `--depot` and this directory; nothing when nil.
  var depot: String?
  /// Whether every call is a process.
  var isProcess: Bool
  /// Whether removals are confirmed.
  var isConfirming = true

  /// The variables that commands ask for through their surroundings.
  private static let surrounding: Set<String> = [
    "APTFERRY_CONFIG", "APTFERRY_DEPOT", "APT_CONFIG", "NO_COLOR", "SOURCE_DATE_EPOCH",
    "XDG_DATA_HOME", "http_proxy", "no_proxy",
  ]

  /// The program that lies beside the running test bundle, or the one `APTFERRY_BINARY` names: this
  /// one is always a process.
  init(home: String, depot: String? = nil, isProcess: Bool = false) throws {
    let named = ProcessInfo.processInfo.environment["APTFERRY_BINARY"]
    program = try named ?? AptFerry.besideTests()
    guard Disk.exists(program) else {
      throw TestSupportError("there is no program at \(program): swift build makes it")
    }
    try Disk.makeDirectory(home)
    self.home = home
    self.depot = depot
    self.isProcess = isProcess || named != nil
  }

  private static func besideTests() throws -> String {
    let bundle = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    return (bundle as NSString).deletingLastPathComponent + "/aptferry"
  }

  /// Runs `aptferry` with these arguments.
  func callAsFunction(_ arguments: String...) throws -> RunResult {
    try self(arguments)
  }

  /// Runs `aptferry` with these arguments, below another program when `under` names one: a
  /// tracer, a shell that sets limits.
  func callAsFunction(
    _ arguments: [String],
    under: [String] = [],
    in directory: String? = nil
  ) throws -> RunResult {
    // Removals want a person's word; what is asked of whom is a test of its own.
    var words = arguments
    if words.dropFirst().first == "remove", isConfirming { words.insert("--yes", at: 2) }
    let arguments = words + (depot.map { ["--depot", $0] } ?? [])
    let variables = ["HOME": home].merging(environment) { _, new in new }
    let isPlain = under.isEmpty && directory == nil
    if !isProcess, isPlain, AptFerry.surrounding.isSuperset(of: environment.keys) {
      let result = AptFerry.inProcess(arguments, variables)
      try JSONShapes.check(arguments, result)
      return result
    }
    return try run(under + [program] + arguments, environment: variables, in: directory)
  }

  private static func inProcess(_ arguments: [String], _ variables: [String: String]) -> RunResult {
    let surroundings = Surroundings(variables: cleanEnvironment(variables))
    let status = Start.run(arguments, in: surroundings)
    return RunResult(
      status: status,
      output: surroundings.results.bytes,
      errors: String(decoding: surroundings.messages.bytes, as: UTF8.self)
    )
  }
}

extension RunResult {
  /// The code of the failure, as in `E-TRUST-UNKNOWN-SIGNER`; nil when there was none.
  var code: String? {
    for line in errors.split(separator: "\n").reversed() {
      if line.hasPrefix("  code: ") {
        return line.dropFirst("  code: ".count).split(separator: " ").first.map(String.init)
      }
      // The same in a document of --json.
      if line.hasPrefix("  \"code\": \"") {
        return line.split(separator: "\"").dropFirst(3).first.map(String.init)
      }
    }
    return nil
  }

  /// Whether the program refused with the exit status of this class.
  func refused(_ kind: FailureClass) -> Bool { status == kind.rawValue }

  /// Whether the program refused with exactly this failure.
  func refused(_ kind: FailureClass, _ name: Failure.Name) -> Bool {
    refused(kind) && code == Failure(kind, name, "").code
  }
}
