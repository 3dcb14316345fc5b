private import Foundation
private import SafeIO

/// Builds APT repositories as a vendor publishes them: packages by dpkg-deb, indexes and Release
/// by apt-ftparchive, signatures by gpg.
package struct RepositoryForge: Sendable {
  /// The root of the tree: `dists` and `pool` lie in it.
  package let root: String
  /// The key that signs.
  package let key: VendorKey

  /// A forge for a tree at `root`, which is made when it lacks.
  package init(at root: String, key: VendorKey? = nil) throws {
    self.root = root
    self.key = try key ?? VendorKey.shared.get()
    try Disk.makeDirectory(root)
  }

  /// Builds the suites in one tree; called again, it replaces suites of the same names.
  package func build(_ suites: ForgedSuite...) throws {
    try buildPool(suites)
    for suite in suites { try SuiteWriter(forge: self, suite: suite).write() }
  }

  /// Signs a Release text again, for tests that edit it: InRelease, and Release with Release.gpg.
  package func sign(_ release: String, of suite: ForgedSuite) throws {
    let directory = root + "/" + suite.directory
    for name in ["InRelease", "Release", "Release.gpg"] { Disk.remove(directory + "/" + name) }
    if suite.hasInRelease {
      try Disk.write(try key.clearSign(release), to: directory + "/InRelease")
    }
    if suite.hasDetachedSignature {
      try Disk.write(try key.detachedSignature(release), to: directory + "/Release.gpg")
    }
    if suite.hasDetachedSignature || !suite.hasInRelease {
      try Disk.write(release, to: directory + "/Release")
    }
  }

  private func buildPool(_ suites: [ForgedSuite]) throws {
    var packages: [String: ForgedPackage] = [:]
    var sources: [String: ForgedPackage] = [:]
    for suite in suites {
      for (component, list) in suite.components {
        for package in list {
          packages[suite.path(of: package, in: component)] = package
          if package.hasSource {
            let directory = suite.poolDirectory(of: package, in: component)
            sources[directory + "/\(package.name)_\(package.sourceVersion)"] = package
          }
        }
      }
    }
    let jobs = packages.sorted { $0.key < $1.key }
    try Threads.forEach(count: jobs.count) { (index) throws(Failure) in
      try ours {
        try buildPackage(jobs[index].value, at: root + "/" + jobs[index].key)
      }
    }
    for (stem, package) in sources.sorted(by: { $0.key < $1.key }) {
      try buildSource(package, stem: root + "/" + stem)
    }
  }

  private func buildPackage(_ package: ForgedPackage, at path: String) throws {
    let stage = path + ".stage"
    defer { Disk.remove(stage) }
    try Disk.write(package.control, to: stage + "/DEBIAN/control")
    try Disk.write(
      package.payloadBytes,
      to: stage + "/usr/share/\(package.name)/payload-\(package.architecture)"
    )
    try run(
      ["dpkg-deb", "--root-owner-group", "-Zgzip", "-z1", "--build", stage, path],
      environment: ["SOURCE_DATE_EPOCH": "1700000000"]
    ).succeeded()
  }

  private func buildSource(_ package: ForgedPackage, stem: String) throws {
    let stage = stem + ".stage"
    defer { Disk.remove(stage) }
    try Disk.write("the source of \(package.name)\n", to: stage + "/README")
    try run([
      "tar", "-C", stage, "--sort=name", "--owner=0", "--group=0", "--mtime=@1700000000",
      "--use-compress-program=gzip -n", "-cf", stem + ".tar.gz", ".",
    ]).succeeded()
    let archive = try Disk.read(stem + ".tar.gz")
    let name = (stem as NSString).lastPathComponent + ".tar.gz"
    let weak = try run(["md5sum"], input: archive).succeeded().prefix(32)
    try Disk.write(
      """
      Format: 3.0 (native)
      Source: \(package.name)
      Binary: \(package.name)
      Architecture: any
      Version: \(package.sourceVersion)
      Maintainer: Test Vendor <vendor@repository.example>
      Standards-Version: 4.6.2
      Checksums-Sha256:
       \(SHA256Digest.of(archive).hex) \(archive.count) \(name)
      Files:
       \(weak) \(archive.count) \(name)

      """,
      to: stem + ".dsc"
    )
  }
}

extension String {
  func replacing(_ old: String, with new: String) -> String {
    replacingOccurrences(of: old, with: new)
  }
}
