package import SafeIO

/// A repository of packages that a site keeps itself: a list that changes, unlike a snapshot.
///
/// Its listing is an object like a snapshot's: the files of packages by their paths in a pool, and the
/// stanzas of packages below `stanzas/`.
package struct RepoRecord: Hashable, Sendable {
  /// The name, unique among repositories.
  package let name: String
  /// What the suite of a snapshot of it is called, unless somebody says otherwise.
  package var suite: String
  /// The component that packages come in.
  package var component: String
  /// What it is for; empty for nothing.
  package var description: String
  /// Whether it takes only what a key pinned for it signed.
  package var requiresSignature: Bool
  /// The digest of its listing.
  package var listing: SHA256Digest
  /// How many packages it has.
  package var packages: UInt64
  /// The sum of the sizes of their files, in bytes.
  package var bytes: UInt64
  /// When it was made.
  package let created: UTCTime
  /// When it last changed.
  package var changed: UTCTime

  /// What the record of a snapshot of a repository says of where it comes from.
  package static func origin(_ name: String) -> String { "repo \(name)" }

  package init(
    name: String,
    suite: String,
    component: String,
    description: String = "",
    requiresSignature: Bool = false,
    listing: SHA256Digest,
    packages: UInt64 = 0,
    bytes: UInt64 = 0,
    created: UTCTime,
    changed: UTCTime? = nil
  ) {
    (self.name, self.suite, self.component) = (name, suite, component)
    (self.description, self.requiresSignature) = (description, requiresSignature)
    self.listing = listing
    (self.packages, self.bytes) = (packages, bytes)
    (self.created, self.changed) = (created, changed ?? created)
  }
}
