private import Glibc
internal import SafeIO

/// What a form carries to show that it came from a page that this server sent to the same caller:
/// a page of another site cannot read it, so it cannot send the form.
struct FormTokens: Sendable {
  private let secret: [UInt8]

  init() {
    var bytes = [UInt8](repeating: 0, count: 32)
    for index in bytes.indices { bytes[index] = UInt8.random(in: .min ... .max) }
    secret = bytes
  }

  /// The token of a caller; it is good as long as the server runs.
  func token(for caller: Caller) -> String {
    // The secret stands at both ends, so that nobody who knows one token can make another.
    var hasher = SHA256Hasher()
    hasher.update(secret)
    hasher.update(Array((caller.name ?? "").utf8) + [0] + Array(caller.address.utf8) + [0])
    hasher.update(secret)
    return hasher.finish().hex
  }

  /// Whether a token is the caller's; takes the same time for every wrong one.
  func accept(_ token: String, from caller: Caller) -> Bool {
    let right = Array(self.token(for: caller).utf8)
    let given = Array(token.utf8)
    guard right.count == given.count else { return false }
    return zip(right, given).reduce(0 as UInt8) { $0 | ($1.0 ^ $1.1) } == 0
  }
}
