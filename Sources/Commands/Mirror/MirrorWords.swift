internal import DebianRepository
internal import SafeIO

/// The words that say what a mirror selects, checked.
enum MirrorWords {
  /// The suites, each once, as `apt` names them.
  static func suites(_ list: [String]) throws(Failure) -> [String] {
    var suites: [String] = []
    for word in list {
      // As apt: $(ARCH) is this machine's architecture.
      var suite = Distribution.normal(
        word.replacing("$(ARCH)", with: MirrorGroup.Create.ownArchitecture)
      )
      // A flat repository below the root, as apt also lets it be written.
      while suite.hasPrefix("./"), suite != "./" { suite.removeFirst(2) }
      guard Distribution.isName(suite) else {
        throw Failure(
          .usage,
          "suite",
          "this is not the name of a suite",
          subject: suite,
          hint: "name it as apt does: bookworm, bookworm/updates, or ./ for a flat repository"
        )
      }
      if !suites.contains(suite) { suites.append(suite) }
    }
    return suites
  }

  /// The components, each once; none for all.
  static func components(_ list: [String]) throws(Failure) -> [String] {
    try words(list, "component", "a component")
  }

  /// The architectures, each once; none where `all` is among them.
  static func architectures(_ list: [String]) throws(Failure) -> [String] {
    list.contains("all") ? [] : try words(list, "architecture", "an architecture")
  }

  private static func words(
    _ list: [String],
    _ code: Failure.Name,
    _ noun: String
  ) throws(Failure) -> [String] {
    var words: [String] = []
    for word in list.flatMap({ $0.split(separator: ",").map { String($0) } }) {
      guard RelativePath(word) != nil, !word.contains(" ") else {
        throw Failure(.usage, code, "this is not the name of \(noun)", subject: word)
      }
      if !words.contains(word) { words.append(word) }
    }
    return words
  }
}
