// swift-tools-version: 6.2
import PackageDescription

/// Settings of every Swift target: Swift 6 mode, strict memory safety, warnings are errors.
let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .enableExperimentalFeature("Lifetimes"),
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
]

let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let argumentParser: Target.Dependency = .product(
  name: "ArgumentParser",
  package: "swift-argument-parser"
)

/// The trait that brings the network in: without it the program has no HTTP client and no server.
let network: TargetDependencyCondition? = .when(traits: ["Network"])

/// A product of swift-nio or of what is built on it, only with the trait `Network`.
func networked(_ name: String, _ package: String = "swift-nio") -> Target.Dependency {
  .product(name: name, package: package, condition: network)
}

/// The tests of one target, in `Tests/<target>Tests`.
func tests(
  _ name: String,
  _ more: [Target.Dependency] = [],
  exclude: [String] = []
) -> Target {
  .testTarget(
    name: name + "Tests",
    dependencies: [.target(name: name), "TestSupport"] + (name == "SafeIO" ? [] : ["SafeIO"])
      + more,
    exclude: exclude,
    swiftSettings: strict
  )
}

let package = Package(
  name: "aptferry",
  products: [.executable(name: "aptferry", targets: ["aptferry"])],
  traits: [
    .trait(name: "Network", description: "Mirroring over HTTP: for the connected side."),
    .default(enabledTraits: ["Network"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
    .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
    .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
    .package(url: "https://github.com/swift-server/async-http-client", exact: "1.37.0"),
    .package(
      url: "https://github.com/hummingbird-project/hummingbird",
      exact: "2.28.1",
      traits: ["FullFoundation"]
    ),
    .package(url: "https://github.com/apple/swift-nio-extras", exact: "1.35.2"),
    .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
  ],
  targets: [
    /** libarchive */
    .systemLibrary(
      name: "CArchive",
      pkgConfig: "libarchive",
      providers: [.apt(["libarchive-dev"])]
    ),
    /** libzstd */
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    /** gpgme */
    .systemLibrary(name: "CGPGME", pkgConfig: "gpgme", providers: [.apt(["libgpgme-dev"])]),
    /** libqrencode */
    .systemLibrary(
      name: "CQRencode",
      pkgConfig: "libqrencode",
      providers: [.apt(["libqrencode-dev"])]
    ),
    /** ISA-L */
    .systemLibrary(name: "CISAL", pkgConfig: "libisal", providers: [.apt(["libisal-dev"])]),
    /** libsolv */
    .systemLibrary(name: "CSolv", pkgConfig: "libsolv", providers: [.apt(["libsolv-dev"])]),
    /** libcrypt */
    .systemLibrary(name: "CCrypt", pkgConfig: "libcrypt", providers: [.apt(["libcrypt-dev"])]),
    /** RE2, whose interface is C++. */
    .target(name: "CRE2", linkerSettings: [.linkedLibrary("re2")]),
    /** Linux calls that Swift's Glibc module lacks. */
    .target(name: "CLinux", cSettings: [.define("_GNU_SOURCE")]),
    /** Directory handles, durable writes, digests, blocking threads; no domain words. */
    .target(name: "SafeIO", dependencies: ["CLinux", crypto], swiftSettings: strict),
    /** tar, zstd, gz, xz, bz2 as noncopyable readers and writers. */
    .target(
      name: "Archives",
      dependencies: ["SafeIO", "CArchive", "CZstd"],
      swiftSettings: strict
    ),
    /** Sign and verify with an explicit pinned key set. */
    .target(name: "OpenPGP", dependencies: ["SafeIO", "CGPGME"], swiftSettings: strict),
    /** Debian's formats as values. No I/O. */
    .target(name: "DebianRepository", dependencies: ["SafeIO"], swiftSettings: strict),
    /** Our format as values: manifest, entries, chunk layout, limits, acceptance rules. No I/O. */
    .target(
      name: "BundleFormat",
      dependencies: ["SafeIO", "DebianRepository"],
      swiftSettings: strict
    ),
    /** Columns of bytes, and further ones from which any that are lost are made again. */
    .target(name: "ErasureCoding", dependencies: ["SafeIO", "CISAL"], swiftSettings: strict),
    /** Images of discs: ISO 9660 with Rock Ridge and Joliet. */
    .target(name: "DiscImages", dependencies: ["SafeIO"], swiftSettings: strict),
    /** Write, read and verify bundles on a medium. */
    .target(
      name: "BundleMedium",
      dependencies: [
        "BundleFormat", "Archives", "DiscImages", "ErasureCoding", "OpenPGP", "SafeIO",
      ],
      swiftSettings: strict
    ),
    /** A text as a QR code, and that in half blocks for a terminal. */
    .target(name: "QRCode", dependencies: ["SafeIO", "CQRencode"], swiftSettings: strict),
    /** Content by its digest, behind a protocol: local files, and what else a store can be. */
    .target(name: "Objects", dependencies: ["SafeIO"], swiftSettings: strict),
    /** Catalogue, snapshots, ledger, check, gc, over objects. */
    .target(
      name: "Depot",
      dependencies: ["Objects", "VendorChain", "DebianRepository", "SafeIO", grdb],
      swiftSettings: strict
    ),
    /** Whom this site trusts for what: pinned keys, vendors and their suites, exporters' scopes. */
    .target(
      name: "Trust",
      dependencies: [
        "VendorChain", "BundleFormat", "Depot", "Objects", "DebianRepository", "OpenPGP", "SafeIO",
      ],
      swiftSettings: strict
    ),
    /** Export and import: plan, journal, rehydrate. */
    .target(
      name: "Transfer",
      dependencies: [
        "BundleMedium", "BundleFormat", "VendorChain", "Comparison", "Depot", "Objects", "Trust",
        "DebianRepository", "OpenPGP", "Archives", "DiscImages", "SafeIO",
      ],
      swiftSettings: strict
    ),
    /** The vendor's chain of an APT tree: signed Release, indexes, pool files. */
    .target(
      name: "VendorChain",
      dependencies: ["DebianRepository", "OpenPGP", "Archives", "SafeIO"],
      swiftSettings: strict
    ),
    /** An APT tree on disk to a snapshot in the depot. */
    .target(
      name: "Freezing",
      dependencies: [
        "VendorChain", "Depot", "Objects", "DebianRepository", "OpenPGP", "Archives", "SafeIO",
      ],
      swiftSettings: strict
    ),
    /** An upstream to the depot; its HTTP client only with the trait `Network`. */
    .target(
      name: "Mirroring",
      dependencies: [
        "VendorChain", "Depot", "Objects", "DebianRepository", "OpenPGP", "SafeIO",
        networked("AsyncHTTPClient", "async-http-client"), networked("NIOCore"),
        networked("NIOPosix"), networked("NIOHTTP1"), networked("NIOSSL", "swift-nio-ssl"),
      ],
      swiftSettings: strict
    ),
    /** Which packages are wanted: queries. No I/O. */
    .target(
      name: "Choosing",
      dependencies: ["DebianRepository", "SafeIO", "CRE2"],
      swiftSettings: strict
    ),
    /** Snapshots of packages of other snapshots: indexes of our own, and what vouches for each package. */
    .target(
      name: "Composing",
      dependencies: [
        "Choosing", "Solving", "VendorChain", "Depot", "Objects", "DebianRepository", "Archives",
        "SafeIO",
      ],
      swiftSettings: strict
    ),
    /** What packages need: closures, what cannot be installed and why. No I/O. */
    .target(
      name: "Solving",
      dependencies: ["DebianRepository", "SafeIO", "CSolv"],
      swiftSettings: strict
    ),
    /** Meta-packages: from a control file or a list to the bytes of a .deb. */
    .target(
      name: "Metapackages",
      dependencies: ["DebianRepository", "Archives", "SafeIO"],
      swiftSettings: strict
    ),
    /** What differs between the packages of two states. */
    .target(
      name: "Comparison",
      dependencies: ["DebianRepository", "Archives", "SafeIO"],
      swiftSettings: strict
    ),
    /** Snapshots to an APT tree: generations, atomic switch. */
    .target(
      name: "Publishing",
      dependencies: [
        "Trust", "Depot", "Objects", "DebianRepository", "OpenPGP", "Archives", "SafeIO",
      ],
      swiftSettings: strict
    ),
    /** S3: signed requests to one bucket; only with the trait `Network`. */
    .target(
      name: "ObjectStoreClient",
      dependencies: [
        "SafeIO", crypto,
        networked("AsyncHTTPClient", "async-http-client"), networked("NIOCore"),
        networked("NIOPosix"), networked("NIOHTTP1"), networked("NIOSSL", "swift-nio-ssl"),
      ],
      swiftSettings: strict
    ),
    /** Publications in object stores: claim, upload, switch, sweep; only with the trait `Network`. */
    .target(
      name: "PublicationTargets",
      dependencies: [
        "ObjectStoreClient", "Publishing", "Depot", "Objects", "Archives", "SafeIO",
      ],
      swiftSettings: strict
    ),
    /** One call for each use case: locks, recovery, audit, clock. */
    .target(
      name: "Operations",
      dependencies: [
        "SafeIO", "OpenPGP", "DebianRepository", "BundleFormat", "BundleMedium",
        "Choosing", "Solving", "Comparison", "Depot", "Objects", "Trust", "VendorChain", "Freezing",
        "Mirroring", "Transfer", "Publishing", "Archives", "Composing",
        "Metapackages", "ObjectStoreClient", "PublicationTargets",
      ],
      swiftSettings: strict
    ),
    /** Results as text, JSON and HTML. */
    .target(
      name: "Documents",
      dependencies: [
        "SafeIO", "OpenPGP", "DebianRepository", "BundleFormat", "BundleMedium", "Comparison",
        "Solving", "Depot", "Trust", "Composing", "Mirroring", "Transfer", "Publishing",
        "Operations", "PublicationTargets", "QRCode",
      ],
      swiftSettings: strict
    ),
    /** Published trees over HTTP, aptly's API and pages for people; only with the trait `Network`. */
    .target(
      name: "SiteServer",
      dependencies: [
        "SafeIO", "Depot", "Trust", "Transfer", "Publishing", "Operations", "Documents", "CCrypt",
        "Choosing", "Composing", "DebianRepository", "VendorChain", "Mirroring", crypto,
        networked("Hummingbird", "hummingbird"), networked("HummingbirdCore", "hummingbird"),
        networked("NIOCore"), networked("NIOPosix"), networked("NIOHTTP1"),
        networked("NIOSSL", "swift-nio-ssl"), networked("NIOExtras", "swift-nio-extras"),
        networked("NIOHTTPTypes", "swift-nio-extras"),
        networked("NIOHTTPTypesHTTP1", "swift-nio-extras"),
        networked("HTTPTypes", "swift-http-types"), networked("Logging", "swift-log"),
        networked("UnixSignals", "swift-service-lifecycle"),
      ],
      swiftSettings: strict
    ),
    /** Arguments to a request, one library call, render. */
    .target(
      name: "Commands",
      dependencies: [
        "SafeIO", "OpenPGP", "DebianRepository", "BundleFormat", "VendorChain", "Choosing",
        "Solving",
        "Depot", "Trust", "Composing", "Mirroring", "Transfer", "Publishing", "Operations",
        "Documents", "SiteServer", "QRCode", "PublicationTargets",
        argumentParser,
      ],
      swiftSettings: strict
    ),
    /** One line: start Commands. */
    .executableTarget(name: "aptferry", dependencies: ["Commands"], swiftSettings: strict),
    /** Repositories, keys, scratch directories and damage for the tests. */
    .target(name: "TestSupport", dependencies: ["Objects", "SafeIO"], swiftSettings: strict),
    tests("SafeIO"),
    tests("Archives"),
    tests("OpenPGP"),
    tests("DebianRepository"),
    tests("BundleFormat"),
    tests("ErasureCoding"),
    tests("DiscImages"),
    tests("BundleMedium", ["BundleFormat", "OpenPGP"]),
    tests("QRCode"),
    tests("VendorChain", ["DebianRepository", "OpenPGP"]),
    tests("Objects"),
    tests("Depot", ["Objects", "DebianRepository"]),
    tests("Freezing", ["Depot", "Objects", "VendorChain", "DebianRepository", "OpenPGP"]),
    tests("Mirroring", ["Depot", "Objects", "VendorChain", "DebianRepository"]),
    tests("Comparison", ["DebianRepository"]),
    tests("Choosing", ["DebianRepository"]),
    tests("Solving", ["DebianRepository"]),
    tests("Transfer", ["BundleFormat", "BundleMedium", "Depot", "Objects", "OpenPGP"]),
    tests("Publishing", ["Depot", "Objects", "DebianRepository", "OpenPGP"]),
    tests("ObjectStoreClient"),
    tests("PublicationTargets", ["ObjectStoreClient", "Publishing", "Depot", "Objects"]),
    tests("Operations", ["Composing", "Depot", "Transfer"]),
    tests("SiteServer", ["Depot", "Operations", "Publishing"]),
    tests("Commands", ["aptferry", "Depot", "DiscImages", "Transfer"], exclude: ["Snapshots"]),
    /** The server as a process, with real clients and a real web server beside it. */
    .testTarget(
      name: "ServingTests",
      dependencies: ["aptferry", "TestSupport", "SafeIO"],
      swiftSettings: strict
    ),
  ]
)

// What measures and attacks the formats is no part of the product: scripts/bench and scripts/fuzz
// ask for it.
if Context.environment["APTFERRY_PROOFS"] != nil {
  package.targets += [
    .executableTarget(
      name: "measure-formats",
      dependencies: ["DebianRepository", "SafeIO"],
      path: "Tests/Measurements/Formats",
      swiftSettings: strict
    ),
    .executableTarget(
      name: "measure-closures",
      dependencies: ["Solving", "DebianRepository", "SafeIO"],
      path: "Tests/Measurements/Closures",
      swiftSettings: strict
    ),
    .executableTarget(
      name: "measure-parity",
      dependencies: ["ErasureCoding", "SafeIO"],
      path: "Tests/Measurements/Parity",
      swiftSettings: strict
    ),
    /** The part of libFuzzer's interface that is used. */
    .target(name: "CFuzzer", path: "Tests/Fuzz/CFuzzer"),
    .executableTarget(
      name: "fuzz-formats",
      dependencies: [
        "CFuzzer", "Archives", "BundleFormat", "DebianRepository", "Depot", "DiscImages", "OpenPGP",
        "SafeIO",
      ],
      path: "Tests/Fuzz/Formats",
      swiftSettings: strict
    ),
  ]
}
