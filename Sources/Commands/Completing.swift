internal import ArgumentParser
internal import Depot
internal import Operations
internal import SafeIO

/// What a shell proposes where a name of the depot is wanted.
///
/// Where the depot cannot be read nothing is proposed: a key that a person presses while typing is
/// no place for a message.
enum Completing {
  static let snapshots = names { (depot) throws(Failure) in
    try depot.catalogue.snapshots().map(\.name)
  }
  static let mirrors = names { (depot) throws(Failure) in try depot.catalogue.mirrors().map(\.name)
  }
  static let repos = names { (depot) throws(Failure) in try depot.catalogue.repos().map(\.name) }
  static let prefixes = names { (depot) throws(Failure) in
    try depot.catalogue.generations().map(\.prefix)
  }
  static let sites = names { (depot) throws(Failure) in
    try depot.catalogue.trust(role: .site).map(\.name) + depot.catalogue.exports().flatMap(\.sites)
  }
  static let bundles = names { (depot) throws(Failure) in
    try depot.catalogue.exports().map(\.name)
      + depot.catalogue.accepted().map {
        WrittenFact.bundle(stream: $0.stream, sequence: $0.sequence)
      }
  }
  static let made = names { (depot) throws(Failure) in try depot.catalogue.exports().map(\.name) }
  static let targets = names { (depot) throws(Failure) in
    try depot.catalogue.targets().map(\.name)
  }
  static let keys = names { (depot) throws(Failure) in
    try depot.catalogue.trust().map(\.fingerprint)
  }
  static let modes = CompletionKind.list(["verbatim", "resigned", "both"])

  private static func names(
    _ ask: @escaping @Sendable (Depot) throws(Failure) -> [String]
  ) -> CompletionKind {
    .custom { words, _, _ in
      do throws(Failure) {
        let session = Session(at: try path(words), program: Version.program)
        return Array(Set(try ask(try session.depot()))).filter { !$0.isEmpty }.sorted()
      } catch {
        return []
      }
    }
  }

  /// The depot that the words name, else that of the surroundings.
  private static func path(_ words: [String]) throws(Failure) -> String {
    var location = DepotOptions()
    location.depot = nil
    for (index, word) in words.enumerated() {
      if word == "--depot", index + 1 < words.count { location.depot = words[index + 1] }
      if word.hasPrefix("--depot=") { location.depot = String(word.dropFirst("--depot=".count)) }
    }
    // A shell asks before any command has read the defaults of this machine.
    let surroundings = try Surroundings.current.configured()
    return surroundings.surround { location.path }
  }
}
