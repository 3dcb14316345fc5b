package import Composing
package import DebianRepository
package import SafeIO
package import VendorChain

/// A package with the key by which aptly's clients name it.
package struct KeyedPackage: Sendable {
  /// A file of a package with the sums that were made from it.
  package struct File: Sendable {
    /// Its name without a directory.
    package let name: String
    package let size: UInt64
    package let md5, sha1: String
    package let sha256: SHA256Digest
    /// In the depot: what the package is, whatever lists it.
    package var digest: SHA256Digest { sha256 }
  }

  package let listed: PackageEntry
  package let name: String
  package let version: String
  /// `source` for a source package.
  package let architecture: String
  package let files: [File]
  /// `Parch name version hash`.
  package let key: String

  init(_ listed: PackageEntry, _ files: [File]) {
    (self.listed, self.files) = (listed, files)
    name = listed.stanza.package
    version = listed.stanza.version
    architecture = listed.stanza.architecture
    let hash = FilesHash.text(
      of: files.map {
        FilesHash.File(
          name: $0.name,
          size: $0.size,
          md5: $0.md5,
          sha1: $0.sha1,
          sha256: $0.sha256.hex
        )
      }
    )
    key = "P\(architecture) \(name) \(version) \(hash)"
  }

  package var stanza: PackageStanza { listed.stanza }
  package var sort: StanzaSort { listed.sort }
  /// The key without the hash: of one such there is one package in a list.
  package var shortKey: String { "P\(architecture) \(name) \(version)" }
  /// `name_version_architecture`.
  package var reference: String { "\(name)_\(version)_\(architecture)" }
  /// What is compared where versions are: name and architecture, each sort by itself.
  package var group: String { "\(architecture) \(name) \(sort == .installer ? "udeb" : "")" }

  /// Earlier by name, then version, then architecture.
  package static func precedes(_ left: KeyedPackage, _ right: KeyedPackage) -> Bool {
    if left.name != right.name { return left.name < right.name }
    switch left.compareVersion(to: right) {
    case .earlier: return true
    case .later: return false
    case .same: return left.key < right.key
    }
  }

  /// Whether its version is earlier than another's.
  package func compareVersion(to other: KeyedPackage) -> DebianVersion.Order {
    DebianVersion.orderOfAny(stanza.versionBytes, other.stanza.versionBytes)
  }
}
