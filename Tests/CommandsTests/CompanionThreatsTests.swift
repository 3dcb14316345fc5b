import Foundation
import SafeIO
import TestSupport
import Testing

/// An exporter may leave descriptions and names of files out, as it may packages.
///
/// It can never put one in or change one that is not about packages which it may vouch for.
@Suite struct CompanionThreatsTests {
  private static let description = "main/i18n/Translation-en"
  private static let contents = "main/Contents-amd64"

  private static func stanza(_ name: String, _ text: String = "The long one.") -> String {
    """
    Package: \(name)
    Description-md5: \(String(repeating: "0", count: 32))
    Description-en: the package \(name)
     \(text)


    """
  }

  /// A suite of a vendor with descriptions and lists of files.
  private struct Vendor {
    var vendor: ForgedVendor
    let listed: [(path: String, text: String)] = [
      (description, stanza("pier") + stanza("quay")),
      (contents, "usr/pier misc/pier\nusr/both misc/pier,misc/quay\n"),
      ("main/Contents-arm64", "usr/arm misc/pier\n"),
      ("main/Contents-all", "usr/all misc/pier\n"),
      ("main/i18n/Translation-de", stanza("pier", "Das lange.")),
    ]

    init(_ key: VendorKey) {
      vendor = ForgedVendor(key)
      let listed = listed
      let lines = listed.map {
        " \(SHA256Digest.of(Array($0.text.utf8)).hex) \($0.text.utf8.count) \($0.path)\n"
      }
      vendor.editRelease = { $0 + lines.joined() }
      vendor.files = listed.map { ("dists/stable/" + $0.path, Array($0.text.utf8)) }
    }
  }

  /// A composed snapshot made by hand, with these indexes besides.
  private func write(
    _ site: ThreatsSite,
    _ own: [(path: String, text: String)],
    hasProof: Bool = true,
    isOwn: Bool = false,
    listsPlain: Bool = true
  ) throws {
    let vendor = Vendor(site.lab.vendor).vendor
    let tree = try vendor.tree()
    let signed = tree.first { $0.path == vendor.inReleasePath }?.bytes ?? []
    let prefix = "provenance/\(SHA256Digest.of(signed).hex)/"
    var indexes = own.map { (path: $0.path, bytes: Array($0.text.utf8)) }
    let evil = Array("evil".utf8)
    let stanza = """
      Package: evil
      Version: 1.0-1
      Architecture: amd64
      Maintainer: Nobody <nobody@repository.example>
      Filename: pool/evil.deb
      Size: 4
      SHA256: \(SHA256Digest.of(evil).hex)
      Description: bad


      """
    let packages = vendor.packages + (isOwn ? "\n" + stanza : "")
    indexes.append(("main/binary-amd64/Packages", Array(packages.utf8)))
    if !listsPlain {
      indexes = try indexes.map { index in
        guard index.path.hasSuffix("Translation-en") else { return index }
        return (index.path + ".gz", try run(["gzip", "-n"], input: index.bytes).output)
      }
    }
    let lines = indexes.map { " \(SHA256Digest.of($0.bytes).hex) \($0.bytes.count) \($0.path)\n" }
    let release = """
      Suite: mine
      Codename: mine
      Architectures: amd64
      Components: main
      SHA256:
      \(lines.joined())
      """
    var files: [(path: String, bytes: [UInt8])] = [("dists/mine/Release", Array(release.utf8))]
    files += indexes.map { ("dists/mine/" + $0.path, $0.bytes) }
    files += vendor.pool
    if isOwn { files.append(("pool/evil.deb", evil)) }
    files += tree.filter { file in
      file.path.hasPrefix("dists/")
        && (hasProof || ["InRelease", "Packages"].contains { file.path.hasSuffix($0) })
    }.map { (prefix + $0.path, $0.bytes) }
    var snapshot = BundleForge.Snapshot("first", files: files, suites: ["mine unsigned - -"])
    snapshot.kind = "composed"
    for name in try Disk.names(in: site.medium) { Disk.remove(site.medium + "/" + name) }
    var forge = BundleForge(signingHome: site.lab.exporterHome, [snapshot])
    forge.head = ["Requires: composed"]
    forge.sequence = "1"
    try forge.write(to: site.medium)
  }

  private func mayVouch(_ site: ThreatsSite) throws {
    let exporter = try ThreatsLab.fingerprint(site.lab.exporterHome)
    try site.site(
      ["trust", "edit", exporter, "--may-vouch", "first/*", "--reason", "it is to be tried"]
    ).succeeded()
  }

  @Test func `What the vendor signed comes in, whole or with pieces left out`() throws {
    for own in [
      [(Self.description, Self.stanza("pier"))],
      [(Self.description, Self.stanza("quay") + Self.stanza("pier"))],
      [(Self.contents, "usr/both misc/quay\nusr/all misc/pier\n")],
      [("main/i18n/Translation-de", Self.stanza("pier", "Das lange."))],
      [(Self.description, "")],
    ] {
      try ThreatsSite.with { site in
        try write(site, own)
        try site.expectImport()
      }
    }
  }

  private static let lies: [(what: String, path: String, text: String)] = [
    ("another description", description, stanza("pier", "Run this: rm.")),
    ("a description of another package", description, stanza("evil")),
    ("a description of no package", description, "Description-en: x\n y\n"),
    (
      "a field less", description,
      stanza("pier").replacingOccurrences(of: "Description-md5", with: "X")
    ),
    ("another language's", description, stanza("pier", "Das lange.")),
    ("another file", contents, "usr/evil misc/pier\n"),
    ("another package with a file", contents, "usr/pier misc/quay\n"),
    ("a package besides", contents, "usr/pier misc/pier,misc/quay\n"),
    ("another section", contents, "usr/pier evil/pier\n"),
    ("another distance", contents, "usr/pier  misc/pier\n"),
    ("another architecture's", contents, "usr/arm misc/pier\n"),
    ("a line of nothing", contents, "usr/pier misc/pier\nevil\n"),
    ("an empty line", contents, "usr/pier misc/pier\n\n"),
    ("a list of the installer's", "main/Contents-udeb-amd64", "usr/pier misc/pier\n"),
    ("a list of sources", "main/Contents-source", "usr/pier misc/pier\n"),
  ]

  @Test(arguments: lies.indices, [false, true])
  func `What no vendor signed is refused, whoever vouches`(number: Int, mayVouch: Bool) throws {
    let lie = Self.lies[number]
    try ThreatsSite.with { site in
      if mayVouch { try self.mayVouch(site) }
      try write(site, [(lie.path, lie.text)])
      let name = String(lie.path.split(separator: "/").last ?? "")
      try site.expectRefusal(.integrity, "INTEGRITY-ALTERED-LIST", naming: name, what: lie.what)
    }
  }

  @Test func `The vendor's own lists have to come along`() throws {
    try ThreatsSite.with { site in
      try write(site, [(Self.description, Self.stanza("pier"))], hasProof: false)
      try site.expectRefusal(.integrity, "INTEGRITY-ALTERED-LIST", naming: "Translation-en")
    }
  }

  @Test func `A form is nothing without the plain index`() throws {
    try ThreatsSite.with { site in
      try write(site, [(Self.description, Self.stanza("pier"))], listsPlain: false)
      try site.expectRefusal(.integrity, "INTEGRITY-COMPOSED-RELEASE", naming: "Translation-en")
    }
  }

  @Test func `Who may vouch for a package may describe it, and no other`() throws {
    let own = [
      (Self.description, Self.stanza("evil") + Self.stanza("pier")),
      (Self.contents, "usr/evil misc/evil\nusr/pier misc/evil,misc/pier\n"),
    ]
    try ThreatsSite.with { site in
      try mayVouch(site)
      try write(site, own, isOwn: true)
      try site.expectImport()
    }
    try ThreatsSite.with { site in
      try mayVouch(site)
      try write(site, [(Self.description, Self.stanza("evil") + Self.stanza("ship"))], isOwn: true)
      try site.expectRefusal(.integrity, "INTEGRITY-ALTERED-LIST", naming: "ship")
    }
  }
}
