private import ArgumentParser
private import Glibc
internal import SafeIO

/// Runs the command line and ends the process with the exit status of design and `--help`.
package enum Start {
  /// Parses, runs, renders; never returns.
  package static func run() -> Never {
    Interruption.watch()
    // libarchive needs a UTF-8 locale for names beyond ASCII; our own text is UTF-8 in any case.
    unsafe setlocale(LC_CTYPE, "C.UTF-8")
    let isJSON = CommandLine.arguments.contains("--json")
    do {
      var command = try AptFerry.parseAsRoot()
      try command.run()
      exit(Output.flush() ? 0 : FailureClass.io.rawValue)
    } catch let failure as Failure {
      report(failure, isJSON: isJSON)
    } catch {
      end(error, isJSON: isJSON)
    }
  }

  /// Help, version and usage errors, which ArgumentParser throws as errors of its own.
  private static func end(_ error: any Error, isJSON: Bool) -> Never {
    let message = AptFerry.fullMessage(for: error)
    if AptFerry.exitCode(for: error) == .success {
      Output.line(message)
      exit(Output.flush() ? 0 : FailureClass.io.rawValue)
    }
    guard error is ValidationError || AptFerry.exitCode(for: error) == .validationFailure else {
      report(
        Failure(.internal, "unexpected", "\(error)", hint: "please report this as a defect"),
        isJSON: isJSON
      )
    }
    if isJSON {
      report(Failure(.usage, "arguments", message), isJSON: true)
    }
    // It repeats arguments, which may be names that a medium chose.
    let lines = message.split(separator: "\n" as Character, omittingEmptySubsequences: false)
    Output.message(lines.map { Escaped.line(String($0)) }.joined(separator: "\n"))
    exit(FailureClass.usage.rawValue)
  }

  private static func report(_ failure: Failure, isJSON: Bool) -> Never {
    _ = Output.flush()
    Output.message(isJSON ? FailureText.json(failure).text : FailureText.lines(failure))
    exit(failure.kind.rawValue)
  }
}

/// How a failure is shown.
enum FailureText {
  /// What happened, to what, and what to do next.
  static func lines(_ failure: Failure) -> String {
    var lines = ["aptferry: " + Escaped.line(failure.reason)]
    if let subject = failure.subject { lines.append("  at:   " + Escaped.line(subject)) }
    for detail in failure.details { lines.append("  - " + Escaped.line(detail)) }
    if let hint = failure.hint { lines.append("  next: " + Escaped.line(hint)) }
    lines.append("  code: \(failure.code) (exit \(failure.kind.rawValue))")
    return lines.joined(separator: "\n")
  }

  static func json(_ failure: Failure) -> JSONText {
    .object([
      ("code", .string(failure.code)),
      ("class", .string(failure.kind.label.lowercased())),
      ("exit", .number(Int64(failure.kind.rawValue))),
      ("message", .string(failure.reason)),
      ("subject", failure.subject.map { .string($0) } ?? .null),
      ("hint", failure.hint.map { .string($0) } ?? .null),
      ("details", .array(failure.details.map { .string($0) })),
    ])
  }
}
