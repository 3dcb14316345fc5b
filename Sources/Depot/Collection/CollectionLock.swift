private import Glibc
package import SafeIO

/// What `depot gc` holds: nobody takes objects in, and nobody counts on one that is here already.
///
/// An import and a mirror's update look for objects without the depot's lock for as long as they
/// read, so their own locks are held too, and that of a backup, which copies objects meanwhile. Readers hold nothing: what they read is a snapshot's or a
/// generation's, which gc leaves, and a file that is open stays readable when its name goes.
package final class CollectionLock {
  private let locks: [Lock]

  /// How long a wait sleeps between two attempts, in microseconds.
  private static let pause: UInt32 = 100_000

  /// Takes the locks, or refuses and says who has the one that is taken.
  package init(_ depot: Depot, for command: String) throws(Failure) {
    let watch = Stopwatch()
    while true {
      do throws(Failure) {
        locks = try CollectionLock.attempt(depot, command)
        return
      } catch {
        guard error.kind == .busy, watch.seconds < depot.patience else { throw error }
      }
      try Interruption.check()
      usleep(CollectionLock.pause)
    }
  }

  /// Takes all of them or none: who has one of the others may wait for the depot's own.
  private static func attempt(_ depot: Depot, _ command: String) throws(Failure) -> [Lock] {
    let holder = LockHolder.text(command: command)
    var locks = [Lock(try FileLock(Depot.lockName, in: depot.root, holder: holder))]
    locks.append(Lock(try FileLock(Depot.importLockName, in: depot.root, holder: holder)))
    locks.append(Lock(try FileLock(DepotBackup.lockName, in: depot.root, holder: holder)))
    for mirror in try depot.catalogue.mirrors() {
      locks.append(Lock(try FileLock(Depot.lockName(of: mirror), in: depot.root, holder: holder)))
    }
    return locks
  }

  /// An array cannot hold a lock itself.
  private final class Lock {
    private let lock: FileLock

    init(_ lock: consuming FileLock) { self.lock = lock }
  }
}
