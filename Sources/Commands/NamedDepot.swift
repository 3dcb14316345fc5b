internal import ArgumentParser
internal import SafeIO

/// Commands that a message proposes, for a depot that the command line named: without its `--depot`
/// they would work on another one.
enum NamedDepot {
  /// The depot that the words of a command line name with `--depot`; nil when they do not.
  static func path(in words: [String]) -> String? {
    let words = words.prefix { $0 != "--" }
    if let word = words.last(where: { $0.hasPrefix("--depot=") }) {
      return absolutePath(String(word.dropFirst("--depot=".count)))
    }
    guard let place = words.firstIndex(of: "--depot"), place + 1 < words.endIndex else {
      return nil
    }
    return absolutePath(words[place + 1])
  }

  /// The text with `--depot` in each command of this program that is to be typed here.
  static func naming(_ text: String) -> String {
    guard let depot = Surroundings.current.namedDepot,
      !text.contains("--depot"), !text.contains("--help")
    else {
      return text
    }
    var result = ""
    var rest = text[...]
    while let place = rest.firstRange(of: program) {
      result += rest[..<place.upperBound]
      let before = rest[..<place.lowerBound]
      rest = rest[place.upperBound...]
      if isCommand(rest), !isElsewhere(before) {
        result += "--depot \(quoted(depot)) "
      }
    }
    return result + rest
  }

  private static let program = "aptferry "

  /// Those that work on a depot, each with its own commands.
  private static let commands = Dictionary(
    uniqueKeysWithValues: RootCommand.configuration.subcommands.map { command in
      (command._commandName, Set(command.configuration.subcommands.map { $0._commandName }))
    }
  ).filter { $0.key != "codes" }

  /// Whether a command stands here, and not what somebody's key is called: `aptferry depot mainland`.
  private static func isCommand(_ text: Substring) -> Bool {
    let words = text.prefix { $0.isLetter || $0 == "-" || $0 == " " }.split(separator: " ")
    guard let first = words.first, let inner = commands[String(first)] else { return false }
    return inner.isEmpty || words.count > 1 && inner.contains(String(words[1]))
  }

  /// Whether the command is for the other side of the gap, as the words before it say.
  private static func isElsewhere(_ before: Substring) -> Bool {
    ["outside: ", "Outside: ", "other side: ", "isolated side: "].contains { before.hasSuffix($0) }
  }

  private static func quoted(_ path: String) -> String {
    let plain = path.unicodeScalars.allSatisfy {
      $0.isASCII && ($0.properties.isAlphabetic || "0123456789/._+~-".unicodeScalars.contains($0))
    }
    return plain ? path : "'" + path.replacing("'", with: "'\\''") + "'"
  }
}

extension Failure {
  /// The same, with the depot in what its hint proposes.
  var namingDepot: Failure {
    guard let hint else { return self }
    return Failure(
      kind,
      name,
      reason,
      subject: subject,
      hint: NamedDepot.naming(hint),
      details: details
    )
  }
}
