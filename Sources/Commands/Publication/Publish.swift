internal import ArgumentParser
internal import DebianRepository
internal import Depot
internal import Publishing
internal import SafeIO

/// `aptferry publish`.
struct Publish: ParsableCommand, Promising {
  static let afterRefusal = "apt still gets a complete generation; nothing half-made can be seen"

  static let configuration = CommandConfiguration(
    abstract: "Publish a snapshot to apt: a complete tree, then one atomic switch.",
    discussion: """
      Examples:
        aptferry publish bookworm-1 --at debian
        aptferry publish bookworm-2 --at production/debian

      The tree is byte for byte the vendor's, with the vendor's signature. Serve
      <depot>/public with any web server, or name it as file: in the clients'
      sources.

      Exit statuses: 2 no such snapshot, or the prefix is no name; 11 an object
      is damaged (depot check); 15 not enough space; 17 another command holds the
      depot; 18 the prefix lies in another publication.
      """
  )

  @OptionGroup var location: DepotOptions
  @OptionGroup var output: OutputOptions

  @Argument(help: "The snapshot.")
  var snapshots: [String]

  @Option(
    name: .customLong("at"),
    help: ArgumentHelp("The prefix, as debian or production/debian.", valueName: "prefix")
  )
  var prefix: String

  func run() throws {
    let now = UTCTime.now()
    let depot = try location.open()
    let lock = try depot.lock(for: "publish")
    try Publisher.recover(depot)
    let result = try Publisher(depot).publish(snapshots, at: prefix, now: now)
    _ = consume lock
    output.show(
      .object([
        ("prefix", .string(result.prefix)),
        ("generation", .count(result.generation)),
        ("unchanged", .bool(result.isUnchanged)),
        ("files", .count(result.files)),
        ("bytes", .count(result.bytes)),
        ("copies", .count(result.copies)),
        ("listing", .string(result.listing.hex)),
        ("path", .string(result.path)),
        ("suites", .array(result.suites.map { .string($0.distribution) })),
      ]),
      [
        "prefix:     \(result.prefix)",
        "generation: \(result.generation)" + (result.isUnchanged ? " (unchanged)" : ""),
        "content:    \(result.files) files, \(ByteSize.text(result.bytes))"
          + (result.copies > 0 ? ", \(result.copies) of them copied" : ""),
        "suites:     "
          + result.suites.map { $0.distribution + ($0.isUnsigned ? " (UNSIGNED)" : "") }
          .joined(separator: ", "),
        "path:       \(result.path)",
      ].map { Escaped.line($0) }
    )
  }
}
