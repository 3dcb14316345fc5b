internal import SafeIO
private import Synchronization

/// The rate below which waiting for an upstream is of no use, over a window of time.
package struct LeastRate: Sendable {
  /// Bytes a second, of all connections together; 0 waits for ever.
  package var bytesPerSecond: UInt64 = 1024
  /// Seconds over which it is measured.
  package var window = 60.0

  package init() {}

  /// Bytes that must come in a window.
  var leastBytes: Double { Double(bytesPerSecond) * window }

  /// Seconds in which a small file that nothing lists must have come, however steadily it does: it
  /// cannot be gone on with, and a server may send one without an end.
  var smallFileLimit: Double { bytesPerSecond == 0 ? .infinity : window * 10 }

  /// What has come over all connections: on a slow line each of many has little.
  final class Meter: Sendable {
    private let received = Atomic<UInt64>(0)

    var total: UInt64 { received.load(ordering: .relaxed) }
    func add(_ count: Int) { received.add(UInt64(count), ordering: .relaxed) }
  }

  /// One connection's wait: only the time spent waiting counts, not that of a slow disk.
  struct Watch {
    private let rate: LeastRate
    private let meter: Meter
    private var waited = 0.0
    private var start: UInt64

    init(_ rate: LeastRate, _ meter: Meter) {
      self.rate = rate
      self.meter = meter
      start = meter.total
    }

    /// Takes in what came after some seconds of waiting; throws when a window had too little.
    mutating func came(_ count: Int, after seconds: Double) throws(UpstreamTrouble) {
      meter.add(count)
      waited += seconds
      guard rate.bytesPerSecond > 0, waited >= rate.window else { return }
      let bytes = meter.total - start
      guard Double(bytes) >= rate.leastBytes else {
        throw UpstreamTrouble(
          "only \(bytes) bytes came in \(Int(waited)) seconds, less than "
            + "\(rate.bytesPerSecond) a second",
          isSlow: true
        )
      }
      (waited, start) = (0, meter.total)
    }
  }
}
