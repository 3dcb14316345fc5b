private import SafeIO

/// A vendor's suite made by hand: every text can be changed before it is signed, and the packages
/// are any bytes, since nobody who carries them looks into them.
package struct ForgedVendor {
  /// The key that signs.
  package var key: VendorKey
  package var suite = "stable"
  /// Paths and contents of the packages.
  package var pool: [(path: String, bytes: [UInt8])] = [
    ("pool/main/p/pier/pier_1.0-1_amd64.deb", Array("the first package\n".utf8)),
    ("pool/main/q/quay/quay_1.0-1_amd64.deb", Array("the second package\n".utf8)),
  ]
  /// Changes the Packages index before its digest is taken.
  package var editPackages: (String) -> String = { $0 }
  /// Changes the Release text before it is signed.
  package var editRelease: (String) -> String = { $0 }
  /// Makes the signed message; clear-signs when nil.
  package var makeInRelease: ((String) throws -> [UInt8])?
  /// Further files of the tree, or others in place of those of the same path.
  package var files: [(path: String, bytes: [UInt8])] = []
  /// Paths that the tree lacks.
  package var lacks: Set<String> = []

  package init(_ key: VendorKey) { self.key = key }

  /// The path of the index.
  package var indexPath: String { "dists/\(suite)/main/binary-amd64/Packages" }
  /// The path of the signed message.
  package var inReleasePath: String { "dists/\(suite)/InRelease" }
  /// What a manifest says of the suite.
  package var record: String { "\(suite) signed \(key.fingerprint) 2026-11-20T08:00:00Z" }

  /// The Packages index.
  package var packages: String {
    let stanzas = pool.map { path, bytes in
      let name = path.split(separator: "/").last?.split(separator: "_").first ?? "none"
      return """
        Package: \(name)
        Version: 1.0-1
        Architecture: amd64
        Maintainer: Test Vendor <vendor@repository.example>
        Filename: \(path)
        Size: \(bytes.count)
        SHA256: \(SHA256Digest.of(bytes).hex)
        Description: the package \(name)

        """
    }
    return editPackages(stanzas.joined(separator: "\n"))
  }

  /// The Release text that lists these files.
  package func release(listing listed: [(name: String, bytes: [UInt8])]) -> String {
    var text = """
      Origin: Test Vendor
      Suite: \(suite)
      Codename: \(suite)
      Date: Fri, 20 Nov 2026 08:00:00 UTC
      Architectures: amd64
      Components: main
      SHA256:

      """
    for (name, bytes) in listed {
      text += " \(SHA256Digest.of(bytes).hex) \(bytes.count) \(name)\n"
    }
    return editRelease(text)
  }

  /// Every file of the tree.
  package func tree() throws -> [(path: String, bytes: [UInt8])] {
    let index = Array(packages.utf8)
    let text = release(listing: [("main/binary-amd64/Packages", index)])
    let message = try makeInRelease?(text) ?? Array(try key.clearSign(text).utf8)
    var tree = pool + [(indexPath, index), (inReleasePath, message)]
    for file in files {
      tree.removeAll { $0.path == file.path }
      tree.append(file)
    }
    return tree.filter { !lacks.contains($0.path) }
  }

  /// A snapshot of the suite.
  package func snapshot(_ name: String = "first") throws -> BundleForge.Snapshot {
    BundleForge.Snapshot(name, files: try tree(), suites: [record])
  }
}
