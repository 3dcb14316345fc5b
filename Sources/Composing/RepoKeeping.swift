package import Depot
package import SafeIO

/// What a change of repositories needs beside what is changed: the depot, the time, and whom to tell
/// of what was done.
package struct RepoKeeping {
  let depot: Depot
  let now: UTCTime
  let facts: AuditFacts

  package init(_ depot: Depot, now: UTCTime, facts: AuditFacts) {
    (self.depot, self.now, self.facts) = (depot, now, facts)
  }
}
