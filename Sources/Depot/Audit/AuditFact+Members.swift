internal import SafeIO

extension AuditFact {
  /// Whether a rule against replay reads it: it comes before the others.
  var isRead: Bool {
    switch self {
    case .accepted, .generation: true
    default: false
    }
  }

  /// The fact as it stands in a record: its kind, and members in a fixed order.
  package var written: WrittenFact { WrittenFact(kind, members) }

  private var kind: WrittenFact.Kind {
    switch self {
    case .accepted: .accepted
    case .generation: .generation
    case .published: .published
    case .generationSigned: .generationSigned
    case .generationDropped: .generationDropped
    case .publicationRemoved: .publicationRemoved
    case .snapshot: .snapshot
    case .suite: .suite
    case .snapshotRemoved: .snapshotRemoved
    case .snapshotRenamed: .snapshotRenamed
    case .exported: .exported
    case .mediumWritten: .mediumWritten
    case .mediumRead: .mediumRead
    case .retracted: .retracted
    case .receipt: .receipt
    case .receiptTaken: .receiptTaken
    case .acknowledged: .acknowledged
    case .repoAdded: .repoAdded
    case .repoRemoved: .repoRemoved
    case .mirror: .mirror
    case .mirrorRemoved: .mirrorRemoved
    case .mirrored: .mirrored
    }
  }

  private var members: [WrittenFact.Member] {
    switch self {
    case .accepted(let bundle): AuditFact.members(bundle)
    case .generation(let generation):
      AuditFact.place(generation) + [("listing", .digest(generation.listing))]
    case .published(let generation, let snapshot):
      AuditFact.place(generation) + AuditFact.name(snapshot)
    case .generationSigned(let generation, let keys):
      AuditFact.place(generation)
        + [("listing", .digest(generation.listing)), ("signers", .list(keys))]
    case .generationDropped(let prefix, let number), .publicationRemoved(let prefix, let number):
      [("prefix", .text(prefix)), ("number", .number(number))]
    case .snapshot(let snapshot, let origin), .snapshotRemoved(let snapshot, let origin):
      AuditFact.name(snapshot) + [("origin", .text(origin))]
    case .snapshotRenamed(let snapshot, let from):
      AuditFact.name(snapshot) + [("from", .text(from))]
    case .suite(let suite, let snapshot): AuditFact.name(snapshot) + AuditFact.members(suite)
    case .exported(let bundle, let signer, let isAgain):
      AuditFact.members(bundle)
        + [("sites", .list(bundle.sites)), ("snapshots", .list(bundle.snapshots.map(\.name)))]
        + (signer.map { [("signer", .text($0))] } ?? []) + AuditFact.flag("again", isAgain)
    case .mediumWritten(let medium): medium.members
    case .mediumRead(let medium): medium.members
    case .retracted(let bundle): AuditFact.members(bundle)
    case .receipt(let number, let digest):
      [("number", .number(number)), ("sha256", .digest(digest))]
    case .receiptTaken(let site, let number): [("site", .text(site)), ("number", .number(number))]
    case .acknowledged(let bundle): AuditFact.members(bundle)
    case .repoAdded(let package), .repoRemoved(let package): package.members
    case .mirror(let mirror), .mirrorRemoved(let mirror): AuditFact.members(mirror)
    case .mirrored(let mirror, let suite, let listing):
      [("mirror", .text(mirror)), ("listing", .digest(listing))] + AuditFact.members(suite)
    }
  }

  private static func members(_ bundle: Accepted) -> [WrittenFact.Member] {
    [
      ("stream", .text(bundle.stream)), ("sequence", .number(bundle.sequence)),
      ("manifest", .digest(bundle.manifest)), ("signers", .list(bundle.signers)),
    ] + flag("older", bundle.isOlder) + flag("again", bundle.isAgain)
  }

  private static func members(_ bundle: Acknowledgement) -> [WrittenFact.Member] {
    [
      ("site", .text(bundle.site)), ("stream", .text(bundle.stream)),
      ("sequence", .number(bundle.sequence)), ("manifest", .digest(bundle.manifest)),
      ("means", .text(bundle.means.rawValue)),
    ]
  }

  private static func flag(_ name: String, _ isSet: Bool) -> [WrittenFact.Member] {
    isSet ? [(name, .flag)] : []
  }

  private static func place(_ generation: Generation) -> [WrittenFact.Member] {
    [("prefix", .text(generation.prefix)), ("number", .number(generation.number))]
  }

  private static func name(_ snapshot: SnapshotReference) -> [WrittenFact.Member] {
    [("snapshot", .text(snapshot.name)), ("listing", .digest(snapshot.digest))]
  }

  private static func members(_ suite: SuiteRecord) -> [WrittenFact.Member] {
    // What was only claimed never stands where what was verified does.
    let proof: [WrittenFact.Member]
    switch suite.proof {
    case .signed(let signers):
      proof = [("proof", .text("signed")), ("signers", .list(signers))]
    case .unsigned(let vouchers):
      proof = [("proof", .text("unsigned")), ("vouchers", .list(vouchers))]
    case .unchecked(let names):
      proof = [("proof", .text("unchecked")), ("claimed", .list(names))]
    case .unverified(let names):
      proof = [("proof", .text("unverified")), ("claimed", .list(names))]
    case .composed(let signers, let vouchers, let hasOwn):
      proof =
        [("proof", .text("composed")), ("signers", .list(signers))]
        + (vouchers.isEmpty ? [] : [("vouchers", .list(vouchers))]) + flag("own", hasOwn)
    }
    return [("suite", .text(suite.distribution))] + proof
      + (suite.date.map { [("date", .text($0.rfc3339))] } ?? [])
  }

  private static func members(_ bundle: ExportRecord) -> [WrittenFact.Member] {
    [
      ("stream", .text(bundle.stream)), ("sequence", .number(bundle.sequence)),
      ("manifest", .digest(bundle.manifest)),
    ]
  }

  private static func members(_ mirror: MirrorRecord) -> [WrittenFact.Member] {
    [
      ("mirror", .text(mirror.name)),
      ("upstream", .text(AuditLineWriter.withoutCredentials(mirror.upstream))),
      ("suites", .list(mirror.suites)), ("components", .list(mirror.components)),
      ("architectures", .list(mirror.architectures)), ("kinds", .list(mirror.kinds)),
    ] + (mirror.filter.map { [("filter", .text($0.query))] } ?? [])
      + flag("filter-with-deps", mirror.filter?.withDependencies ?? false)
      + flag("unsigned", mirror.allowUnsigned)
  }
}

extension AuditFact.Accepted {
  /// The fact of that kind; nil for anything else.
  package init?(_ fact: WrittenFact) {
    guard fact.kind == WrittenFact.Kind.accepted.rawValue, let stream = fact.text("stream"),
      let sequence = fact.number("sequence"), let manifest = fact.digest("manifest")
    else { return nil }
    self.init(
      stream: stream,
      sequence: sequence,
      manifest: manifest,
      signers: fact.list("signers"),
      isOlder: fact.isSet("older"),
      isAgain: fact.isSet("again")
    )
  }
}

extension AuditFact.Generation {
  /// The fact of that kind; nil for anything else.
  package init?(_ fact: WrittenFact) {
    guard fact.kind == WrittenFact.Kind.generation.rawValue, let prefix = fact.text("prefix"),
      let number = fact.number("number"), let listing = fact.digest("listing")
    else { return nil }
    self.init(prefix: prefix, number: number, listing: listing)
  }
}
