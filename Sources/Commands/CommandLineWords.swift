internal import ArgumentParser
internal import SafeIO

/// What is done with the words of a command line before the parser reads them.
enum CommandLineWords {
  /// Options that mean the same everywhere, and so may stand before the command too.
  private static let global: Set<String> = ["--json", "--quiet", "--no-progress"]

  /// The words with global options behind the command, where the parser wants them.
  static func ordered(_ words: [String]) -> [String] {
    var moved: [String] = []
    var rest = words[...]
    while let word = rest.first {
      if global.contains(word) || word.hasPrefix("--depot=") {
        moved.append(word)
        rest = rest.dropFirst()
      } else if word == "--depot", rest.count > 1 {
        moved += rest.prefix(2)
        rest = rest.dropFirst(2)
      } else {
        break
      }
    }
    if rest.first == "version" || rest.first == "-V" { return ["--version"] }
    guard !moved.isEmpty, !rest.isEmpty else { return words }
    // Behind “--” nothing is an option.
    let end = rest.firstIndex(of: "--") ?? rest.endIndex
    return rest[..<end] + moved + rest[end...]
  }

  /// Refuses a word that is no command where one has to be, and an option given twice that takes one
  /// value: the parser would take the last and say nothing.
  static func check(_ words: [String]) throws(Failure) {
    guard let first = words.first, !first.hasPrefix("-") else { return }
    try checkCommands(first == "help" ? Array(words.dropFirst()) : words)
    try checkRepetition(words)
  }

  private static func checkCommands(_ words: [String]) throws(Failure) {
    var command: any ParsableCommand.Type = RootCommand.self
    var path = "aptferry"
    for word in words {
      let known = command.configuration.subcommands
      guard !known.isEmpty, !word.hasPrefix("-") else { return }
      guard let next = known.first(where: { name($0) == word }) else {
        if word == "help" { return }
        throw unknown(word, after: path, known.map(name))
      }
      (command, path) = (next, path + " " + word)
    }
  }

  private static func checkRepetition(_ words: [String]) throws(Failure) {
    var seen: Set<String> = []
    var repeated: Set<String> = []
    for word in words.prefix(while: { $0 != "--" }) where word.hasPrefix("--") {
      let option = String(word.prefix { $0 != "=" })
      if !seen.insert(option).inserted { repeated.insert(option) }
    }
    guard !repeated.isEmpty else { return }
    let single = singleOptions(of: leaf(words))
    for option in repeated.sorted() where single.contains(option) {
      throw Failure(
        .usage,
        "repeated-option",
        "this option takes one value and was given more than once",
        subject: option,
        hint: "leave out all but one"
      )
    }
  }

  /// The options of a command that take one value.
  ///
  /// The line of usage leaves options out where there are many; the help as JSON has all, a property a
  /// line, those of an option in the order of their names.
  private static func singleOptions(of command: any ParsableCommand.Type) -> Set<String> {
    var options: Set<String> = []
    var isOption = false
    var isRepeating = false
    for line in command._dumpHelp().split(separator: "\n") {
      let words = line.split(separator: "\"", omittingEmptySubsequences: false)
      guard words.count > 2 else { continue }
      switch words[1] {
      case "isRepeating": isRepeating = words[2].contains("true")
      // Each of an option's names has a kind too.
      case "kind" where words.count > 3 && ["option", "flag", "positional"].contains(words[3]):
        isOption = words[3] == "option"
      case "name" where isOption && !isRepeating && words.count > 3: options.insert("--" + words[3])
      default: break
      }
    }
    return options
  }

  /// The command that the words begin with.
  private static func leaf(_ words: [String]) -> any ParsableCommand.Type {
    var command: any ParsableCommand.Type = RootCommand.self
    for word in words {
      guard let next = command.configuration.subcommands.first(where: { name($0) == word }) else {
        break
      }
      command = next
    }
    return command
  }

  /// The name by which a command is called.
  private static func name(_ command: any ParsableCommand.Type) -> String { command._commandName }

  private static func unknown(_ word: String, after path: String, _ names: [String]) -> Failure {
    let near = names.map { (name: $0, distance: distance(word, $0)) }
      .filter { $0.distance <= max(1, min(3, $0.name.count / 2)) || $0.name.hasPrefix(word) }
      .sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }.prefix(3).map(\.name)
    let proposal = near.map { "\(path) \($0)" }.joined(separator: ", or ")
    return Failure(
      .usage,
      "no-command",
      "there is no such command",
      subject: "\(path) \(word)",
      hint: near.isEmpty ? "\(path) --help shows the commands" : "did you mean: \(proposal)?"
    )
  }

  /// How many letters have to be put in, left out, replaced or swapped with the next.
  static func distance(_ left: String, _ right: String) -> Int {
    let (left, right) = (Array(left.prefix(40)), Array(right.prefix(40)))
    var rows = [Array(0...right.count)]
    for (row, letter) in left.enumerated() {
      var next = [row + 1]
      for (column, other) in right.enumerated() {
        var best = min(rows[row][column] + (letter == other ? 0 : 1), rows[row][column + 1] + 1)
        best = min(best, next[column] + 1)
        if row > 0, column > 0, letter == right[column - 1], left[row - 1] == other {
          best = min(best, rows[row - 1][column - 1] + 1)
        }
        next.append(best)
      }
      rows.append(next)
    }
    return rows[left.count][right.count]
  }
}
