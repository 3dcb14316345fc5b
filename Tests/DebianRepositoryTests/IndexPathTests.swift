import DebianRepository
import TestSupport
import Testing

@Suite struct IndexPathTests {
  static let paths: [(String, IndexPath)] = [
    (
      "main/binary-amd64/Packages.xz",
      IndexPath(.packages, component: "main", architecture: "amd64", ending: ".xz")
    ),
    (
      "updates/main/binary-all/Packages",
      IndexPath(.packages, component: "updates/main", architecture: "all")
    ),
    ("binary-amd64/Packages.gz", IndexPath(.packages, architecture: "amd64", ending: ".gz")),
    ("Packages.gz", IndexPath(.packages, layout: .flat, ending: ".gz")),
    ("Sources", IndexPath(.sources, layout: .flat)),
    ("source/Sources", IndexPath(.sources)),
    ("main/source/Sources.zst", IndexPath(.sources, component: "main", ending: ".zst")),
    (
      "main/debian-installer/binary-arm64/Packages.xz",
      IndexPath(.udebs, component: "main", architecture: "arm64", ending: ".xz")
    ),
    (
      "main/i18n/Translation-pt_BR.bz2",
      IndexPath(.translation, component: "main", language: "pt_BR", ending: ".bz2")
    ),
    ("i18n/Translation-en", IndexPath(.translation, language: "en")),
    ("Translation-en", IndexPath(.translation, layout: .flat, language: "en")),
    (
      "main/Contents-amd64.gz",
      IndexPath(.contents, component: "main", architecture: "amd64", ending: ".gz")
    ),
    ("main/Contents-source", IndexPath(.contents, component: "main", architecture: "source")),
    ("Contents-udeb-amd64", IndexPath(.udebContents, architecture: "amd64")),
    (
      "main/dep11/Components-amd64.yml.xz",
      IndexPath(.components, component: "main", architecture: "amd64", ending: ".xz")
    ),
    (
      "main/dep11/icons-64x64@2.tar.gz",
      IndexPath(.appStream, component: "main", name: "icons-64x64@2.tar", ending: ".gz")
    ),
    (
      "main/cnf/Commands-amd64.xz",
      IndexPath(.commands, component: "main", architecture: "amd64", ending: ".xz")
    ),
    (
      "main/installer-amd64/current/images/SHA256SUMS",
      IndexPath(
        .installer,
        component: "main",
        architecture: "amd64",
        name: "current/images/SHA256SUMS"
      )
    ),
    (
      "main/binary-amd64/Release",
      IndexPath(.directoryRelease, component: "main", architecture: "amd64")
    ),
    ("main/source/Release", IndexPath(.directoryRelease, component: "main")),
    ("amd64/Packages.gz", IndexPath(.strayPackages, layout: .stray, name: "amd64", ending: ".gz")),
    ("a/binary-x/Sources", IndexPath(.straySources, layout: .stray, name: "a/binary-x")),
    (
      "binary-a/source/binary-b/Packages.lz4",
      IndexPath(
        .packages,
        component: "binary-a/source",
        architecture: "b",
        ending: ".lz4"
      )
    ),
  ]

  @Test(arguments: paths)
  func `Every kind is read and written`(path: String, index: IndexPath) {
    #expect(IndexPath(path) == index)
    #expect(index.text == path)
    #expect(index.plain.ending.isEmpty)
    #expect(index.with(ending: ".xz").text == index.plain.text + ".xz")
  }

  @Test func `Every kind has a template and an example here`() {
    #expect(Set(Self.paths.map(\.1.kind)) == Set(IndexKind.allCases))
  }

  @Test(
    arguments: [
      "", "/", "main", "main/", "main//Packages", "/Packages", "main/binary-amd64/", "Release",
      "main/binary-amd64/Packages.diff/Index", "main/binary-amd64/by-hash/SHA256/ab",
      "main/installer-amd64/current/images/by-hash/SHA256/ab", "by-hash/SHA256/Packages",
      "main/i18n/en", "main/i18n/Translation-", "main/Contents-", "main/binary-/Release",
      "main/installer-amd64", "packages", "Packages.lz", "main/binary-amd64/Packages.xz.sig",
    ]
  )
  func `What is none of the kinds is none`(path: String) {
    #expect(IndexPath(path) == nil)
  }

  @Test func `A selection has each kind under a family`() {
    let families: [(String, IndexFamily)] = [
      ("main/binary-amd64/Packages", .packages), ("main/i18n/Translation-en.xz", .descriptions),
      ("main/i18n/Translation-eo", .translations), ("main/dep11/x.tar", .dep11),
      ("main/Contents-udeb-all", .contents), ("amd64/Packages", .other),
    ]
    for (path, family) in families { #expect(IndexPath(path)?.family == family) }
    #expect(IndexFamily.choices.first { $0.name == "installer" }?.families == [.installer, .udebs])
    #expect(!IndexFamily.choices.map(\.name).contains("packages"))
  }

  @Test func `Names by hash lie beside the file and are read again`() throws {
    let beside = ByHashPath(besides: "main/cnf/Commands-a", .sha256, "ab")
    #expect(beside.text == "main/cnf/by-hash/SHA256/ab")
    #expect(ByHashPath(beside.text) == beside)
    #expect(ByHashPath(besides: "Packages", .sha512, "ab").text == "by-hash/SHA512/ab")
    #expect(ByHashPath("by-hash/SHA512/ab")?.directory == "")
    for path in ["by-hash/ab", "main/Packages", "xby-hash/SHA256/ab", "by-hash//ab", "by-hash/a/"] {
      #expect(ByHashPath(path) == nil, "\(path)")
      #expect(!ByHashPath.isOne(Array(path.utf8)[...]))
    }
  }

  @Test(
    .enabled(if: !HostLists.releases.isEmpty, "this host's apt has no lists: run apt-get update"),
    arguments: HostLists.releases
  )
  func `Whatever this host's own mirror lists is read and written byte for byte`(path: String)
    throws
  {
    let listed = try HostLists.listedPaths(path)
    #expect(listed.count > 100)
    var kinds: Set<IndexKind> = []
    for path in listed where !path.hasSuffix(".diff/Index") {
      let index = try #require(IndexPath(path), "\(path)")
      #expect(index.text == path)
      kinds.insert(index.kind)
    }
    #expect(kinds.isSuperset(of: [.packages, .sources, .directoryRelease]))
    #expect(kinds.isDisjoint(with: [.strayPackages, .straySources]))
  }

  @Test func `apt asks for the same paths, and has the same parts of them`() throws {
    try withScratchDirectory { scratch in
      let client = try AptClient(
        root: scratch.path("client"),
        architectures: ["amd64", "kfreebsd-i386"]
      )
      let components = [
        "main", "updates/main", "non-free-firmware", "a+b/c.d~e", "binary-x/source",
      ]
      try client.addSource(
        tree: "/none",
        suite: "bookworm",
        components: components,
        armoredKey: nil,
        withSources: true,
        more: "Languages: pt_BR en sr@latin\n"
      )
      try client.addSource(
        "flat",
        tree: "/none",
        suite: "sub/dir/",
        components: [],
        armoredKey: nil,
        withSources: true,
        more: "Languages: none\n"
      )
      let lines = try client.aptGet(
        "indextargets",
        "--no-release-info",
        "--format",
        "$(METAKEY) $(COMPONENT) $(ARCHITECTURE) $(LANGUAGE)"
      ).succeeded().split(separator: "\n")
      // Three languages, three architectures and the sources of each component, two flat indexes.
      #expect(lines.count == components.count * 7 + 2)
      for line in lines {
        // What a target does not have stays a variable.
        let words = line.split(separator: " ").map { $0.hasPrefix("$(") ? nil : String($0) }
        let path = try #require(words.first ?? nil)
        let index = try #require(IndexPath(path), "\(path)")
        #expect(index.text == path)
        #expect([index.component, index.architecture, index.language] == Array(words.dropFirst()))
      }
    }
  }
}
