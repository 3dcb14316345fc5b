internal import ArgumentParser
internal import Composing
internal import Documents
internal import Operations
internal import SafeIO

/// `aptferry repo`.
struct RepoGroup: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "repo",
    abstract: "Repositories of the site's own packages.",
    subcommands: [
      RepoCreate.self, List.self, Show.self, RepoEdit.self, RepoAdd.self,
      RepoCopy.self, RepoMove.self, RepoImport.self, RepoRemove.self,
    ]
  )

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list",
      abstract: "Show all repositories.",
      discussion: "Example:\n  aptferry repo list"
    )

    @OptionGroup var location: DepotOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
      let repos = try location.session(output).repos()
      output.show(.object([("repos", .array(repos.map(RepoText.json)))]), RepoText.table(repos))
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "show",
      abstract: "Show one repository and its packages.",
      discussion: "Example:\n  aptferry repo show tools"
    )

    @OptionGroup var location: DepotOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The repository's name.", completion: Completing.repos)
    var name: String

    func run() throws {
      let (repo, packages) = try location.session(output).repo(name)
      output.show(
        .object([
          ("repo", RepoText.json(repo)), ("packages", .array(packages.map(RepoText.json))),
        ]),
        RepoText.lines(repo) + packages.map { "package:   " + Escaped.line($0.label) }
      )
    }
  }
}
