internal import Depot
internal import Objects
package import SafeIO

extension RepoIntake {
  /// Puts packages that are listed elsewhere in the depot into a repository, and takes others out.
  ///
  /// What is taken out goes first, by the identities of its stanzas.
  /// - Throws: `state` when another package of one's name, version and architecture is there, `trust` where the
  ///   repository takes signed uploads only.
  package static func change(
    _ name: String,
    adding added: [PackageEntry],
    removing removed: Set<SHA256Digest>,
    _ keeping: RepoKeeping
  ) throws(Failure) -> Outcome {
    let depot = keeping.depot
    return try depot.locked(for: "repo edit \(name)") { () throws(Failure) in
      let repo = try depot.catalogue.repo(name)
      if !added.isEmpty { try requireOpen(repo) }
      let content = try RepoContent(of: repo, in: depot)
      return try change(repo, content, keeping) { (content, staging) throws(Failure) in
        var outcome = Outcome(repo: repo)
        if !removed.isEmpty {
          outcome.removed = content.remove(identities: removed).map(\.label).sorted()
        }
        var packages: [RepoContent.Package] = []
        for one in added {
          let text = one.text
          let files = Dictionary(one.files.map { ($0.path, $0) }) { first, _ in first }
          packages.append(
            try RepoContent.package(text, one.sort) { path in
              files[path].map { ($0.size, $0.digest) }
            }
          )
          _ = try staging.keep(bytes: text)
        }
        try outcome.put(packages, into: &content, replacing: false)
        return outcome
      }
    }
  }
}
