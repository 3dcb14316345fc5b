internal import Choosing
package import Depot
package import Publishing
package import SafeIO
internal import Transfer

/// What somebody who answers for a site wants to see first.
package struct SiteOverview: Sendable {
  /// One publication, as clients see it.
  package struct Published: Sendable {
    package let publication: Publication
    /// Its distributions with the dates of their Release files; empty when these cannot be read.
    package let distributions: [ClientDistribution]
    /// Why they cannot be read; nil when they can.
    package let trouble: String?
  }

  /// The name of the site.
  package let site: String
  package let publications: [Published]
  /// Imports and other work that has not come to its end.
  package let unfinished: [UnfinishedWork]
  /// The bundle that was accepted last; nil when none was.
  package let lastAccepted: AcceptedBundle?
  /// Free space where content stays, in bytes.
  package let freeBytes: UInt64
}

extension Session {
  /// How the site is: what is published and how old it is, what is missing, how much room there is.
  package func overview() throws(Failure) -> SiteOverview {
    let depot = try depot()
    return try reading { () throws(Failure) in
      SiteOverview(
        site: depot.configuration.site,
        publications: try Publications.list(depot).map { (publication) throws(Failure) in
          try published(publication)
        },
        unfinished: try depot.unfinishedWork(),
        lastAccepted: try LedgerReport(of: depot).accepted.max { $0.accepted < $1.accepted },
        freeBytes: try depot.freeSpace().bytes
      )
    }
  }

  /// A damaged Release of one publication must not hide the others.
  private func published(_ publication: Publication) throws(Failure) -> SiteOverview.Published {
    do throws(Failure) {
      let facts = try clientFacts(of: publication.prefix, ClientFacts.Selection())
      return SiteOverview.Published(
        publication: publication,
        distributions: facts.distributions,
        trouble: nil
      )
    } catch {
      guard error.kind != .io, error.kind != .internal else { throw error }
      return SiteOverview.Published(
        publication: publication,
        distributions: [],
        trouble: error.reason
      )
    }
  }
}

extension Session {
  /// All mirrors with their states, by name.
  package func mirrors() throws(Failure) -> [MirrorView] {
    try depot().catalogue.mirrors().map { (record) throws(Failure) in try mirror(record.name) }
  }

  /// The packages of a name, and what has them.
  package func findPackages(named name: String) throws(Failure) -> [FoundPackage] {
    try findPackages(PackageQuery.package(name, version: nil))
  }

  /// The newest records of the audit log, oldest first; they are not checked.
  package func newestAuditRecords(_ count: Int) throws(Failure) -> [AuditRecord] {
    var newest: [AuditRecord] = []
    try auditLog().forEachRecord(since: nil, until: nil) { (record) throws(Failure) in
      newest.append(record)
      // Cut now and then, so that it is not moved for each record.
      if newest.count >= 2 * count + 1000 { newest.removeFirst(newest.count - count) }
    }
    return Array(newest.suffix(count))
  }
}
