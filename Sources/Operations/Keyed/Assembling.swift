internal import Archives
package import Composing
package import Depot
package import SafeIO
internal import VendorChain

/// A snapshot that is to be made of packages that were chosen one by one.
package struct AssemblyOrder: Sendable {
  /// The new snapshot's name.
  package let name: String
  /// What the suite is called.
  package let suite: String
  /// The packages, each in the component that it comes in.
  package var packages: [ChosenPackage]
  /// The architectures that there are lists for, whatever packages there are.
  package var architectures: [String] = []
  /// What the record says of where it comes from.
  package var origin = "chosen packages"
  /// What somebody says of it; empty for nothing.
  package var description = ""
  /// What the API records with it.
  package var records: [APIRecord] = []
  /// What is asked for, for the audit log.
  package var about: [AuditField] = []

  package init(_ name: String, suite: String, _ packages: [ChosenPackage]) {
    (self.name, self.suite, self.packages) = (name, suite, packages)
  }
}

extension Session {
  /// Makes a snapshot of packages that were chosen, with what vouches for each.
  ///
  /// - Throws: `state` where two of the packages want one path, and what a composer throws.
  package func assemble(_ order: AssemblyOrder) throws(Failure) -> SnapshotRecord {
    let about =
      [AuditField("name", [order.name]), AuditField("origin", [order.origin])] + order.about
      + [AuditField("description", order.description.isEmpty ? [] : [order.description])]
    return try perform(AuditSubject("snapshot create", about)) { (job) throws(Failure) in
      try job.assemble(order)
    }
  }

  /// Puts packages that the depot has into a repository, and takes others out.
  package func changeRepo(
    _ name: String,
    adding added: [KeyedPackage],
    removing removed: [KeyedPackage]
  ) throws(Failure) -> RepoIntake.Outcome {
    let about = [
      AuditField("name", [name]), AuditField("added", added.map(\.key)),
      AuditField("removed", removed.map(\.key)),
    ]
    let command = added.isEmpty ? "repo remove" : "repo add"
    return try perform(AuditSubject(command, about)) { (job) throws(Failure) in
      try keepAside(removed)
      return try RepoIntake.change(
        name,
        adding: added.map(\.listed),
        removing: Set(removed.map(\.listed.identity)),
        job.keeping
      )
    }
  }

  /// Keeps packages that are going to leave a repository findable by their keys until the next cleanup.
  package func keepAside(_ packages: [KeyedPackage]) throws(Failure) {
    try depot().catalogue.put(
      packages.compactMap { package in
        package.listed.kept.map { APIRecord(PackageEntry.aside, package.key, $0) }
      }
    )
  }

  /// Forgets packages that only their keys still find.
  package func forgetAside() throws(Failure) {
    let catalogue = try depot().catalogue
    try catalogue.put(
      try catalogue.apiRecords(PackageEntry.aside).keys.map {
        APIRecord(PackageEntry.aside, $0, nil)
      }
    )
  }

  /// What the API has recorded of all things of a kind.
  package func apiRecords(_ area: String) throws(Failure) -> [String: String] {
    try depot().catalogue.apiRecords(area)
  }

  /// Records what the API has to say of things; of what a command does, that command's record tells.
  package func put(_ records: [APIRecord]) throws(Failure) {
    guard !records.isEmpty else { return }
    try depot().catalogue.put(records)
  }
}

extension Job {
  /// Makes a snapshot of chosen packages; what the API records comes with it.
  func assemble(_ order: AssemblyOrder) throws(Failure) -> SnapshotRecord {
    var composing = ComposingOrder(
      order.name,
      from: [],
      .chosen(order.packages, architectures: order.architectures, origin: order.origin)
    )
    composing.suite = order.suite
    composing.compressions = [.xz, .gzip, .none]
    let outcome = try Composer.compose(composing, depot: depot, now: now, facts: facts) {
      (list, suite) throws(Failure) in
      let archive = ListedArchive(list: list, objects: depot.objects)
      _ = try ComposedChain.check(
        suites: [suite],
        trees: try ProvenanceTree.all(in: archive.paths(below: ProvenanceTree.root)),
        files: archive,
        trust: UpstreamTrust(keys: [], acceptRecorded: true, now: now)
      )
    }
    if !order.description.isEmpty {
      try depot.catalogue.describe(snapshot: order.name, order.description)
    }
    try depot.catalogue.put(order.records)
    return outcome.snapshot
  }
}

extension Session {
  /// Keeps what somebody says of a snapshot, in place of what was said before.
  package func describeSnapshot(_ name: String, _ description: String) throws(Failure) {
    let about = [AuditField("name", [name]), AuditField("description", [description])]
    try perform(AuditSubject("snapshot describe", about)) { (job) throws(Failure) in
      try job.depot.locked(for: "snapshot describe") { () throws(Failure) in
        _ = try job.depot.catalogue.snapshot(name)
        try job.depot.catalogue.describe(snapshot: name, description)
      }
    }
  }
}
