extension Failure {
  /// The stable second part of a code, lower case with hyphens, as in `unknown-signer`.
  ///
  /// Names that somebody asks for are constants, so that the compiler finds a wrong one.
  package struct Name: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    package let description: String

    package init(stringLiteral text: String) { description = text }
  }
}

extension Failure.Name {
  /// There is no such directory.
  package static let noDirectory: Failure.Name = "no-directory"
  /// The account may not do this to a file.
  package static let permission: Failure.Name = "permission"
  /// There is nothing with that name.
  package static let notFound: Failure.Name = "not-found"
  /// A path is a file for one and a directory for another.
  package static let fileAndDirectory: Failure.Name = "file-and-directory"
  /// A path has two contents.
  package static let forbidden: Failure.Name = "forbidden"
  package static let twoContents: Failure.Name = "two-contents"
  /// The signer is not pinned here.
  package static let unknownSigner: Failure.Name = "unknown-signer"
  /// No key is pinned for an upstream.
  package static let noUpstreamKey: Failure.Name = "no-upstream-key"
  /// A key of a vendor is not pinned here.
  package static let upstreamNotPinned: Failure.Name = "upstream-not-pinned"
  /// A suite lacks an index that its Release lists.
  package static let indexMissing: Failure.Name = "index-missing"
  /// There is no Release file.
  package static let noRelease: Failure.Name = "no-release"
  /// The audit log is not the one that the catalogue knows.
  package static let auditForked: Failure.Name = "audit-forked"
  /// What was done could not be recorded.
  package static let auditOutcome: Failure.Name = "audit-outcome"
  /// Media of a set are not written yet.
  package static let mediaMissing: Failure.Name = "media-missing"
  /// There is no bundle on a medium.
  package static let noBundle: Failure.Name = "no-bundle"
  /// Chunks of a bundle are on no medium that was named.
  package static let chunksMissing: Failure.Name = "chunks-missing"
  /// Chunks of a bundle are not what was signed.
  package static let chunksDamaged: Failure.Name = "chunks-damaged"
  /// Something is a link, a device or the like where a file belongs.
  package static let notRegular: Failure.Name = "not-regular"
  /// Objects that a bundle relies on are not here.
  package static let objectsMissing: Failure.Name = "objects-missing"
  /// An object is not what its name says.
  package static let damagedObject: Failure.Name = "damaged-object"
}
