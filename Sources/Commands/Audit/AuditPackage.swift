internal import ArgumentParser
internal import Depot
internal import Documents
internal import Operations
internal import SafeIO

/// `aptferry audit package`.
struct AuditPackage: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "package",
    abstract: "Say who brought a package, when, and who vouched for it.",
    discussion: """
      Examples:
        aptferry audit package openssl
        aptferry audit package openssl=3.0.15-1~deb12u1

      The indexes of every snapshot are searched, also of those that were removed:
      their lists and indexes stay as evidence. For each snapshot that has the
      package, the audit log says in which bundle it came, who signed that, who took
      it in, where it was published and when it went. The log is not checked here:
      aptferry audit verify.

      Exit statuses: 2 no snapshot has, or had, such a package; 18 there is no depot.
      """
  )

  @OptionGroup var location: DepotOptions
  @OptionGroup var output: OutputOptions

  @Argument(help: ArgumentHelp("The package.", valueName: "name[=version]"))
  var package: String

  func run() throws {
    let (name, version) = try AuditPackage.parse(package)
    let trail = try location.session(output).trailOfPackage(name, version: version)
    for (snapshot, reason) in trail.unsearched {
      output.note("not searched: snapshot \(snapshot.name), \(snapshot.digest.short): \(reason)")
    }
    guard !trail.found.isEmpty || !trail.repositories.isEmpty else {
      throw try notFound(name, version)
    }
    output.show(PackageTrailText.json(trail), PackageTrailText.lines(trail))
  }

  private func notFound(_ name: String, _ version: String?) throws(Failure) -> Failure {
    var known: [String] = []
    if version != nil {
      let others = try location.session(output).trailOfPackage(name, version: nil)
      known = others.versions
    }
    return Failure(
      .usage,
      "no-such-package",
      "no snapshot that could be searched has this package, or had it",
      subject: package,
      hint: known.isEmpty
        ? "the name is that of the package, not of its file; a version is as dpkg shows it"
        : "its versions here: " + known.prefix(20).joined(separator: ", ")
    )
  }

  /// Takes `name` or `name=version`.
  static func parse(_ text: String) throws(Failure) -> (name: String, version: String?) {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard let name = parts.first, !name.isEmpty, parts.last != "" else {
      throw Failure(
        .usage,
        "arguments",
        "a package is given as NAME or NAME=VERSION",
        subject: text
      )
    }
    return (String(name), parts.count > 1 ? String(parts[1]) : nil)
  }
}
