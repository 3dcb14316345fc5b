internal import ArgumentParser
internal import SafeIO
internal import VendorChain

/// `--leave-out`, which means the same for a mirror and for a tree.
struct LeaveOutOptions: ParsableArguments {
  @Option(
    name: .customLong("leave-out"),
    defaultAsFlag: "all",
    help: ArgumentHelp(
      "Leave out what is missing, broken or conflicting, separated by commas, and take the rest; "
        + "missing:NAME for one package or file alone. Without a value: all three.",
      valueName: "what"
    ),
    transform: LeaveOutOptions.checked
  )
  private var given: String?

  /// What `LeaveOut` reads.
  var words: [String] { given.map(LeaveOutOptions.split) ?? [] }

  private static func split(_ text: String) -> [String] {
    text.split(separator: ",", omittingEmptySubsequences: false).map { String($0) }
  }

  private static func checked(_ text: String) throws -> String {
    _ = try LeaveOut(words: split(text))
    return text
  }
}
