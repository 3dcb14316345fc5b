package import SafeIO

extension AuditFact {
  /// A package of a repository of this site.
  package struct RepoPackage: Hashable, Sendable {
    /// The repository, as it is called when the fact is written.
    package let repo: String
    package let name: String
    package let version: String
    package let architecture: String
    /// The digest of the package, of a source package of its `.dsc`.
    package let sha256: SHA256Digest
    /// The pinned keys that signed the upload in which it came.
    package let signers: [String]

    package init(
      of repo: String,
      _ name: String,
      version: String,
      architecture: String,
      sha256: SHA256Digest,
      signers: [String]
    ) {
      (self.repo, self.name, self.version) = (repo, name, version)
      (self.architecture, self.sha256, self.signers) = (architecture, sha256, signers)
    }

    var members: [WrittenFact.Member] {
      [
        ("repo", .text(repo)), ("package", .text(name)), ("version", .text(version)),
        ("architecture", .text(architecture)), ("sha256", .digest(sha256)),
      ] + (signers.isEmpty ? [] : [("signers", .list(signers))])
    }
  }
}
