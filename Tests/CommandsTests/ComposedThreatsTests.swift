import Foundation
import SafeIO
import TestSupport
import Testing

/// An exporter may leave packages of a vendor out.
///
/// It can never put one in, change one or rename one
/// without being refused, whatever else it writes truly.
@Suite struct ComposedThreatsTests {
  /// A composed snapshot made by hand, out of what the vendor signed.
  private struct Lie {
    var vendor: ForgedVendor
    /// The stanzas of the composer's index, each with an empty line behind it.
    var stanzas: [String]
    var suite = "mine"
    var name = "first"
    /// Files besides, or in place of others.
    var files: [(path: String, bytes: [UInt8])] = []
    var lacks: Set<String> = []
    /// Whether the vendor's lists come along.
    var hasProof = true
    /// Whose lists these are; nil for those of the packages.
    var proof: ForgedVendor?
    var index = "main/binary-amd64/Packages"
    /// Fields of the composer's Release besides.
    var fields = ""
    /// Files that it lists besides; they are there.
    var listed: [(path: String, bytes: [UInt8])] = []
    /// Whether the index lies under its name by hash alone.
    var isByHash = false

    init(_ vendor: ForgedVendor) {
      self.vendor = vendor
      stanzas = vendor.packages.components(separatedBy: "\n\n")
        .map { $0.trimmingCharacters(in: .newlines) + "\n\n" }
    }

    /// Where the vendor's lists lie.
    static func place(_ vendor: ForgedVendor) throws -> (prefix: String, files: [(String, [UInt8])])
    {
      let tree = try vendor.tree()
      let signed = tree.first { $0.path == vendor.inReleasePath }?.bytes ?? []
      let prefix = "provenance/\(SHA256Digest.of(signed).hex)/"
      return (
        prefix, tree.filter { $0.path.hasPrefix("dists/") }.map { (prefix + $0.path, $0.bytes) }
      )
    }

    func snapshot() throws -> BundleForge.Snapshot {
      let index = Array(stanzas.joined().utf8)
      let release = """
        Suite: \(suite)
        Codename: \(suite)
        Architectures: amd64
        Components: main
        \(fields)SHA256:
         \(SHA256Digest.of(index).hex) \(index.count) \(self.index)

        """
      let more = listed.map { " \(SHA256Digest.of($0.bytes).hex) \($0.bytes.count) \($0.path)\n" }
      let hash = "by-hash/SHA256/\(SHA256Digest.of(index).hex)"
      let place = isByHash ? self.index.replacing("Packages", with: hash) : self.index
      var all: [(path: String, bytes: [UInt8])] = [
        ("dists/\(suite)/Release", Array((release + more.joined()).utf8)),
        ("dists/\(suite)/\(place)", index),
      ]
      all += listed.map { ("dists/\(suite)/" + $0.path, $0.bytes) }
      all += vendor.pool.filter { file in stanzas.contains { $0.contains(file.path) } }
      if hasProof {
        all += try Lie.place(proof ?? vendor).files.map { (path: $0.0, bytes: $0.1) }
      }
      for file in files {
        all.removeAll { $0.path == file.path }
        all.append(file)
      }
      all.removeAll { lacks.contains($0.path) }
      var snapshot = BundleForge.Snapshot(name, files: all, suites: ["\(suite) unsigned - -"])
      snapshot.kind = "composed"
      return snapshot
    }
  }

  private func write(
    _ site: ThreatsSite,
    _ sequence: String = "1",
    _ edit: (inout Lie) throws -> Void = { _ in }
  ) throws {
    var lie = Lie(ForgedVendor(site.lab.vendor))
    try edit(&lie)
    for name in try Disk.names(in: site.medium) { Disk.remove(site.medium + "/" + name) }
    var forge = BundleForge(signingHome: site.lab.exporterHome, [try lie.snapshot()])
    forge.head = ["Requires: composed"]
    forge.sequence = sequence
    try forge.write(to: site.medium)
  }

  private static let evil = Array("evil".utf8)
  private static let stanza = """
    Package: evil
    Version: 1.0-1
    Architecture: amd64
    Maintainer: Nobody <nobody@repository.example>
    Filename: pool/evil.deb
    Size: 4
    SHA256: \(SHA256Digest.of(evil).hex)
    Description: bad


    """

  private func mayVouch(_ site: ThreatsSite) throws {
    let exporter = try ThreatsLab.fingerprint(site.lab.exporterHome)
    try site.site(
      ["trust", "edit", exporter, "--may-vouch", "first/*", "--reason", "it is to be tried"]
    ).succeeded()
  }

  @Test func `What the vendor signed comes in, whole or with packages left out`() throws {
    try ThreatsSite.with { site in
      try write(site) { $0.stanzas.removeLast() }
      try site.expectImport()
      let shown = try site.site("snapshot", "show", "first").succeeded()
      #expect(shown.contains("composed of packages that are signed by"), "\(shown)")
      #expect(!shown.contains("NO VENDOR"))
    }
  }

  /// Lies about a vendor's package that nobody may vouch for.
  private static let alterations: [(String, @Sendable (String) -> String)] = [
    (
      "another file's digest",
      { $0.replacing(digest(of: "first"), with: SHA256Digest.of(evil).hex) }
    ),
    ("another file name", { $0.replacing("pool/main/p/pier/pier_1.0-1", with: "pool/pier_1.0-1") }),
    ("a dependency", { $0.replacing("Version:", with: "Depends: quay\nVersion:") }),
    ("a field less", { $0.replacing("Description: the package pier\n", with: "") }),
    (
      "another order",
      { $0.replacing("Package: pier\nVersion: 1.0-1", with: "Version: 1.0-1\nPackage: pier") }
    ),
    ("the file under another name", { $0.replacing("Package: pier", with: "Package: ssh") }),
    ("the file in another version", { $0.replacing("Version: 1.0-1", with: "Version: 9.0-1") }),
    ("a blank at a line's end", { $0.replacing("Version: 1.0-1", with: "Version: 1.0-1 ") }),
  ]

  private static func digest(of word: String) -> String {
    SHA256Digest.of(Array("the \(word) package\n".utf8)).hex
  }

  @Test(arguments: alterations.indices)
  func `A package that is not as its vendor signed it is refused, whoever vouches`(
    number: Int
  ) throws {
    let (what, edit) = Self.alterations[number]
    try ThreatsSite.with { site in
      try mayVouch(site)
      try write(site) { lie in
        let altered = edit(lie.stanzas[0])
        #expect(altered != lie.stanzas[0], "\(what)")
        lie.stanzas[0] = altered
        let bytes = lie.vendor.pool[0].bytes
        lie.files = [
          ("pool/pier_1.0-1_amd64.deb", bytes), ("pool/main/p/pier/pier_1.0-1_amd64.deb", bytes),
        ]
        if what == "another file's digest" { lie.files = [(lie.vendor.pool[0].path, Self.evil)] }
        lie.files.removeAll { file in !altered.contains(file.path) }
        if what == "another file's digest" {
          lie.stanzas[0] = altered.replacing("Size: 18", with: "Size: 4")
        }
      }
      try site.expectRefusal(.integrity, "INTEGRITY-ALTERED-PACKAGE", naming: "first", what: what)
    }
  }

  /// Packages of somebody else that a client would take for the vendor's `quay 1.0-1 amd64`, or that lie
  /// in its place; the vendor's own is left out.
  private static let disguises: [(what: String, name: String, version: String, String, String)] = [
    ("an epoch", "quay", "0:1.0-1", "amd64", "pool/evil.deb"),
    ("a zero", "quay", "1.0-01", "amd64", "pool/evil.deb"),
    ("zeros", "quay", "01.00-1", "amd64", "pool/evil.deb"),
    ("for all architectures", "quay", "1.0-1", "all", "pool/evil.deb"),
    ("a capital", "Quay", "1.0-1", "amd64", "pool/evil.deb"),
    ("its place", "evil", "1.0-1", "amd64", "pool/main/q/quay/quay_1.0-1_amd64.deb"),
    ("its place, spelled", "evil", "1.0-1", "amd64", "./pool/main/q/quay/quay_1.0-1_amd64.deb"),
  ]

  @Test(arguments: disguises.indices)
  func `A package that could be taken for a vendor's is refused, whoever vouches`(
    number: Int
  ) throws {
    let (what, name, version, architecture, path) = Self.disguises[number]
    try ThreatsSite.with { site in
      try mayVouch(site)
      try write(site) { lie in
        lie.stanzas.removeLast()
        lie.stanzas.append(
          Self.stanza.replacing("Package: evil", with: "Package: \(name)")
            .replacing("Version: 1.0-1", with: "Version: \(version)")
            .replacing("Architecture: amd64", with: "Architecture: \(architecture)")
            .replacing("Filename: pool/evil.deb", with: "Filename: \(path)")
        )
        lie.vendor.pool.removeLast()
        lie.files = [(path.replacing("./", with: ""), Self.evil)]
        lie.proof = ForgedVendor(site.lab.vendor)
      }
      try site.expectRefusal(.integrity, "INTEGRITY-ALTERED-PACKAGE", naming: "first", what: what)
    }
  }

  @Test func `What no vendor vouches for comes in only where the exporter may vouch`() throws {
    try ThreatsSite.with { site in
      func lie() throws {
        try write(site) { lie in
          lie.stanzas.append(Self.stanza)
          lie.files = [("pool/evil.deb", Self.evil)]
        }
      }
      try lie()
      try site.expectRefusal(
        .trust,
        "TRUST-UNVOUCHED-PACKAGE",
        naming: "evil",
        "--may-vouch first/mine"
      )
      try mayVouch(site)
      let taken = try site.expectImport()
      #expect(taken.errors.contains("no vendor vouches for 1 of 3 packages (evil 1.0-1 amd64)"))
      let shown = try site.site("snapshot", "show", "first").succeeded()
      #expect(shown.contains("NO VENDOR signed, vouched for by the exporter"), "\(shown)")
    }
  }

  @Test func `Packages without their vendor's lists are nobody's`() throws {
    try ThreatsSite.with { site in
      try write(site) { $0.hasProof = false }
      try site.expectRefusal(.trust, "TRUST-UNVOUCHED-PACKAGE", naming: "pier")
    }
  }

  @Test func `Another vendor's lists, and lists for other suites, are no proof`() throws {
    try ThreatsSite.with { site in
      let key = try VendorKey(name: "Other Vendor <other@repository.example>")
      try write(site) { lie in
        lie.vendor.key = key
        lie.stanzas = Lie(lie.vendor).stanzas
      }
      try site.expectRefusal(.trust, "TRUST-UPSTREAM-NOT-PINNED", naming: "first")
      // The vendor's true lists beside packages that another vendor signed.
      try write(site) { lie in
        lie.vendor.pool[0].bytes = Self.evil
        lie.stanzas = Lie(lie.vendor).stanzas
        lie.hasProof = false
        let proof = try Lie.place(ForgedVendor(site.lab.vendor))
        lie.files = proof.files.map { (path: $0.0, bytes: $0.1) }
      }
      try site.expectRefusal(.integrity, "INTEGRITY-ALTERED-PACKAGE", naming: "pier")
    }
  }

  @Test func `A vendor who is pinned for another suite vouches for nothing`() throws {
    try ThreatsSite.with { site in
      try site.site(
        ["trust", "edit", site.lab.vendor.fingerprint, "--role", "upstream", "--of", "vendor"]
          + ["--suite", "oldstable", "--reason", "only this one"]
      ).succeeded()
      try write(site)
      try site.expectRefusal(.trust, "TRUST-OTHER-SUITE", naming: "stable")
    }
  }

  @Test func `An older state of the vendor's lists is refused, also beside a newer one`() throws {
    try ThreatsSite.with { site in
      try write(site)
      try site.expectImport()
      for beside in [true, false] {
        try write(site, "2") { lie in
          lie.name = "second"
          // Not the same bytes as the newer one's: the forge has no links to long names.
          lie.vendor.editPackages = { $0 + "\nPackage: old\nVersion: 1\nArchitecture: amd64\n" }
          lie.vendor.editRelease = { $0.replacing("20 Nov 2026", with: "19 Nov 2026") }
          guard beside else { return }
          let proof = try Lie.place(ForgedVendor(site.lab.vendor))
          lie.files = proof.files.map { (path: $0.0, bytes: $0.1) }
        }
        try site.expectRefusal(.freshness, "FRESHNESS-OLDER-SUITE", naming: "second")
      }
      try site.site("import", site.medium, "--accept-older", "--reason", "it is meant").succeeded()
    }
  }

  @Test func `What an exporter vouches for does not come beside a vendor's packages unseen`() throws
  {
    try ThreatsSite.with { site in
      try write(site)
      try site.expectImport()
      try site.site("publish", "first", "--at", "p").succeeded()
      let exporter = try ThreatsLab.fingerprint(site.lab.exporterHome)
      try site.site(
        ["trust", "edit", exporter, "--may-vouch", "second/*", "--reason", "it is to be tried"]
      ).succeeded()
      try write(site, "2") { lie in
        lie.name = "second"
        lie.stanzas.append(Self.stanza)
        lie.files = [("pool/evil.deb", Self.evil)]
      }
      try site.expectImport()
      let refused = try site.site("publish", "second", "--at", "p")
      #expect(refused.refused(.trust, "other-vendor"), "\(refused.everything)")
      #expect(refused.errors.contains(exporter), "\(refused.everything)")
      let words = ["publish", "second", "--at", "p", "--change-vendor", "--reason", "it is meant"]
      try site.site(words).succeeded()
      // It is known from now on.
      try site.site("publish", "first", "--at", "p").succeeded()
    }
  }

  /// Files that no honest composer writes.
  private static let strangers: [(String, String, String, Edit)] = [
    ("a stray file", "INTEGRITY-NOT-REACHED", "stray", { $0.files = [("stray", evil)] }),
    (
      "a stray proof", "INTEGRITY-NOT-REACHED", "provenance/x",
      { $0.files = [("provenance/x", evil)] }
    ),
    (
      "a file beside a proof", "INTEGRITY-NOT-REACHED", "notes",
      { try addToProof(&$0) { _ in "dists/stable/notes" } }
    ),
    (
      "another index of the vendor", "INTEGRITY-WRONG-SIZE", "Packages",
      { try addToProof(&$0) { $0.indexPath } }
    ),
    (
      "a proof in another place", "INTEGRITY-PROVENANCE", "provenance/0000",
      { lie in
        lie.hasProof = false
        let prefix = "provenance/" + String(repeating: "0", count: 64) + "/"
        let proof = try place(lie.vendor)
        lie.files = proof.files.map { (prefix + $0.0.dropFirst(prefix.count), $0.1) }
      }
    ),
    (
      "a signature over the composed suite", "INTEGRITY-COMPOSED-SIGNED", "InRelease",
      { $0.files = [("dists/mine/InRelease", evil)] }
    ),
    (
      "a field of the vendor's", "INTEGRITY-COMPOSED-RELEASE", "Release",
      { $0.fields = "Origin: Debian\n" }
    ),
    (
      "AppStream's metadata", "INTEGRITY-COMPOSED-RELEASE", "Components-amd64",
      { $0.listed = [("main/dep11/Components-amd64.yml", evil)] }
    ),
    (
      "an index in a component that is none", "INTEGRITY-COMPOSED-RELEASE", "installer-amd64",
      { $0.listed = [("installer-amd64/binary-amd64/Packages", Array(stanza.utf8))] }
    ),
    (
      "images of an installer", "INTEGRITY-COMPOSED-RELEASE", "SHA256SUMS",
      { $0.listed = [("main/installer-amd64/1/images/SHA256SUMS", evil)] }
    ),
    ("an index by its hash alone", "INTEGRITY-COMPOSED-RELEASE", "by-hash", { $0.isByHash = true }),
    (
      "a package among the lists", "INTEGRITY-PROVENANCE", "dists/evil.deb",
      {
        $0.stanzas = [stanza.replacing("pool/evil.deb", with: "dists/evil.deb")]
        $0.files = [("dists/evil.deb", evil)]
      }
    ),
    (
      "a vendor's file under another name, listed without its SHA-256", "INTEGRITY-OWN-DIGEST",
      "Packages",
      { lie in
        let file = lie.vendor.pool[0]
        let digest = try run(["sha512sum"], input: file.bytes).succeeded().prefix(128)
        lie.stanzas = [
          "Package: ssh\nVersion: 1\nArchitecture: amd64\nFilename: \(file.path)\nSize: \(file.bytes.count)\n"
            + "SHA512: \(digest)\n\n"
        ]
      }
    ),
    (
      "a package of another architecture", "INTEGRITY-OTHER-ARCHITECTURE", "pier",
      { $0.index = "main/binary-arm64/Packages" }
    ),
  ]

  private typealias Edit = @Sendable (inout Lie) throws -> Void

  /// A file beside a vendor's lists.
  ///
  /// These are made once: a signature of the next second has another place.
  private static func addToProof(_ lie: inout Lie, _ path: (ForgedVendor) -> String) throws {
    let proof = try place(lie.vendor)
    lie.hasProof = false
    lie.files =
      proof.files.map { (path: $0.0, bytes: $0.1) }
      + [(path: proof.prefix + path(lie.vendor), bytes: evil)]
  }

  private static func place(_ vendor: ForgedVendor) throws -> (
    prefix: String, files: [(String, [UInt8])]
  ) { try Lie.place(vendor) }

  @Test(arguments: strangers.indices)
  func `What no composer writes is refused by its name`(number: Int) throws {
    let (what, code, name, edit) = Self.strangers[number]
    try ThreatsSite.with { site in
      try mayVouch(site)
      try write(site) { try edit(&$0) }
      try site.expectRefusal(
        code.hasPrefix("TRUST") ? .trust : .integrity,
        code,
        naming: name,
        what: what
      )
    }
  }

  @Test func `A composed snapshot says that a reader has to know it`() throws {
    try ThreatsSite.with { site in
      try write(site)
      try BundleForge.alter(site.bundle, home: site.lab.exporterHome) {
        $0.replacing("Requires: composed\n", with: "")
      }
      try site.expectRefusal(.integrity, "INTEGRITY-MANIFEST", naming: "composed")
      try write(site)
      try BundleForge.alter(site.bundle, home: site.lab.exporterHome) {
        $0.replacing("mine unsigned - -", with: "mine signed \(site.lab.vendor.fingerprint) -")
      }
      try site.expectRefusal(.integrity, "INTEGRITY-MANIFEST", naming: "composed")
    }
  }
}

extension String {
  fileprivate func replacing(_ old: String, with new: String) -> String {
    replacingOccurrences(of: old, with: new)
  }
}
