internal import ArgumentParser
internal import Operations
internal import SafeIO

/// `aptferry snapshot filter`.
struct SnapshotFilter: ParsableCommand, Promising {
  static let afterRefusal = "no snapshot was made"

  static let configuration = CommandConfiguration(
    commandName: "filter",
    abstract: "Make a snapshot of the packages that queries ask for.",
    usage: "aptferry snapshot filter <options> <source> ... <name> <query> ...",
    discussion: """
      Examples:
        aptferry snapshot filter bookworm-1 web-1 nginx 'Name (% libnginx-*)'
        aptferry snapshot filter bookworm-1 security-1 web-1 'Name (% nginx*)'
        aptferry snapshot filter bookworm-1 web-1 nginx --with-deps --recommends
        aptferry snapshot filter security-1 fixes-1 --for web1.state --upgrades \\
            'Name (% nginx)'

      The names of snapshots come first, then the new one's name, then the queries; a
      package that one of them asks for is taken. The query language is that of aptly;
      docs/reference/queries.md has it. With --with-deps all that the packages need
      comes along, as a complete solver finds it and apt would install it; what cannot
      be had is explained. --for takes only what the named machines lack.

      Each package keeps its entry in the index byte for byte, and what its vendor
      signed goes with the snapshot: inside, every package is checked against that.
      It can only be published under the site's own signature.

      Exit statuses: 2 there is no such snapshot, or a query cannot be understood; 12
      a package cannot be installed from the sources; 18 there is another snapshot of
      that name.
      """
  )

  @OptionGroup var location: DepotOptions
  @OptionGroup var output: OutputOptions
  @OptionGroup var options: CompositionOptions

  @Argument(
    help: "The sources, the new snapshot's name, and the queries, each in one argument.",
    completion: Completing.snapshots
  )
  var words: [String]

  @OptionGroup var closure: ClosureArguments

  func validate() throws { try closure.check() }

  func run() throws {
    let session = location.session(output)
    var order = try session.filterOrder(words, asksNothing: closure.upgrades)
    order.closure = closure.options
    order.machines = closure.machine.map(absolutePath)
    try options.compose(order, session, output)
  }
}
