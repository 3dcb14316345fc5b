package import SafeIO

/// Whether a verified manifest may be taken in: replay, rollback, audience, time.
///
/// Pure rules over what the ledger says (`docs/formats/bundle-format.md`, section "Acceptance").
package struct AcceptanceRules: Sendable {
  /// The clock at the start of the command.
  package let now: UTCTime
  /// The newest signed time that this depot has accepted.
  package let newestAccepted: UTCTime?
  /// This depot's site name.
  package let site: String
  /// The highest sequence accepted of the stream, with its payload digest.
  package let highest: (sequence: UInt64, digest: SHA256Digest)?
  /// The payload digest that was accepted under the bundle's own sequence.
  package let sameSequence: SHA256Digest?
  /// Whether an operator decided that an older bundle may come in.
  package let acceptsOlder: Bool

  package init(
    now: UTCTime,
    newestAccepted: UTCTime?,
    site: String,
    highest: (sequence: UInt64, digest: SHA256Digest)?,
    sameSequence: SHA256Digest?,
    acceptsOlder: Bool = false
  ) {
    self.acceptsOlder = acceptsOlder
    self.now = now
    self.newestAccepted = newestAccepted
    self.site = site
    self.highest = highest
    self.sameSequence = sameSequence
  }

  /// How far two clocks may be apart, in seconds.
  package static let skew: Int64 = 86_400

  /// What to do with a bundle.
  package enum Decision: Sendable, Equatable {
    /// Take it in; `skipped` sequences before it were never seen.
    case take(skipped: UInt64)
    /// It was taken in before.
    case alreadyTaken
    /// It is older than what was taken in, and an operator lets it in nevertheless.
    case takeOlder
  }

  /// Decides.
  ///
  /// - Parameters:
  ///   - manifest: what the verified MANIFEST says.
  ///   - digest: the SHA-256 of MANIFEST's bytes.
  /// - Returns: whether it is new.
  /// - Throws: `freshness` for a replay, rollback, expiry or clock fault, `policy` for another
  ///   site's bundle.
  package func decide(_ manifest: Manifest, digest: SHA256Digest) throws(Failure) -> Decision {
    let name = manifest.directory
    if let sameSequence {
      if sameSequence == digest { return .alreadyTaken }
      throw equivocation(name, sameSequence, digest)
    }
    try checkTime(manifest, name)
    guard manifest.sites.isEmpty || manifest.sites.contains(site) else {
      throw Failure(
        .policy,
        "other-site",
        "the bundle is for \(manifest.sites.joined(separator: ", ")), this site is \(site)",
        subject: name,
        hint: "carry it to that site, or have a bundle made for this one"
      )
    }
    guard let highest else { return .take(skipped: manifest.sequence - 1) }
    if manifest.sequence == highest.sequence {
      // Only the audit log knows it: the catalogue was put back from a backup.
      guard digest == highest.digest else { throw equivocation(name, highest.digest, digest) }
      return .take(skipped: 0)
    }
    if acceptsOlder, manifest.sequence < highest.sequence { return .takeOlder }
    guard manifest.sequence > highest.sequence else {
      throw Failure(
        .freshness,
        "rollback",
        "the bundle is older than what this depot has: sequence \(manifest.sequence), accepted "
          + "\(highest.sequence)",
        subject: name,
        hint:
          "import a bundle with a higher sequence of the stream \(manifest.stream); if this one has "
          + "another repository and only came late, it is taken in with --accept-older --reason TEXT, "
          + "and a stream for each repository (export --stream) keeps the next ones apart"
      )
    }
    return .take(skipped: manifest.sequence - highest.sequence - 1)
  }

  private func equivocation(
    _ name: String,
    _ accepted: SHA256Digest,
    _ digest: SHA256Digest
  ) -> Failure {
    Failure(
      .freshness,
      "equivocation",
      "ALARM: this depot has accepted another bundle under this stream and sequence. Accepted: "
        + "\(accepted.short); this one: \(digest.short)",
      subject: name,
      hint: "do not use these media; ask the exporter which of the two digests is theirs",
      details: ["accepted: \(accepted.hex)", "this one: \(digest.hex)"]
    )
  }

  private func checkTime(_ manifest: Manifest, _ name: String) throws(Failure) {
    if let newestAccepted, now.adding(seconds: AcceptanceRules.skew) < newestAccepted {
      throw Failure(
        .freshness,
        "clock-behind",
        "this host's clock says \(now), but a bundle signed at \(newestAccepted) has been "
          + "accepted: the clock is behind",
        subject: name,
        hint: "set the clock of this host and run the same command again"
      )
    }
    if now.adding(seconds: AcceptanceRules.skew) < manifest.created {
      throw Failure(
        .freshness,
        "future",
        "the bundle says that it was made at \(manifest.created); this host's clock says \(now)",
        subject: name,
        hint: "one of the two clocks is wrong: set this host's, or have the bundle made again"
      )
    }
    // A clock that is a little behind does not bring an expired bundle back.
    let latest = max(now, newestAccepted ?? now)
    if let expires = manifest.expires, expires < latest {
      throw Failure(
        .freshness,
        "expired",
        "the bundle expired at \(expires); this host's clock says \(now)"
          + (latest > now ? ", and a bundle signed at \(latest) has been accepted" : ""),
        subject: name,
        hint: "have a new bundle made"
      )
    }
  }
}
