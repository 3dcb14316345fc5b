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

  /// Makes a repository without packages.
  package func createRepo(
    _ name: String,
    suite: String,
    component: String,
    description: String
  ) throws(Failure) -> RepoRecord {
    let about = [
      AuditField("name", [name]), AuditField("suite", [suite]),
      AuditField("component", [component]),
      AuditField("description", description.isEmpty ? [] : [description]),
    ]
    return try perform(AuditSubject("repo create", about)) { (job) throws(Failure) in
      try RepoIntake.create(
        name,
        suite: suite,
        component: component,
        description: description,
        depot: job.depot,
        now: job.now
      )
    }
  }

  /// Changes what a repository is called inside of snapshots; what is nil stays.
  package func editRepo(
    _ name: String,
    suite: String?,
    component: String?,
    description: String?
  ) throws(Failure) -> RepoRecord {
    let about = [
      AuditField("name", [name]), AuditField("suite", suite.map { [$0] } ?? []),
      AuditField("component", component.map { [$0] } ?? []),
      AuditField("description", description.map { [$0] } ?? []),
    ]
    return try perform(AuditSubject("repo edit", about)) { (job) throws(Failure) in
      try job.depot.locked(for: "repo edit") { () throws(Failure) in
        var repo = try job.depot.catalogue.repo(name)
        repo.suite = suite ?? repo.suite
        repo.component = component ?? repo.component
        repo.description = description ?? repo.description
        try RepoIntake.check(repo)
        repo.changed = job.now
        try job.depot.catalogue.update(repo)
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
      try RepoIntake.add(paths, to: name, replacing: replacing, depot: job.depot, now: job.now)
    }
  }

  /// Takes packages out that one of the queries asks for.
  package func removeFromRepo(
    _ name: String,
    _ queries: [String]
  ) throws(Failure) -> RepoIntake.Outcome {
    let about = [AuditField("name", [name]), AuditField("queries", queries)]
    let read = try queries.map { (query) throws(Failure) in try PackageQuery(query) }
    return try perform(AuditSubject("repo remove", about)) { (job) throws(Failure) in
      try RepoIntake.remove(read, from: name, depot: job.depot, now: job.now)
    }
  }

  /// Forgets a repository; snapshots of it stay.
  package func removeRepo(_ name: String) throws(Failure) -> RepoRecord {
    let subject = AuditSubject("repo remove", [AuditField("name", [name])])
    return try perform(subject) { (job) throws(Failure) in
      try job.depot.locked(for: "repo remove") { () throws(Failure) in
        let repo = try job.depot.catalogue.repo(name)
        try job.depot.catalogue.removeRepo(name)
        return repo
      }
    }
  }
}
