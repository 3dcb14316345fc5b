internal import ArgumentParser
internal import Depot
internal import Documents
private import Glibc
internal import Operations
internal import SafeIO

/// How a command talks: options that mean the same everywhere.
struct OutputOptions: ParsableArguments {
  @Flag(help: "Write one JSON document to standard output; an error is one on standard error.")
  var json = false

  @Flag(help: "Write no messages and no progress, only results.")
  var quiet = false

  @Flag(help: "Write no progress.")
  var noProgress = false

  /// A progress line that obeys the options.
  var progress: ProgressLine { ProgressLine(isOn: !quiet && !noProgress && !json) }

  /// A message for the person who watches.
  func note(_ text: String) {
    let text = NamedDepot.naming(text)
    if json {
      let text = text.hasPrefix("note: ") ? String(text.dropFirst("note: ".count)) : text
      Surroundings.current.told.add(.note(text))
    } else if !quiet {
      Output.message(Escaped.line(text))
    }
  }

  /// What the command is told while it works; warnings always, the rest unless nobody wants it.
  ///
  /// With `--json` it becomes a part of the document.
  func tell(_ note: Note) {
    let note = Note(note.severity, note.code, NamedDepot.naming(note.text))
    if json {
      Surroundings.current.told.add(note)
    } else if note.severity >= .warning {
      Output.message(Escaped.line(note.line))
    } else {
      self.note(note.line)
    }
  }

  /// Refuses `--json` together with a file that goes to standard output: each wants it for itself.
  func check(file: String?) throws(Failure) {
    guard json, Output.isStandard(file) else { return }
    throw Failure(
      .usage,
      "arguments",
      "--json and a file to standard output (“-”) exclude each other",
      hint: "name a file, or leave --json out"
    )
  }

  /// The result: the document, or lines of text; these are messages when a `file` goes to standard
  /// output.
  func show(_ json: JSONText, _ lines: [String], file: String? = nil) {
    if Output.isStandard(file) {
      for line in lines where !quiet { Output.message(line) }
    } else if self.json {
      Output.line(JSONDocument.result(json, told: Surroundings.current.told.take()).text)
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
      discussion: "Else APTFERRY_DEPOT, else Depot of /etc/aptferry.conf, else /var/lib/aptferry "
        + "for root and $XDG_DATA_HOME/aptferry otherwise.",
      valueName: "dir"
    ),
    completion: .directory
  )
  var depot: String?

  @Option(
    help: ArgumentHelp(
      "How long to wait while another command changes the depot, as 30s or 10m; else not at all.",
      valueName: "time"
    )
  )
  var wait: WaitTime?

  /// Who says where the depot is.
  enum Source: String {
    case option = "--depot"
    case variable = "APTFERRY_DEPOT"
    case file = "aptferry.conf"
    case standard = "default"
  }

  /// Where the depot is, given or not; absolute, since it is shown to people and to apt.
  var path: String { resolved.path }

  /// Where the depot is, and who says so.
  var resolved: (path: String, source: Source) {
    if let depot { return (absolutePath(depot), .option) }
    if let set = environment("APTFERRY_DEPOT"), !set.isEmpty {
      return (absolutePath(set), .variable)
    }
    if let configured = Surroundings.current.configuration.value(.depot) {
      return (configured, .file)
    }
    if getuid() == 0 { return ("/var/lib/aptferry", .standard) }
    if let data = environment("XDG_DATA_HOME"), !data.isEmpty {
      return (absolutePath(data + "/aptferry"), .standard)
    }
    return (Home.path + "/.local/share/aptferry", .standard)
  }

  /// The session of this command: what is told goes to the terminal, as `output` wants it.
  func session(_ output: OutputOptions, _ line: ProgressLine? = nil) -> Session {
    // What is told may come from another thread.
    let around = Surroundings.current
    return Session(
      at: path,
      program: Version.program,
      patience: wait?.seconds ?? 0,
      progress: line?.sink
    ) { note in
      around.surround {
        line?.end()
        output.tell(note)
      }
    }
  }

  /// The depot, to read from.
  func depot(_ output: OutputOptions) throws(Failure) -> Depot { try session(output).depot() }
}

/// A path that the user named, from the root: a relative one begins in the working directory.
///
/// An empty one stays empty, and is refused by whoever opens it.
func absolutePath(_ path: String) -> String {
  if path.isEmpty { return path }
  guard !path.hasPrefix("/"), let current = unsafe getcwd(nil, 0) else { return path }
  defer { unsafe free(current) }
  var directory = unsafe String(cString: current)
  var rest = Substring(path)
  while rest.hasPrefix("./") { rest = rest.dropFirst(2).drop { $0 == "/" } }
  if rest.isEmpty || rest == "." { return directory }
  if !directory.hasSuffix("/") { directory += "/" }
  return directory + rest
}

/// The value of an environment variable.
func environment(_ name: String) -> String? { Surroundings.current.variable(name) }
