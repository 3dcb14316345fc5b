internal import Depot
package import Publishing
package import SafeIO
internal import Trust

extension Session {
  /// Where the published trees are, as a path for other programs.
  package func publishedPath() throws(Failure) -> String {
    try depot().configuration.publicDirectory ?? path + "/public"
  }

  /// Asks a published tree what clients ask; nothing is changed.
  package func checkPublication(
    _ prefix: String,
    mode: PublicationMode?
  ) throws(Failure) -> ServedReport {
    let (depot, now) = (try depot(), now)
    return try interruption.govern { () throws(Failure) in
      try reading { () throws(Failure) in
        try ServedCheck.run(prefix, mode: mode, in: depot, now: now) { () throws(Failure) in
          try DepotIdentity.keys(of: depot, now: now).all
        }
      }
    }
  }
}
