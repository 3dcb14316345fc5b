internal import ArgumentParser
internal import DebianRepository
internal import Depot
internal import Documents
internal import Mirroring
internal import Operations
internal import SafeIO
internal import VendorChain

extension MirrorGroup {
  /// `aptferry mirror create`.
  struct Create: ParsableCommand, Promising {
    static let afterRefusal = "no mirror was created and no key pinned"

    static let configuration = CommandConfiguration(
      commandName: "create",
      abstract: "Record an upstream; the first update fetches it.",
      discussion: """
        Examples:
          aptferry mirror create debian http://deb.example/debian bookworm \\
              bookworm-updates --component main \\
              --keyring /usr/share/keyrings/debian-archive-keyring.gpg
          aptferry mirror create tools https://tools.example/apt ./ \\
              --keyring tools.asc
          aptferry mirror create host --sources /etc/apt/sources.list.d/debian.sources
          aptferry mirror create web http://deb.example/debian bookworm \\
              --filter 'nginx | postgresql-15' --filter-with-deps

        The keys of --keyring, or of the file's Signed-By, are shown and count for
        this mirror only. Without them the keys pinned for any upstream count.

        """ + "\n" + kindsText
    )

    private static let kindsText =
      MirrorKindOptions.text + "\n\n" + MirrorFilterOptions.text + "\n\n"
      + Paragraph.wrapped(
        "A sources file with several addresses makes several mirrors, named NAME-PATH."
      )

    @OptionGroup var location: DepotOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The new mirror's name.")
    var name: String

    @Argument(
      help: ArgumentHelp(
        "The upstream's address, and its suites as apt names them.",
        valueName: "url> <suite"
      )
    )
    var upstream: [String] = []

    @Option(
      help: ArgumentHelp("Adopt a .sources or .list file.", valueName: "file"),
      completion: .file()
    )
    var sources: String?

    @Option(help: "A component (repeatable); all, when none is named.")
    var component: [String] = []

    @Option(help: "An architecture (repeatable); this machine's, when none is named; all for all.")
    var architecture: [String] = []

    @OptionGroup var chosen: MirrorKindOptions
    @OptionGroup var filter: MirrorFilterOptions

    @Option(
      help: ArgumentHelp("A file with the vendor's public keys.", valueName: "file"),
      completion: .file()
    )
    var keyring: [String] = []

    @Flag(help: "Take suites that have no signature; remembered, and shown inside.")
    var allowUnsigned = false

    @Flag(
      name: .customLong("allow-expired-key"),
      help: "Pin keys that have expired, too, for what they signed before."
    )
    var allowExpiredKey = false

    func run() throws {
      let session = location.session(output)
      let client = try chosen.client()
      for note in client?.notes ?? [] { output.tell(note) }
      let wanted = try sources.map { try adopted($0) } ?? [try named()]
      var order = MirrorOrder(name)
      order.wanted = try MirrorNaming.names(of: wanted, name).map { name, source in
        guard SnapshotRecord.isName(name) else {
          throw Failure(
            .usage,
            "mirror-name",
            "a mirror's name has letters, digits and ._+~- only, at most 100, and begins with a "
              + "letter or digit",
            subject: name
          )
        }
        return MirrorOrder.Wanted(try record(name, source, client, session.now), from: source)
      }
      order.keyrings = keyring
      order.takesExpired = allowExpiredKey
      order.aptConfig = environment("APT_CONFIG")
      order.about =
        [
          AuditField("upstream", upstream),
          AuditField("sources", sources.map { [absolutePath($0)] } ?? []),
          AuditField("keyring", keyring.map(absolutePath)),
          AuditField("filter", filter.filter),
        ] + (filter.filterWithDeps == true ? [AuditField("filter-with-deps", ["yes"])] : [])
        + (allowUnsigned ? [AuditField("allow-unsigned", ["yes"])] : [])
        + (allowExpiredKey ? [AuditField("allow-expired-key", ["yes"])] : [])
      let made = try session.createMirrors(order)
      let lines = made.flatMap { view in
        MirrorText.lines(view.mirror, [], view.keys, now: session.now)
          + [NamedDepot.naming("next:          aptferry mirror update \(view.mirror.name)")]
      }
      let documents = made.map { MirrorText.json($0.mirror, [], keys: $0.keys) }
      output.show(.object([("mirrors", .array(documents))]), lines)
    }

    /// What the command line itself names.
    private func named() throws(Failure) -> SourcesEntry {
      guard upstream.count >= 2 else {
        throw Failure(
          .usage,
          "arguments",
          "name the upstream's address and at least one suite, or a file with --sources"
        )
      }
      return SourcesEntry(
        uri: upstream[0],
        suites: Array(upstream.dropFirst()),
        components: component,
        architectures: architecture,
        hasBinaries: true,
        hasSources: false,
        signedBy: .unstated,
        isTrusted: false
      )
    }

    /// What a sources file names; options of the command line count instead of what it says.
    private func adopted(_ path: String) throws(Failure) -> [SourcesEntry] {
      guard upstream.isEmpty else {
        throw Failure(.usage, "arguments", "with --sources the file names address and suites")
      }
      let text = try NamedFile.read(path, limit: SourcesList.longest)
      var entries = try SourcesList.parse(
        text,
        name: path,
        architecture: architecture.first ?? Create.ownArchitecture
      )
      guard !entries.isEmpty else {
        throw Failure(.usage, "no-source", "the file names no repository", subject: path)
      }
      for index in entries.indices {
        if !component.isEmpty { entries[index].components = component }
        if !architecture.isEmpty { entries[index].architectures = architecture }
        if entries[index].isTrusted && !allowUnsigned {
          output.note(
            "note: the file says Trusted for \(entries[index].uri); signatures are checked all "
              + "the same unless you say --allow-unsigned"
          )
        }
      }
      return entries
    }

    private func record(
      _ name: String,
      _ source: SourcesEntry,
      _ client: LikeClient?,
      _ now: UTCTime
    ) throws(Failure) -> MirrorRecord {
      guard !source.uri.lowercased().hasPrefix("tor+") else {
        throw Failure(
          .configuration,
          "tor",
          "this upstream is to be reached through Tor, which a mirror does not do by itself",
          subject: source.uri,
          hint: "name the plain address, and set all_proxy=socks5h://HOST:PORT for each update"
        )
      }
      let address = try UpstreamAddress(try listed(source.uri))
      let clients = client?.architectures ?? []
      let architectures =
        source.architectures.isEmpty
        ? clients.isEmpty ? [Create.ownArchitecture] : clients : source.architectures
      return MirrorRecord(
        name: name,
        upstream: address.text,
        suites: try MirrorWords.suites(source.suites),
        components: try MirrorWords.components(source.components),
        architectures: try MirrorWords.architectures(architectures),
        kinds: try chosen.kinds(of: source, client),
        allowUnsigned: allowUnsigned,
        created: now,
        filter: try filter.chosen()
      )
    }

    /// The address, or the first one of the list of mirrors that it names.
    private func listed(_ uri: String) throws(Failure) -> String {
      let scheme = "mirror+file:"
      guard uri.lowercased().hasPrefix("mirror") else { return uri }
      guard uri.lowercased().hasPrefix(scheme) else {
        throw Failure(
          .configuration,
          "mirror-list",
          "this upstream is a list of mirrors on a server, and a mirror has one address",
          subject: uri,
          hint: "name one of the mirrors that the list has"
        )
      }
      let path = "/" + uri.dropFirst(scheme.utf8.count).drop { $0 == "/" }
      guard let first = MirrorList.first(in: try NamedFile.read(path, limit: MirrorList.longest))
      else {
        throw Failure(
          .configuration,
          "mirror-list",
          "the list of mirrors has none for http or https",
          subject: path,
          hint: "name the address of one"
        )
      }
      output.note("note: of the mirrors in \(path) the first is taken: \(Escaped.line(first))")
      return first
    }

    /// What `dpkg --print-architecture` says where this program runs.
    static var ownArchitecture: String {
      #if arch(x86_64)
      "amd64"
      #elseif arch(arm64)
      "arm64"
      #elseif arch(powerpc64le)
      "ppc64el"
      #elseif arch(s390x)
      "s390x"
      #elseif arch(riscv64)
      "riscv64"
      #else
      "amd64"
      #endif
    }
  }
}

/// What the mirrors of a sources file are called.
enum MirrorNaming {
  /// One keeps the name; several get the last part of their address, and a number where that is
  /// not enough.
  static func names(
    of sources: [SourcesEntry],
    _ name: String
  ) -> [(name: String, source: SourcesEntry)] {
    guard sources.count > 1 else { return sources.map { (name, $0) } }
    var used: Set<String> = []
    return sources.map { source in
      let last = source.uri.split(separator: "/" as Character).last.map { String($0) } ?? ""
      let plain = last.filter { $0.isASCII && ($0.isLetter || $0.isNumber || "._+~-".contains($0)) }
      let base = plain.isEmpty ? name : "\(name)-\(plain)"
      var candidate = base
      var number = 2
      while !used.insert(candidate).inserted {
        candidate = "\(base)-\(number)"
        number += 1
      }
      return (candidate, source)
    }
  }
}
