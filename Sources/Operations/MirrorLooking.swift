package import Depot
package import Mirroring
internal import OpenPGP
package import SafeIO
internal import Trust

extension Session {
  /// Fetches and verifies the Release files of a mirror, and then records it with the keys that count
  /// for it; none of the keys for those that are pinned for any upstream.
  package func createMirror(
    _ mirror: MirrorRecord,
    keys: [TrustRecord],
    userAgent: String
  ) throws(Failure) -> [ReleaseLook] {
    let about = [
      AuditField("name", [mirror.name]), AuditField("upstream", [mirror.upstream]),
      AuditField("suites", mirror.suites),
    ]
    return try perform(AuditSubject("mirror create", about)) { (job) throws(Failure) in
      let looked = try job.look(mirror, keys: keys.isEmpty ? nil : keys, userAgent)
      job.record("fingerprint", keys.map(\.fingerprint))
      try job.depot.locked(for: "mirror create \(mirror.name)") { () throws(Failure) in
        try job.depot.catalogue.insert([mirror], keys: keys)
      }
      job.facts.add(.mirror(mirror))
      return looked
    }
  }

  /// Fetches and verifies the Release files of a mirror as it is; nothing is changed.
  package func lookAtMirror(
    _ mirror: MirrorRecord,
    userAgent: String
  ) throws(Failure) -> [ReleaseLook] {
    try perform(nil) { (job) throws(Failure) in try job.look(mirror, keys: nil, userAgent) }
  }
}

extension Job {
  fileprivate func look(
    _ mirror: MirrorRecord,
    keys: [TrustRecord]?,
    _ userAgent: String
  ) throws(Failure) -> [ReleaseLook] {
    let known: [PublicKey]
    if let keys {
      known = try PinnedKeys.read(keys, depot)
    } else {
      known = try MirrorKeys.read(of: mirror, depot)
    }
    var request = MirrorRequest(mirror: mirror, keys: known, now: now, facts: facts)
    request.judge = try Vendors(depot).judge(for: depot, mirror: mirror)
    request.userAgent = userAgent
    return try MirrorUpdate.look(request, depot: depot)
  }
}

extension Session {
  /// The fingerprints of the keys that the depot signs with.
  package func signingFingerprints() throws(Failure) -> [String] {
    let (depot, now) = (try depot(), now)
    return try reading { () throws(Failure) in
      try DepotIdentity.keys(of: depot, now: now).all.map(\.fingerprint.text)
    }
  }
}

extension Session {
  /// Gives a mirror another name; what an unfinished update fetched stays in the depot.
  package func renameMirror(_ name: String, to newName: String) throws(Failure) -> MirrorView {
    let about = [AuditField("name", [name]), AuditField("new-name", [newName])]
    return try perform(AuditSubject("mirror rename", about)) { (job) throws(Failure) in
      let depot = job.depot
      let before = try depot.catalogue.mirror(name)
      let update = try depot.lock(mirror: before, for: "mirror rename \(name)")
      let view = try depot.locked(for: "mirror rename \(name)") { () throws(Failure) in
        try depot.catalogue.renameMirror(before, to: newName)
        try depot.keepFetched(of: before)
        try depot.removeLock(ofMirror: before)
        let after = try depot.catalogue.mirror(newName)
        job.facts.add(.mirrorRemoved(before))
        job.facts.add(.mirror(after))
        return try depot.view(of: after)
      }
      _ = consume update
      return view
    }
  }
}
