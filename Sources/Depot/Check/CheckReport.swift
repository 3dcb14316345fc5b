package import SafeIO

/// What `depot check` found.
package struct CheckReport: Sendable {
  /// One thing that is not as it should be.
  package enum Finding: Hashable, Sendable {
    /// The object's bytes are not what its name says.
    case corruptObject(SHA256Digest)
    /// Something needs an object that is not there, or not with that size.
    case missingObject(SHA256Digest, size: UInt64, neededBy: String)
    /// The listing of a snapshot or generation is missing or damaged.
    case unusableListing(of: String, reason: String)
    /// A name among the objects that no object has.
    case strayFile(String)
    /// A publication is not what the catalogue says.
    case publication(String, generation: UInt64?, path: String?, reason: String)

    /// One line for people.
    package var line: String {
      switch self {
      case .corruptObject(let digest): "corrupt object \(digest.hex)"
      case .missingObject(let digest, let size, let user):
        "missing object \(digest.hex) of \(size) bytes, needed by \(user)"
      case .unusableListing(let user, let reason): "unusable listing of \(user): \(reason)"
      case .strayFile(let name): "stray file objects/\(name)"
      case .publication(let prefix, let generation, let path, let reason):
        "publication \(prefix)" + (generation.map { ", generation \($0)" } ?? "")
          + (path.map { ", \($0)" } ?? "") + ": \(reason)"
      }
    }
  }

  /// How many objects were hashed.
  package var objects: UInt64 = 0
  /// How many bytes were hashed.
  package var bytes: UInt64 = 0
  /// How many snapshots were compared with the objects.
  package var snapshots = 0
  /// How many generations were compared with the objects.
  package var generations = 0
  /// What is wrong and was not repaired.
  package var findings: [Finding] = []
  /// Who needs what is damaged, as far as the lists say: the first that does.
  package var users: [SHA256Digest: String] = [:]
  /// Objects that were put in anew.
  package var repaired: [SHA256Digest] = []
  /// Objects that no snapshot and no generation needs; no fault.
  package var unneeded: UInt64 = 0
  /// Imports and freezes that are not finished; no fault.
  package var unfinished: [UnfinishedWork] = []

  package init() {}

  /// Whether all is as it should be now.
  package var isClean: Bool { findings.isEmpty }

  /// One line about a finding for people, with what needs the object.
  package func line(_ finding: Finding) -> String {
    guard case .corruptObject(let digest) = finding, let user = users[digest] else {
      return finding.line
    }
    return finding.line + ", needed by \(user)"
  }

  /// Refuses when something is wrong, with every finding.
  package func requireClean() throws(Failure) {
    guard !isClean else { return }
    throw Failure(
      .integrity,
      "depot-damaged",
      "the check found \(findings.count) fault\(findings.count == 1 ? "" : "s")",
      hint:
        "run: aptferry depot check --repair-from DIR, with a medium, tree or depot that has the "
        + "files",
      details: findings.map { Escaped.line(line($0)) }
    )
  }
}
