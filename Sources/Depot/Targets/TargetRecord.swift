package import SafeIO

/// A place in an object store where publications are put, as the operator named it.
package struct TargetRecord: Hashable, Sendable {
  /// How an entity tag stands in a condition under which the store replaces.
  package enum Swap: String, Sendable, CaseIterable {
    /// There is no such condition.
    case none
    case quoted
    case bare
  }

  /// What it is called.
  package let name: String
  /// `s3://bucket/prefix`.
  package let address: String
  /// The server: `https://s3.example`.
  package let endpoint: String
  package let region: String
  /// Whether the bucket stands in the name of the host.
  package let isVirtualHosted: Bool
  /// A file with the certificates that the server's own must lead to; nil for this machine's.
  package let authorities: String?
  /// A file with who asks; nil where the environment or systemd says it.
  package let credentials: String?
  /// Where clients reach it; nil for the store's own address.
  package let url: String?
  /// Whether the store writes something only where nothing is.
  package let createsOnce: Bool
  package let swap: Swap
  /// What clients hear of what is not there: 403 or 404.
  package let missingStatus: Int
  /// Whether clients without credentials could read when it was probed.
  package let isPublic: Bool
  package let created: UTCTime

  package init(
    name: String,
    address: String,
    endpoint: String,
    region: String,
    isVirtualHosted: Bool,
    authorities: String?,
    credentials: String?,
    url: String?,
    createsOnce: Bool,
    swap: Swap,
    missingStatus: Int,
    isPublic: Bool,
    created: UTCTime
  ) {
    (self.name, self.address, self.endpoint) = (name, address, endpoint)
    (self.region, self.isVirtualHosted) = (region, isVirtualHosted)
    (self.authorities, self.credentials, self.url) = (authorities, credentials, url)
    (self.createsOnce, self.swap) = (createsOnce, swap)
    (self.missingStatus, self.isPublic) = (missingStatus, isPublic)
    self.created = created
  }

  /// Whether of several writers one wins, whatever happens.
  package var isAtomic: Bool { createsOnce && swap != .none }

  /// Where clients reach what lies there; the store's own address when nobody has said another.
  package var clientAddress: String {
    if let url { return url }
    let rest = address.dropFirst("s3://".count)
    guard isVirtualHosted else { return endpoint + "/" + rest }
    let bucket = rest.prefix { $0 != "/" }
    let scheme = endpoint.hasPrefix("https") ? "https://" : "http://"
    return scheme + bucket + "." + endpoint.dropFirst(scheme.count) + rest.dropFirst(bucket.count)
  }

  /// Whether a target can be called so: `[a-z0-9][a-z0-9-]{0,39}`.
  package static func isName(_ text: String) -> Bool { DepotConfiguration.isSiteName(text) }
}

/// A publication that lives on a target, as this depot knows it.
package struct TargetPublication: Hashable, Sendable {
  package let target: String
  /// Where the publication lies in this depot.
  package let prefix: String
  /// Which generation of the depot clients of the target get; 0 before the first one.
  package var generation: UInt64 = 0
  /// The number of that at the target; 0 before the first one.
  package var number: UInt64 = 0
  /// Since when; nil before the first one.
  package var published: UTCTime?

  package init(target: String, prefix: String) {
    (self.target, self.prefix) = (target, prefix)
  }
}

/// A number at a target that this depot has claimed for a generation, and how far it came.
package struct TargetClaim: Hashable, Sendable {
  package let number: UInt64
  /// What tells it from everybody else's claim.
  package let nonce: String
  /// The digest of what is put there.
  package let listing: SHA256Digest
  /// Before this position of the listing all that lasts is there.
  package var done: UInt64 = 0

  package init(number: UInt64, nonce: String, listing: SHA256Digest) {
    (self.number, self.nonce, self.listing) = (number, nonce, listing)
  }
}
