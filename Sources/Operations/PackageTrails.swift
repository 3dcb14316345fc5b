internal import BundleFormat
package import Comparison
package import Depot
package import SafeIO

/// What this depot knows of a package: what has it, who brought it, and why that was believed.
package struct PackageTrail: Sendable {
  /// One package of the name, and the snapshots that have or had it.
  package struct Found: Sendable {
    package let package: ListedPackage
    /// Where it is listed, by snapshot.
    package internal(set) var places: [Place]
  }

  /// Where a package is listed.
  package struct Place: Hashable, Sendable {
    package let snapshot: SnapshotReference
    package let suite: String
    package let index: String
    /// In a composed snapshot: the vendor's signed list that has it; nil where none does, and in others.
    package var proof: Proof?
    /// In a composed snapshot: the exporters that vouched for a package that no vendor's list has, none
    /// where it is of this depot's own; nil where a list has it, and in other snapshots.
    package var vouchers: [String]?
  }

  /// A vendor's suite whose signed list has a package of a composed snapshot.
  package struct Proof: Hashable, Sendable {
    /// The suite as its vendor's clients name it.
    package let suite: String
    /// The vendor's keys whose signature is verified now, by primary fingerprint; empty where no key is
    /// pinned any more that could verify it.
    package let signers: [String]
  }

  /// A snapshot that has one of the packages, and what was done with it.
  package struct Snapshot: Sendable {
    package let reference: SnapshotReference
    /// Where it came from: `mirror debian`, `bundle mainland-000001`.
    package let origin: String
    /// Whether the depot still has a snapshot with that name and content.
    package let isHere: Bool
    /// Its suites, as facts of the log: who signed them, as far as that was verified here.
    package let suites: [WrittenFact]
    /// What was done with it, oldest first.
    package internal(set) var events: [Event] = []
  }

  /// Something that was done with a snapshot.
  package struct Event: Sendable {
    /// The record, its time and its author.
    package let command: PastCommand
    package let fact: WrittenFact
  }

  /// The names of pinned keys by fingerprint, for people.
  package let keyNames: [String: [String]]
  /// Keys that are never trusted again, by fingerprint: their signatures prove nothing by themselves.
  package let revoked: Set<String>
  package internal(set) var found: [Found] = []
  /// The versions that were found, each once.
  package var versions: [String] { Set(found.map(\.package.version)).sorted() }
  package internal(set) var snapshots: [Snapshot] = []
  /// What the log says of it in repositories of this site, oldest first.
  package internal(set) var repositories: [Event] = []
  /// Snapshots whose indexes are not here any more, or cannot be read, and so were not searched.
  package internal(set) var unsearched: [(snapshot: SnapshotReference, reason: String)] = []
}

extension Session {
  /// Where a package is or was, by the indexes of all snapshots that this depot has or had, and what
  /// the audit log says of them.
  ///
  /// An alarm says when the log is not whole: the answer lacks what the log lacks.
  package func trailOfPackage(
    _ name: String,
    version: String?
  ) throws(Failure) -> PackageTrail {
    let depot = try depot()
    return try interruption.govern { () throws(Failure) in
      let log = try depot.audit.verify()
      if !log.isWhole || log.records == 0 {
        tell(
          .alarm(
            "audit-log",
            "the audit log is not whole, so that snapshots and what was done with them may lack here: "
              + "aptferry audit verify says what is wrong"
          )
        )
      }
      return try PackageTrailSearch(depot, now: now).run(name, version)
    }
  }
}

extension WrittenFact {
  /// The snapshot that it is about.
  package var snapshot: SnapshotReference? {
    guard let name = text("snapshot"), let digest = digest("listing") else { return nil }
    return SnapshotReference(name: name, digest: digest)
  }

  /// The bundle that it is about: `mainland-000001`.
  package var bundle: String {
    guard let stream = text("stream"), let number = number("sequence") else { return "" }
    return WrittenFact.bundle(stream: stream, sequence: number)
  }

  /// The name of a bundle's directory.
  package static func bundle(stream: String, sequence: UInt64) -> String {
    BundleName.directory(stream: stream, sequence: sequence)
  }

  /// The generation that it is about: `staging/debian 3`.
  package var generation: String { "\(text("prefix") ?? "") \(number("number") ?? 0)" }
}
