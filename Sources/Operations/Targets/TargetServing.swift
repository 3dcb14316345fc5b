#if Network
internal import Depot
internal import PublicationTargets
package import Publishing
package import SafeIO

extension Session {
  /// The publications at a target as a server gives them to clients.
  package func targetTrees(
    _ name: String,
    _ around: StoreSurroundings
  ) throws(Failure) -> any FarTrees {
    let target = try depot().catalogue.target(name)
    let (path, program) = (path, program)
    return try TargetTrees(target, try target.client(around)) { () throws(Failure) in
      try Session(at: path, program: program).depot()
    }
  }
}
#endif
