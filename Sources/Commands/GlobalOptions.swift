internal import ArgumentParser
private import Glibc
internal import SafeIO

/// How a command talks: options that mean the same everywhere.
struct OutputOptions: ParsableArguments {
  @Flag(help: "Write one JSON document to standard output; an error is one on standard error.")
  var json = false

  @Flag(help: "Write no messages and no progress, only results.")
  var quiet = false

  @Flag(help: "Write no progress.")
  var noProgress = false

  @Option(help: "The least severe messages to write: debug, info, notice, warning or error.")
  var logLevel: LogLevel = .notice

  enum LogLevel: String, ExpressibleByArgument, CaseIterable {
    case debug, info, notice, warning, error
  }

  /// A progress line that obeys the options.
  var progress: ProgressLine { ProgressLine(isOn: !quiet && !noProgress && !json) }

  /// A message for the person who watches.
  func note(_ text: String) {
    if !quiet && !json && logLevel != .error { Output.message(Escaped.line(text)) }
  }

  /// The result: the document, or lines of text.
  func show(_ json: JSONText, _ lines: [String]) {
    if self.json {
      Output.line(json.text)
    } else {
      for line in lines { Output.line(line) }
    }
  }
}

/// Which depot a command works on.
struct DepotOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The depot's directory.",
      discussion: "Else APTFERRY_DEPOT, else /var/lib/aptferry for root and "
        + "$XDG_DATA_HOME/aptferry otherwise.",
      valueName: "dir"
    )
  )
  var depot: String?

  /// Whether there is a depot, for commands that can do without.
  var exists: Bool {
    get throws(Failure) {
      do {
        return try Directory(opening: path).status("depot.conf") != nil
      } catch {
        if error.name == "no-directory" && depot == nil { return false }
        throw error
      }
    }
  }

  /// Where the depot is, given or not.
  var path: String {
    if let depot { return depot }
    if let set = environment("APTFERRY_DEPOT"), !set.isEmpty { return set }
    if getuid() == 0 { return "/var/lib/aptferry" }
    if let data = environment("XDG_DATA_HOME"), !data.isEmpty { return data + "/aptferry" }
    return (environment("HOME") ?? ".") + "/.local/share/aptferry"
  }
}

/// The value of an environment variable.
func environment(_ name: String) -> String? {
  guard let value = unsafe getenv(name) else { return nil }
  return unsafe String(cString: value)
}
