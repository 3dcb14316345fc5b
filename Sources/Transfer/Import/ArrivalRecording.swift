internal import Depot
internal import Objects
internal import SafeIO

/// Makes what was kept of a bundle durable and records chunks as arrived, on a thread of its own.
///
/// A chunk is recorded only when all that was kept of it is durable: a later run takes it for
/// granted then.
final class ArrivalRecording {
  private enum Order {
    case sync
    case record(chunk: Int)
  }

  private let staging: Staging
  private let catalogue: Catalogue
  private let digest: SHA256Digest
  // Short: who reads waits when the disk is that far behind.
  private let orders = BoundedQueue<Order>(limit: 2)
  private var unsynced: UInt64 = 0

  /// How many bytes may be read before the disk is asked to have them.
  private static let step: UInt64 = 128 << 20

  init(staging: Staging, catalogue: Catalogue, of digest: SHA256Digest) {
    self.staging = staging
    self.catalogue = catalogue
    self.digest = digest
  }

  /// Runs `body`, and waits until everything that it ordered is done.
  ///
  /// - Throws: what kept the files from being durable, else what `body` threw.
  func beside(_ body: () throws(Failure) -> Void) throws(Failure) {
    try Threads.beside { [staging, catalogue, digest, orders] () throws(Failure) in
      do throws(Failure) {
        while let order = orders.receive() {
          try staging.sync()
          guard case .record(let chunk) = order else { continue }
          try catalogue.recordArrivals([UInt64(chunk)], of: digest)
        }
      } catch {
        orders.cancel()
        throw error
      }
    } _: { () throws(Failure) in
      // Also after a refusal: what has arrived is kept.
      defer { orders.finish() }
      try body()
    }
  }

  /// Notes that so many bytes were read, and has them written out from time to time.
  func written(_ bytes: UInt64) {
    unsynced &+= bytes
    guard unsynced >= ArrivalRecording.step else { return }
    unsynced = 0
    // False only after a failure, which `record` tells of.
    _ = orders.send(.sync)
  }

  /// Has a chunk recorded; false when that has failed, which `beside` throws.
  func record(chunk: Int) -> Bool {
    unsynced = 0
    return orders.send(.record(chunk: chunk))
  }
}
