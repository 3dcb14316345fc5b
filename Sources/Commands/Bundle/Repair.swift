internal import ArgumentParser
internal import Documents
internal import Operations
internal import SafeIO
internal import Transfer

/// `aptferry repair`.
struct Repair: ParsableCommand, Promising {
  static let afterRefusal = "the media were only read"

  static let configuration = CommandConfiguration(
    commandName: "repair",
    abstract: "Make damaged or lost chunks again, from parity.",
    discussion: """
      Examples:
        aptferry repair /media/stick --to /tmp/repaired --keyring exporter.asc
        aptferry repair /media/disc1 /media/disc3 --to /media/stick

      Only for bundles that were exported with --parity. All media that are here are
      read once, every block is checked by a digest that MANIFEST vouches for, and
      what is not whole is made again and checked. It goes into a directory of the
      bundle's name in --to, with the lists: name that beside the media when you
      import. The media are never written. No depot is needed; without --keyring the
      keys pinned in the depot are used, if there is one.

      An import makes chunks again by itself where it can. Use repair to have a
      medium that is whole, or at the gap.

      Exit statuses: 0 everything is whole now; 10 no key, or the signature is not
      by it; 11 more is lost than parity makes good (the rest is repaired); 12 no
      bundle has parity, or its lists are not here; 18 a directory of the bundle's
      name is there already.
      """
  )

  @OptionGroup var location: DepotOptions
  @OptionGroup var output: OutputOptions

  @Argument(help: "Bundles, media that hold some, or images of discs.", completion: .file())
  var media: [String]

  @Option(
    help: ArgumentHelp(
      "The directory that gets what is made again, in a directory of the bundle's name.",
      valueName: "dir"
    ),
    completion: .directory
  )
  var to: String

  @OptionGroup var exporter: KeyringOption

  func run() throws {
    let line = output.progress
    defer { line.end() }
    let session = location.session(output, line)
    let reports = try session.repair(
      media,
      to: absolutePath(to),
      with: try exporter.keys(),
      around: .here
    )
    line.end()
    output.show(RepairText.json(reports), RepairText.lines(reports))
    if let failure = reports.lazy.compactMap(\.failure).first { throw failure }
  }
}
