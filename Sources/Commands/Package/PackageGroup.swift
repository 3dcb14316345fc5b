internal import ArgumentParser
internal import Choosing
internal import DebianRepository
internal import Documents
internal import Operations
internal import SafeIO

/// `aptferry package`.
struct PackageGroup: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "package",
    abstract: "Packages, wherever in the depot they are.",
    subcommands: [Search.self, Show.self]
  )

  struct Search: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "search",
      abstract: "List the packages of the depot that a query asks for.",
      discussion: """
        Examples:
          aptferry package search nginx
          aptferry package search 'Name (% postgresql-*), $Architecture (amd64)'
          aptferry package search 'Depends (~ libssl1)' \\
              --format '${Package} ${Version}'

        All mirrors and snapshots are searched. Behind each package stands what has it:
        snapshots by their names, mirrors, prefixes where it is published now, and
        bundles that carry it. “aptferry snapshot search” looks into one snapshot.

        The query language is that of aptly; docs/reference/queries.md has it.

        --format takes names of fields as ${Field}; \\n and \\t are a line's end and a
        tab.

        Exit statuses: 2 the query cannot be understood, and the column is named.
        """
    )

    @OptionGroup var location: DepotOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "What to look for, in one argument.")
    var query: String

    @Option(help: ArgumentHelp("How each package is shown.", valueName: "text"))
    var format: String?

    func run() throws {
      let found = try location.session(output).findPackages(try PackageQuery(query))
      if let form = format.map({ StanzaForm($0) }), !output.json {
        for package in found { Output.text(Array(form.text(of: package.stanza).utf8)) }
        return
      }
      output.show(
        .object([
          ("packages", .array(found.map { FoundPackageText.json($0, withStanza: false) }))
        ]),
        found.map(FoundPackageText.line)
      )
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "show",
      abstract: "Show a package: its stanza, and what has it.",
      discussion: """
        Examples:
          aptferry package show openssl
          aptferry package show openssl=3.0.15-1~deb12u1

        Behind each stanza stand the mirrors and snapshots that list the package, the
        prefixes where it is published now, and the bundles that carry it.
        “aptferry audit package” says who brought it and who vouched for it.

        Exit statuses: 2 no mirror and no snapshot has such a package.
        """
    )

    @OptionGroup var location: DepotOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: ArgumentHelp("The package.", valueName: "name[=version]"))
    var package: String

    func run() throws {
      let (name, version) = try AuditPackage.parse(package)
      let query = PackageQuery.package(name, version: version)
      let found = try location.session(output).findPackages(query)
      guard !found.isEmpty else {
        throw Failure(
          .usage,
          "no-such-package",
          "no mirror and no snapshot has this package",
          subject: package,
          hint: "look for parts of the name: aptferry package search 'Name (% *\(name)*)'"
        )
      }
      output.show(
        .object([
          ("packages", .array(found.map { FoundPackageText.json($0, withStanza: true) }))
        ]),
        Array(found.map(FoundPackageText.lines).joined(separator: [""]))
      )
    }
  }
}
