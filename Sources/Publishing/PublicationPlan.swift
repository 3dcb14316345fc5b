package import DebianRepository
package import Depot
package import SafeIO

/// What a generation will hold: the union of its snapshots' files; nothing is touched for it.
package struct PublicationPlan: Sendable {
  /// All files.
  package let list: FileList
  /// The digest of the listing.
  package let digest: SHA256Digest
  /// The snapshots, in the order they were named.
  package let snapshots: [SnapshotReference]
  /// The suites of all snapshots, each once.
  package let suites: [SuiteRecord]

  /// Refuses snapshots that have different content at one path.
  package init(_ snapshots: [(record: SnapshotRecord, list: FileList)]) throws(Failure) {
    guard let first = snapshots.first else {
      throw Failure(.usage, "no-snapshot", "no snapshot was named")
    }
    var references: [SnapshotReference] = []
    var suites: [SuiteRecord] = []
    for (record, _) in snapshots {
      let reference = SnapshotReference(name: record.name, digest: record.digest)
      if !references.contains(reference) { references.append(reference) }
      for suite in record.suites where !suites.contains(suite) { suites.append(suite) }
    }
    self.snapshots = references
    self.suites = suites
    if references.count == 1 {
      list = first.list
      digest = first.record.digest
      return
    }
    var builder = FileList.Builder()
    for (_, list) in snapshots {
      for index in 0..<list.count {
        let path = Array(list.pathBytes(at: index))
        try builder.add(path: path.span, size: list.size(at: index), digest: list.digest(at: index))
      }
    }
    do {
      list = try builder.finish()
    } catch {
      throw Failure(
        .state,
        "conflict",
        "the snapshots cannot be published together: \(error.reason)",
        subject: error.subject,
        hint: "publish them at different prefixes"
      )
    }
    digest = list.listDigest
  }
}
