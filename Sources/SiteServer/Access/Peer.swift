#if Network
private import Glibc
internal import HummingbirdCore
internal import NIOCore
private import NIOSSL
private import Synchronization

/// Where a request comes from.
struct Peer: Sendable {
  /// The client's end of the connection.
  private let remote: SocketAddress?
  /// This server's end.
  private let local: SocketAddress?
  /// Whether passwords may go over it: it has TLS, or does not leave this machine.
  let isPrivate: Bool
  private let learned = Learned()

  /// What becomes known while the connection lasts.
  private final class Learned: Sendable {
    struct Facts {
      var certificateName: String?
      /// Whose process is at the other end of a Unix socket.
      var owner: UInt32?
      var user: String?
      /// Whether all of the request has come.
      var isWhole = true
      /// Whether the request can only be of who is at the other end: see `RequestOrigin`.
      var isDirect = true
    }

    let facts = Mutex(Facts())
  }

  init(_ channel: any Channel, isSecure: Bool) {
    (remote, local) = (channel.remoteAddress, channel.localAddress)
    isPrivate = isSecure || Peer.isHere(channel.localAddress)
    if case .unixDomainSocket = channel.localAddress { learnOwner(channel) }
  }

  private func learnOwner(_ channel: any Channel) {
    guard let provider = channel as? any SocketOptionProvider else { return }
    // SO_PEERCRED, socket(7).
    let owner: EventLoopFuture<PeerCredentials> = provider.unsafeGetSocketOption(
      level: .socket,
      name: NIOBSDSocket.Option(rawValue: 17)
    )
    owner.whenSuccess { [learned] owner in learned.facts.withLock { $0.owner = owner.user } }
  }

  /// Notes whose certificate the client has shown; after the first bytes of a request it is known.
  func learnCertificate(_ pipeline: ChannelPipeline.SynchronousOperations) throws {
    guard let certificate = try pipeline.nioSSL_peerCertificate() else { return }
    let name = CertificateName.commonName(try certificate.toDERBytes())
    learned.facts.withLock { $0.certificateName = name }
  }

  /// Whom the client's certificate names, which was verified; nil without one.
  var certificateName: String? { learned.facts.withLock { $0.certificateName } }

  /// Whether all of the request that is being answered has come: a connection may end in a body.
  var hasWholeRequest: Bool {
    get { learned.facts.withLock { $0.isWhole } }
    nonmutating set { learned.facts.withLock { $0.isWhole = newValue } }
  }

  /// Who sent the request that is being answered, for the access log.
  var user: String? {
    get { learned.facts.withLock { $0.user } }
    nonmutating set { learned.facts.withLock { $0.user = newValue } }
  }

  /// Notes whether the request that is being answered is the other end's own.
  func note(_ request: Request) {
    let isDirect = RequestOrigin.isOwnName(request) && !RequestOrigin.isForwarded(request)
    learned.facts.withLock { $0.isDirect = isDirect }
  }

  /// Whether the client is on this machine, maybe as a proxy of others.
  var isHere: Bool { Peer.isHere(remote) }

  /// The address, of IPv6 the network: whoever has one of its addresses has them all.
  var network: String {
    guard case .v6 = remote, let text = remote?.ipAddress, !text.hasPrefix("::ffff:") else {
      return address
    }
    return text.split(separator: ":", omittingEmptySubsequences: false).prefix(4)
      .joined(separator: ":") + "::/64"
  }

  /// The address for people and logs, without a port; `unix` for a socket in the file system.
  var address: String { remote?.ipAddress ?? "unix" }

  /// Whether an address cannot be reached from another machine.
  static func isHere(_ address: SocketAddress?) -> Bool {
    guard let address else { return true }
    switch address {
    case .v4: return address.ipAddress?.hasPrefix("127.") ?? false
    case .v6:
      let text = address.ipAddress ?? ""
      return text == "::1" || text.hasPrefix("::ffff:127.")
    case .unixDomainSocket: return true
    }
  }

  /// Whether a process of the server's own account, or of root, on this machine is at the other
  /// end; looks into /proc.
  func isOwnProcess() -> Bool {
    guard learned.facts.withLock({ $0.isDirect }), let owner = owner() else { return false }
    return owner == 0 || owner == getuid()
  }

  private func owner() -> UInt32? {
    guard let local else { return nil }
    if case .unixDomainSocket = local { return learned.facts.withLock { $0.owner } }
    guard let remote, Peer.isHere(local), Peer.isHere(remote), let client = SocketEnd(remote),
      let server = SocketEnd(local)
    else { return nil }
    // The kernel hands the tables out in pieces: while others come and go a line can be missed.
    for _ in 0..<3 {
      if let owner = SocketOwners.owner(of: client, connectedTo: server) { return owner }
    }
    return nil
  }
}

/// `struct ucred` of sys/socket.h.
private struct PeerCredentials: Sendable {
  var process: Int32 = 0
  var user: UInt32 = 0
  var group: UInt32 = 0
}
#endif
