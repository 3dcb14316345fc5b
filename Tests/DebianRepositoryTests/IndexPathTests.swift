import DebianRepository
import Testing

@Suite struct IndexPathTests {
  static let paths: [(String, IndexPath)] = [
    (
      "main/binary-amd64/Packages.xz",
      IndexPath(.packages(architecture: "amd64"), component: "main", ending: ".xz")
    ),
    (
      "updates/main/binary-all/Packages",
      IndexPath(.packages(architecture: "all"), component: "updates/main")
    ),
    ("Packages.gz", IndexPath(.packages(architecture: nil), component: nil, ending: ".gz")),
    ("Sources", IndexPath(.sources, component: nil)),
    ("main/source/Sources.zst", IndexPath(.sources, component: "main", ending: ".zst")),
    (
      "main/debian-installer/binary-arm64/Packages.xz",
      IndexPath(.udebs(architecture: "arm64"), component: "main", ending: ".xz")
    ),
    (
      "main/i18n/Translation-pt_BR.bz2",
      IndexPath(.translation(language: "pt_BR"), component: "main", ending: ".bz2")
    ),
    ("Translation-en", IndexPath(.translation(language: "en"), component: nil)),
    (
      "main/Contents-amd64.gz",
      IndexPath(
        .contents(architecture: "amd64", isOfInstaller: false),
        component: "main",
        ending: ".gz"
      )
    ),
    (
      "Contents-udeb-amd64",
      IndexPath(.contents(architecture: "amd64", isOfInstaller: true), component: nil)
    ),
    (
      "main/dep11/Components-amd64.yml.xz",
      IndexPath(.components(architecture: "amd64"), component: "main", ending: ".xz")
    ),
    (
      "main/dep11/icons-64x64.tar.gz",
      IndexPath(.appStream(name: "icons-64x64.tar"), component: "main", ending: ".gz")
    ),
    (
      "main/cnf/Commands-amd64.xz",
      IndexPath(.commands(architecture: "amd64"), component: "main", ending: ".xz")
    ),
    (
      "main/installer-amd64/current/images/SHA256SUMS",
      IndexPath(
        .installer(architecture: "amd64", rest: "current/images/SHA256SUMS"),
        component: "main"
      )
    ),
    (
      "main/binary-amd64/Release",
      IndexPath(.directoryRelease(directory: "binary-amd64"), component: "main")
    ),
    ("main/source/Release", IndexPath(.directoryRelease(directory: "source"), component: "main")),
  ]

  @Test(arguments: paths)
  func everyKindIsReadAndWritten(path: String, index: IndexPath) {
    #expect(IndexPath(path) == index)
    #expect(index.text == path)
    #expect(index.plain.ending.isEmpty)
  }

  @Test(
    arguments: [
      "", "/", "main", "main/", "main//Packages", "main/binary-amd64/", "Release",
      "main/binary-amd64/Packages.diff/Index", "main/binary-amd64/by-hash/SHA256/ab",
      "main/i18n/en",
      "main/i18n/Translation-", "main/Contents-", "pool/Packages", "main/binary-amd64/Sources",
    ]
  )
  func whatIsNoIndexIsNone(path: String) {
    #expect(IndexPath(path) == nil)
  }

  @Test func namesByHashLieBesideTheFile() {
    #expect(IndexPath.byHash("main/cnf/Commands-a", "SHA256", "ab") == "main/cnf/by-hash/SHA256/ab")
    #expect(IndexPath.byHash("Packages", "SHA256", "ab") == "by-hash/SHA256/ab")
    #expect(IndexPath.isByHash("by-hash/SHA256/ab") && IndexPath.isByHash("a/by-hash/SHA256/ab"))
    #expect(!IndexPath.isByHash("by-hash/ab") && !IndexPath.isByHash("main/Packages"))
  }
}
