/// A suite that `RepositoryForge` makes: what is in it and how its indexes are written.
package struct ForgedSuite: Sendable {
  /// The path below `dists`; for a flat repository the directory itself, with a final slash.
  package var name: String
  /// The components and their packages.
  package var components: [String: [ForgedPackage]]
  /// The architectures, without `all`.
  package var architectures = ["amd64"]
  /// Whether there are Translation-en files and short descriptions in Packages.
  package var hasTranslations = true
  /// Whether there are Contents files.
  package var hasContents = false
  /// Whether indexes can be fetched by their hash.
  package var hasByHash = true
  /// Whether the plain indexes lie in the tree; Release lists them in any case, as Debian does.
  package var keepsPlainIndexes = false
  /// Which compressed forms the indexes have: `xz`, `gz`, `bz2`, `zst`.
  package var compressions = ["xz", "gz"]
  /// Whether there is an InRelease.
  package var hasInRelease = true
  /// Whether there are Release and Release.gpg.
  package var hasDetachedSignature = true
  /// The Date of Release, as apt-ftparchive writes it; now when nil.
  package var date: String?
  /// Text behind the stanzas of each Packages file: what no tool would write.
  package var furtherStanzas = ""
  /// Further fields of Release, name and value.
  package var fields: [String: String] = [:]

  /// A suite with components and pool.
  package init(_ name: String = "stable", _ components: [String: [ForgedPackage]]) {
    self.name = name
    self.components = components
  }

  /// A flat repository: indexes and packages in one directory, here `directory` below the root.
  package static func flat(_ directory: String, _ packages: [ForgedPackage]) -> ForgedSuite {
    var suite = ForgedSuite(directory + "/", ["": packages])
    suite.hasTranslations = false
    return suite
  }

  /// Two components, two architectures and `all`, dependencies, sources, Translation, Contents,
  /// an installer component, by-hash: every kind of file that a suite of Debian has, two or more
  /// packages in every index.
  package static func full(_ name: String = "stable") -> ForgedSuite {
    var main: [ForgedPackage] = []
    for architecture in ["amd64", "arm64"] {
      main += [
        ForgedPackage("libcrate1", version: "2.0-1", architecture: architecture, hasSource: true),
        ForgedPackage(
          "crate",
          version: "1:2.0-1",
          architecture: architecture,
          depends: "libcrate1 (>= 2.0), crate-data (= 1:2.0-1)",
          payload: 5000
        ),
        ForgedPackage("crate-udeb", architecture: architecture, isUdeb: true),
        ForgedPackage("anchor-udeb", architecture: architecture, isUdeb: true),
      ]
    }
    main += [
      ForgedPackage("crate-data", version: "1:2.0-1", architecture: "all", payload: 9000),
      ForgedPackage("libstdcargo++", version: "3.0~rc1-1", architecture: "all", hasSource: true),
    ]
    var contrib: [ForgedPackage] = []
    for architecture in ["amd64", "arm64"] {
      contrib += [
        ForgedPackage("hawser", architecture: architecture, depends: "crate", hasSource: true),
        ForgedPackage("bollard", architecture: architecture, hasSource: true),
      ]
    }
    var suite = ForgedSuite(name, ["main": main, "contrib": contrib])
    suite.architectures = ["amd64", "arm64"]
    suite.hasContents = true
    return suite
  }

  /// Two packages with a dependency and nothing else: the quickest tree that apt accepts.
  package static func small(_ name: String = "stable") -> ForgedSuite {
    ForgedSuite(
      name,
      [
        "main": [
          ForgedPackage("pier", depends: "pier-data"),
          ForgedPackage("pier-data", architecture: "all"),
        ]
      ]
    )
  }

  var isFlat: Bool { name.hasSuffix("/") }

  /// The directory of Release below the root of the repository.
  package var directory: String { isFlat ? String(name.dropLast()) : "dists/" + name }

  /// Where a package's file lies, below the root of the repository.
  package func path(of package: ForgedPackage, in component: String) -> String {
    poolDirectory(of: package, in: component) + "/" + package.fileName
  }

  func poolDirectory(of package: ForgedPackage, in component: String) -> String {
    if isFlat { return directory }
    return "pool/\(component)/\(package.name.prefix(1))/\(package.name)"
  }
}
