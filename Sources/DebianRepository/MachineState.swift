package import SafeIO

/// What a machine has installed, which architectures it knows and which sources it asks: what decides
/// what it can install, and nothing else of it.
///
/// Its text is a dpkg status file: the first stanza, of a package that is not installed, has what is
/// about the machine itself. So whoever reads dpkg's status reads it too.
package struct MachineState: Sendable {
  /// The native one first.
  package let architectures: [String]
  /// The sources as lines of sources.list(5), without user names and passwords; empty when they are
  /// not known.
  package let sources: [String]
  /// How many packages are installed.
  package let packages: Int
  /// The stanzas of the installed packages.
  private let stanzas: [UInt8]

  private static let headName = "aptferry-machine-state"
  private static let architecturesField = FieldName("X-Architectures")
  private static let sourcesField = FieldName("X-Sources")

  /// What is kept of a package: how it is called, and what it has to do with others.
  private static let kept = [
    "Package", "Status", "Essential", "Protected", "Important", "Priority", "Architecture",
    "Multi-Arch", "Source", "Version", "Provides", "Pre-Depends", "Depends", "Recommends",
    "Suggests", "Conflicts", "Breaks", "Replaces",
  ].map { (name: $0, field: FieldName($0)) }

  /// Takes dpkg's status, and what else is known of the machine.
  ///
  /// Without architectures they are those of its packages, that of `dpkg` itself first. The text of a
  /// machine's state has its own.
  /// - Throws: `integrity` for what is no status file, `configuration` where dpkg itself is not
  ///   installed.
  package init(
    status: [UInt8],
    name: String,
    architectures: [String] = [],
    sources: [String] = []
  ) throws(Failure) {
    var reader = PackageIndexReader(.status, name: name)
    var (given, lines, count, text) = (architectures, sources, 0, [UInt8]())
    var (native, others): (String?, Set<String>) = (nil, [])
    func take(_ stanza: PackageStanza) throws(Failure) {
      if stanza.package == MachineState.headName {
        given = MachineState.words(stanza, MachineState.architecturesField)
        lines = []
        stanza.forEachLine(of: MachineState.sourcesField) { line in
          lines.append(String(decoding: Array(copying: line), as: UTF8.self))
        }
      }
      guard stanza.isInstalled else { return }
      count += 1
      if stanza.package == "dpkg" { native = stanza.architecture }
      if stanza.architecture != "all" { others.insert(stanza.architecture) }
      for (name, field) in MachineState.kept where stanza.has(field) {
        text += Array("\(name): ".utf8) + Array(copying: stanza.bytes(of: field)) + [0x0a]
      }
      text.append(0x0a)
    }
    try reader.feed(status.span, take)
    try reader.finish(take)
    if given.isEmpty, let native { given = [native] + others.subtracting([native]).sorted() }
    guard !given.isEmpty else {
      throw Failure(
        .configuration,
        "machine-state",
        "the file does not say of which architecture the machine is: dpkg is not in it",
        subject: name,
        hint: "give dpkg's status, /var/lib/dpkg/status, or what “aptferry machine state” wrote"
      )
    }
    (self.architectures, self.sources, packages, stanzas) = (given, lines, count, text)
  }

  private static func words(_ stanza: PackageStanza, _ field: FieldName) -> [String] {
    (stanza.string(of: field) ?? "").split(separator: " ").map { String($0) }
  }

  /// The text, for a file.
  package var text: [UInt8] {
    var head = """
      Package: \(MachineState.headName)
      Status: deinstall ok not-installed
      Version: 1
      Architecture: all
      Description: what a machine has, written by aptferry machine state
      X-Architectures: \(architectures.joined(separator: " "))

      """
    if !sources.isEmpty { head += "X-Sources:\n" + sources.map { " \($0)\n" }.joined() }
    return Array((head + "\n").utf8) + stanzas
  }

  /// A source as lines of sources.list(5), without what is secret in its address.
  package static func lines(of entry: SourcesEntry) -> [String] {
    let types = (entry.hasBinaries ? ["deb"] : []) + (entry.hasSources ? ["deb-src"] : [])
    let architectures =
      entry.architectures.isEmpty
      ? "" : "[arch=\(entry.architectures.joined(separator: ","))] "
    return types.flatMap { type in
      entry.suites.map { suite in
        ([type, architectures + withoutUser(entry.uri), suite] + entry.components)
          .joined(separator: " ")
      }
    }
  }

  /// An address without user and password: `http://user:secret@host/` is `http://host/`; and without
  /// a query, which may have a token.
  private static func withoutUser(_ address: String) -> String {
    let bare = String(address.prefix { $0 != "?" && $0 != "#" })
    guard let start = bare.firstRange(of: "://") else { return bare }
    let rest = bare[start.upperBound...]
    let host = rest.prefix { $0 != "/" }
    guard let at = host.lastIndex(of: "@") else { return bare }
    return String(bare[..<start.upperBound]) + rest[rest.index(after: at)...]
  }
}
