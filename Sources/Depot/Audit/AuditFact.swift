package import SafeIO

/// Something that a command did, as a value: the part of a record that rules may read.
///
/// The library that did it says so, right behind the deed. Whatever people chose as text stands in
/// a member of its own and is never taken for anything else (docs/formats/audit-log.md, section "Facts").
package enum AuditFact: Hashable, Sendable {
  /// A bundle was taken in.
  case accepted(Accepted)
  /// Clients see this generation.
  case generation(Generation)
  /// A snapshot that a generation is made from.
  case published(Generation, snapshot: SnapshotReference)
  /// A generation was signed anew by these keys: its listing is another one, its Release is not.
  case generationSigned(Generation, keys: [String])
  /// A generation is forgotten, and its tree goes.
  case generationDropped(prefix: String, number: UInt64)
  /// Clients no longer see a publication.
  case publicationRemoved(prefix: String, number: UInt64)
  /// A snapshot is in the depot; `suite` facts follow.
  case snapshot(SnapshotReference, origin: String)
  /// A suite of a snapshot, and why it is believed.
  case suite(SuiteRecord, of: SnapshotReference)
  /// A snapshot's name was removed; `suite` facts follow.
  case snapshotRemoved(SnapshotReference, origin: String)
  /// A snapshot has another name now: its suites are the same.
  case snapshotRenamed(SnapshotReference, from: String)
  /// A bundle was made, or parts of it were written again; the signer where it was signed now.
  case exported(ExportRecord, signer: String?, isAgain: Bool)
  /// A medium of a bundle was written.
  case mediumWritten(WrittenMedium)
  /// A medium was read for what a bundle brings.
  case mediumRead(ReadMedium)
  /// The media of a bundle are lost.
  case retracted(ExportRecord)
  /// A receipt of this site was made.
  case receipt(number: UInt64, digest: SHA256Digest)
  /// A site's receipt was taken in.
  case receiptTaken(site: String, number: UInt64)
  /// A site has a bundle, as its receipt or a typed line says.
  case acknowledged(Acknowledgement)
  /// A package came into a repository of this site, by itself or from elsewhere in the depot.
  case repoAdded(RepoPackage)
  /// A package left a repository of this site, or gave way to another one.
  case repoRemoved(RepoPackage)
  /// What a mirror selects.
  case mirror(MirrorRecord)
  /// A mirror was removed.
  case mirrorRemoved(MirrorRecord)
  /// A suite of a mirror came to this state.
  case mirrored(mirror: String, SuiteRecord, listing: SHA256Digest)

  /// A bundle that was taken in.
  package struct Accepted: Hashable, Sendable {
    /// Its stream.
    package let stream: String
    /// Its number in the stream.
    package let sequence: UInt64
    /// The payload digest: SHA-256 of MANIFEST.
    package let manifest: SHA256Digest
    /// The keys that signed it and count.
    package let signers: [String]
    /// Whether it is older than what was here, and came in since somebody gave a reason.
    package let isOlder: Bool
    /// Whether it had come in before: all that the log has of it when that import was killed.
    package let isAgain: Bool

    package init(
      stream: String,
      sequence: UInt64,
      manifest: SHA256Digest,
      signers: [String],
      isOlder: Bool,
      isAgain: Bool
    ) {
      (self.stream, self.sequence, self.manifest) = (stream, sequence, manifest)
      (self.signers, self.isOlder, self.isAgain) = (signers, isOlder, isAgain)
    }
  }

  /// A generation of a publication.
  package struct Generation: Hashable, Sendable {
    /// Where the publication lies.
    package let prefix: String
    /// Its number.
    package let number: UInt64
    /// The digest of its listing.
    package let listing: SHA256Digest

    package init(prefix: String, number: UInt64, listing: SHA256Digest) {
      (self.prefix, self.number, self.listing) = (prefix, number, listing)
    }

    package init(_ record: GenerationRecord) {
      self.init(prefix: record.prefix, number: record.number, listing: record.listing)
    }
  }
}

extension AuditFact {
  /// A snapshot that is in the depot now, with its suites.
  package static func facts(of snapshot: SnapshotRecord) -> [AuditFact] {
    [.snapshot(snapshot.reference, origin: snapshot.origin)] + suites(of: snapshot)
  }

  /// A snapshot that was removed, with the suites that it had.
  package static func facts(ofRemoved snapshot: SnapshotRecord) -> [AuditFact] {
    [.snapshotRemoved(snapshot.reference, origin: snapshot.origin)] + suites(of: snapshot)
  }

  /// A generation that clients see, with the snapshots that it is made from.
  package static func facts(of generation: GenerationRecord) -> [AuditFact] {
    let fact = Generation(generation)
    return [.generation(fact)] + generation.snapshots.map { .published(fact, snapshot: $0) }
  }

  /// A generation that is forgotten.
  package static func facts(ofDropped generation: GenerationRecord) -> AuditFact {
    .generationDropped(prefix: generation.prefix, number: generation.number)
  }

  private static func suites(of snapshot: SnapshotRecord) -> [AuditFact] {
    snapshot.suites.map { .suite($0, of: snapshot.reference) }
  }
}

extension SnapshotRecord {
  /// The name with the digest.
  var reference: SnapshotReference { SnapshotReference(name: name, digest: digest) }
}
