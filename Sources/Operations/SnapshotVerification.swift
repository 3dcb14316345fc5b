internal import Comparison
internal import DebianRepository
internal import Depot
internal import Objects
package import SafeIO
package import Solving

/// What a look at the dependencies of snapshots is to cover.
package struct VerificationOrder: Sendable {
  /// The snapshots whose packages are asked; they satisfy each other's dependencies.
  package let snapshots: [String]
  /// What can be had besides: names of snapshots, and paths of dpkg's status or of a machine's state.
  package var base: [String] = []
  /// The native architectures, one after the other; empty for all that the snapshots have.
  package var architectures: [String] = []
  /// Architectures whose packages can be beside these.
  package var foreign: [String] = []

  package init(snapshots: [String]) { self.snapshots = snapshots }
}

extension Session {
  /// Which packages of snapshots cannot be installed from them and the base, for each architecture.
  ///
  /// - Throws: `usage` when there is no such snapshot or architecture, `integrity` for an index that
  ///   cannot be read.
  package func verifySnapshots(
    _ order: VerificationOrder
  ) throws(Failure) -> [InstallabilityReport] {
    let depot = try depot()
    return try interruption.govern { () throws(Failure) in
      let sources = try UniverseSources(order.snapshots, base: order.base, in: depot)
      let architectures = try sources.architectures(asked: order.architectures)
      var reports: [InstallabilityReport] = []
      for architecture in architectures {
        let foreign = order.foreign.filter { $0 != architecture }
        let universe = try sources.universe([architecture] + foreign, depot)
        reports.append(try universe.verify())
      }
      return reports
    }
  }
}

extension InstallabilityReport {
  /// Refuses when something cannot be installed.
  package static func requireInstallable(_ reports: [InstallabilityReport]) throws(Failure) {
    let count = reports.reduce(0) { $0 + $1.uninstallable.count }
    guard count > 0 else { return }
    throw Failure(
      .incomplete,
      "uninstallable",
      "\(count) package\(count == 1 ? "" : "s") cannot be installed from what was named",
      hint: "add what is missing, or name what the machines have besides: --base SNAPSHOT|FILE"
    )
  }
}

/// The indexes of snapshots, and what can be had besides.
struct UniverseSources {
  /// An index, and whether its packages are asked or merely there.
  private struct Source {
    let index: ListedIndex
    let role: UniverseBuilder.Role
  }

  private var sources: [Source] = []
  private var files: [String] = []

  /// A word of the base with a slash is the path of a file: no snapshot's name has one.
  init(_ snapshots: [String], base: [String], in depot: Depot) throws(Failure) {
    for (name, role) in snapshots.map({ ($0, UniverseBuilder.Role.offered) })
      + base.filter({ !$0.contains("/") }).map({ ($0, .available) })
    {
      let snapshot = try depot.catalogue.snapshot(name)
      let state = SnapshotComparison.State(
        files: try depot.catalogue.fileList(of: snapshot),
        suites: snapshot.suites.map(\.distribution)
      )
      sources += state.indexes.filter { !$0.isInstallers && !$0.isSources }
        .map { Source(index: $0, role: role) }
    }
    files = base.filter { $0.contains("/") }
  }

  /// The native architectures that are asked for, or else all that the snapshots have.
  func architectures(asked: [String]) throws(Failure) -> [String] {
    let present = Set(
      sources.filter { $0.role == .offered }.map(\.index.architecture)
    ).subtracting(["all"]).sorted()
    for architecture in asked where !present.contains(architecture) {
      throw Failure(
        .usage,
        "suite",
        "no snapshot has packages of this architecture; they have "
          + present.joined(separator: " "),
        subject: architecture
      )
    }
    return asked.isEmpty ? present : asked
  }

  /// All packages for machines of some architectures, the native one first.
  ///
  /// Stanzas that are `wanted` are of packages in no index, which are asked for; `watch` takes every
  /// package of the indexes too.
  func universe(
    _ architectures: [String],
    _ depot: Depot,
    wanted: [UInt8] = [],
    watch: (PackageStanza) -> Void = { _ in }
  ) throws(Failure) -> PackageUniverse {
    var builder = try UniverseBuilder(architectures: architectures)
    for (number, source) in sources.enumerated()
    where architectures.contains(source.index.architecture) || source.index.architecture == "all" {
      try source.index.forEachStanza { (digest) throws(Failure) in
        try depot.objects.open(digest)
      } _: { (stanza) throws(Failure) in
        watch(stanza)
        try builder.add(stanza, index: number, source.role, name: source.index.path)
      }
    }
    let own = sources.count + files.count
    var reader = PackageIndexReader(.packages, name: "packages that are asked for")
    try reader.feed(wanted.span) { (stanza) throws(Failure) in
      try builder.add(stanza, index: own, .offered, isRoot: true)
    }
    try reader.finish { (stanza) throws(Failure) in
      try builder.add(stanza, index: own, .offered, isRoot: true)
    }
    for (number, path) in files.enumerated() {
      let bytes = try NamedFile.read(path, limit: UniverseSources.longestStatus)
      var reader = PackageIndexReader(.status, name: path)
      let place = sources.count + number
      try reader.feed(bytes.span) { (stanza) throws(Failure) in
        try builder.add(stanza, index: place, .available)
      }
      try reader.finish { (stanza) throws(Failure) in
        try builder.add(stanza, index: place, .available)
      }
    }
    return try builder.finish()
  }

  /// dpkg's status of a machine with tens of thousands of packages.
  static let longestStatus = 256 << 20
}
