internal import ArgumentParser
internal import Choosing
internal import DebianRepository
internal import Documents
internal import Operations
internal import SafeIO

/// `aptferry snapshot search`.
struct SnapshotSearch: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "search",
    abstract: "List the packages of a snapshot that a query asks for.",
    discussion: """
      Examples:
        aptferry snapshot search bookworm-1 'nginx (>= 1.22)'
        aptferry snapshot search bookworm-1 \\
            'Name (% postgresql-*), !$Architecture (i386)'
        aptferry snapshot search bookworm-1 'Depends (~ "libssl3[^t]")' \\
            --format '${Package} ${Version} ${Installed-Size}'

      The query language is that of aptly; docs/reference/queries.md has it.

      --format takes names of fields as ${Field}; \\n and \\t are a line's end and a
      tab.

      Exit statuses: 2 the query cannot be understood, and the column is named.
      """
  )

  @OptionGroup var location: DepotOptions
  @OptionGroup var output: OutputOptions

  @Argument(help: "The snapshot's name.")
  var name: String

  @Argument(help: "What to look for, in one argument.")
  var query: String

  @Option(help: ArgumentHelp("How each package is shown.", valueName: "text"))
  var format: String?

  func run() throws {
    let query = try PackageQuery(query)
    var found: [JSONText] = []
    let form = format.map { StanzaForm($0) }
    try location.session(output).searchSnapshot(name, query) { (suite, stanza) throws(Failure) in
      if output.json {
        found.append(
          .object([
            ("suite", .string(suite)), ("name", .string(stanza.package)),
            ("version", .string(stanza.version)), ("architecture", .string(stanza.architecture)),
            ("size", .count(stanza.size)),
          ])
        )
      } else if let form {
        Output.text(Array(form.text(of: stanza).utf8))
      } else {
        Output.line(Escaped.line("\(stanza.package) \(stanza.version) \(stanza.architecture)"))
      }
    }
    if output.json { output.show(.object([("packages", .array(found))]), []) }
  }
}

/// A line that is made of a stanza, as `dpkg-query --showformat` has them.
struct StanzaForm {
  private enum Piece {
    case text(String)
    case field(FieldName)
  }

  private var pieces: [Piece] = []

  init(_ format: String) {
    let plain = format.replacing("\\n", with: "\n").replacing("\\t", with: "\t")
    var rest = Substring(plain.contains("\n") ? plain : plain + "\n")
    while let start = rest.firstRange(of: "${") {
      guard let end = rest[start.upperBound...].firstIndex(of: "}") else { break }
      pieces.append(.text(String(rest[..<start.lowerBound])))
      pieces.append(.field(FieldName(rest[start.upperBound..<end])))
      rest = rest[rest.index(after: end)...]
    }
    pieces.append(.text(String(rest)))
  }

  func text(of stanza: PackageStanza) -> String {
    var text = ""
    for piece in pieces {
      switch piece {
      case .text(let plain): text += plain
      case .field(let name): text += Escaped.line(stanza.string(of: name) ?? "")
      }
    }
    return text
  }
}
