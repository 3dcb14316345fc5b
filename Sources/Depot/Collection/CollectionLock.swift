package import SafeIO

/// What `depot gc` holds: nobody takes objects in, and nobody counts on one that is here already.
///
/// A mirror's update looks for objects without the depot's lock for as long as it fetches, so its
/// own lock is held too, and that of a backup, which copies objects without the depot's lock. Readers hold nothing: what they read is a snapshot's or a generation's,
/// which gc leaves, and a file that is open stays readable when its name goes.
package final class CollectionLock {
  private let depot: FileLock
  private let backup: FileLock
  private let mirrors: [MirrorLock]

  /// Takes the locks, or refuses and says who has the one that is taken.
  package init(_ depot: Depot, for command: String) throws(Failure) {
    self.depot = try depot.lock(for: command)
    backup = try FileLock(
      DepotBackup.lockName,
      in: depot.root,
      holder: LockHolder.text(command: command)
    )
    var mirrors: [MirrorLock] = []
    for mirror in try depot.catalogue.mirrors() {
      mirrors.append(MirrorLock(try depot.lock(mirror: mirror, for: command)))
    }
    self.mirrors = mirrors
  }

  /// An array cannot hold a lock itself.
  private final class MirrorLock {
    private let lock: FileLock

    init(_ lock: consuming FileLock) { self.lock = lock }
  }
}
