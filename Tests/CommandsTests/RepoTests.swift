import Foundation
import SafeIO
import TestSupport
import Testing

/// The site's own packages: real .debs of every packing come in whole or not at all, cross the gap by the
/// exporter's word, and real apt installs them.
@Suite struct RepoTests {
  /// Builds a package with dpkg-deb; answers its path.
  private func deb(
    _ scratch: ScratchDirectory,
    _ name: String = "agent",
    _ version: String = "1.0-1",
    packing: String = "xz",
    control: String = "",
    to directory: String = "debs"
  ) throws -> String {
    let stage = scratch.path("stage-\(UUID().uuidString)")
    try Disk.write(
      """
      Package: \(name)
      Version: \(version)
      Architecture: all
      Maintainer: Site <site@repository.example>
      \(control)Description: the package \(name)
       Its long description.

      """,
      to: stage + "/DEBIAN/control"
    )
    try Disk.write("content of \(name) \(version)\n", to: stage + "/usr/share/\(name)/file")
    let path = try scratch.directory(directory) + "/\(name)_\(version)_\(packing).deb"
    try run(
      ["dpkg-deb", "--root-owner-group", "-Z\(packing)", "--build", stage, path]
    ).succeeded()
    return path
  }

  @Test(arguments: ["none", "gzip", "xz", "zstd"])
  func `A package of every packing comes in, and goes out again`(packing: String) throws {
    try withScratchDirectory { scratch in
      let lab = try Crossing(scratch)
      let path = try deb(scratch, packing: packing, control: "SHA256: 00\nFilename: ../../evil\n")
      try lab.connected("repo", "create", "tools", "--component", "own").succeeded()
      let added = try lab.connected("repo", "add", "tools", path).succeeded()
      #expect(added.contains("added:     agent 1.0-1 all"), "\(added)")
      #expect(try lab.connected("repo", "add", "tools", path).succeeded().contains("unchanged:"))
      try lab.connected("snapshot", "create", "own", "--repo", "tools").succeeded()
      #expect(try lab.connected("snapshot", "show", "own").succeeded().contains("NO VENDOR"))
      try lab.export("own")
      let refused = try lab.isolated("import", lab.medium)
      #expect(refused.refused(.trust, "unvouched-package"), "\(refused.everything)")
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
      let key = scratch.path("island.asc")
      try lab.isolated("key", "export", key).succeeded()
      let client = try AptClient(root: scratch.path("client"))
      try client.addSource(
        tree: scratch.path("isolated/public/p"),
        suite: "stable",
        components: ["own"],
        armoredKey: try Disk.text(key)
      )
      try client.update().succeeded()
      #expect(try client.available() == ["agent:all=1.0-1"])
      #expect(try client.downloadAll().count == 1)
      #expect(try client.simulateInstall("agent") == ["agent"])
      try lab.connected("depot", "gc").succeeded()
      try lab.connected("depot", "check").succeeded()
    }
  }

  @Test func `Other bytes of the same version are refused unless they are to replace`() throws {
    try withScratchDirectory { scratch in
      let lab = try Crossing(scratch)
      let first = try deb(scratch)
      let other = try deb(scratch, packing: "gzip")
      try lab.connected("repo", "create", "tools").succeeded()
      try lab.connected("repo", "add", "tools", first).succeeded()
      let refused = try lab.connected("repo", "add", "tools", other)
      #expect(refused.refused(.state, "package-exists"), "\(refused.everything)")
      try lab.connected("repo", "add", "tools", other, "--replace").succeeded()
      let newer = try deb(scratch, "agent", "2.0-1", to: "tree/deep")
      _ = try deb(scratch, "helper", "1.0", to: "tree")
      let added = try lab.connected("repo", "add", "tools", scratch.path("tree")).succeeded()
      #expect(added.contains("agent 2.0-1 all") && added.contains("helper 1.0 all"), "\(added)")
      #expect(newer.hasSuffix(".deb"))
      let removed = try lab.connected("repo", "remove", "tools", "agent (<< 2)").succeeded()
      #expect(removed.contains("removed:   agent 1.0-1 all"), "\(removed)")
      let shown = try lab.connected("repo", "show", "tools").succeeded()
      #expect(shown.contains("2 packages") && !shown.contains("1.0-1"), "\(shown)")
      // A merge with a vendor's packages keeps both.
      try lab.forge.build(ForgedSuite.small())
      try lab.freeze("whole", "stable")
      try lab.connected("snapshot", "create", "own", "--repo", "tools").succeeded()
      let merged = try lab.connected("snapshot", "merge", "all", "whole", "own").succeeded()
      #expect(merged.contains("4 packages, 2 of which no vendor vouches for"), "\(merged)")
      // What says that it is the vendor's package is told here, and not inside.
      let pier = try deb(scratch, "pier-data", "1.0-1", to: "other")
      try lab.connected("repo", "add", "tools", pier).succeeded()
      try lab.connected("snapshot", "create", "false", "--repo", "tools").succeeded()
      let altered = try lab.connected("snapshot", "merge", "bad", "whole", "false")
      #expect(altered.refused(.integrity, "altered-package"), "\(altered.everything)")
      try lab.connected("repo", "remove", "tools").succeeded()
      #expect(try lab.connected("repo", "list").succeeded().contains("no repositories"))
    }
  }

  /// Packages that are none, each made of a good one.
  private static let hostile: [(String, @Sendable ([UInt8]) -> [UInt8])] = [
    ("nothing", { _ in [] }),
    ("cut in the header", { Array($0.prefix(40)) }),
    ("cut in the middle", { Array($0.prefix($0.count / 2)) }),
    ("bytes behind it", { $0 + Array("trailing bytes".utf8) }),
    ("another magic", { [0x20] + $0.dropFirst() }),
    ("a size that is longer than the file", { edit($0, at: 8 + 48, "9999999999") }),
    ("a size that is negative", { edit($0, at: 8 + 48, "-1        ") }),
    ("a size that is empty", { edit($0, at: 8 + 48, "          ") }),
    ("an unterminated name", { edit($0, at: 8, String(repeating: "x", count: 16)) }),
    ("an empty name", { edit($0, at: 8, String(repeating: " ", count: 16)) }),
    ("a header without its end", { edit($0, at: 8 + 58, "xx") }),
    ("another version of the format", { edit($0, at: 8 + 60, "9.0\n") }),
    ("a member twice", { $0 + $0.dropFirst(8 + 60 + 4) }),
    (
      "damaged data",
      { bytes in
        var bytes = bytes; bytes[bytes.count - 40] ^= 0xff; return bytes
      }
    ),
  ]

  private static func edit(_ bytes: [UInt8], at offset: Int, _ text: String) -> [UInt8] {
    var bytes = bytes
    bytes.replaceSubrange(offset..<(offset + text.utf8.count), with: text.utf8)
    return bytes
  }

  @Test func `What is no whole package is refused, and nothing is added`() throws {
    try withScratchDirectory { scratch in
      let lab = try Crossing(scratch)
      let good = try Disk.read(try deb(scratch))
      let fine = try deb(scratch, "fine", "1.0")
      try lab.connected("repo", "create", "tools").succeeded()
      for (what, edit) in Self.hostile {
        let bad = scratch.path("bad.deb")
        try Disk.write(edit(good), to: bad)
        let refused = try lab.connected("repo", "add", "tools", fine, bad)
        #expect(refused.refused(.integrity), "\(what): \(refused.everything)")
        #expect(try lab.connected("repo", "show", "tools").succeeded().contains("0 packages"))
      }
      for (field, value) in [
        ("Package", "../evil"), ("Package", "Evil"), ("Version", "1 0"), ("Version", "a/b"),
        ("Architecture", "a/b"), ("Architecture", "source"),
      ] {
        let bad = try hostileControl(scratch, field, value)
        let refused = try lab.connected("repo", "add", "tools", bad)
        #expect(refused.refused(.integrity, "deb"), "\(field) \(value): \(refused.everything)")
      }
      try lab.connected("depot", "check").succeeded()
    }
  }

  /// A control archive of which dpkg reads another file than the first: one more under another spelling,
  /// a link in its place, and a path that leads out.
  private static let forge = """
    import io, sys, tarfile
    stage, trick = sys.argv[1:]
    def text(package): return f'Package: {package}\\nVersion: 1\\nArchitecture: all\\nDescription: x\\n'.encode()
    def add(tar, name, data, kind=tarfile.REGTYPE, link=''):
        info = tarfile.TarInfo(name); info.size, info.type, info.linkname = len(data), kind, link
        tar.addfile(info, io.BytesIO(data))
    with tarfile.open(stage + '/control.tar.gz', 'w:gz', format=tarfile.GNU_FORMAT) as tar:
        add(tar, './control', text('nice'))
        if trick == 'dot': add(tar, '././control', text('libc6'))
        if trick == 'slash': add(tar, './/control', text('libc6'))
        if trick == 'symlink': add(tar, './control', b'', tarfile.SYMTYPE, 'real')
        if trick == 'hardlink': add(tar, './control', b'', tarfile.LNKTYPE, './real')
        if trick == 'out': add(tar, 'x/../control', text('libc6'))
        if trick == 'below': add(tar, './control/x', b'')
    """

  @Test(arguments: ["dot", "slash", "symlink", "hardlink", "out", "below"])
  func `What dpkg would read as another control is refused`(trick: String) throws {
    try withScratchDirectory { scratch in
      let lab = try Crossing(scratch)
      try lab.connected("repo", "create", "tools").succeeded()
      let bad = try hostileControl(scratch, "Package", "nice")
      let stage = (bad as NSString).deletingLastPathComponent
      try run(["python3", "-c", Self.forge, stage, trick]).succeeded()
      Disk.remove(bad)
      let members = ["debian-binary", "control.tar.gz", "data.tar.gz"].map { stage + "/" + $0 }
      try run(["ar", "rc", bad] + members).succeeded()
      let refused = try lab.connected("repo", "add", "tools", bad)
      #expect(refused.refused(.integrity, "deb"), "\(refused.everything)")
    }
  }

  /// A package whose control dpkg-deb would not make.
  private func hostileControl(
    _ scratch: ScratchDirectory,
    _ field: String,
    _ value: String
  ) throws -> String {
    let stage = scratch.path("raw-\(UUID().uuidString)")
    var fields = ["Package": "evil", "Version": "1.0", "Architecture": "all"]
    fields[field] = value
    try Disk.write(
      fields.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)\n" }.joined()
        + "Description: bad\n",
      to: stage + "/control"
    )
    try Disk.write("2.0\n", to: stage + "/debian-binary")
    try run(["tar", "-C", stage, "-czf", stage + "/control.tar.gz", "./control"]).succeeded()
    try run(["tar", "-C", stage, "-czf", stage + "/data.tar.gz", "./control"]).succeeded()
    let path = stage + "/evil.deb"
    try run(
      [
        "ar", "rc", path, stage + "/debian-binary", stage + "/control.tar.gz",
        stage + "/data.tar.gz",
      ]
    ).succeeded()
    return path
  }
}
