import Foundation
import TestSupport

/// What real `dpkg-buildpackage` leaves behind: a source package, a package, one of the installer's, a
/// `.buildinfo` and a `.changes`, each signed with a key when one is named: what debuild makes.
struct BuiltUpload {
  /// The directory with all of it.
  let directory: String
  let version: String
  private let base: String

  /// Builds version `1:VERSION` of the package `agent`.
  init(
    _ scratch: ScratchDirectory,
    version: String = "1.0-1",
    content: String = "content",
    to place: String = "built",
    options: [String] = [],
    signedBy key: String? = nil,
    home: String? = nil
  ) throws {
    directory = try scratch.directory(place)
    self.version = version
    base = directory + "/agent_\(version)"
    let upstream = String(version.prefix { $0 != "-" })
    let tree = directory + "/agent-\(upstream)"
    try BuiltUpload.writeSource(to: tree, version, content)
    let original = directory + "/agent_\(upstream).orig.tar.xz"
    if !Disk.exists(original) {
      // Of all revisions the same.
      try run(
        [
          "tar", "-C", directory, "--exclude=debian", "--mtime=@0", "--sort=name", "--owner=root:0",
          "--group=root:0", "-cJf", original, "agent-\(upstream)",
        ]
      ).succeeded()
    }
    let signing = key.map { ["--sign-key=\($0)", "--force-sign"] } ?? ["-us", "-uc"]
    try run(
      ["dpkg-buildpackage", "-d"] + signing + options,
      environment: home.map { ["GNUPGHOME": $0] } ?? [:],
      in: tree
    ).succeeded()
    Disk.remove(tree)
  }

  private static func writeSource(to tree: String, _ version: String, _ content: String) throws {
    try Disk.write("of upstream\n", to: tree + "/upstream.txt")
    try Disk.write("3.0 (quilt)\n", to: tree + "/debian/source/format")
    try Disk.write(
      """
      agent (1:\(version)) unstable; urgency=medium

        * A version.

       -- Site <site@repository.example>  Fri, 27 Nov 2026 10:00:00 +0000

      """,
      to: tree + "/debian/changelog"
    )
    try Disk.write(
      """
      Source: agent
      Section: admin
      Priority: optional
      Maintainer: Site <site@repository.example>
      Standards-Version: 4.6.2

      Package: agent
      Architecture: all
      Description: the agent
       Its long description.

      Package: agent-udeb
      Package-Type: udeb
      Section: debian-installer
      Architecture: all
      Description: the agent of the installer

      """,
      to: tree + "/debian/control"
    )
    let rules = tree + "/debian/rules"
    try Disk.write(
      """
      #!/usr/bin/make -f
      clean:
      \trm -rf debian/agent debian/agent-udeb debian/files debian/substvars
      build build-arch build-indep binary-arch:
      binary: binary-indep
      binary-indep:
      \tmkdir -p debian/agent/DEBIAN debian/agent/usr/share/agent debian/agent-udeb/DEBIAN
      \techo '\(content)' > debian/agent/usr/share/agent/content
      \tdpkg-gencontrol -pagent -Pdebian/agent
      \tdpkg-deb --root-owner-group --build debian/agent ..
      \tdpkg-gencontrol -pagent-udeb -Pdebian/agent-udeb -nagent-udeb_\(version)_all.udeb
      \tdpkg-deb --root-owner-group --build debian/agent-udeb ../agent-udeb_\(version)_all.udeb

      """,
      to: rules
    )
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: rules)
  }

  var dsc: String { base + ".dsc" }
  var deb: String { base + "_all.deb" }

  /// The list of the upload: of a source upload, of another one.
  var changes: String {
    get throws {
      let names = try Disk.names(in: directory).filter {
        $0.hasPrefix("agent_\(version)_") && $0.hasSuffix(".changes")
      }
      return directory + "/" + (names.first ?? "no.changes")
    }
  }

  /// Changes a file of the upload: one byte is another.
  func damage(_ path: String) throws {
    var bytes = try Disk.read(path)
    bytes[bytes.count / 2] ^= 0x01
    try Disk.write(bytes, to: path)
  }
}
