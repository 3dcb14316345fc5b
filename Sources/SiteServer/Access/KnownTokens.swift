internal import Depot
internal import SafeIO
private import Synchronization

/// The tokens of a depot, read anew whenever their file has changed: who is removed is unknown from
/// the next request on.
final class KnownTokens: Sendable {
  private struct State: Equatable {
    var inode: UInt64 = 0
    var size: UInt64 = 0
    var modified: Int64 = 0
    var nanoseconds: Int64 = 0
  }

  private struct Kept {
    var state: State?
    var tokens: [SHA256Digest: AccessToken] = [:]
    var readAt = UTCTime(seconds: 0)
  }

  private let path: String
  private let kept = Mutex(Kept())

  init(depot path: String) { self.path = path }

  /// The token with that digest, while it counts.
  func find(_ digest: SHA256Digest, now: UTCTime) throws(Failure) -> AccessToken? {
    let root = try Directory(opening: path)
    let state = try TokenList.status(in: root).map {
      State(
        inode: $0.inode,
        size: $0.size,
        modified: $0.modified,
        nanoseconds: Int64($0.modifiedNanoseconds)
      )
    }
    let known = kept.withLock { kept -> [SHA256Digest: AccessToken]? in
      guard state != nil else { return [:] }
      // A file that changed just now may change again without another time of change.
      let isSettled = (state?.modified ?? 0) + 2 < kept.readAt.seconds
      return kept.state == state && isSettled ? kept.tokens : nil
    }
    let token: AccessToken?
    if let known {
      token = known[digest]
    } else {
      token = try read(root, state, now)[digest]
    }
    guard let token, token.expires.map({ $0 > now }) ?? true else { return nil }
    return token
  }

  private func read(
    _ root: Directory,
    _ state: State?,
    _ now: UTCTime
  ) throws(Failure) -> [SHA256Digest: AccessToken] {
    let list = try TokenList(of: root)
    let tokens = Dictionary(list.tokens.map { ($0.digest, $0) }) { first, _ in first }
    kept.withLock { $0 = Kept(state: state, tokens: tokens, readAt: now) }
    return tokens
  }
}

extension AccessToken {
  /// What it lets do, each role with what those before it may.
  var rights: Rights {
    let roles: [SiteServer.Role] =
      switch role {
      case .read: [.read]
      case .operate: [.read, .operate]
      case .release: [.read, .operate, .release]
      }
    return Rights(Dictionary(uniqueKeysWithValues: roles.map { ($0, prefixes) }))
  }
}
