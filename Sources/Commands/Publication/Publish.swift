internal import ArgumentParser
internal import DebianRepository
internal import Depot
internal import Operations
internal import Publishing
internal import SafeIO

/// `aptferry publish`.
struct Publish: ParsableCommand, Promising {
  static let afterRefusal = "apt still gets a complete generation; nothing half-made can be seen"

  static let configuration = CommandConfiguration(
    commandName: "publish",
    abstract: "Publish snapshots to apt: a complete tree, then one atomic switch.",
    discussion: """
      Examples:
        aptferry publish bookworm-1 --at debian
        aptferry publish bookworm-2 security-2 --at production/debian
        aptferry publish security-2 --at debian --mode both --valid-for 30d
        aptferry publish --at debian --distribution bookworm --component main=b-3
        aptferry publish bookworm-2 --at staging --dry-run

      A prefix has one or more distributions; those that are not named stay as
      they are. --mode is asked for once: later publishes keep it.

      verbatim  the tree is byte for byte the vendor's, with the vendor's signature
      resigned  the vendor's indexes below a Release of this site: this site's
                date, signature and, with --valid-for, end; components may come
                from several snapshots, fields may be changed
      both      resigned at the prefix, verbatim at PREFIX/vendor

      Serve <depot>/public with any web server, or name it as file: in the clients'
      sources. Kept generations are at PREFIX/snapshots/SNAPSHOT.

      A publication remembers the vendor of each distribution and component: another
      one's packages are refused there unless --change-vendor is given.

      Exit statuses: 2 no such snapshot, or the prefix is no name; 10 another vendor
      than clients have; 11 an object is damaged (depot check); 13 the clock is behind what clients have seen;
      15 not enough space; 17 another command holds the depot; 18 the prefix lies
      in another publication.
      """
  )

  @OptionGroup var location: DepotOptions
  @OptionGroup var output: OutputOptions

  @Argument(help: "The snapshots.", completion: Completing.snapshots)
  var snapshots: [String] = []

  @Option(
    name: .customLong("at"),
    help: ArgumentHelp("The prefix, as debian or production/debian.", valueName: "prefix"),
    completion: Completing.prefixes
  )
  var prefix: String

  @Option(
    help: ArgumentHelp(
      "Only this distribution of the snapshots; or, resigned, the name for their only one.",
      valueName: "name"
    )
  )
  var distribution: String?

  @Option(
    help: ArgumentHelp(
      "Take this component from another snapshot (repeated).",
      valueName: "component=snapshot"
    )
  )
  var component: [String] = []

  @OptionGroup(title: "Settings, kept until they are changed") var settings: PublicationOptions

  @Option(
    help: ArgumentHelp(
      "What the files are: links (to the objects), reflinks (shared blocks) or copies.",
      valueName: "form"
    ),
    completion: .list(["links", "reflinks", "copies"])
  )
  var files: String?

  @Flag(help: "Make files that share blocks with the objects: --files reflinks.")
  var copyOnWrite = false

  @Flag(help: "Make a tree without any links, to be copied to other file systems.")
  var noLinks = false

  @Flag(help: "Let another vendor take the place of the one that clients have; needs --reason.")
  var changeVendor = false

  @Option(help: "Why, for the audit log and the publication's history.", transform: Reason.read)
  var reason: String?

  @Flag(help: "Say what would be published, and change nothing.")
  var dryRun = false

  #if Network
  @Option(
    name: .customLong("target"),
    help: ArgumentHelp(
      "Have the publication live in this object store, too, from now on (repeated).",
      discussion: "See “aptferry target”.",
      valueName: "name"
    ),
    completion: Completing.targets
  )
  var targets: [String] = []
  #else
  private var targets: [String] { [] }
  #endif

  @OptionGroup var shipping: ShippingOptions

  func validate() throws {
    guard !changeVendor || reason != nil else {
      throw ValidationError("--change-vendor needs --reason.")
    }
    guard !copyOnWrite || files == nil || files == FileForm.reflinks.rawValue else {
      throw ValidationError("--copy-on-write and --files \(files ?? "") exclude each other.")
    }
    guard !noLinks || files != FileForm.links.rawValue else {
      throw ValidationError("--no-links and --files links exclude each other.")
    }
  }

  func run() throws {
    let result = try location.session(output).publish(try order())
    try shipping.show(result, to: targets, isDryRun: dryRun, location, output)
  }

  private func order() throws(Failure) -> PublishOrder {
    var order = PublishOrder(snapshots, at: prefix)
    order.distribution = distribution
    order.mode = try settings.publicationMode()
    order.isDryRun = dryRun
    (order.changesVendor, order.reason) = (changeVendor, reason ?? "")
    order.settings = try settings.read()
    let configuration = Surroundings.current.configuration
    order.defaults = try configuration.publicationDefaults()
    order.settings.about += configuration.aboutPublications
    order.components = try component.map { (text) throws(Failure) in
      guard let cut = text.lastIndex(of: "="), cut > text.startIndex else {
        throw Failure(
          .usage,
          "arguments",
          "--component takes COMPONENT=SNAPSHOT",
          subject: text
        )
      }
      return (String(text[..<cut]), String(text[text.index(after: cut)...]))
    }
    if let files {
      guard let form = FileForm(rawValue: files) else {
        throw Failure(
          .usage,
          "arguments",
          "--files is links, reflinks or copies",
          subject: files
        )
      }
      order.settings.change.form = form
    }
    if copyOnWrite { order.settings.change.form = .reflinks }
    if noLinks { order.settings.change.hasLinks = false }
    return order
  }
}
