private import Glibc
internal import SafeIO

/// What one command line finds around itself: where it writes, and the variables it can ask for.
///
/// The program has those of its process. A caller with several command lines in one process gives
/// each its own, so that they run beside each other.
package struct Surroundings: Sendable {
  /// Those of the command line that this thread or task works for.
  @TaskLocal static var current = Surroundings(
    results: Channel(to: STDOUT_FILENO),
    messages: Channel(to: STDERR_FILENO),
    typed: STDIN_FILENO,
    variables: nil
  )

  /// Takes the results.
  package let results: Channel
  /// Takes messages and progress.
  package let messages: Channel
  /// Where a person types; nil when there is nobody.
  let typed: Int32?
  private let variables: [String: String]?
  /// What the command was told and has not said yet, with `--json`.
  let told = ToldNotes()
  /// The depot that the command line names.
  private(set) var namedDepot: String?
  /// The defaults of this machine.
  private(set) var configuration = MachineConfiguration.empty

  private init(
    results: Channel,
    messages: Channel,
    typed: Int32?,
    variables: [String: String]?
  ) {
    self.results = results
    self.messages = messages
    self.typed = typed
    self.variables = variables
  }

  /// Surroundings without a terminal: what is written is kept, and only these variables are set.
  ///
  /// They are what the commands ask for; the programs that they start have those of the process.
  package init(variables: [String: String]) {
    self.init(results: Channel(), messages: Channel(), typed: nil, variables: variables)
  }

  /// The value of a variable of the environment.
  func variable(_ name: String) -> String? {
    if let variables { return variables[name] }
    return unsafe getenv(name).map { unsafe String(cString: $0) }
  }

  /// The same with the defaults of this machine, which `APTFERRY_CONFIG` or the usual file has.
  ///
  /// - Throws: `configuration` when the file cannot be read, or is wrong.
  func configured() throws(Failure) -> Surroundings {
    // Somebody else's process says itself what counts.
    let standard = variables == nil ? MachineConfiguration.standardFile : ""
    let file = variable("APTFERRY_CONFIG").flatMap { $0.isEmpty ? nil : $0 } ?? standard
    guard !file.isEmpty else { return self }
    var copy = self
    copy.configuration = try MachineConfiguration(file: absolutePath(file))
    return copy
  }

  /// The same for a command line that names its depot.
  func naming(depot: String?) -> Surroundings {
    var copy = self
    copy.namedDepot = depot
    return copy
  }

  /// Whether a person can be asked.
  var canAsk: Bool { typed.map { isatty($0) == 1 } ?? false && messages.isTerminal }

  /// Runs work that finds these around it.
  func surround<Value>(_ work: () throws -> Value) rethrows -> Value {
    try Surroundings.$current.withValue(self, operation: work)
  }
}
