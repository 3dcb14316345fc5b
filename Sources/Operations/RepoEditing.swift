internal import Depot
internal import OpenPGP
internal import SafeIO
internal import Trust

/// What of a repository is to be changed; nil for what stays.
package struct RepoEditOrder: Sendable {
  package let name: String
  /// What it is called from now on.
  package var newName: String?
  package var suite: String?
  package var component: String?
  package var description: String?
  /// Whether it takes only what a key pinned for it signed; keys that are pinned for it make it so.
  package var requiresSignature: Bool?
  /// Files with the keys of its uploaders, in place of those that are pinned for it.
  package var keyrings: [GivenFile] = []

  package init(_ name: String) { self.name = name }

  /// Whether a new repository is one that takes signed uploads only.
  var willRequireSignature: Bool { requiresSignature ?? !keyrings.isEmpty }

  func subject(_ command: String) -> AuditSubject {
    func field(_ name: String, _ value: String?) -> [AuditField] {
      value.map { [AuditField(name, $0.isEmpty ? [] : [$0])] } ?? []
    }
    return AuditSubject(
      command,
      [AuditField("name", [name])] + field("new-name", newName) + field("suite", suite)
        + field("component", component) + field("description", description)
        + field("require-signature", requiresSignature.map { $0 ? "yes" : "no" })
        + (keyrings.isEmpty ? [] : [AuditField("keyring", keyrings.map(\.name))])
    )
  }
}

extension Job {
  /// The records of the keys of an order, to be pinned for a repository; each is told, and recorded.
  func uploadKeys(
    _ order: RepoEditOrder,
    of repo: String
  ) throws(Failure) -> [TrustRecord] {
    guard !order.keyrings.isEmpty else { return [] }
    var files: [(name: String, bytes: [UInt8])] = []
    for file in order.keyrings {
      files.append((file.name, try file.read(limit: KeyFile.sizeLimit)))
    }
    let keys = try UploadKeys.records(of: files, repo: repo, depot, now: now)
    for key in keys {
      let owner = key.userIDs.split(separator: "\n").first ?? "(no user id)"
      session.tell(.progress("key for \(repo): \(key.fingerprint) \(owner)"))
    }
    record("fingerprint", keys.map(\.fingerprint))
    return keys
  }
}
