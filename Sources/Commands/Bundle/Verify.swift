internal import ArgumentParser
internal import BundleFormat
internal import Documents
internal import Operations
internal import SafeIO
internal import Transfer

/// `aptferry verify`.
struct Verify: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Check media in full: signature, every chunk, every file.",
    discussion: """
      Examples:
        aptferry verify /media/stick --keyring exporter.asc
        aptferry verify /media/disc1 /media/disc2
        aptferry verify mainland-12-1.iso /dev/sr0    images, unmounted discs

      No depot is needed; without --keyring the keys pinned in the depot are used,
      if there is one. Damaged chunks are named, the others in ranges. Whatever
      else is on a medium is listed. Media are only read.

      Exit statuses: 0 everything is here and is what was signed; 10 no key, or
      the signature is not by it; 11 damaged; 12 chunks are missing (one medium of
      a set is such a case: what is here is good); 13 an alarm: two bundles under
      one sequence; 14 links, devices or the like on the medium, and with --strict
      any file that is no part of a bundle. Of several bundles the gravest counts.
      """
  )

  @OptionGroup var location: DepotOptions
  @OptionGroup var output: OutputOptions

  @Argument(help: "Bundles, media that hold some, or images of discs.", completion: .file())
  var media: [String]

  @OptionGroup var exporter: KeyringOption

  @Flag(help: "Name each missing chunk, each file that is not whole, and all that does not belong.")
  var verbose = false

  @Flag(help: "Refuse media with anything else on them than the bundles that were signed.")
  var strict = false

  func run() throws {
    let line = output.progress
    defer { line.end() }
    let session = location.session(output, line)
    let verification = try session.verify(
      media,
      with: try exporter.keys(),
      from: exporter.keyring,
      isStrict: strict,
      around: .here
    )
    line.end()
    output.show(
      VerificationText.json(verification),
      VerificationText.lines(verification, verbose: verbose)
    )
    if let failure = verification.failure { throw failure }
  }
}
