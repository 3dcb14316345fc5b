private import ArgumentParser
internal import Documents
private import Glibc
private import Operations
internal import SafeIO

/// Runs command lines, with the exit status of design and `--help`.
package enum Start {
  /// Runs the command line of this process; never returns.
  package static func run() -> Never {
    occupyStandardDescriptors()
    Interruption.watch()
    let status = status(of: Array(CommandLine.arguments.dropFirst())) { () throws(Failure) in
      try requireUTF8()
      try ChildProcesses.adopt()
    }
    exit(status)
  }

  /// Runs one command line of several in a process that belongs to somebody else, whose signals and
  /// children stay its own; answers the exit status.
  package static func run(_ arguments: [String], in surroundings: Surroundings) -> Int32 {
    surroundings.surround { status(of: arguments) {} }
  }

  /// Parses, runs, renders; answers the exit status.
  private static func status(
    of arguments: [String],
    preparing prepare: () throws(Failure) -> Void
  ) -> Int32 {
    // libarchive needs a UTF-8 locale for names beyond ASCII; our own text is UTF-8 in any case.
    unsafe setlocale(LC_CTYPE, "C.UTF-8")
    let arguments = CommandLineWords.ordered(arguments)
    return Surroundings.current.naming(depot: NamedDepot.path(in: arguments)).surround {
      run(arguments, preparing: prepare)
    }
  }

  private static func run(
    _ arguments: [String],
    preparing prepare: () throws(Failure) -> Void
  ) -> Int32 {
    let isJSON = arguments.contains("--json")
    var promise: String?
    do {
      try prepare()
      try CommandLineWords.check(arguments)
      // Help and usage errors do not need the defaults of this machine.
      var command = try RootCommand.parseAsRoot(
        // A table of codes is what somebody means who asks for help with them.
        arguments == ["help", "codes"] ? ["codes"] : arguments
      )
      promise = (type(of: command) as? any Promising.Type)?.afterRefusal
      try TextTable.$width.withValue(Surroundings.current.results.columns) {
        try Surroundings.current.configured().surround { try command.run() }
      }
      sayRest(isJSON)
      return finish()
    } catch let failure as Failure {
      // What a command promises for its refusals is wrong for one that did its work.
      if failure.name == .auditOutcome {
        promise = "what the command changed stands; its beginning is recorded"
      }
      if failure.name == .mediaMissing {
        promise = "the bundle is in the ledger, and the media that are written stand"
      }
      return report(failure, isJSON: isJSON, promise: failure.kind == .usage ? nil : promise)
    } catch {
      return end(error, isJSON: isJSON)
    }
  }

  /// What a command was told after it wrote its document.
  private static func sayRest(_ isJSON: Bool) {
    let rest = Surroundings.current.told.take()
    if isJSON, !rest.isEmpty { Output.message(JSONDocument.notes(rest).text) }
  }

  /// Ends a command that did its work, unless its results could not be written.
  private static func finish() -> Int32 {
    let results = Surroundings.current.results
    if !results.hasFailed { return 0 }
    // Nobody reads on, as after “| head”: that is no news to the person who closed the pipe.
    if !results.isClosed {
      return report(
        Failure(.io, "results", "could not write all results to standard output"),
        isJSON: false,
        promise: nil
      )
    }
    return FailureClass.io.rawValue
  }

  /// A standard stream that the caller closed must not become the number of the next file that is
  /// opened: results would be written into it.
  private static func occupyStandardDescriptors() {
    for descriptor in 0...2 as ClosedRange<Int32> where fcntl(descriptor, F_GETFD) == -1 {
      // The lowest free number is this one. Reading only, so that writing still fails.
      _ = unsafe open("/dev/null", descriptor == 0 ? O_WRONLY : O_RDONLY)
    }
  }

  /// Names that are not UTF-8 would be changed on their way to the system.
  private static func requireUTF8() throws(Failure) {
    let arguments = unsafe CommandLine.unsafeArgv
    for index in 0..<Int(CommandLine.argc) {
      guard let argument = unsafe arguments[index] else { continue }
      try requireUTF8(unsafe String(validatingCString: argument), "argument \(index)")
    }
    for name in ["APTFERRY_DEPOT", "XDG_DATA_HOME", "HOME"] {
      guard let value = unsafe getenv(name) else { continue }
      try requireUTF8(unsafe String(validatingCString: value), name)
    }
  }

  private static func requireUTF8(_ text: String?, _ name: String) throws(Failure) {
    guard text == nil else { return }
    throw Failure(
      .usage,
      "not-utf8",
      "this is not UTF-8 text, and cannot be taken as it is",
      subject: name,
      hint: "reach the directory by a symbolic link with a plain name"
    )
  }

  /// Help, version and usage errors, which ArgumentParser throws as errors of its own.
  private static func end(_ error: any Error, isJSON: Bool) -> Int32 {
    let message = RootCommand.fullMessage(for: error)
    if RootCommand.exitCode(for: error) == .success {
      // Manual pages are made from all of the help as JSON, which stays as it is.
      if message.hasPrefix("{") {
        Output.line(message)
        return finish()
      }
      // Help is read on every terminal, also where the locale is C.
      Output.line(message.replacing("“", with: "\"").replacing("”", with: "\""))
      return finish()
    }
    guard error is ValidationError || RootCommand.exitCode(for: error) == .validationFailure else {
      return report(
        Failure(.internal, "unexpected", "\(error)", hint: "please report this as a defect"),
        isJSON: isJSON,
        promise: nil
      )
    }
    return report(usage(message), isJSON: isJSON, promise: nil)
  }

  /// The parser's message as every other refusal looks; of its lines the first says what is wrong, the
  /// last which help to read, and the usage between them is in that help.
  private static func usage(_ message: String) -> Failure {
    let lines = message.split(separator: "\n").map { $0.drop { $0 == " " } }
    var reason = lines.first ?? ""
    if reason.hasPrefix("Error: ") { reason = reason.dropFirst("Error: ".count) }
    let help = lines.last { $0.hasPrefix("See '") }?.split(separator: "'").dropFirst().first
    return Failure(
      .usage,
      "arguments",
      String(reason),
      hint: help.map { "see: \($0)" }
    )
  }

  private static func report(_ failure: Failure, isJSON: Bool, promise: String?) -> Int32 {
    let failure = failure.namingDepot
    Output.message(
      isJSON
        ? JSONDocument.refusal(failure, promise, told: Surroundings.current.told.take()).text
        : FailureText.lines(failure, promise)
    )
    return failure.kind.rawValue
  }
}

/// A command that changes something, and what is true when it refuses, wherever it stopped.
protocol Promising {
  static var afterRefusal: String { get }
}
