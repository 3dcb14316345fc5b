internal import ArgumentParser
internal import DebianRepository
internal import Mirroring
internal import Operations
internal import SafeIO

/// Which kinds of files a mirror takes, beside packages.
struct MirrorKindOptions: ParsableArguments {
  @Option(name: .customLong("with"), help: ArgumentHelp("What else to take.", valueName: "kinds"))
  var more: [String] = []

  @Option(
    name: .customLong("without"),
    help: ArgumentHelp("What not to take of the default.", valueName: "kinds")
  )
  var less: [String] = []

  @Option(
    help: ArgumentHelp(
      "Take descriptions in this language, too: de, pt_BR (repeatable).",
      valueName: "code"
    )
  )
  var language: [String] = []

  @Option(
    help: ArgumentHelp(
      "Take what a client with this apt configuration asks for: a file, a directory.",
      valueName: "path"
    ),
    completion: .file()
  )
  var likeClient: String?

  /// What `--help` says of kinds.
  static let text = [
    "By default a mirror takes what ordinary clients ask for: packages with their English "
      + "descriptions, contents (for apt-file) and cnf (for command-not-found). --with and "
      + "--without take, separated by commas: \(choices).",
    "--like-client reads an apt.conf file, a directory of such files (apt.conf.d), or one that has "
      + "both (/etc/apt, copied from a machine inside), and selects what apt asks for there: its "
      + "Acquire::IndexTargets, Acquire::Languages and APT::Architectures.",
  ].map(Paragraph.wrapped).joined(separator: "\n\n")

  private static let choices = IndexFamily.choices.map(\.name).joined(separator: ", ")

  /// The client whose configuration is named; nil when none is.
  func client() throws(Failure) -> LikeClient? {
    try likeClient.map { (path) throws(Failure) in try LikeClient(reading: path) }
  }

  /// The names that a mirror's record has for what is taken of a source.
  func kinds(of source: SourcesEntry, _ client: LikeClient?) throws(Failure) -> [String] {
    var kinds: Set<IndexFamily> = []
    var languages: Set<String> = []
    if source.hasBinaries {
      kinds = client.map { $0.kinds.union([.packages]) } ?? IndexFamily.standard
      languages.formUnion(client?.languages ?? [])
    }
    if source.hasSources { kinds.insert(.sources) }
    return try changed(kinds, languages)
  }

  /// The names of what a mirror takes from now on, that took these until now.
  func kinds(after names: [String], _ client: LikeClient?) throws(Failure) -> [String] {
    let before = try MirrorKinds.read(names)
    guard let client else { return try changed(before.kinds, Set(before.languages)) }
    return try changed(
      client.kinds.union([.packages]).union(before.kinds.intersection([.sources])),
      Set(client.languages)
    )
  }

  /// With what the options add and take away.
  private func changed(
    _ present: Set<IndexFamily>,
    _ spoken: Set<String>
  ) throws(Failure) -> [String] {
    var (kinds, languages) = (present, spoken)
    for family in try MirrorKindOptions.families(more, "--with") { kinds.formUnion(family) }
    for family in try MirrorKindOptions.families(less, "--without") { kinds.subtract(family) }
    if MirrorKindOptions.words(less).contains("all") {
      kinds.formIntersection([.packages, .sources])
    }
    for word in MirrorKindOptions.words(language) {
      guard MirrorKinds.isLanguage(word) else {
        throw Failure(.usage, "language", "this is not the code of a language", subject: word)
      }
      if word != "en" { languages.insert(word) }
    }
    return MirrorKinds.names(kinds, languages: languages.sorted())
  }

  private static func words(_ list: [String]) -> [String] {
    list.flatMap { $0.split(separator: ",").map { String($0) } }
  }

  private static func families(
    _ list: [String],
    _ option: String
  ) throws(Failure) -> [Set<IndexFamily>] {
    try words(list).map { (word) throws(Failure) in
      guard let found = IndexFamily.choices.first(where: { $0.name == word }) else {
        throw Failure(.usage, "arguments", "\(option) takes \(choices)", subject: word)
      }
      // What comes along with a kind may be wanted without it.
      return option == "--with" ? found.families : IndexFamily(rawValue: word).map { [$0] } ?? []
    }
  }
}
