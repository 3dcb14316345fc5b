#if Network
/// Whether a body comes as fast as it must.
///
/// It has some time to begin with: waiting for it takes of that, and what comes gives more. So a
/// body that has come fast may pause for a while, and one that trickles is over soon. The time in
/// which the server itself does not read costs a client nothing.
struct BodyPace: Sendable {
  /// The least that must come in a second in the long run, in bytes.
  static let least: Int64 = 1 << 10

  private static let second: Int64 = 1_000_000_000
  /// What a body has to begin with.
  private static let first = 30 * second
  /// The most it can have.
  private static let most = 60 * second

  /// What is left, in nanoseconds.
  private var left = BodyPace.first
  /// Since when the server waits for bytes; nil while it reads none.
  private var since: UInt64?

  /// The server is willing to read; `now` counts nanoseconds.
  mutating func wait(at now: UInt64) {
    if since == nil { since = now }
  }

  /// So many bytes came.
  mutating func take(_ count: Int, at now: UInt64) {
    spend(until: now)
    since = nil
    left = min(BodyPace.most, left + Int64(count) * BodyPace.second / BodyPace.least)
  }

  /// Whether too little has come.
  mutating func isTooSlow(at now: UInt64) -> Bool {
    spend(until: now)
    return left <= 0
  }

  private mutating func spend(until now: UInt64) {
    guard let since, now > since else { return }
    left -= Int64(clamping: now - since)
    self.since = now
  }
}
#endif
