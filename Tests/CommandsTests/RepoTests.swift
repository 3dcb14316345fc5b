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
      let way = try lab.connected("audit", "package", "agent=1.0-1").succeeded()
      let short = SHA256Digest.of(try Disk.read(path)).short
      #expect(
        way.contains("agent 1.0-1 all, \(short) added to repository tools"),
        "\(way)"
      )
      #expect(way.split(separator: "\n").count == 2, "An unchanged package is no news: \(way)")
      let other = try lab.connected("audit", "package", "agent=1.0")
      #expect(other.refused(.usage, "no-such-package"), "\(other.everything)")
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
      let inside = try lab.isolated("audit", "package", "agent").succeeded()
      #expect(
        inside.contains(", in no vendor's list, vouched for by mainland \(exporter)"),
        "\(inside)"
      )
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
      // Nor does another spelling of its version help, or another architecture.
      for (number, (name, version)) in [
        ("pier-data", "0:1.0-1"), ("pier-data", "1.0-01"), ("pier", "1.0-1"),
      ].enumerated() {
        try lab.connected("repo", "create", "s\(number)").succeeded()
        let path = try deb(scratch, name, version, to: "spelled-\(number)")
        try lab.connected("repo", "add", "s\(number)", path).succeeded()
        try lab.connected("snapshot", "create", "s\(number)", "--repo", "s\(number)").succeeded()
        let refused = try lab.connected("snapshot", "merge", "bad", "whole", "s\(number)")
        #expect(refused.refused(.integrity, "altered-package"), "\(refused.everything)")
      }
      try lab.connected("repo", "remove", "tools", "--force").succeeded()
      #expect(!(try lab.connected("repo", "list").succeeded().contains("tools")))
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
    // apt, CVE-2020-27350: integers that wrap, and lengths in the header that are no decimal numbers.
    ("a size that wraps", { edit($0, at: 8 + 48, "4294967300") }),
    ("a size of another base", { edit($0, at: 8 + 48, "0x4       ") }),
    ("a size with a blank in it", { edit($0, at: 8 + 48, "4 0       ") }),
    ("a size with a sign", { edit($0, at: 8 + 48, "+4        ") }),
    ("a size with a NUL", { edit($0, at: 8 + 48, "4\0        ") }),
    ("a size that no number has", { edit($0, at: 8 + 48, "9999999999") }),
    // CVE-2020-3810: a member that ends before its header says, and long names of other ar formats.
    ("a long name of BSD", { edit($0, at: 8, "#1/20           ") }),
    ("a long name of BSD that is negative", { edit($0, at: 8, "#1/-1           ") }),
    ("a long name of GNU", { edit($0, at: 8, "/0              ") }),
    ("a table of names", { edit($0, at: 8, "//              ") }),
    ("a table of symbols", { edit($0, at: 8, "/               ") }),
    ("a member that ends early", { edit($0, at: 8 + 60 + 4 + 48, "99999     ") }),
    ("a member of no length", { edit($0, at: 8 + 60 + 4 + 48, "0         ") }),
    ("a header that is cut", { Array($0.prefix(8 + 60 + 4 + 30)) }),
    ("only a magic", { Array($0.prefix(8)) }),
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

  /// Tar archives as apt's own tests of CVE-2020-27350 and CVE-2020-27351 have them: lengths that are
  /// negative or huge, names and links that never end, and headers that lead in a circle.
  private static let hostileTar = """
    import gzip, io, sys, tarfile
    path, member, trick = sys.argv[1:]
    def header(name, size, kind=b'0', link=b''):
        block = bytearray(512)
        block[0:len(name)] = name
        block[100:108] = b'0000644\\0'; block[108:116] = block[116:124] = b'0000000\\0'
        block[124:136] = size; block[136:148] = b'00000000000\\0'
        block[156:157] = kind; block[157:157+len(link)] = link
        block[257:263] = b'ustar\\0'; block[263:265] = b'00'
        block[148:156] = b' ' * 8
        block[148:156] = b'%06o\\0 ' % sum(block)
        return bytes(block)
    def pad(data): return data + bytes(-len(data) % 512)
    control = b'Package: evil\\nVersion: 1\\nArchitecture: all\\nDescription: x\\n'
    good = header(b'./control', b'%011o\\0' % len(control)) + pad(control)
    end = bytes(1024)
    huge = b'\\x80' + (2**62).to_bytes(11, 'big')
    minus = b'\\xff' * 11 + b'\\x00'
    made = {
        'huge': header(b'./x', huge) + good + end,
        'negative': header(b'./x', minus) + good + end,
        'octal-huge': header(b'./x', b'777777777777') + good + end,
        'no-number': header(b'./x', b'not a number') + good + end,
        'long-name-huge': header(b'././@LongLink', huge, b'L') + good + end,
        'long-name-negative': header(b'././@LongLink', minus, b'L') + good + end,
        'long-link-huge': header(b'././@LongLink', b'77777777777\\0', b'K') + good + end,
        'long-name-loop': header(b'././@LongLink', b'00000000004\\0', b'L') * 3 + end,
        'pax-length': header(b'x', b'00000000020\\0', b'x') + pad(b'999999999 path=x') + good + end,
        'pax-no-length': header(b'x', b'00000000010\\0', b'x') + pad(b'-5 path') + good + end,
        'pax-size': header(b'x', b'00000000034\\0', b'x') + pad(b'28 size=99999999999999999999\\n') + good + end,
        'checksum': good[:148] + b'000000\\0 ' + good[156:] + end,
        'cut': good[:700],
        'cut-header': good[:300],
        'no-control': header(b'./other', b'%011o\\0' % 0) + end,
        'control-too-long': header(b'./control', b'77777777777\\0') + pad(control) + end,
        'empty': b'',
    }[trick]
    with open(path, 'wb') as out:
        with gzip.GzipFile(fileobj=out, mode='wb', mtime=0) as packed: packed.write(made)
    """

  private static let tarTricks = [
    "huge", "negative", "octal-huge", "no-number", "long-name-huge", "long-name-negative",
    "long-link-huge", "long-name-loop", "pax-length", "pax-no-length", "pax-size", "checksum",
    "cut",
    "cut-header", "no-control", "control-too-long", "empty",
  ]

  @Test(arguments: tarTricks)
  func `A control archive whose headers lie is refused at once`(trick: String) throws {
    try withScratchDirectory { scratch in
      let lab = try Crossing(scratch)
      try lab.connected("repo", "create", "tools").succeeded()
      let bad = try hostileControl(scratch, "Package", "nice")
      let stage = (bad as NSString).deletingLastPathComponent
      try run(
        ["python3", "-c", Self.hostileTar, stage + "/control.tar.gz", "control", trick]
      ).succeeded()
      Disk.remove(bad)
      let members = ["debian-binary", "control.tar.gz", "data.tar.gz"].map { stage + "/" + $0 }
      try run(["ar", "rc", bad] + members).succeeded()
      let started = ContinuousClock.now
      let refused = try lab.connected("repo", "add", "tools", bad)
      #expect(
        refused.refused(.integrity) || refused.refused(.unsafe),
        "\(trick): \(refused.everything)"
      )
      #expect(ContinuousClock.now - started < .seconds(10))
      #expect(try lab.connected("repo", "show", "tools").succeeded().contains("0 packages"))
    }
  }

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
