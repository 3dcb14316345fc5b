internal import ArgumentParser
internal import Composing
internal import SafeIO
internal import Solving

/// How far what the packages of a filter need is followed.
struct ClosureArguments: ParsableArguments {
  @Flag(help: "Take all that the packages need, too.")
  var withDeps = false

  @Flag(help: "With what they and these recommend, as apt installs it.")
  var recommends = false

  @Flag(help: "With what the packages themselves suggest.")
  var suggests = false

  @Flag(help: "With the source packages of all that is taken.")
  var withSources = false

  @Flag(help: "With what every system has: all packages that are Essential, and apt.")
  var essential = false

  @Flag(help: "With every package that could satisfy a dependency, not the one apt prefers.")
  var allAlternatives = false

  @Option(
    help: ArgumentHelp(
      "What machines have or can get besides, which is not taken (repeatable).",
      valueName: "snapshot|file"
    ),
    completion: Completing.snapshots
  )
  var base: [String] = []

  @Option(help: "Only for machines of this architecture (repeatable).")
  var architecture: [String] = []

  @Option(help: "An architecture whose packages machines can have too (repeatable).")
  var foreign: [String] = []

  @Option(
    name: .customLong("for"),
    help: ArgumentHelp(
      "A machine's state, of “machine state” or dpkg's: take what it lacks (repeatable).",
      valueName: "file"
    ),
    completion: .file()
  )
  var machine: [String] = []

  @Flag(help: "With --for: also newer versions of all that the machines have.")
  var upgrades = false

  @Flag(help: "Leave out what cannot be installed, and say so.")
  var keepGoing = false

  private var isAsked: Bool { withDeps || !machine.isEmpty }

  func check() throws {
    let needsDeps =
      recommends || suggests || withSources || essential || allAlternatives || !base.isEmpty
      || !architecture.isEmpty || !foreign.isEmpty || keepGoing
    guard isAsked || !needsDeps else {
      throw ValidationError("These options go with --with-deps or --for.")
    }
    guard !upgrades || !machine.isEmpty else {
      throw ValidationError("--upgrades goes with --for.")
    }
    guard machine.isEmpty || architecture.isEmpty && foreign.isEmpty else {
      throw ValidationError("With --for the machines say their architectures themselves.")
    }
  }

  /// The options; nil where nothing is followed.
  var options: ClosureOptions? {
    guard isAsked else { return nil }
    var options = ClosureOptions()
    options.request.recommends = recommends
    options.request.suggests = suggests
    options.request.sources = withSources
    options.request.allAlternatives = allAlternatives
    options.request.system = essential ? .essential : nil
    // What is a file is one machine's, wherever it lies.
    options.base = base.map { $0.contains("/") ? absolutePath($0) : $0 }
    (options.architectures, options.foreign) = (architecture, foreign)
    options.request.upgrades = upgrades
    options.keepsGoing = keepGoing
    return options
  }
}
