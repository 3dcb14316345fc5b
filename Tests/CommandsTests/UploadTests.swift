import Foundation
import SafeIO
import TestSupport
import Testing

/// What dpkg-buildpackage and debuild leave comes in whole or not at all: packages, source packages and
/// the lists that name them.
@Suite struct UploadTests {
  @Test func `A built upload comes in, and real apt gets its source and its packages`() throws {
    try withScratchDirectory { scratch in
      let lab = try Crossing(scratch)
      let built = try BuiltUpload(scratch)
      try lab.connected("repo", "create", "tools", "--component", "own").succeeded()
      let added = try lab.connected("repo", "add", "tools", built.changes).succeeded()
      for line in [
        "added:     agent 1:1.0-1 all", "added:     agent-udeb 1:1.0-1 all",
        "added:     agent 1:1.0-1 source", "not kept:  agent_1.0-1_amd64.buildinfo",
      ] { #expect(added.contains(line), "\(added)") }
      // All of a directory, the list included, is the same again.
      let again = try lab.connected("repo", "add", "tools", built.directory).succeeded()
      #expect(!again.contains("added:") && again.contains("has:       3 packages"), "\(again)")
      try lab.connected("snapshot", "create", "own", "--repo", "tools").succeeded()
      try lab.export("own")
      let exporter = try Crossing.fingerprint(ofKeyIn: lab.exporterKey, scratch)
      try lab.isolated(
        "trust",
        "edit",
        exporter,
        "--add",
        "--may-vouch",
        "own/*",
        "--reason",
        "it is ours"
      ).succeeded()
      try lab.isolated("import", lab.medium).succeeded()
      try lab.isolated("publish", "own", "--at", "p").succeeded()
      let client = try client(of: lab.isolated, "isolated", scratch)
      try client.aptGet("source", "--download-only", "agent").succeeded()
      let got = try Disk.names(in: client.root + "/downloads")
      #expect(
        got == ["agent_1.0-1.debian.tar.xz", "agent_1.0-1.dsc", "agent_1.0.orig.tar.xz"],
        "\(got)"
      )
      try run(
        ["dpkg-source", "--no-check", "-x", "agent_1.0-1.dsc", "unpacked"],
        in: client.root + "/downloads"
      ).succeeded()
      #expect(
        try Disk.text(client.root + "/downloads/unpacked/upstream.txt") == "of upstream\n"
      )
      #expect(try client.available() == ["agent:all=1:1.0-1"])
      #expect(try client.simulateInstall("agent") == ["agent"])
      try compareWithScanSources(built, scratch.path("isolated/public/p"))
      try lab.connected("depot", "gc").succeeded()
      try lab.connected("depot", "check").succeeded()
    }
  }

  private func client(
    of site: AptFerry,
    _ depot: String,
    _ scratch: ScratchDirectory
  ) throws -> AptClient {
    let key = scratch.path("site.asc")
    try site("key", "export", key).succeeded()
    let client = try AptClient(root: scratch.path("client"))
    try client.addSource(
      tree: scratch.path("\(depot)/public/p"),
      suite: "stable",
      components: ["own"],
      armoredKey: try Disk.text(key),
      withSources: true
    )
    try client.update().succeeded()
    return client
  }

  /// The stanza says what dpkg-scansources says of the same files, but for their directory.
  private func compareWithScanSources(_ built: BuiltUpload, _ tree: String) throws {
    let expected = try run(["dpkg-scansources", "."], in: built.directory).succeeded()
    let index = tree + "/dists/stable/own/source/Sources"
    let found = try run(["xz", "-dc", index + ".xz"]).succeeded()
    #expect(fields(found, but: "Directory") == fields(expected, but: "Directory"))
    #expect(found.contains("\nDirectory: pool/own/a/agent\n"), "\(found)")
  }

  private func fields(_ stanza: String, but name: String) -> Set<String> {
    var fields: [String] = []
    for line in stanza.split(separator: "\n") {
      if line.hasPrefix(" "), !fields.isEmpty {
        fields[fields.count - 1] += "\n" + line
      } else {
        fields.append(String(line))
      }
    }
    return Set(fields.filter { !$0.hasPrefix(name + ":") })
  }

  @Test func `A new revision finds the upstream archive of the last one in the repository`() throws
  {
    try withScratchDirectory { scratch in
      let lab = try Crossing(scratch)
      try lab.connected("repo", "create", "tools").succeeded()
      let first = try BuiltUpload(scratch)
      // Source only, as for a build service: its list does not name the packages.
      let second = try BuiltUpload(scratch, version: "1.0-2", options: ["--build=source", "-sd"])
      let archive = scratch.path("built/agent_1.0.orig.tar.xz")
      let kept = scratch.path("kept.tar.xz")
      try Disk.rename(archive, to: kept)
      let lacking = try lab.connected("repo", "add", "tools", second.changes)
      #expect(lacking.refused(.incomplete, "upload-incomplete"), "\(lacking.everything)")
      #expect(lacking.errors.contains("agent_1.0.orig.tar.xz"))
      try Disk.rename(kept, to: archive)
      try lab.connected("repo", "add", "tools", first.dsc).succeeded()
      Disk.remove(archive)
      let added = try lab.connected("repo", "add", "tools", second.changes).succeeded()
      #expect(added.contains("added:     agent 1:1.0-2 source"), "\(added)")
      // Another archive of that name is another source.
      try Disk.write("another one", to: archive)
      let other = try lab.connected("repo", "add", "tools", second.dsc)
      #expect(other.refused(.integrity, "upload-file"), "\(other.everything)")
      try lab.connected("depot", "gc").succeeded()
      try lab.connected("depot", "check").succeeded()
    }
  }

  @Test func `A file that is missing or another refuses the whole upload`() throws {
    try withScratchDirectory { scratch in
      let lab = try Crossing(scratch)
      try lab.connected("repo", "create", "tools").succeeded()
      let built = try BuiltUpload(scratch)
      let names = try Disk.names(in: built.directory).filter { !$0.hasSuffix(".changes") }
      #expect(names.count == 6, "\(names)")
      for name in names {
        let path = built.directory + "/" + name
        let bytes = try Disk.read(path)
        try built.damage(path)
        let other = try lab.connected("repo", "add", "tools", built.changes)
        #expect(other.refused(.integrity, "upload-file"), "\(name): \(other.everything)")
        #expect(other.errors.contains(name), "\(other.everything)")
        Disk.remove(path)
        let missing = try lab.connected("repo", "add", "tools", built.changes)
        #expect(missing.refused(.incomplete, "upload-incomplete"), "\(name): \(missing.everything)")
        try Disk.symbolicLink(path, to: "/etc/passwd")
        #expect(try lab.connected("repo", "add", "tools", built.changes).status != 0)
        Disk.remove(path)
        try Disk.write(bytes, to: path)
      }
      let shown = try lab.connected("repo", "show", "tools").succeeded()
      #expect(shown.contains("0 packages"), "\(shown)")
      try lab.connected("repo", "add", "tools", built.changes).succeeded()
    }
  }

  /// Lists and descriptions that say two things, or name what lies elsewhere.
  private static let lies: [(what: String, isOfDsc: Bool, String, String)] = [
    ("a path", false, " agent_1.0-1.dsc\n", " ../agent_1.0-1.dsc\n"),
    ("an absolute path", false, " agent_1.0-1.dsc\n", " /etc/agent_1.0-1.dsc\n"),
    (
      "other files in Files", true, "Files:\n",
      "Files:\n 00000000000000000000000000000000 1 x.tar\n"
    ),
    ("no SHA-256", true, "Checksums-Sha256:", "X-Sha256:"),
    ("no SHA-256 in the list", false, "Checksums-Sha256:", "X-Sha256:"),
    ("a source that is none", true, "Source: agent\n", "Source: ../agent\n"),
    ("another source", true, "Source: agent\n", "Source: another\n"),
    ("a field twice", true, "Version:", "Version: 2\nVersion:"),
    ("two stanzas", true, "Maintainer:", "\nMaintainer:"),
    ("an armor behind the text", true, "Maintainer:", "-----BEGIN PGP SIGNATURE-----\nMaintainer:"),
    ("a size that is none", false, "Checksums-Sha256:\n", "Checksums-Sha256:\n 00 -1 x\n"),
    ("a version that is none", false, "Version: 1:1.0-1\n", "Version: 1 0\n"),
  ]

  @Test func `A list that says two things is refused`() throws {
    try withScratchDirectory { scratch in
      let lab = try Crossing(scratch)
      try lab.connected("repo", "create", "tools").succeeded()
      let built = try BuiltUpload(scratch)
      for (what, isOfDsc, old, new) in Self.lies {
        let path = isOfDsc ? built.dsc : try built.changes
        let text = try Disk.text(path)
        try #require(text.contains(old), "\(what)")
        try Disk.write(text.replacing(old, with: new, maxReplacements: 1), to: path)
        let refused = try lab.connected("repo", "add", "tools", path)
        #expect(
          refused.refused(.integrity) || what == "another source" && refused.status == 0,
          "\(what): \(refused.everything)"
        )
        if what == "another source" {
          try lab.connected("repo", "remove", "tools", "another").succeeded()
        }
        try Disk.write(text, to: path)
      }
      try lab.connected("repo", "add", "tools", built.changes).succeeded()
    }
  }
}
