import SafeIO
import TestSupport
import Testing

/// What of an upstream is taken, under which names, and that apt accepts it.
@Suite(.enabled(if: hasNetwork)) struct MirrorSelectionTests {
  @Test func whatIsMirroredIsWhatAptUses() throws {
    try withScratchDirectory { scratch in
      let lab = try MirrorLab(scratch, .full())
      try lab.create("stable", "--component", "main", "--architecture", "amd64")
      let text = try lab.update().succeeded()
      #expect(text.contains("packages new, 0 kept, 0 removed"))
      let files = try lab.files()
      try lab.checkBytes()
      #expect(files.contains("dists/stable/InRelease"))
      #expect(files.contains("dists/stable/main/binary-amd64/Packages.xz"))
      #expect(files.contains("dists/stable/main/i18n/Translation-en.xz"))
      #expect(files.contains { $0.hasPrefix("dists/stable/main/binary-amd64/by-hash/SHA") })
      // apt-file's clients ask for it.
      #expect(files.contains("dists/stable/main/Contents-amd64.xz"))
      #expect(text.contains("\n  with:    contents "), "\(text)")
      for other in ["contrib", "arm64", "Sources", "udeb", "Packages.gz", "MD5Sum"] {
        #expect(!files.contains { $0.contains(other) }, "\(other)")
      }
      let client = try AptClient(root: scratch.path("client"))
      try client.addSource(
        tree: scratch.path("depot/public/s"),
        suite: "stable",
        components: ["main"],
        armoredKey: lab.forge.key.armored
      )
      try client.update().succeeded()
      #expect(try client.downloadAll().count == 4)
      // By-hash names were asked for, and nothing that is not wanted.
      #expect(lab.server.paths.contains { $0.contains("/by-hash/SHA") })
      #expect(!lab.server.paths.contains { $0.contains("contrib") || $0.contains("arm64") })
    }
  }

  @Test(arguments: [
    ("sources", "Sources.xz"), ("udebs", "debian-installer/binary-amd64/Packages.xz"),
    ("contents", "Contents-amd64"), ("all", "Sources.xz"),
  ])
  func moreIsTakenWhenItIsAskedFor(kind: String, expected: String) throws {
    try withScratchDirectory { scratch in
      let lab = try MirrorLab(scratch, .full())
      try lab.create("stable", "--with", kind, "--architecture", "amd64")
      try lab.update().succeeded()
      #expect(try lab.files().contains { $0.contains(expected) })
      try lab.checkBytes()
    }
  }

  @Test func severalSuitesFlatOnesAndSlashes() throws {
    try withScratchDirectory { scratch in
      var security = ForgedSuite.small("stable/updates")
      security.fields["Components"] = "updates/main"
      let lab = try MirrorLab(
        scratch,
        .small("stable"),
        security,
        .flat("tools", [ForgedPackage("crane"), ForgedPackage("winch")])
      )
      try lab.create("stable", "stable/updates", "tools/", "--component", "main")
      try lab.update().succeeded()
      let files = try lab.files()
      #expect(files.contains("tools/InRelease") && files.contains { $0.hasPrefix("tools/crane_") })
      #expect(files.contains("dists/stable/updates/main/binary-amd64/Packages.xz"))
      try lab.checkBytes()
      try lab.site("snapshot", "create", "one", "--mirror", "m", "--suite", "tools/").succeeded()
      #expect(try lab.site("snapshot", "show", "one").succeeded().contains("suite:   tools/"))
    }
  }

  @Test func withoutInReleaseTheDetachedSignatureCounts() throws {
    try withScratchDirectory { scratch in
      var suite = ForgedSuite.small()
      suite.hasInRelease = false
      suite.hasByHash = false
      let lab = try MirrorLab(scratch, suite)
      try lab.create("stable")
      try lab.update().succeeded()
      #expect(try lab.files().contains("dists/stable/Release.gpg"))
      lab.server.forgetRequests()
      #expect(try lab.update().succeeded().contains("nothing new"))
      let asked = ["InRelease", "Release", "Release.gpg"].map { "dists/stable/" + $0 }
      #expect(lab.server.paths == asked)
      // The vendor goes over to InRelease, and leaves the old files there: apt has the new state.
      let directory = lab.forge.root + "/dists/stable/"
      let old = try ["Release", "Release.gpg"].map { ($0, try Disk.read(directory + $0)) }
      suite.hasInRelease = true
      suite.components["main"]?.append(ForgedPackage("later"))
      try lab.forge.build(suite)
      for (name, bytes) in old { try Disk.write(bytes, to: directory + name) }
      try lab.update().succeeded()
      try lab.site("snapshot", "create", "after", "--mirror", "m").succeeded()
      #expect(try lab.site("snapshot", "diff", "s", "after").succeeded().contains("later"))
    }
  }

  @Test(arguments: ["component", "architecture"])
  func whatNoSuiteHasIsRefused(option: String) throws {
    try withScratchDirectory { scratch in
      let lab = try MirrorLab(scratch, .small())
      try lab.create("stable", "--\(option)", "nonesuch")
      let result = try lab.update()
      #expect(result.refused(.configuration) && result.errors.contains("nonesuch"))
    }
  }

  @Test func aDirectoryIsAnUpstream() throws {
    try withScratchDirectory { scratch in
      let lab = try MirrorLab(scratch, .small())
      try lab.site(
        "mirror",
        "create",
        "m",
        "file:" + lab.forge.root,
        "stable",
        "--keyring",
        lab.key
      )
      .succeeded()
      try lab.update().succeeded()
      #expect(try lab.update().succeeded().contains("nothing new"))
      _ = try lab.files()
      try lab.checkBytes()
      #expect(lab.server.paths.isEmpty)
    }
  }

  @Test(arguments: ["path", "embedded", "list"])
  func sourcesFilesAreAdopted(form: String) throws {
    try withScratchDirectory { scratch in
      let lab = try MirrorLab(scratch, .small())
      let file = scratch.path(form == "list" ? "host.list" : "host.sources")
      let embedded = lab.forge.key.armored.split(separator: "\n", omittingEmptySubsequences: false)
        .map { $0.isEmpty ? " ." : " " + $0 }.joined(separator: "\n")
      let text =
        form == "list"
        ? "deb [arch=amd64 signed-by=\(lab.key)] \(lab.server.url) stable main\n"
        : "Types: deb\nURIs: \(lab.server.url)\nSuites: stable\nComponents: main\nSigned-By:"
          + (form == "path" ? " \(lab.key)" : "\n" + embedded) + "\n"
      try Disk.write(text, to: file)
      let shown = try lab.site("mirror", "create", "m", "--sources", file)
      try shown.succeeded()
      #expect(shown.errors.contains("key for m:"))
      try lab.update().succeeded()
      #expect(try lab.files().contains { $0.contains("/pier_") })
      // They count for this mirror only.
      let tree = try lab.site(
        "snapshot",
        "create",
        "t",
        "--tree",
        lab.forge.root,
        "--suite",
        "stable"
      )
      #expect(tree.refused(.trust))
    }
  }

  /// Two keys in one file, and what Signed-By says of them.
  @Test(arguments: ["path", "keyring", "trusted", "two files"])
  func fingerprintsNarrowTheChoiceWhereverTheKeysComeFrom(form: String) throws {
    try withScratchDirectory { scratch in
      let lab = try MirrorLab(scratch, .small())
      let stranger = try VendorKey(name: "Somebody else <else@repository.example>")
      let both = scratch.path("both.asc")
      try Disk.write(lab.forge.key.armored + stranger.armored, to: both)
      let other = scratch.path("other.asc")
      try Disk.write(stranger.armored, to: other)
      let files = ["path": both, "two files": "\(other) \(lab.key)"][form] ?? ""
      let file = scratch.path("host.sources")
      try Disk.write(
        "Types: deb\nURIs: \(lab.server.url)\nSuites: stable\nComponents: main\n"
          + "Signed-By: \(files) \(lab.forge.key.fingerprint)\n",
        to: file
      )
      if form == "trusted" {
        try Disk.makeDirectory(scratch.path("trusted"))
        try Disk.write(lab.forge.key.armored, to: scratch.path("trusted/a.asc"))
        try Disk.write(stranger.armored, to: scratch.path("trusted/b.asc"))
      }
      try Disk.write(
        "Dir::Etc::trustedparts \"\(scratch.path("trusted"))\";\n",
        to: scratch.path("apt.conf")
      )
      let more = form == "keyring" ? ["--keyring", both] : []
      let shown = try lab.site(["mirror", "create", "m", "--sources", file, "--json"] + more)
        .succeeded()
      #expect(shown.contains(lab.forge.key.fingerprint), "\(shown)")
      #expect(!shown.contains(stranger.fingerprint), "\(shown)")
      try lab.update().succeeded()
    }
  }

  @Test func anUpstreamThroughTorIsNotReachedWithoutIt() throws {
    try withScratchDirectory { scratch in
      let lab = try MirrorLab(scratch, .small())
      let file = scratch.path("host.list")
      try Disk.write("deb tor+\(lab.server.url) stable main\n", to: file)
      let result = try lab.site("mirror", "create", "m", "--sources", file)
      #expect(result.refused(.configuration) && result.errors.contains("Tor"))
    }
  }

  @Test func theArchitectureInASuitesNameIsThisMachines() throws {
    try withScratchDirectory { scratch in
      let lab = try MirrorLab(scratch, .small())
      let file = scratch.path("host.list")
      try Disk.write("deb [signed-by=\(lab.key)] \(lab.server.url) ./$(ARCH)/\n", to: file)
      let shown = try lab.site("mirror", "create", "m", "--sources", file).succeeded()
      #expect(!shown.contains("$"), "\(shown)")
    }
  }
}
