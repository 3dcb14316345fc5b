import SafeIO
import TestSupport
import Testing

/// A vendor's tree with something wrong that no client would notice, or with text that is made to do
/// harm.
@Suite struct DamagedTreeTests {
  private func lab(_ scratch: ScratchDirectory, _ change: (inout ForgedSuite) -> Void = { _ in })
    throws -> Crossing
  {
    let lab = try Crossing(scratch)
    var suite = ForgedSuite("stable", ["main": ["pier", "quay"].map { ForgedPackage($0) }])
    suite.compressions = ["gz", "xz"]
    change(&suite)
    try lab.forge.build(suite)
    return lab
  }

  private func freeze(_ lab: Crossing, _ more: String...) throws -> RunResult {
    try lab.connected(
      ["snapshot", "create", "s", "--tree", lab.forge.root, "--suite", "stable"] + more
    )
  }

  /// Signs a suite whose Release has further lines at its end.
  private func sign(_ lab: Crossing, _ suite: String = "stable", more: String) throws {
    let directory = lab.forge.root + "/dists/\(suite)/"
    try lab.forge.sign(
      try Disk.text(directory + "Release") + more,
      of: ForgedSuite(suite, ["main": []])
    )
  }

  @Test(arguments: ["Packages.gz", "Packages.xz"])
  func `A form of an index that is wrong is left out while another is good`(form: String) throws {
    try withScratchDirectory { scratch in
      let lab = try lab(scratch)
      let path = "dists/stable/main/binary-amd64/\(form)"
      try Disk.write("damaged", to: lab.forge.root + "/" + path)
      let refused = try freeze(lab)
      #expect(refused.refused(.integrity) && refused.errors.contains("--leave-out broken"))
      let result = try freeze(lab, "--leave-out", "broken")
      #expect(result.status == 0 && result.errors.contains(path), "\(result.everything)")
      let files = try lab.connected("snapshot", "files", "s").succeeded()
      #expect(files.contains("binary-amd64/Packages.") && !files.contains(path), "\(files)")
      try lab.export("s")
      try lab.isolated("import", lab.medium).succeeded()
    }
  }

  @Test func `When every form is wrong, the suite is refused`() throws {
    try withScratchDirectory { scratch in
      let lab = try lab(scratch)
      let directory = lab.forge.root + "/dists/stable/main/binary-amd64/"
      for path in try Disk.files(below: directory) where !path.contains("Release") {
        try Disk.write("damaged", to: directory + path)
      }
      #expect(try freeze(lab).refused(.integrity))
      #expect(try freeze(lab, "--leave-out", "broken").status != 0)
    }
  }

  @Test func `A list of contents that is wrong is left out when that is said`() throws {
    try withScratchDirectory { scratch in
      let lab = try lab(scratch)
      let path = "dists/stable/main/Contents-amd64.gz"
      let digest = SHA256Digest.of(Array("fresh".utf8)).hex
      try Disk.write("stale", to: lab.forge.root + "/" + path)
      let release = try Disk.text(lab.forge.root + "/dists/stable/Release")
      try lab.forge.sign(
        release.replacing("\nSHA256:\n", with: "\nSHA256:\n \(digest) 5 main/Contents-amd64.gz\n"),
        of: ForgedSuite("stable", ["main": []])
      )
      #expect(try freeze(lab).refused(.integrity))
      let result = try freeze(lab, "--leave-out", "broken")
      #expect(result.status == 0, "\(result.everything)")
      #expect(result.errors.contains("left out: \(path)"), "\(result.errors)")
      #expect(try !lab.connected("snapshot", "files", "s").succeeded().contains("Contents"))
      try lab.export("s")
      try lab.isolated("import", lab.medium).succeeded()
    }
  }

  @Test func `Paths that look alike are two files`() throws {
    try withScratchDirectory { scratch in
      let lab = try Crossing(scratch)
      var suite = ForgedSuite("stable", ["main": [ForgedPackage("pier")]])
      let (one, two) = ("pool/caf\u{e9}_1.deb", "pool/cafe\u{301}_1.deb")
      try Disk.makeDirectory(lab.forge.root + "/pool")
      try Disk.write("decomposed", to: lab.forge.root + "/" + two)
      let digest = SHA256Digest.of(Array("decomposed".utf8)).hex
      for (name, path, digest) in [
        ("one", one, String(repeating: "0", count: 64)), ("two", two, digest),
      ] {
        suite.furtherStanzas +=
          "\nPackage: \(name)\nVersion: 1\nArchitecture: amd64\nFilename: \(path)\nSize: 10\n"
          + "SHA256: \(digest)\n"
      }
      try lab.forge.build(suite)
      let result = try freeze(lab, "--leave-out", "missing")
      #expect(result.status == 0, "\(result.everything)")
      let files = try lab.connected("snapshot", "files", "s").succeeded()
      #expect(
        files.utf8.split(separator: 0x0a).contains {
          Array($0).suffix(two.utf8.count) == Array(two.utf8)[...]
        },
        "\(files)"
      )
    }
  }

  @Test func `Sizes without sense do not end the program`() throws {
    try withScratchDirectory { scratch in
      let lab = try lab(scratch)
      let zeros = String(repeating: "0", count: 64)
      let lines = ["de", "fr"].map {
        " \(zeros) 18446744073709551614 main/i18n/Translation-\($0)\n"
      }
      try sign(lab, more: lines.joined())
      try lab.connected([
        "mirror", "create", "m", "file:" + lab.forge.root, "stable", "--keyring",
        lab.scratch.path("vendor.asc"),
      ]).succeeded()
      let result = try lab.connected("mirror", "update", "m", "--dry-run")
      #expect(result.status < 128, "\(result.everything)")
    }
  }

  @Test(arguments: [
    "deb [arch=a%5d b] http://x.example y z", "deb [arch=%5d%5d ] file:/tmp s main",
  ])
  func `An escaped bracket does not keep the program busy`(line: String) throws {
    try withScratchDirectory { scratch in
      let lab = try Crossing(scratch)
      try Disk.write(line + "\n", to: scratch.path("h.list"))
      let result = try lab.connected(
        "mirror",
        "create",
        "h",
        "--sources",
        scratch.path("h.list")
      )
      #expect(result.refused(.configuration), "\(result.everything)")
    }
  }

  @Test func `A text signature does not stand for the end of a long line`() throws {
    try withScratchDirectory { scratch in
      let lab = try lab(scratch)
      let directory = lab.forge.root + "/dists/stable/"
      Disk.remove(directory + "InRelease")
      let text =
        try Disk.text(directory + "Release") + "X-Long: " + String(repeating: "a", count: 20_000)
      try Disk.write(text + "b\n", to: directory + "Release")
      // gpg says that it cannot handle the line, and signs.
      let signature = try run(
        ["gpg", "--homedir", lab.forge.key.home, "--batch", "--armor", "--textmode"]
          + ["--detach-sign", "--output", "-"],
        input: Array((text + "b\n").utf8)
      )
      try Disk.write(signature.text, to: directory + "Release.gpg")
      let result = try freeze(lab)
      #expect(result.refused(.trust, "signature-type"), "\(result.everything)")
    }
  }

  @Test func `A field that repeats without end is told once`() throws {
    try withScratchDirectory { scratch in
      let lab = try lab(scratch)
      let directory = lab.forge.root + "/dists/stable/"
      let text = try Disk.text(directory + "Release")
      try lab.forge.sign(
        String(repeating: "X-A:\n", count: 50_000) + text,
        of: ForgedSuite("stable", ["main": []])
      )
      let result = try freeze(lab)
      #expect(result.status == 0, "\(result.everything.prefix(2000))")
      #expect(result.errors.utf8.count < 5000)
    }
  }
}
