package import Depot
package import OpenPGP
package import SafeIO
package import VendorChain

/// How a mirror is to be updated.
package struct MirrorRequest: Sendable {
  /// The mirror.
  package var mirror: MirrorRecord
  /// The vendor's keys that count for it.
  package var keys: [PublicKey]
  /// Whether only what would be fetched is told.
  package var isDryRun = false
  /// Whether keys may have expired since they signed.
  package var allowsExpiredKeys = false
  /// What may be left out.
  package var leaveOut = LeaveOut.nothing
  /// What chooses the packages that are taken, where the mirror has a filter.
  package var choosing: MirrorChoosing?
  /// Whether a Suite or Codename other than before is taken.
  package var allowsReleaseInfoChange = false
  /// Connections to a host.
  package var connections = 8
  /// The most bytes a second that all connections receive; nil for no limit.
  package var limitRate: UInt64?
  /// How often a request is repeated after trouble that may pass.
  package var retries = 3
  /// Seconds without data after which a connection counts as stalled.
  package var timeout = 30.0
  /// What an upstream that sends less is given up for.
  package var leastRate = LeastRate()
  /// What the server is told of who asks.
  package var userAgent = "aptferry"
  /// The environment, for proxies and `APT_CONFIG`.
  package var environment: [String: String] = [:]
  /// Decides whether the signers of a suite are pinned for it.
  package var judge: UpstreamTrust.Judge = { _ throws(Failure) in [] }
  /// Refuses a suite of another vendor than the mirror has it from; answers what was allowed.
  package var goesOn: GoesOn = { _, _ throws(Failure) in [] }
  /// The start of the command.
  package var now: UTCTime
  /// Takes what was done, for the audit log.
  package var facts: AuditFacts

  /// Compares the state of a suite that a mirror has with the one that comes.
  package typealias GoesOn = @Sendable (SuiteRecord, VerifiedSuite) throws(Failure) -> [Note]

  package init(mirror: MirrorRecord, keys: [PublicKey], now: UTCTime, facts: AuditFacts) {
    self.facts = facts
    self.mirror = mirror
    self.keys = keys
    self.now = now
  }
}

/// What an update did.
package struct MirrorReport: Sendable {
  /// One suite of it.
  package struct Suite: Sendable {
    /// The state that the mirror has now; in a dry run, the one that it would have.
    package let state: MirrorState
    /// Whether the upstream had nothing new.
    package let isUnchanged: Bool
    /// How its packages differ from the state before.
    package let packages: PackageCounts
    /// What it has beside lists of packages, taken or not; empty when nothing is new.
    package let kinds: [KindSize]
  }

  /// The suites, in the mirror's order.
  package let suites: [Suite]
  /// What is odd, but no reason to refuse.
  package let notes: [Note]
  /// Files that were fetched; in a dry run, that would be.
  package let files: UInt64
  /// Bytes that were fetched; in a dry run, that would be.
  package let bytes: UInt64

  /// Whether no suite had anything new.
  package var isUnchanged: Bool { suites.allSatisfy(\.isUnchanged) }
}

/// How many package files came, stayed and went: `.deb`, `.udeb` and `.dsc`, by path and content.
package struct PackageCounts: Hashable, Sendable {
  /// Not in the state before.
  package internal(set) var new: UInt64 = 0
  /// In both.
  package internal(set) var kept: UInt64 = 0
  /// In the state before only.
  package internal(set) var removed: UInt64 = 0

  /// Compares two lists, both sorted by path.
  static func compare(_ old: FileList?, _ new: FileList) -> PackageCounts {
    var counts = PackageCounts()
    var (left, right) = (0, 0)
    let oldCount = old?.count ?? 0
    while left < oldCount || right < new.count {
      let oldPath = left < oldCount ? old?.pathBytes(at: left) : nil
      let newPath = right < new.count ? new.pathBytes(at: right) : nil
      let isOldFirst = oldPath.map { path in
        newPath.map { path.lexicographicallyPrecedes($0) } ?? true
      }
      if isOldFirst == true {
        if let oldPath, isPackage(oldPath) { counts.removed += 1 }
        left += 1
      } else if let newPath, oldPath == newPath {
        if isPackage(newPath) {
          if old?.digest(at: left) == new.digest(at: right) {
            counts.kept += 1
          } else {
            counts.new += 1
            counts.removed += 1
          }
        }
        left += 1
        right += 1
      } else {
        if let newPath, isPackage(newPath) { counts.new += 1 }
        right += 1
      }
    }
    return counts
  }

  private static func isPackage(_ path: ArraySlice<UInt8>) -> Bool {
    for suffix in [".deb", ".udeb", ".dsc"] where path.count > suffix.utf8.count {
      if path.suffix(suffix.utf8.count).elementsEqual(suffix.utf8) { return true }
    }
    return false
  }
}
