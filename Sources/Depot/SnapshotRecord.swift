package import DebianRepository
package import SafeIO
internal import VendorChain

/// What the catalogue knows of a snapshot; its listing is an object named by `digest`.
package struct SnapshotRecord: Hashable, Sendable {
  /// Whose indexes the snapshot has.
  package enum Kind: String, Sendable {
    /// An upstream's, byte for byte.
    case verbatim
    /// Ours.
    case composed
  }

  /// The name, unique in the depot.
  package let name: String
  /// The digest of the listing, and with it of the whole content.
  package let digest: SHA256Digest
  /// Whose indexes the snapshot has.
  package let kind: Kind
  /// The suites, in the order they were named.
  package let suites: [SuiteRecord]
  /// How many files.
  package let files: UInt64
  /// The sum of the sizes of all files, in bytes.
  package let bytes: UInt64
  /// When it was made.
  package let created: UTCTime
  /// Where it came from: `tree`, `bundle debian-000001`.
  package let origin: String
  /// What the indexes list and the snapshot does not have, in order.
  package let leftOut: [LeftOut]

  package init(
    name: String,
    digest: SHA256Digest,
    kind: Kind = .verbatim,
    suites: [SuiteRecord],
    files: UInt64,
    bytes: UInt64,
    created: UTCTime,
    origin: String,
    leftOut: [LeftOut] = []
  ) {
    self.name = name
    self.digest = digest
    self.kind = kind
    self.suites = suites
    self.files = files
    self.bytes = bytes
    self.created = created
    self.origin = origin
    self.leftOut = leftOut
  }

  /// The record of a listing.
  package init(
    name: String,
    list: FileList,
    kind: Kind = .verbatim,
    suites: [SuiteRecord],
    created: UTCTime,
    origin: String,
    leftOut: [LeftOut] = []
  ) {
    self.init(
      name: name,
      digest: list.listDigest,
      kind: kind,
      suites: suites,
      files: UInt64(list.count),
      bytes: list.totalSize,
      created: created,
      origin: origin,
      leftOut: leftOut
    )
  }

  /// The directory of a composed snapshot in which the lists lie that vouch for its packages.
  package static let provenance = ProvenanceTree.root

  /// Whether the text can name a snapshot: one path component of letters, digits and `._+~-`,
  /// at most 100, a letter or digit first.
  package static func isName(_ text: String) -> Bool {
    guard (1...100).contains(text.utf8.count), RelativePath(text) != nil else { return false }
    func isAlphanumeric(_ byte: UInt8) -> Bool {
      (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
    }
    guard let first = text.utf8.first, isAlphanumeric(first) else { return false }
    return text.utf8.allSatisfy { isAlphanumeric($0) || "._+~-".utf8.contains($0) }
  }
}

/// A snapshot's name with the digest that it had then.
package struct SnapshotReference: Hashable, Sendable {
  /// The name.
  package let name: String
  /// The digest of the listing.
  package let digest: SHA256Digest

  package init(name: String, digest: SHA256Digest) {
    self.name = name
    self.digest = digest
  }
}
