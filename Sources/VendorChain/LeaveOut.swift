package import DebianRepository
package import SafeIO

/// What of a tree may be left out, so that one bad thing does not keep everything out.
package struct LeaveOut: Hashable, Sendable {
  /// One thing that an operator allowed.
  private struct Rule: Hashable {
    /// Nil for any reason.
    let reason: LeftOut.Reason?
    /// Nil for all names.
    let name: String?
  }

  private var rules: [Rule] = []
  /// What was allowed before, or what a MANIFEST says is left out: just these.
  private var places: [LeftOut.Place: LeftOut.Reason] = [:]
  /// Whether a refusal may say that there is an option.
  package private(set) var isOffered = true

  /// Nothing that `apt` could use.
  package static let nothing = LeaveOut()

  private init() {}

  /// What the words of `--leave-out` name: a reason, `all`, or either with `:` and a name behind it; a
  /// bare name stands for any reason.
  package init(words: [String]) throws(Failure) {
    for word in words {
      let parts = word.split(
        separator: ":" as Character,
        maxSplits: 1,
        omittingEmptySubsequences: false
      )
      let reason = LeftOut.Reason(rawValue: String(parts[0]))
      let name = parts.count == 2 ? String(parts[1]) : nil
      guard !word.isEmpty, name != "" else { throw LeaveOut.unusable(word) }
      if reason != nil || parts[0] == "all" {
        rules.append(Rule(reason: reason, name: name))
      } else {
        rules.append(Rule(reason: nil, name: word))
      }
    }
  }

  /// Just what a MANIFEST says that a snapshot leaves out.
  package init(claimed: [LeftOut]) {
    isOffered = false
    for leftOut in claimed { places[leftOut.place] = leftOut.reason }
  }

  /// The same, and what was left out of a state of before.
  package func and(_ before: [LeftOut]) -> LeaveOut {
    var copy = self
    for leftOut in before { copy.places[leftOut.place] = leftOut.reason }
    return copy
  }

  /// Whether a file may be left out.
  func allows(_ reason: LeftOut.Reason, file path: String) -> Bool {
    if places[.file(path)] == reason { return true }
    return rules.contains { rule in
      guard rule.reason ?? reason == reason else { return false }
      guard let name = rule.name else { return true }
      let file = path.split(separator: "/" as Character).last ?? ""
      return name.utf8.elementsEqual(path.utf8) || name.utf8.elementsEqual(file.utf8)
        || file.utf8.starts(with: (name + "_").utf8)
    }
  }

  /// What a refusal says to do, with the option where there is one.
  func hint(_ hint: String, _ reason: LeftOut.Reason) -> String {
    guard isOffered else { return hint }
    return "\(hint); to take the rest without it: --leave-out \(reason.rawValue)"
  }

  private static func unusable(_ word: String) -> Failure {
    Failure(
      .usage,
      "arguments",
      "--leave-out takes missing, broken, conflicting or all, each for everything or with a name "
        + "behind a colon, as in missing:NAME",
      subject: word
    )
  }
}
