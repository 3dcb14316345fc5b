import SafeIO
import TestSupport
import Testing

/// A mirror takes what clients inside will ask for, and says what the upstream lacks of it.
@Suite(.enabled(if: hasNetwork)) struct MirrorClientTests {
  private static let files = AskingClient.files.merging([
    "main/i18n/Translation-fr": "Package: pier\n\n",
    "main/binary-amd64/Release": "Archive: stable\nComponent: main\nArchitecture: amd64\n",
    "main/debian-installer/binary-amd64/Release": "Archive: stable\n",
  ]) { first, _ in first }

  private func lab(_ scratch: ScratchDirectory, lost: [String] = []) throws -> MirrorLab {
    let suite = AskingClient.suite()
    let lab = try MirrorLab(scratch, suite)
    try lab.forge.list(MirrorClientTests.files, in: suite)
    for path in lost { lab.forge.lose(path, of: suite) }
    return lab
  }

  /// What is taken beside packages, below `dists/stable/main`, without endings.
  private func taken(_ lab: MirrorLab) throws -> Set<String> {
    var found: Set<String> = []
    for path in try lab.files() where path.hasPrefix("dists/stable/main/") {
      let rest = String(path.dropFirst("dists/stable/main/".count).prefix { $0 != "." })
      if !rest.hasPrefix("binary-amd64/Packages") { found.insert(rest) }
    }
    return found.filter { !$0.hasPrefix("binary-all") }
  }

  @Test(arguments: [
    ([], ["Contents-amd64", "cnf/Commands-amd64", "i18n/Translation-en"]),
    (
      ["--language", "de", "--without", "cnf"],
      ["Contents-amd64", "i18n/Translation-de", "i18n/Translation-en"]
    ), (["--without", "all", "--language", "fr"], ["i18n/Translation-fr"]),
    (
      ["--with", "dep11-data,translations", "--without", "contents,cnf"],
      [
        "dep11/Components-amd64", "i18n/Translation-de", "i18n/Translation-en",
        "i18n/Translation-fr",
      ]
    ),
    (
      ["--with", "installer", "--without", "contents,cnf,descriptions"],
      ["binary-amd64/Release", "debian-installer/binary-amd64/Release"]
    ),
  ])
  func theDefaultIsWhatOrdinaryClientsAskForAndMayBeChanged(
    options: [String],
    expected: [String]
  ) throws {
    try withScratchDirectory { scratch in
      let lab = try lab(scratch)
      try lab.site(
        ["mirror", "create", "m", lab.server.url, "stable", "--keyring", lab.key] + options
      ).succeeded()
      let text = try lab.update().succeeded()
      #expect(try taken(lab) == Set(expected))
      #expect(text.contains("\n  without: "), "\(text)")
      try lab.checkBytes()
    }
  }

  @Test func sizesAreShownBeforeAnythingIsFetched() throws {
    try withScratchDirectory { scratch in
      let lab = try lab(scratch)
      try lab.create("stable")
      let text = try lab.update("--dry-run").succeeded()
      #expect(text.contains("\n  with:    cnf "), "\(text)")
      #expect(text.contains("\n  without: dep11 "), "\(text)")
      #expect(text.contains("translations "), "\(text)")
    }
  }

  @Test func whatTheUpstreamListsAndDoesNotHaveIsSaid() throws {
    try withScratchDirectory { scratch in
      let lab = try lab(scratch, lost: ["main/i18n/Translation-en", "main/i18n/Translation-de"])
      try lab.create("stable")
      let result = try lab.update()
      try result.succeeded()
      #expect(result.errors.contains("does not have: Translation-en;"), "\(result.errors)")
      // A client inside is told, and its apt does not ask.
      try lab.site("snapshot", "create", "s", "--mirror", "m").succeeded()
      try lab.site("publish", "s", "--at", "p").succeeded()
      let url = "file:" + scratch.path("depot/public/p")
      let text = try lab.site("client-config", "p", "--url", url).succeeded()
      #expect(text.contains("\nLanguages: none\n"), "\(text)")
      let client = try AptClient(root: scratch.path("client"))
      try Disk.write(text, to: client.root + "/etc/apt/sources.list.d/x.sources")
      #expect(try client.update().status == 0)
    }
  }

  @Test func aMirrorIsMadeLikeAClient() throws {
    try withScratchDirectory { scratch in
      let lab = try lab(scratch)
      let etc = try scratch.directory("etc-apt")
      func target(_ name: String, _ path: String, _ more: String = "") -> String {
        "Acquire::IndexTargets::deb::\(name) { MetaKey \"$(COMPONENT)/\(path)\"; \(more) };\n"
      }
      let off = "DefaultEnabled \"no\";"
      try Disk.write(
        target("DEP-11", "dep11/Components-$(NATIVE_ARCHITECTURE).yml")
          + target("DEP-11-icons", "dep11/icons-64x64.tar", off)
          + target("CNF", "cnf/Commands-$(NATIVE_ARCHITECTURE)", off),
        to: etc + "/apt.conf.d/50desktop"
      )
      // No file that apt reads.
      try Disk.write(
        target("Contents-deb", "Contents-$(ARCHITECTURE)"),
        to: etc + "/apt.conf.d/x.bak"
      )
      try Disk.write(
        "APT::Architecture \"amd64\"; // its own\nAcquire::Languages { \"de\"; \"en\"; \"none\"; \"fr\"; };\n",
        to: etc + "/apt.conf"
      )
      let expected: Set<String> = [
        "dep11/Components-amd64", "i18n/Translation-de", "i18n/Translation-en",
      ]
      try lab.create("stable", "--like-client", etc)
      try lab.update().succeeded()
      #expect(try taken(lab) == expected)
      try lab.site("mirror", "remove", "m").succeeded()
      try lab.create("stable", "--like-client", etc + "/apt.conf.d", "--with", "contents")
      try lab.update().succeeded()
      try lab.site("snapshot", "remove", "s").succeeded()
      #expect(
        try taken(lab) == ["dep11/Components-amd64", "i18n/Translation-en", "Contents-amd64"]
      )
      try lab.site("mirror", "remove", "m").succeeded()
      let absent = try lab.site(
        "mirror",
        "create",
        "m",
        lab.server.url,
        "stable",
        "--like-client",
        scratch.path("nothing")
      )
      #expect(absent.refused(.usage), "\(absent.everything)")
    }
  }

  @Test func theClientsArchitecturesAreTheMirrors() throws {
    try withScratchDirectory { scratch in
      let lab = try MirrorLab(scratch, .full())
      let file = scratch.path("client.conf")
      try Disk.write(
        "APT::Architectures:: \"amd64\";\nAPT::Architectures:: \"arm64\";\n",
        to: file
      )
      let shown = try lab.site(
        "mirror",
        "create",
        "m",
        lab.server.url,
        "stable",
        "--like-client",
        file,
        "--keyring",
        lab.key
      )
      #expect(try shown.succeeded().contains("architectures: amd64 arm64"))
      #expect(shown.errors.contains("--language"), "\(shown.errors)")
      try lab.update().succeeded()
      #expect(try lab.files().contains("dists/stable/contrib/binary-arm64/Packages.xz"))
    }
  }
}
