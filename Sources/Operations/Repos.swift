internal import Choosing
package import Composing
package import Depot
package import SafeIO

extension Session {
  /// All repositories of this site, by name.
  package func repos() throws(Failure) -> [RepoRecord] { try depot().catalogue.repos() }

  /// A repository with what it has.
  package func repo(_ name: String) throws(Failure) -> (RepoRecord, [RepoContent.Package]) {
    let depot = try depot()
    let repo = try depot.catalogue.repo(name)
    return (repo, try RepoContent(of: repo, in: depot).sorted)
  }

  /// Makes a repository without packages; with keys that are pinned for it, or where that is asked for,
  /// one that takes signed uploads only.
  package func createRepo(
    _ name: String,
    suite: String,
    component: String,
    description: String,
    requiresSignature: Bool = false,
    keyrings: [GivenFile] = []
  ) throws(Failure) -> RepoRecord {
    var order = RepoEditOrder(name)
    (order.suite, order.component) = (suite, component)
    order.description = description.isEmpty ? nil : description
    (order.requiresSignature, order.keyrings) = (requiresSignature ? true : nil, keyrings)
    return try perform(order.subject("repo create")) { (job) throws(Failure) in
      try RepoIntake.create(
        name,
        suite: suite,
        component: component,
        description: description,
        requiresSignature: order.willRequireSignature,
        keys: try job.uploadKeys(order, of: name),
        depot: job.depot,
        now: job.now
      )
    }
  }

  /// Changes what a repository is called and takes; what is nil stays.
  package func editRepo(_ order: RepoEditOrder) throws(Failure) -> RepoRecord {
    try perform(order.subject("repo edit")) { (job) throws(Failure) in
      let keys = try job.uploadKeys(order, of: order.newName ?? order.name)
      return try job.depot.locked(for: "repo edit") { () throws(Failure) in
        let before = try job.depot.catalogue.repo(order.name)
        let repo = RepoRecord(
          name: order.newName ?? before.name,
          suite: order.suite ?? before.suite,
          component: order.component ?? before.component,
          description: order.description ?? before.description,
          requiresSignature: order.requiresSignature
            ?? (order.keyrings.isEmpty ? before.requiresSignature : true),
          listing: before.listing,
          packages: before.packages,
          bytes: before.bytes,
          created: before.created,
          changed: job.now
        )
        try RepoIntake.check(repo)
        try job.depot.catalogue.update(repo, named: before.name, keys: keys)
        return repo
      }
    }
  }

  /// Adds the packages of files and directories; all or none.
  package func addToRepo(
    _ name: String,
    _ paths: [String],
    replacing: Bool
  ) throws(Failure) -> RepoIntake.Outcome {
    let about = [
      AuditField("name", [name]), AuditField("files", paths),
      AuditField("replace", replacing ? ["yes"] : []),
    ]
    return try perform(AuditSubject("repo add", about)) { (job) throws(Failure) in
      let outcome = try RepoIntake.add(
        paths,
        to: name,
        replacing: replacing,
        job.keeping,
        gate: Uploads.gate(job)
      )
      job.record("signed by", outcome.signers)
      return outcome
    }
  }

  /// Adds packages that are in memory, each with the name of its file; all or none.
  package func addToRepo(
    _ name: String,
    _ packages: [(name: String, bytes: [UInt8])],
    replacing: Bool
  ) throws(Failure) -> RepoIntake.Outcome {
    let about = [
      AuditField("name", [name]), AuditField("files", packages.map(\.name)),
      AuditField("replace", replacing ? ["yes"] : []),
    ]
    return try perform(AuditSubject("repo add", about)) { (job) throws(Failure) in
      let given = packages.map { RepoIntake.Given($0.bytes, name: $0.name) }
      return try RepoIntake.add(
        given,
        to: name,
        replacing: replacing,
        job.keeping,
        gate: Uploads.gate(job)
      )
    }
  }

  /// Takes packages out, or with a dry run only says which.
  package func removeFromRepo(
    _ name: String,
    _ choice: RepoRemoval,
    isDryRun: Bool = false
  ) throws(Failure) -> RepoIntake.Outcome {
    let about = [AuditField("name", [name])] + choice.about
    let removal = try choice.removal()
    let subject = isDryRun ? nil : AuditSubject("repo remove", about)
    return try perform(subject) { (job) throws(Failure) in
      let outcome = try RepoIntake.remove(
        removal,
        from: name,
        isDryRun: isDryRun,
        job.keeping
      )
      job.record("removed", AuditNames.shortened(outcome.removed))
      return outcome
    }
  }

  /// Forgets a repository, and the keys that were pinned for it; snapshots of it stay.
  ///
  /// - Throws: `state` when there are some, unless that is forced.
  package func removeRepo(_ name: String, isForced: Bool = false) throws(Failure) -> RepoRecord {
    let about = [AuditField("name", [name]), AuditField("force", isForced ? ["yes"] : [])]
    return try perform(AuditSubject("repo remove", about)) { (job) throws(Failure) in
      try job.depot.locked(for: "repo remove") { () throws(Failure) in
        let repo = try job.depot.catalogue.repo(name)
        let snapshots = try job.depot.catalogue.snapshots()
          .filter { $0.kind == .composed && $0.origin == RepoRecord.origin(name) }.map(\.name)
        guard isForced || snapshots.isEmpty else {
          throw Failure(
            .state,
            "repo-in-use",
            "there are snapshots of the repository",
            subject: name,
            hint:
              "they would stay; to remove it all the same: aptferry repo remove \(name) --force",
            details: snapshots
          )
        }
        try job.depot.catalogue.removeRepo(name)
        return repo
      }
    }
  }
}

extension Job {
  /// What changes of repositories need.
  var keeping: RepoKeeping { RepoKeeping(depot, now: now, facts: facts) }
}
