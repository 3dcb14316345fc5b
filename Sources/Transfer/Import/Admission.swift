internal import BundleFormat
internal import Depot
internal import OpenPGP
internal import SafeIO

/// What the depot's ledger and log say of a bundle whose signature has been verified, before any of
/// its contents is looked at.
struct Admission {
  let manifest: Manifest
  /// The payload digest.
  let digest: SHA256Digest
  let signers: [Fingerprint]
  let depot: Depot
  let now: UTCTime
  var acceptsOlder = false

  /// Decides by the rules; what people should know, alarms first of all, goes to `notes`.
  func decide(_ notes: inout [Note]) throws(Failure) -> AcceptanceRules.Decision {
    let accepted = try depot.catalogue.accepted(stream: manifest.stream)
    let highest = try HighWater.of(manifest.stream, accepted, depot, &notes)
    let rules = AcceptanceRules(
      now: now,
      newestAccepted: try depot.catalogue.newestSignedTime(),
      site: depot.configuration.site,
      highest: highest,
      sameSequence: accepted.first { $0.sequence == manifest.sequence }?.manifest,
      acceptsOlder: acceptsOlder
    )
    let others = try otherExporters(accepted)
    let decision: AcceptanceRules.Decision
    do throws(Failure) {
      decision = try rules.decide(manifest, digest: digest)
    } catch {
      throw error.kind == .freshness ? error.adding(details: others.map(\.entry)) : error
    }
    if decision != .alreadyTaken {
      notePredecessor(accepted, &notes)
      notes += others
    }
    return decision
  }

  /// Whether the stream was another exporter's until now, for people.
  private func otherExporters(_ accepted: [AcceptedBundle]) throws(Failure) -> [Note] {
    let own = Set(signers.map(\.text))
    guard let newest = accepted.max(by: { $0.sequence < $1.sequence }),
      !accepted.contains(where: { own.contains($0.exporter) }),
      try !isSuccessor(own, of: newest.exporter)
    else { return [] }
    return [
      .note(
        "the bundles of the stream \(manifest.stream) that were taken in before were signed by "
          + "\(newest.exporter), not by \(signers.map(\.text).joined(separator: ", ")): two exporters "
          + "need two streams (aptferry export --stream NAME)"
      )
    ]
  }

  /// Whether one of the keys was accepted as coming after another.
  private func isSuccessor(_ keys: Set<String>, of key: String) throws(Failure) -> Bool {
    let known = try depot.catalogue.keyStatements().filter(\.isAccepted)
    var last = key
    for _ in known {
      guard let next = known.first(where: { $0.key == last && !$0.successor.isEmpty }) else {
        break
      }
      if keys.contains(next.successor) { return true }
      last = next.successor
    }
    return false
  }

  /// An exporter that was put back from a backup gives sequences to other bundles again; where this
  /// one follows another bundle than was taken in here, two of its stories meet.
  private func notePredecessor(_ accepted: [AcceptedBundle], _ notes: inout [Note]) {
    guard let before = accepted.first(where: { $0.sequence == manifest.sequence &- 1 }),
      before.manifest != manifest.previous
    else { return }
    let name = BundleName.directory(stream: before.stream, sequence: before.sequence)
    notes.append(
      .alarm(
        "other-predecessor",
        "it follows another bundle than the \(name) that was taken in here: "
          + "\(before.manifest.short) here, \(manifest.previous?.short ?? "none") before this one. The "
          + "exporter was put back from a backup and used that sequence twice, or there are two of it: "
          + "ask the exporter"
      )
    )
  }

  /// The snapshots that the exporter has removed, that its stream brought, and that are still here.
  func retired() throws(Failure) -> [String] {
    guard !manifest.retired.isEmpty else { return [] }
    let brought = Set(try depot.catalogue.acceptedSnapshots(of: manifest.stream).joined())
    var names: [String] = []
    for snapshot in manifest.retired
    where brought.contains(SnapshotReference(name: snapshot.name, digest: snapshot.digest)) {
      let present = try depot.catalogue.findSnapshot(snapshot.name)
      if present?.digest == snapshot.digest { names.append(snapshot.name) }
    }
    return names
  }
}
